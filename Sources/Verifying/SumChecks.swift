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
            let block = hook.name.split(separator: ".").prefix(2).joined(separator: ".")
            func other(_ name: String) -> KeptHook? { KeptHook.find(name, of: hook, among: hooks) }
            let isNormedAfter = hook.placement == "sandwich" || hook.placement == "branch_post"
            if hook.name.hasSuffix(".attn.hook_result"),
                let attention = other(isNormedAfter ? "\(block).ln1_post.hook_in" : "\(block).hook_attn_out"), !attention.isEdited
            {
                let bias = try parameters(
                    database, "SELECT bias FROM attention_output_biases WHERE model_id = ? AND layer = ? ORDER BY feature", hook)
                try compare(database, [hook, attention], &heads, bar: Double(hook.width) * u) { i, x, terms in
                    var sum = bias.isEmpty ? 0 : bias[i], size = abs(sum)
                    for head in 0..<hook.heads {
                        sum += x[0][head * hook.width + i]
                        size += abs(x[0][head * hook.width + i])
                    }
                    terms = max(terms, size)
                    return sum - x[1][i]
                }
            } else if hook.isEdited, hook.name.hasSuffix(".hook_resid_mid") || hook.name.hasSuffix(".hook_resid_post") {
                continue
            } else if hook.name.hasSuffix(".hook_resid_mid"), let before = other("\(block).hook_resid_pre"),
                let attention = other("\(block).hook_attn_out")
            {
                try compare(database, [before, attention, hook], &mid, bar: 2 * u, addition)
            } else if hook.name.hasSuffix(".hook_resid_post"), hook.isParallel {
                guard let before = other("\(block).hook_resid_pre"), let attention = other("\(block).hook_attn_out"),
                    let mlp = other("\(block).hook_mlp_out")
                else { continue }
                try compare(database, [before, attention, mlp, hook], &post, bar: 4 * u) { i, x, terms in
                    terms = max(terms, abs(x[0][i]) + abs(x[1][i]) + abs(x[2][i]))
                    return x[0][i] + x[1][i] + x[2][i] - x[3][i]
                }
            } else if hook.name.hasSuffix(".hook_resid_post"),
                let before = other(hook.placement != "post" ? "\(block).hook_resid_mid" : "\(block).ln1.hook_out"),
                let mlp = other("\(block).hook_mlp_out")
            {
                try compare(database, [before, mlp, hook], &post, bar: 2 * u, addition)
            } else if hook.name.hasSuffix(".hook_normalized"),
                let output = other("\(hook.name.dropLast("hook_normalized".count))hook_out"), !output.isEdited
            {
                let site = String(hook.name.dropLast(".hook_normalized".count))
                let gain = try parameters(
                    database, "SELECT gain FROM gain_bias WHERE model_id = ? AND site = ? ORDER BY feature", hook, site)
                let bias = try parameters(
                    database, "SELECT bias FROM gain_bias WHERE model_id = ? AND site = ? ORDER BY feature", hook, site)
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
            }
        }
        return [heads, mid, post, out]
    }

    private static func addition(_ i: Int, _ x: [[Double]], _ terms: inout Double) -> Double {
        terms = max(terms, abs(x[0][i]) + abs(x[1][i]))
        return x[0][i] + x[1][i] - x[2][i]
    }

    private static func parameters(_ database: ReadOnlyDatabase, _ sql: String, _ hook: KeptHook, _ site: String? = nil) throws
        -> [Double]
    {
        let statement = try database.connection.prepare(sql)
        try statement.bind(.integer(hook.model), at: 1)
        let layer = Int64(hook.name.split(separator: ".").dropFirst().first ?? "")
        try statement.bind(site.map { .text($0) } ?? layer.map { .integer($0) } ?? .null, at: 2)
        var values: [Double] = []
        try statement.forEachRow { values.append(statement.real(0) ?? .nan) }
        return values
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
