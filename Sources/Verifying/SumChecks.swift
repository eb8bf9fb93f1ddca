import HookPoints
import Output
import Reading

/// What adds up on the way of the data, checked feature by feature where the vectors are kept.
enum SumChecks {
    private static let u = StatisticChecks.u

    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var heads = Tally(
            "sum over heads",
            "the sum over heads of hook_result, and b_O, = hook_attn_out (what its norm reads, where there is one), within width · u of the largest terms: two orders of one float32 sum"
        )
        var mid = Tally("resid_mid", "resid_mid = resid_pre + attn_out, within 2 u of the terms: one float32 addition")
        var post = Tally(
            "resid_post",
            "resid_post = resid_mid (post-LN: its norm; parallel: resid_pre + attn_out) + mlp_out, within 2 u of the terms for each float32 addition"
        )
        var out = Tally(
            "gain and bias", "hook_out = hook_normalized · gain + bias, within 4 u of the terms: two float32 operations")
        let hooks = try KeptHook.all(in: database)
        for hook in hooks {
            func other(_ point: HookPoint) -> KeptHook? { KeptHook.find(point, of: hook, among: hooks) }
            switch hook.point {
            case .attention(let layer, .result):
                let isNormedAfter = hook.placement == "sandwich" || hook.placement == "branch_post"
                let sum = other(isNormedAfter ? .norm(.block(layer, .ln1Post), .input) : .attentionOut(layer))
                guard let sum, !sum.isEdited else { continue }
                let bias = try parameters(
                    database, "SELECT bias FROM attention_output_biases WHERE model_id = ? AND layer = ? ORDER BY feature",
                    [.integer(hook.model), .integer(Int64(layer))])
                try compare(database, [hook, sum], &heads, bar: Double(hook.width) * u) { i, x, terms in
                    var sum = bias.isEmpty ? 0 : bias[i], size = abs(sum)
                    for head in 0..<hook.heads {
                        sum += x[0][head * hook.width + i]
                        size += abs(x[0][head * hook.width + i])
                    }
                    terms = max(terms, size)
                    return sum - x[1][i]
                }
            case .residualMid(let layer) where !hook.isEdited:
                guard let before = other(.residualPre(layer)), let attention = other(.attentionOut(layer)) else { continue }
                try compare(database, [before, attention, hook], &mid, bar: 2 * u, addition)
            case .residualPost(let layer) where !hook.isEdited && hook.isParallel:
                guard let before = other(.residualPre(layer)), let attention = other(.attentionOut(layer)),
                    let mlp = other(.mlpOut(layer))
                else { continue }
                try compare(database, [before, attention, mlp, hook], &post, bar: 4 * u) { i, x, terms in
                    terms = max(terms, abs(x[0][i]) + abs(x[1][i]) + abs(x[2][i]))
                    return x[0][i] + x[1][i] + x[2][i] - x[3][i]
                }
            case .residualPost(let layer) where !hook.isEdited:
                let before = other(hook.placement == "post" ? .norm(.ln1(layer), .output) : .residualMid(layer))
                guard let before, let mlp = other(.mlpOut(layer)) else { continue }
                try compare(database, [before, mlp, hook], &post, bar: 2 * u, addition)
            case .norm(let site, .normalized):
                guard let output = other(.norm(site, .output)), !output.isEdited else { continue }
                let values: [Cell] = [.integer(hook.model), .text(site.description)]
                let gain = try parameters(
                    database, "SELECT gain FROM gain_bias WHERE model_id = ? AND site = ? ORDER BY feature", values)
                let bias = try parameters(
                    database, "SELECT bias FROM gain_bias WHERE model_id = ? AND site = ? ORDER BY feature", values)
                // Heads share a gain, or each has its own.
                guard gain.count == hook.width || gain.count == hook.heads * hook.width, bias.count == gain.count else {
                    out.fail("\(site): there are not \(hook.width) gains and biases")
                    continue
                }
                try compare(database, [hook, output], &out, bar: 4 * u, count: hook.heads * hook.width) { i, x, terms in
                    let (g, b) = (gain[i % gain.count], bias[i % gain.count])
                    terms = max(terms, abs(x[0][i] * g) + abs(b))
                    return x[0][i] * g + b - x[1][i]
                }
            default: continue
            }
        }
        return [heads, mid, post, out]
    }

    private static func addition(_ i: Int, _ x: [[Double]], _ terms: inout Double) -> Double {
        terms = max(terms, abs(x[0][i]) + abs(x[1][i]))
        return x[0][i] + x[1][i] - x[2][i]
    }

    private static func parameters(_ database: ReadOnlyDatabase, _ sql: String, _ values: [Cell]) throws -> [Double] {
        let statement = try database.connection.prepare(sql)
        for (index, value) in values.enumerated() { try statement.bind(value, at: index + 1) }
        var parameters: [Double] = []
        try statement.forEachRow { parameters.append(statement.real(0) ?? .nan) }
        return parameters
    }

    /// Reads the vectors of the same token at several hook points, and adds the largest difference of each token,
    /// as a part of its largest terms.
    private static func compare(
        _ database: ReadOnlyDatabase, _ hooks: [KeptHook], _ tally: inout Tally, bar: Double, count: Int? = nil,
        _ difference: (Int, [[Double]], inout Double) -> Double
    ) throws {
        let columns = hooks.indices.map { "v\($0).vector" }.joined(separator: ", ")
        let joins = hooks.indices.dropFirst().map {
            " CROSS JOIN vectors v\($0) ON v\($0).hook_id = ?\($0 + 1) AND v\($0).token_key = v0.token_key"
        }
        let sql = "SELECT v0.token_key, \(columns) FROM vectors v0\(joins.joined()) WHERE v0.hook_id = ?1 ORDER BY v0.token_key"
        var readers = hooks.map { _ in VectorReader() }
        let name = hooks.last?.name ?? ""
        // Each vector kept as float16 brings its own rounding.
        let bar = bar + hooks.map(\.type.rounding).reduce(0, +)
        try database.rows(sql, hooks.map(\.id)) { row in
            for (index, hook) in hooks.enumerated() {
                guard readers[index].read(row.bytes(index + 1), hook.type, count: hook.heads * hook.width) else {
                    return tally.fail("\(hook.name): a vector does not have \(hook.heads * hook.width) values")
                }
            }
            guard readers.allSatisfy(\.isFinite) else { return tally.leaveOut() }
            let values = readers.map(\.values)
            var terms = Double.leastNormalMagnitude
            var largest = 0.0
            for i in 0..<(count ?? hooks.last?.width ?? 0) { largest = max(largest, abs(difference(i, values, &terms))) }
            tally.add(largest / terms, bar: bar, at: Tally.Place(token: row.integer(0), what: name))
        }
    }
}
