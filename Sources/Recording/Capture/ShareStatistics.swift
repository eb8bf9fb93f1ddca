import CKernels
import Transformer

/// What is written into the residual stream: the parts that add up to it.
struct Components {
    let layers: Int
    let heads: Int

    /// Heads of a block, its b_O, its MLP.
    private var perLayer: Int { heads + 2 }

    /// Token and position embedding, then block after block.
    var count: Int { 2 + layers * perLayer }

    static let embed = 0
    static let positionEmbed = 1
    func head(_ layer: Int, _ head: Int) -> Int { 2 + layer * perLayer + head }
    func attentionBias(_ layer: Int) -> Int { head(layer, heads) }
    func mlp(_ layer: Int) -> Int { head(layer, heads + 1) }

    /// How many of them were written before the data meets a site: the first so many.
    func count(before site: NormSite) -> Int {
        switch site {
        case .ln1(let layer): head(layer, 0)
        case .ln2(let layer): mlp(layer)
        case .final: count
        }
    }

    /// Name, kind, layer and head, as the table `components` has them.
    var rows: [(name: String, kind: String, layer: Int?, head: Int?)] {
        let embeddings: [(String, String, Int?, Int?)] = [
            ("hook_embed", "embed", nil, nil), ("hook_pos_embed", "pos_embed", nil, nil),
        ]
        return embeddings + (0..<layers).flatMap { layer in
            (0..<heads).map { ("blocks.\(layer).attn.hook_result.\($0)", "head", layer, $0) } + [
                ("blocks.\(layer).attn.b_O", "attn_bias", layer, nil), ("blocks.\(layer).hook_mlp_out", "mlp", layer, nil),
            ]
        }
    }
}

/// Decomposes the variance that enters each norm over what was written into the residual stream before it:
/// share = Cov(part, x) / Var(x), over the features. Covariance is linear, so the shares of a site add up to 1.
///
/// Keeps z and the MLP's output of every block for the batch; what heads write is made anew for each site, some rows at a
/// time, since all of it at once is `heads` times as large.
struct ShareStatistics {
    let components: Components
    private let model: Model
    private var embeddings: [[Float]] = []
    private var z: [[Float]] = []
    private var mlp: [[Float]] = []
    /// For each depth: [N, parts before the site].
    private(set) var shares: [[Double]] = []

    init(_ model: Model) {
        self.model = model
        components = Components(layers: model.configuration.layerCount, heads: model.configuration.headCount)
    }

    static func needs(_ point: HookPoint) -> Bool {
        switch point {
        case .embed, .positionEmbed, .attention(_, .z), .mlpOut, .norm(_, .input): true
        default: false
        }
    }

    mutating func begin() {
        (embeddings, z, mlp, shares) = ([], [], [], [])
    }

    mutating func observe(_ point: HookPoint, _ x: borrowing Activation) throws {
        switch point {
        case .embed, .positionEmbed: embeddings.append(x.copy())
        case .attention(_, .z): z.append(x.copy())
        case .mlpOut: mlp.append(x.copy())
        case .norm(let site, .input): shares.append(try decompose(x.copy(), at: site))
        default: break
        }
    }

    private func decompose(_ x: [Float], at site: NormSite) throws -> [Double] {
        let width = model.configuration.width
        let rows = x.count / width
        let parts = components.count(before: site)
        var shares = [Double](repeating: 0, count: rows * parts)
        try x.withUnsafeBufferPointer { x in
            try shares.withUnsafeMutableBufferPointer { out in
                guard let x = x.baseAddress, let out = out.baseAddress else { return }
                func add(_ values: [Float], stride: Int, offset: Int = 0, rows: Range<Int>, part: Int) {
                    values.withUnsafeBufferPointer { values in
                        guard let base = values.baseAddress else { return }
                        ak_row_covariance(
                            rows.count, width, x + rows.lowerBound * width, width, base + offset, stride,
                            out + rows.lowerBound * parts + part, parts)
                    }
                }
                add(embeddings[0], stride: width, rows: 0..<rows, part: Components.embed)
                add(embeddings[1], stride: width, rows: 0..<rows, part: Components.positionEmbed)
                for layer in z.indices {
                    let step = 64
                    for first in Swift.stride(from: 0, to: rows, by: step) {
                        let block = first..<min(first + step, rows)
                        let results = try z[layer][(first * width)..<(block.upperBound * width)].withUnsafeBufferPointer {
                            try model.headResults(layer: layer, z: $0)
                        }
                        for head in 0..<components.heads {
                            add(results, stride: components.heads * width, offset: head * width, rows: block,
                                part: components.head(layer, head))
                        }
                    }
                    // The same vector for every token: distance 0 between its rows.
                    add(model.attentionOutputBias(layer: layer), stride: 0, rows: 0..<rows, part: components.attentionBias(layer))
                }
                for layer in mlp.indices { add(mlp[layer], stride: width, rows: 0..<rows, part: components.mlp(layer)) }
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
