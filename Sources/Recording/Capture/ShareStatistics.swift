import CKernels
import Transformer

/// Decomposes the variance that enters each norm over the parts that add up to what enters it:
/// share = Cov(part, x) / Var(x), over the features. Covariance is linear, so the shares of a site add up to 1.
///
/// Keeps z, the MLP's output and in post-LN the norm's output for the batch; what heads write, `heads` times as large, is
/// never made: its covariance with x follows from z.
struct ShareStatistics {
    let components: Components
    private let model: Model
    /// By component, for those that are vectors of the pass: [N, D]; by layer for z: [N, H d].
    private var written: [Components.Part: [Float]] = [:]
    private var z: [Int: [Float]] = [:]
    /// For each depth: [N, parts before the site].
    private(set) var shares: [[Double]] = []

    init(_ model: Model) {
        self.model = model
        components = Components(model.configuration)
    }

    static func needs(_ point: HookPoint) -> Bool {
        switch point {
        case .embed, .positionEmbed, .tokenTypeEmbed, .attention(_, .z), .mlpOut, .norm(_, .input), .norm(_, .output): true
        default: false
        }
    }

    mutating func begin() {
        (written, z, shares) = ([:], [:], [])
    }

    mutating func observe(_ point: HookPoint, _ x: borrowing Activation) throws {
        switch point {
        case .embed, .positionEmbed, .tokenTypeEmbed, .mlpOut: written[.vector(point)] = x.copy()
        case .attention(let layer, .z): z[layer] = x.copy()
        case .norm(let site, .input): shares.append(decompose(x.copy(), at: site))
        case .norm(_, .output) where components.index[.vector(point)] != nil: written[.vector(point)] = x.copy()
        default: break
        }
    }

    private func decompose(_ x: [Float], at site: NormSite) -> [Double] {
        let width = model.configuration.width
        let rows = x.count / width
        let range = components.parts(at: site)
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
                        if let values = written[.vector(point)] { add(values, stride: width, part: part) }
                    case .head(let layer, 0):
                        guard let z = z[layer] else { continue }
                        model.headCovariances(layer: layer, z: z, with: x, rows: rows, into: out + part, ldOut: parts)
                    case .head: break  // with the first one
                    // The same vector for every token: distance 0 between its rows.
                    case .attentionBias(let layer):
                        add(model.attentionOutputBias(layer: layer), stride: 0, part: part)
                    }
                }
                divide(out, parts: parts, byVarianceOf: x, rows: rows, width: width)
            }
        }
        return shares
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
