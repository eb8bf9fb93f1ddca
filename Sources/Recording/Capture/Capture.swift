import Foundation
import Transformer

/// What a run records: statistics, vectors, predictions.
public struct Capture: Sendable, Equatable {
    /// The words that `--capture` knows.
    public enum Preset: String, CaseIterable, Sendable {
        case normStats = "norm-stats"
        case headStats = "head-stats"
        case stats, norm, residual, heads, patterns, loss, shares, all

        /// What it records, for the help.
        public var summary: String {
            switch self {
            case .normStats: "statistics of every norm, per token and per feature"
            case .headStats: "statistics of every head's q, k, v, z and result"
            case .stats: "both of these (the default)"
            case .norm: "stats, and the vectors that enter and leave every norm"
            case .residual: "vectors of the residual stream: before, in and after each block"
            case .heads: "vectors of every head's q, k, v, z and result"
            case .patterns: "attention patterns, and how much of them goes to the first token"
            case .loss: "log-probability, entropy and rank of the next token"
            case .shares: "whose writing makes the variance that enters each norm: embeddings, heads, MLPs"
            case .all: "stats, loss, and the vectors of every hook point but the logits; not shares"
            }
        }
    }

    /// As it was asked for.
    public let text: String
    public private(set) var normStatistics = false
    public private(set) var headStatistics = false
    public private(set) var predictions = false
    public private(set) var shares = false
    /// Whether attention patterns are kept, and with them where each head looks.
    public var attentionStatistics: Bool {
        vectors.contains { if case .attention(_, .pattern) = $0 { true } else { false } }
    }
    /// Hook points whose vectors are kept, in the order of the forward pass.
    public private(set) var vectors: [HookPoint] = []

    /// Reads presets and globs of hook-point names, separated by commas, for a model with these hook points.
    public init(_ text: String, hookPoints: [HookPoint]) throws(RecordingError) {
        self.text = text
        var wanted: Set<HookPoint> = []
        for part in text.split(separator: ",").map({ $0.trimmingCharacters(in: .whitespaces) }) where !part.isEmpty {
            if let preset = Preset(rawValue: part) {
                if preset == .loss, !hookPoints.contains(.logits) { throw .predictsNothing }
                add(preset, to: &wanted, of: hookPoints)
            } else {
                wanted.formUnion(try Self.matching(part, among: hookPoints))
            }
        }
        vectors = hookPoints.filter(wanted.contains)
        guard normStatistics || headStatistics || predictions || shares || !vectors.isEmpty else {
            throw .unknownCapture(text, presets: Preset.allCases.map(\.rawValue))
        }
    }

    private mutating func add(_ preset: Preset, to wanted: inout Set<HookPoint>, of hookPoints: [HookPoint]) {
        if [.normStats, .stats, .norm, .all].contains(preset) { normStatistics = true }
        if [.headStats, .stats, .norm, .all].contains(preset) { headStatistics = true }
        if [.loss, .all].contains(preset), hookPoints.contains(.logits) { predictions = true }
        if preset == .shares { shares = true }
        wanted.formUnion(hookPoints.filter { preset.keepsVector(of: $0) })
    }

    private static func matching(_ glob: String, among hookPoints: [HookPoint]) throws(RecordingError) -> [HookPoint] {
        let matches = hookPoints.filter { fnmatch(glob, $0.description, 0) == 0 }
        if !matches.isEmpty { return matches }
        if glob.contains(where: { "*?[.".contains($0) }) {
            throw .noHookPoint(glob: glob, example: HookPoint.norm(.ln1(0), .input).description)
        }
        throw .unknownCapture(glob, presets: Preset.allCases.map(\.rawValue))
    }
}

extension Capture.Preset {
    func keepsVector(of point: HookPoint) -> Bool {
        switch (self, point) {
        case (.all, .logits): false
        case (.all, _): true
        case (.norm, .norm(_, .input)), (.norm, .norm(_, .output)): true
        case (.residual, .residualPre), (.residual, .residualMid), (.residual, .residualPost): true
        case (.heads, .attention(_, let hook)): ![.scores, .pattern, .rotatedQ, .rotatedK].contains(hook)
        case (.patterns, .attention(_, .pattern)): true
        default: false
        }
    }
}
