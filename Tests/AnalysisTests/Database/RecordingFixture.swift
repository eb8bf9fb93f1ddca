import CSQLite
import Foundation
import Schema

/// A small recording whose numbers can be followed by hand.
///
/// Width 4, one layer, two heads, three sites, epsilon 0. Two sequences: "hat", "red", " ok" and " ok", "ok", " ok", with
/// token_key k = 1...6. At depth d, hook_in is k + (k + d) · (-1, -1, 1, 1): mean k, variance (k + d)². Then
/// hook_normalized is (-1, -1, 1, 1), and with gain (1, 0, -1, 2) and bias (0, 0, 0, 2) hook_out is (-1, 0, -1, 4).
/// Head 0 writes (-1, -1, 1, 1), head 1 (-2, -2, -2, -2), and b_O is 2. The next token is the second likeliest before the block, and the
/// likeliest after it; of its logit of 1.5 the token's embedding gives 2 and the position's -0.5.
final class RecordingFixture {
    let path: String

    /// - Parameters:
    ///   - vectors: whether every vector is kept.
    ///   - half: whether as float16.
    init(vectors: Bool = true, half: Bool = false) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "fixture-\(UUID()).db").path
        try execute(Schema.sql + Self.rows + FixtureSums.sql + (vectors ? Self.vectors(half: half) : ""))
    }

    deinit {
        for name in [path, path + "-journal", path + "-wal", path + "-shm"] { try? FileManager.default.removeItem(atPath: name) }
    }

    struct Failure: Error {
        let message: String
    }

    /// Changes the file, by a connection that may.
    func execute(_ sql: String) throws {
        var handle: OpaquePointer?
        defer { sqlite3_close(handle) }
        guard sqlite3_open(path, &handle) == SQLITE_OK, sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
            throw Failure(message: handle.map { String(cString: sqlite3_errmsg($0)) } ?? path)
        }
    }

    private static let tokens = [(1, 0, 10), (1, 1, 11), (1, 2, 12), (2, 0, 12), (2, 1, 13), (2, 2, 12)]
    private static let sites = ["blocks.0.ln1", "blocks.0.ln2", "ln_final"]
    private static let shape: [Double] = [-1, -1, 1, 1]
    private static let out: [Double] = [-1, 0, -1, 4]

    private static var rows: String {
        var sql = """
            BEGIN;
            INSERT INTO models VALUES (1, 'hand', 'made', 'gpt2', 'layer_norm', 'pre', 0, 'learned', 'causal', 1, 2, 2, 4, 2, 16, 20, 8, 0, 'gelu', 'tied', NULL, 100, 'f', NULL);
            INSERT INTO runs (run_id, uuid, model_id, status, started_at, input, capture, norm_scheme, version, instruction_set, threads, host,
                process_id, sequences, tokens) VALUES (1, 'u', 1, 'complete', 'then', 'args', 'all,lens,attribution', 'token', '1', 'none', 1, 'here', 1, 2, 6);
            INSERT INTO computed_pairs VALUES (1, 0, 6, 6), (1, 1, 6, 6), (1, 2, 6, 6);
            INSERT INTO components VALUES (1, 0, 'hook_embed', 'embed', NULL, NULL), (1, 1, 'hook_pos_embed', 'pos_embed', NULL, NULL);
            INSERT INTO sequences VALUES (1, 1, 1, 0, 1, 3, 'hatred ok', NULL), (2, 1, 2, 0, 4, 3, ' okok ok', NULL);
            INSERT INTO vocabulary VALUES (1, 10, x'686174', 'hat'), (1, 11, x'726564', 'red'), (1, 12, x'206f6b', ' ok'), (1, 13, x'6f6b', 'ok');
            INSERT INTO attention_output_biases VALUES (1, 0, 0, 2), (1, 0, 1, 2), (1, 0, 2, 2), (1, 0, 3, 2);

            """
        for (depth, site) in sites.enumerated() {
            let layer = depth == 2 ? "NULL" : "0", role = ["ln1", "ln2", "final"][depth]
            let placement = depth == 2 ? "final" : "pre"
            sql +=
                "INSERT INTO sites VALUES (1, \(depth), '\(site)', \(layer), '\(role)', '\(placement)', 'stream', 'layer_norm', 0, 1, 4);\n"
            for feature in 0..<4 {
                sql +=
                    "INSERT INTO norm_parameters VALUES (1, \(depth), \(feature), \([1, 0, -1, 2][feature]), \([0, 0, 0, 2][feature]));\n"
                let values = (1...6).map { Double($0) + Double($0 + depth) * shape[feature] }
                let mean = values.reduce(0, +) / 6
                let m2 = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
                sql +=
                    "INSERT INTO feature_moments VALUES (1, \(depth), \(feature), 6, \(mean), \(m2), \(shape[feature]), 0, \(out[feature]), 0);\n"
            }
        }
        for (index, (sequence, position, token)) in tokens.enumerated() {
            let k = index + 1
            sql += "INSERT INTO tokens VALUES (\(k), \(sequence), \(position), \(token));\n"
            let last = position == 2 ? "NULL, 1.5, NULL" : "-0.5, 1.5, 1"
            sql += "INSERT INTO predictions (token_key, log_probability, entropy, rank) VALUES (\(k), \(last));\n"
            for (layer, next) in ["-2, 2.5, 2", "-0.5, 1.5, 1"].enumerated() {
                let next = position == 2 ? "NULL, \(next.split(separator: ",")[1]), NULL" : next
                let choices = ["13, -1, 10, -2, 11, -3, 12, -4, NULL, NULL", "12, -0.5, 13, -1.5, 10, -2.5, 11, -3.5, NULL, NULL"]
                sql += "INSERT INTO lens_values VALUES (\(k * 1024 + layer), \(next), \(choices[layer]));\n"
            }
            let answer = position == 2 ? "NULL, NULL, \(k + 2), NULL, NULL, NULL" : "\(tokens[k].2), NULL, \(k + 2), 1.5, NULL, 1.5"
            sql += "INSERT INTO attribution_targets VALUES (\(k), \(answer), NULL);\n"
            let parts = position == 2 ? ["NULL", "NULL"] : ["2", "-0.5"]
            sql += "INSERT INTO attribution_values VALUES (\(k * 4096), \(parts[0])), (\(k * 4096 + 1), \(parts[1]));\n"
            for depth in 0..<3 {
                sql += """
                    INSERT INTO site_moments (moments_key, mean, variance, minimum, maximum, abs_max_feature, skewness, kurtosis,
                        normalized_mean, normalized_variance, out_mean, out_variance, nonfinite)
                    VALUES (\(k * 1024 + depth), \(k), \((k + depth) * (k + depth)), \(-depth), \(2 * k + depth), 2, 0, 1, 0, 1, 0.5, 4.25, 0);
                    INSERT INTO share_values VALUES (\((k * 1024 + depth) * 4096), 1.25), (\((k * 1024 + depth) * 4096 + 1), -0.25);

                    """
            }
            for head in 0..<2 {
                let result = head == 0 ? "0, 1" : "-2, 0"
                // Of the patterns below: all, halves, and a quarter, a quarter and a half.
                let looks = ["1, 1, 0", "0.5, 0.5, \(log(2.0))", "0.25, 0.5, \(1.5 * log(2.0))"][position]
                sql += "INSERT INTO attention_moments VALUES (\(k * 1_048_576 + head), \(looks));\n"
                sql +=
                    "INSERT INTO head_moments VALUES (\(k * 1_048_576 + head), 1.5, 0.25, 1.5, 0.25, 1.5, 0.25, 1.5, 0.25, \(result));\n"
            }
        }
        return sql + "COMMIT;\n"
    }

    private static func vectors(half: Bool) -> String {
        func input(_ k: Int, _ depth: Int) -> [Double] { shape.map { Double(k) + Double(k + depth) * $0 } }
        let small: [Double] = [1, 2, 1, 2]
        var hooks: [(String, Int, (Int, Int) -> [Double])] = [
            ("blocks.0.hook_resid_pre", 1, { k, _ in input(k, 0) }), ("blocks.0.hook_resid_mid", 1, { k, _ in input(k, 1) }),
            ("blocks.0.hook_resid_post", 1, { k, _ in input(k, 2) }), ("blocks.0.hook_attn_out", 1, { _, _ in shape }),
            ("blocks.0.hook_mlp_out", 1, { _, _ in shape }),
            ("blocks.0.attn.hook_result", 2, { _, _ in shape + [-2, -2, -2, -2] }),
            (
                "blocks.0.attn.hook_pattern", 2,
                { _, p in Array(repeating: [[1.0], [0.5, 0.5], [0.25, 0.25, 0.5]][p], count: 2).flatMap(\.self) }
            ),
        ]
        for name in ["q", "k", "v", "z"] { hooks.append(("blocks.0.attn.hook_\(name)", 2, { _, _ in small })) }
        for (depth, site) in sites.enumerated() {
            hooks.append(("\(site).hook_in", 1, { k, _ in input(k, depth) }))
            hooks.append(("\(site).hook_normalized", 1, { _, _ in shape }))
            hooks.append(("\(site).hook_out", 1, { _, _ in out }))
        }
        var sql = "BEGIN;\n"
        for (index, hook) in hooks.enumerated() {
            sql +=
                "INSERT INTO hooks (hook_id, run_id, name, layer, head_count, dtype) VALUES (\(index + 1), 1, '\(hook.0)', 0, \(hook.1), '\(half ? "float16" : "float32")');\n"
            for (row, token) in tokens.enumerated() {
                let values = hook.2(row + 1, token.1)
                sql +=
                    "INSERT INTO vectors (hook_id, token_key, vector) VALUES (\(index + 1), \(row + 1), \(blob(values, half: half)));\n"
            }
        }
        return sql + "COMMIT;\n"
    }

    /// The values as an SQLite literal.
    static func blob(_ values: [Double], half: Bool = false) -> String {
        let digits = values.map { value -> String in
            let bits = half ? UInt32(Float16(value).bitPattern) : Float(value).bitPattern
            return (0..<(half ? 2 : 4)).map { String(format: "%02x", bits >> (8 * UInt32($0)) & 255) }.joined()
        }
        return "x'\(digits.joined())'"
    }
}
