import CKernels
import Schema
import Transformer

/// Divides a logit among the parts that add up to it: what each embedding, head and MLP writes into the residual stream, goes
/// through the last norm by the scale that it has for the token, and so on to the logit ("direct logit attribution", Elhage et al.
/// 2021). With u what the logit reads of the last norm's output, g the norm's gain and s its scale, a part c contributes
/// c · e / s, where e = g u, less its mean where the norm takes the mean away. Nothing is folded into weights: the norm's bias, the
/// unembedding's and those of attentions are parts of their own; an MLP's is in what it writes.
struct AttributionStatistics: Sendable {
    /// Whose logit it is.
    struct Target: Sendable, Equatable {
        /// Nil: of each token the one that follows it.
        var answer: Int32?
        /// Its logit is taken away.
        var against: Int32?
    }

    /// What a logit reads.
    private struct Reading {
        /// [D] of the last norm's output
        let direction: [Float]
        let bias: Double
    }

    /// What is stored of a token beside its parts.
    private struct Logits {
        var answer: Int32?
        var against: Int32?
        var scale = Double.nan
        /// Before any soft-cap, from what left the last norm.
        var logit = Double.nan, againstLogit = Double.nan
        /// What the model predicts.
        var predicted = Double.nan, againstPredicted = Double.nan
    }

    private let model: Model
    private let components: Components
    private let target: Target
    /// The last norm of the stream.
    private let site: NormSite?
    private let gain: [Float]
    private let bias: [Float]
    private let parts: Int
    /// By component, its place among the parts.
    private let places: [Int: Int]

    /// By token id, of the batch.
    private var readings: [Int32: Reading] = [:]
    private var logits: [Logits] = []
    /// e [N, D] of each row's answer, less that of what it is compared with.
    private var directions: [Float] = []
    /// [N, parts]; those of rows without an answer mean nothing.
    private var values: [Double] = []

    init(_ model: Model, target: Target) {
        self.model = model
        self.target = target
        components = Components(model)
        site = model.configuration.streamSites.last
        (gain, bias) = site.map(model.gainAndBias) ?? ([], [])
        parts = components.ofLogit.count
        places = Dictionary(uniqueKeysWithValues: components.ofLogit.enumerated().map { ($1, $0) })
    }

    func needs(_ point: HookPoint) -> Bool {
        switch point {
        case .attention(let layer, .z): places[components.index[.head(layer: layer, head: 0)] ?? -1] != nil
        case .norm(.block(_, .ln1Post), .scale), .logits: true
        case .norm(let own, .scale) where own == site: true
        case .norm(let own, .output) where own == site: true
        default: place(of: .vector(point)) != nil
        }
    }

    private func place(of part: Components.Part) -> Int? { components.index[part].flatMap { places[$0] } }

    // MARK: A pass

    mutating func begin(_ batch: Batch) {
        let width = model.configuration.width
        logits = (0..<batch.tokenCount).map { row in
            let isFollowed = batch.rows(ofSequence: batch.sequence(ofRow: row)).contains(row + 1)
            return Logits(answer: target.answer ?? (isFollowed ? batch.tokens[row + 1] : nil), against: target.against)
        }
        readings = [:]
        for token in Set(logits.flatMap { [$0.answer, $0.against] }) {
            if let token, let (direction, bias) = model.logitDirection(of: Int(token)) {
                readings[token] = Reading(direction: direction, bias: bias)
            }
        }
        directions = Array(repeating: 0, count: batch.tokenCount * width)
        values = Array(repeating: 0, count: batch.tokenCount * parts)
        let isCentred = site.map { model.configuration.norm(at: $0).kind == .layerNorm } ?? false
        for (row, logit) in logits.enumerated() {
            guard let answer = logit.answer.flatMap({ readings[$0] }) else { continue }
            let against = logit.against.flatMap { readings[$0] }
            var e = answer.direction
            if let against { for i in 0..<width { e[i] -= against.direction[i] } }
            add(answer, against, direction: e, row: row)
            for i in 0..<width { e[i] *= gain[i] }
            if isCentred {
                let mean = Float(e.reduce(0) { $0 + Double($1) } / Double(width))
                for i in 0..<width { e[i] -= mean }
            }
            directions.replaceSubrange(row * width..<(row + 1) * width, with: e)
        }
    }

    /// What is added after the stream: the biases of the last norm and of the unembedding.
    private mutating func add(_ answer: Reading, _ against: Reading?, direction: [Float], row: Int) {
        if let place = site.flatMap({ place(of: .normBias($0)) }) {
            values[row * parts + place] = dot(bias, direction)
        }
        if let place = place(of: .unembeddingBias) {
            values[row * parts + place] = answer.bias - (against?.bias ?? 0)
        }
    }

    mutating func observe(_ point: HookPoint, _ x: borrowing Activation) {
        switch point {
        case .attention(let layer, .z): addHeads(layer: layer, z: x)
        case .norm(.block(let layer, .ln1Post), .scale): divide(attentionPlaces(layer: layer), by: x)
        case .norm(let own, .scale) where own == site:
            divide(components.ofLogit.filter { !isAfterStream($0) }.compactMap { places[$0] }, by: x)
            for row in logits.indices { logits[row].scale = Double(x[row][0]) }
        case .norm(let own, .output) where own == site:
            for row in logits.indices { addLogits(row, output: x[row]) }
        case .logits: addPredicted(x)
        default:
            if let place = place(of: .vector(point)) { addVector(x, place: place) }
        }
    }

