import Foundation
import Schema
import Transformer

/// What a run records: statistics, vectors, predictions.
public struct Capture: Sendable, Equatable {
    public typealias Preset = CapturePreset

    /// As it was asked for.
    public let text: String
    public private(set) var normStatistics = false
    public private(set) var headStatistics = false
    public private(set) var predictions = false
    public private(set) var shares = false
    /// What the stream predicts on its way.
    public private(set) var lens = false
    /// What each part adds to a logit.
    public private(set) var attribution = false
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
        for part in CapturePreset.words(text) {
            if let preset = CapturePreset(rawValue: part) {
                if [.loss, .lens, .attribution].contains(preset), !hookPoints.contains(.logits) {
                    throw .predictsNothing(capture: part)
                }
                add(preset, to: &wanted, of: hookPoints)
            } else {
                wanted.formUnion(try Self.matching(part, among: hookPoints))
            }
        }
        vectors = hookPoints.filter(wanted.contains)
        guard normStatistics || headStatistics || predictions || shares || lens || attribution || !vectors.isEmpty else {
            throw .unknownCapture(text, presets: CapturePreset.allCases.map(\.rawValue))
        }
    }

    private mutating func add(_ preset: CapturePreset, to wanted: inout Set<HookPoint>, of hookPoints: [HookPoint]) {
        let tables = preset.tables
        if tables.contains(.siteMoments) { normStatistics = true }
        if tables.contains(.headMoments) { headStatistics = true }
        if tables.contains(.predictions), hookPoints.contains(.logits) { predictions = true }
        if tables.contains(.shareValues) { shares = true }
        if tables.contains(.lensValues) { lens = true }
        if tables.contains(.attributionValues) { attribution = true }
        wanted.formUnion(hookPoints.filter { preset.keepsVector(of: $0) })
    }

    private static func matching(_ glob: String, among hookPoints: [HookPoint]) throws(RecordingError) -> [HookPoint] {
        let matches = hookPoints.filter { fnmatch(glob, $0.description, 0) == 0 }
        if !matches.isEmpty { return matches }
        if glob.contains(where: { "*?[.".contains($0) }) {
            throw .noHookPoint(glob: glob, example: HookPoint.norm(.ln1(0), .input).description)
        }
        throw .unknownCapture(glob, presets: CapturePreset.allCases.map(\.rawValue))
    }
}

extension CapturePreset {
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
