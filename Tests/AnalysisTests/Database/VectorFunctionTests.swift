import Output
import Foundation
import Testing

import Reading

/// The functions over vectors, beside NumPy in float64 and sqlite-vec (Tools/make_vector_fixtures.py).
@Suite struct VectorFunctionTests {
    private struct Case: Decodable {
        /// A number, or a vector's values.
        enum Answer: Decodable {
            case number(Double)
            case vector([Float])

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                self =
                    if let number = try? container.decode(Double.self) { .number(number) } else {
                        .vector(try container.decode([Float].self))
                    }
            }
        }

        let sql: String
        let parameters: [String: String]
        let numpy: Answer
        let sqliteVec: Answer?

        enum CodingKeys: String, CodingKey {
            case sql, parameters, numpy
            case sqliteVec = "sqlite_vec"
        }
    }

    private let fixture: RecordingFixture
    private let database: ReadOnlyDatabase

    init() throws {
        fixture = try RecordingFixture(half: true)
        database = try ReadOnlyDatabase(path: fixture.path)
    }

    private func value(_ sql: String, _ parameters: [String: Cell] = [:]) throws -> Cell {
        try #require(try database.cells(sql, parameters: parameters).first?.first)
    }

    @Test func agreesWithNumPyAndSQLiteVec() throws {
        let place = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fixtures/vectors.json")
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: place))
        #expect(cases.count == 91)
        for known in cases {
            let found = try value(known.sql, known.parameters.mapValues { .blob(Self.bytes($0)) })
            expect(found, known.numpy, within: 1e-12, known.sql)
            if let theirs = known.sqliteVec { expect(found, theirs, within: 1e-6, known.sql) }
        }
    }

    /// A vector is a float32 vector: it has NumPy's digits once they are rounded to that.
    private func expect(_ found: Cell, _ expected: Case.Answer, within bar: Double, _ sql: String) {
        switch (found, expected) {
        case (.integer(let found), .number(let expected)): #expect(Double(found) == expected, "\(sql)")
        case (.real(let found), .number(let expected)):
            #expect(abs(found - expected) <= bar * max(1, abs(expected)), "\(sql): \(found), expected \(expected)")
        case (.blob(let bytes), .vector(let expected)):
            let values = Self.values(bytes)
            #expect(values.count == expected.count, "\(sql)")
            for (value, expected) in zip(values, expected) {
                #expect(abs(value - expected) <= Float(bar) * max(1, abs(expected)), "\(sql): \(value), expected \(expected)")
            }
        default: Issue.record("\(sql): \(found), expected \(expected)")
        }
    }

    private static func bytes(_ digits: String) -> [UInt8] {
        stride(from: 0, to: digits.utf8.count, by: 2).compactMap { UInt8(digits.dropFirst($0).prefix(2), radix: 16) }
    }

    private static func values(_ bytes: [UInt8]) -> [Float] {
        bytes.withUnsafeBytes { raw in
            (0..<raw.count / 4).map {
                Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
            }
        }
    }

    @Test func everyFunctionIsDocumented() throws {
        let known = try database.cells(
            "SELECT DISTINCT name FROM pragma_function_list WHERE name LIKE 'vec!_%' ESCAPE '!' UNION SELECT name FROM pragma_module_list WHERE name LIKE 'vec!_%' ESCAPE '!' ORDER BY 1"
        ).compactMap { row in if case .text(let name) = row[0] { name.lowercased() } else { nil } }
        #expect(known == Set(VectorFunctions.all.map { $0.name.lowercased() }).sorted())
    }

    @Test(arguments: [
        ("vec_to_json(x'0000803f000020c0')", "'[1.0,-2.5]'"), ("vec_to_json('[ 1e2,\n-0.5 ]')", "'[100.0,-0.5]'"),
        ("vec_to_json(x'0000c07f')", "'[null]'"), ("json_array_length(json_array(vec_to_json('[1,2]')), '$[0]')", "2"),
        ("vec_dot('[1,2]', '[3,4]')", "11.0"), ("vec_avg(NULL)", "NULL"), ("vec_length(NULL)", "NULL"),
        ("vec_add('[1]', NULL)", "NULL"),
        ("vec_distance_cosine('[0,0]', '[1,1]')", "NULL"), ("(SELECT count(*) FROM vec_each(NULL))", "0"),
        ("(SELECT group_concat(rowid || ':' || value, ' ') FROM vec_each('[5,6,7]'))", "'0:5.0 1:6.0 2:7.0'"),
        ("(SELECT vec_at(vec_avg(vec_f32(vector, dtype)), 2) FROM activation_vectors WHERE hook = 'ln_final.hook_in')", "9.0"),
        ("(SELECT count(*) FROM activation_vectors v, vec_each(vec_f32(v.vector, v.dtype)) WHERE hook = 'ln_final.hook_in')", "24"),
    ]) func answers(_ expression: String, _ literal: String) throws {
        #expect(try value("SELECT \(expression)") == value("SELECT \(literal)"))
    }

    @Test(arguments: [
        ("vec_add('[1,2]', '[1,2,3]')", "vec_add: vectors of 2 and 3 values; both need the same length"),
        ("vec_distance_L2('[1]', '[1,2]')", "vec_distance_L2: vectors of 1 and 2 values; both need the same length"),
        (
            "vec_length(x'000000')",
            "vec_length: 3 bytes are not a whole number of float32 values; for float16, use vec_f32(vector, dtype)"
        ),
        ("vec_length(x'')", "vec_length: the vector is empty"),
        ("vec_length('[]')", "vec_length: '[]' is not a JSON array of numbers"),
        ("vec_length('[1,]')", "vec_length: '[1,]' is not a JSON array of numbers"),
        ("vec_length('[nan]')", "vec_length: '[nan]' is not a JSON array of numbers"),
        ("vec_length('[0x1]')", "vec_length: '[0x1]' is not a JSON array of numbers"),
        ("vec_length('[1] 2')", "vec_length: '[1] 2' is not a JSON array of numbers"),
        ("vec_length('[1')", "vec_length: '[1' is not a JSON array of numbers"),
        ("vec_length(1.5)", "vec_length: a number is not a vector; give a BLOB of float32 values or a JSON array"),
        ("vec_slice('[1,2,3]', 2, 2)", "vec_slice: 2 to 2 is not a slice of a vector of 3 values"),
        ("vec_slice('[1,2,3]', 0, 4)", "vec_slice: 0 to 4 is not a slice of a vector of 3 values"),
        ("vec_at('[1,2,3]', 3)", "vec_at: index 3; the vector has values 0 to 2"),
        ("vec_f32(x'0000', 'float16x')", "vec_f32: dtype 'float16x' is unknown; use float32 or float16"),
        ("vec_f32(x'000000', 'float16')", "vec_f32: 3 bytes are not float16 values"),
        (
            "(SELECT vec_avg(v) FROM (SELECT '[1]' AS v UNION ALL SELECT '[1,2]'))",
            "vec_avg: vectors of 1 and 2 values; all need the same length"
        ),
        ("(SELECT count(*) FROM vec_each('1'))", "vec_each: '1' is not a JSON array of numbers"),
    ]) func refuses(_ expression: String, _ message: String) {
        #expect(throws: QueryError.failed(message: message)) { try database.cells("SELECT \(expression)") }
    }
}