    private func isAfterStream(_ component: Int) -> Bool {
        switch components.all[component] {
        case .normBias, .unembeddingBias: true
        default: false
        }
    }

    /// Of one layer, its heads and b_O.
    private func attentionPlaces(layer: Int) -> [Int] {
        ((0..<components.heads).map { .head(layer: layer, head: $0) } + [.attentionBias(layer: layer)]).compactMap(place)
    }

    private mutating func addVector(_ x: borrowing Activation, place: Int) {
        let (rows, width, parts) = (x.rowCount, model.configuration.width, parts)
        directions.withUnsafeBufferPointer { directions in
            values.withUnsafeMutableBufferPointer { values in
                x.withMatrix { base, _, stride in
                    guard stride == width, let e = directions.baseAddress, let out = values.baseAddress else { return }
                    ak_head_products(rows, 1, width, base, e, 1, out + place, parts)
                }
            }
        }
    }

    /// What heads write goes through the norm of the attention, where there is one: by its gain here, by its scale once that is known.
    private mutating func addHeads(layer: Int, z: borrowing Activation) {
        guard let place = place(of: .head(layer: layer, head: 0)) else { return }
        let (model, rows, width, parts) = (model, z.rowCount, model.configuration.width, parts)
        let norm: NormSite? = model.configuration.layers[layer].norm(after: .attention).map { .block(layer, $0) }
        let z = z.copy()
        directions.withUnsafeBufferPointer { directions in
            values.withUnsafeMutableBufferPointer { values in
                guard let e = directions.baseAddress, let out = values.baseAddress else { return }
                model.headProducts(layer: layer, z: z, with: e, rows: rows, through: norm, into: out + place, ldOut: parts)
            }
        }
        guard let biasPlace = self.place(of: .attentionBias(layer: layer)) else { return }
        var bias = model.attentionOutputBias(layer: layer)
        if let norm { bias = zip(bias, model.gainAndBias(at: norm).gain).map { $0 * $1 } }
        for row in 0..<rows { values[row * parts + biasPlace] = dot(bias, directions[row * width..<(row + 1) * width]) }
    }

    private mutating func divide(_ places: [Int], by scale: borrowing Activation) {
        for row in 0..<scale.rowCount {
            let scale = Double(scale[row][0])
            for place in places { values[row * parts + place] /= scale }
        }
    }

    private mutating func addLogits(_ row: Int, output: [Float]) {
        func logit(_ token: Int32?) -> Double {
            token.flatMap { readings[$0] }.map { dot(output, $0.direction) + $0.bias } ?? .nan
        }
        (logits[row].logit, logits[row].againstLogit) = (logit(logits[row].answer), logit(logits[row].against))
    }

    private mutating func addPredicted(_ x: borrowing Activation) {
        for (index, row) in x.rows.enumerated() {
            x.withRow(index) { predicted in
                func value(_ token: Int32?) -> Double { token.map { Double(predicted[Int($0)]) } ?? .nan }
                (logits[row].predicted, logits[row].againstPredicted) = (value(logits[row].answer), value(logits[row].against))
            }
        }
    }

    private func dot(_ a: [Float], _ b: some Sequence<Float>) -> Double {
        zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
}

// MARK: Rows

extension AttributionStatistics {
    /// Bytes of memory.
    var byteCount: Int {
        (directions.count) * MemoryLayout<Float>.stride + values.count * MemoryLayout<Double>.stride
            + logits.count * MemoryLayout<Logits>.stride
    }

    /// Every token that a row names.
    var namedTokens: Set<Int32> { Set(logits.flatMap { [$0.answer, $0.against].compactMap(\.self) }) }

    /// The rows of `attribution_targets` of some of the batch's tokens; `firstToken` is the key of the first of them.
    func writeTargets(_ rows: Range<Int>, firstToken: Int64, to sink: inout some FactSink) throws {
        for row in rows {
            let logits = logits[row]
            sink.add(firstToken + Int64(row - rows.lowerBound))
            for token in [logits.answer, logits.against] {
                if let token { sink.add(Int(token)) } else { sink.addNull() }
            }
            for value in [logits.scale, logits.logit, logits.againstLogit, logits.predicted, logits.againstPredicted] {
                sink.add(value)
            }
            try sink.endRow()
        }
    }

    /// The rows of `attribution_values`; without an answer there is nothing in them.
    func writeValues(_ rows: Range<Int>, firstToken: Int64, to sink: inout some FactSink) throws {
        for row in rows {
            for (place, component) in components.ofLogit.enumerated() {
                sink.add(FactTable.attributionValues.key(token: firstToken + Int64(row - rows.lowerBound), component))
                logits[row].answer == nil ? sink.addNull() : sink.add(values[row * parts + place])
                try sink.endRow()
            }
        }
    }
}
