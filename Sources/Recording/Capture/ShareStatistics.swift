import CKernels
import Transformer

/// Decomposes the variance that enters each norm over the parts that add up to what enters it:
/// share = Cov(part, x) / Var(x), over the features. Covariance is linear, so the shares of a site add up to 1.
///
/// Where a norm stands on the branch, heads are pulled through it: what head h adds to the stream is its result by that norm's
/// gain and by the scale that it had for the token.
///
/// Keeps z, the MLP's output and in post-LN the norm's output for the batch; what heads write, `heads` times as large, is
/// never made: its covariance with x follows from z.
struct ShareStatistics {
    let components: Components
    private let model: Model
    /// By component, for those that are vectors of the pass: [N, D]; by layer for z: [N, H d].
    private var written: [Components.Part: [Float]] = [:]
    private var z: [Int: [Float]] = [:]
    /// By layer, where a norm stands after the attention: what it divided each row by.
    private var scales: [Int: [Float]] = [:]
    /// For each depth: [N, parts before the site].
    private(set) var shares: [[Double]] = []

    init(_ model: Model) {
        self.model = model
        components = Components(model)
    }

    static func needs(_ point: HookPoint) -> Bool {
        switch point {
        case .embed, .positionEmbed, .tokenTypeEmbed, .attention(_, .z), .mlpOut, .norm(_, .input), .norm(_, .output): true
        case .norm(let site, .scale): site.role == .ln1Post
        default: false
        }
    }

    mutating func begin() {
        (written, z, scales, shares) = ([:], [:], [:], [])
    }

    mutating func observe(_ point: HookPoint, _ x: borrowing Activation) throws {
        switch point {
        case .embed, .positionEmbed, .tokenTypeEmbed, .mlpOut: written[.vector(point)] = x.copy()
        case .attention(let layer, .z): z[layer] = x.copy()
        case .norm(.block(let layer, .ln1Post), .scale): scales[layer] = x.copy()
        case .norm(let site, .input) where !site.isOfQueriesOrKeys: shares.append(decompose(x.copy(), depth: model.depth(of: site)))
        case .norm(_, .output) where components.index[.vector(point)] != nil: written[.vector(point)] = x.copy()
        default: break
        }
    }

    private func decompose(_ x: [Float], depth: Int) -> [Double] {
        let width = model.configuration.width
        let rows = x.count / width
        let range = components.parts(depth: depth)
        let site = model.sites[depth]
        let parts = range.count
        var shares = [Double](repeating: 0, count: rows * parts)
        x.withUnsafeBufferPointer { x in
            shares.withUnsafeMutableBufferPointer { out in
                guard let x = x.baseAddress, let out = out.baseAddress else { return }
                func add(_ values: [Float], stride: Int, part: Int) {
                    ak_row_covariance(rows, width, x, width, values, stride, out + part, parts)
                }
                for (part, component) in components.all[range].enumerated() {
                    switch component {
                    case .vector(let point):
                        // What a norm after the MLP reads is what the MLP writes, and all of it.
                        let isOwn = point.layer == site.layer && site.role == .ln2Post
                        if isOwn {
                            ak_row_covariance(rows, width, x, width, x, width, out + part, parts)
                        } else if let values = written[.vector(point)] {
                            add(values, stride: width, part: part)
                        }
                    case .head(let layer, 0):
                        guard let z = z[layer] else { continue }
                        let isPulled = model.configuration.layers[layer].norm(after: .attention) != nil && site.role != .ln1Post
                        model.headCovariances(
                            layer: layer, z: z, with: x, rows: rows, through: isPulled ? .block(layer, .ln1Post) : nil,
                            into: out + part,
                            ldOut: parts)
                        if isPulled { divide(out + part, parts: parts, count: model.configuration.headCount, by: scales[layer]) }
                    case .head: break  // with the first one
                    case .normBias, .unembeddingBias: break  // in no site's stream
                    // The same vector for every token: distance 0 between its rows.
                    case .attentionBias(let layer):
                        let isPulled = model.configuration.layers[layer].norm(after: .attention) != nil && site.role != .ln1Post
                        var bias = model.attentionOutputBias(layer: layer)
                        if isPulled { bias = zip(bias, model.gainAndBias(at: .block(layer, .ln1Post)).gain).map { $0 * $1 } }
                        add(bias, stride: 0, part: part)
                        if isPulled { divide(out + part, parts: parts, count: 1, by: scales[layer]) }
                    }
                }
                divide(out, parts: parts, byVarianceOf: x, rows: rows, width: width)
            }
        }
        return shares
    }

    /// Pulls covariances of `count` parts through a norm: each row's by what the norm divided it by.
    private func divide(_ covariances: UnsafeMutablePointer<Double>, parts: Int, count: Int, by scales: [Float]?) {
        for (row, scale) in (scales ?? []).enumerated() {
            for part in 0..<count { covariances[row * parts + part] /= Double(scale) }
        }
    }

    private func divide(
        _ covariances: UnsafeMutablePointer<Double>, parts: Int, byVarianceOf x: UnsafePointer<Float>, rows: Int, width: Int
    ) {
        var moments = [Double](repeating: 0, count: 2 * rows)
        ak_row_mean_variance(rows, 1, width, x, width, &moments, 2, 0)
        for row in 0..<rows {
            for part in 0..<parts { covariances[row * parts + part] /= moments[2 * row + 1] }
        }
    }
}
