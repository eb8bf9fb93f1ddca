import Digest
import Foundation
import GRDB
import Processor
import TestSupport
import Testing
import Transformer

/// One text, recorded by the built program with every instruction set of this processor, threads and batches of several sizes.
/// The rows are those that another processor once wrote: their digests are kept.
@Suite struct SameBitsTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    enum Family: String, CaseIterable {
        case gpt2 = "GPT-2", bert = "BERT", llama = "Llama"

        var arguments: [String] {
            switch self {
            case .gpt2:
                [
                    "They said that hatred was ok.", "ok",
                    "No one knows why the old lamp by the door was never lit again, or who took the oil.",
                ]
            // The fixtures' vocabularies: 71 ids.
            case .bert: ["--model", Paths.fixture("bert")] + Self.identifiers
            case .llama: ["--model", Paths.fixture("llama")] + Self.identifiers
            }
        }

        /// Sequences of 1, 9 and 20 tokens.
        static let identifiers = [1, 9, 20].flatMap { count in
            ["--token-ids", (0..<count).map { "\(($0 * 31 + count) % 71)" }.joined(separator: " ")]
        }
    }

    /// What does not tell of the numbers: who ran when, on what.
    static let tablesApart = ["runs", "models"]
    /// A vector's number says in which batch it was written; its hook and token say which it is.
    static let keys = ["vectors": ["hook_id", "token_key"]]

    /// SHA-256 of all rows of all tables but those apart, each in the order of its key.
    private func digest(of path: String) throws -> String {
        let digest = Digest(.sha256)
        func add(_ text: String) { Array(text.utf8).withUnsafeBytes { digest.update($0) } }
        try DatabaseQueue(path: path).read { db in
            let tables = try String.fetchAll(
                db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
            for table in tables where !Self.tablesApart.contains(table) {
                add("\(table)\n")
                let key = try Self.keys[table] ?? db.primaryKey(table).columns
                let rows = try Row.fetchCursor(db, sql: "SELECT * FROM \(table) ORDER BY \(key.joined(separator: ", "))")
                while let row = try rows.next() {
                    for (column, value) in row where column != "vector_id" {
                        switch value.storage {
                        case .double(let number): add("\(column)=\(String(number.bitPattern, radix: 16))\n")
                        case .blob(let bytes): add("\(column)="); bytes.withUnsafeBytes { digest.update($0) }; add("\n")
                        case .int64(let number): add("\(column)=\(number)\n")
                        case .string(let text): add("\(column)=\(text)\n")
                        case .null: add("\(column)\n")
                        }
                    }
                }
            }
        }
        return try #require(digest.hexadecimal())
    }

    private func record(_ family: Family, instructions: String, threads: Int, batchTokens: Int) throws -> String {
        let name = "\(family)-\(instructions)-\(threads)-\(batchTokens).db"
        let outcome = try actrec(
            [
                "record", "-c", family == .bert ? "all,shares" : "all,shares,lens,attribution", "-o", name, "-q", "--threads",
                "\(threads)", "--batch-tokens", "\(batchTokens)",
            ]
                + family.arguments,
            environment: ["ACTREC_ISA": instructions], directory: directory.path)
        try #require(outcome.code == 0, "\(outcome.stderr)")
        return try digest(of: directory.place(name))
    }

    @Test(arguments: Family.allCases) func everyProcessorWritesTheSameRows(_ family: Family) throws {
        var digests: [String: [String]] = [:]
        for instructions in Compute.instructionSets {
            for threads in [1, 2] {
                for batchTokens in [1, 64, 4096] {
                    let digest = try record(family, instructions: instructions, threads: threads, batchTokens: batchTokens)
                    digests[digest, default: []].append("\(instructions), \(threads) threads, batches of \(batchTokens)")
                }
            }
        }
        #expect(digests.count == 1, "\(digests)")
        // Made once. It changes with the layout of the tables, or when the definition of a number changes: never with the machine.
        let difference = try Snapshot("Tests/CommandTests/Snapshots/same-bits/\(family.rawValue).txt").difference(
            from: digests.keys.sorted().joined() + "\n")
        #expect(difference == nil)
    }

    @Test func instructionsThatTheProcessorLacksAreRefused() throws {
        let outcome = try actrec("record", "ok", environment: ["ACTREC_ISA": "AVX2"], directory: directory.path)
        #expect(outcome.code == 1)
        #expect(
            outcome.stderr.hasPrefix("actrec: error: ACTREC_ISA is 'AVX2', which this processor does not have; it has baseline"),
            "\(outcome.stderr)")
        #expect(try directory.names().isEmpty)
    }
}
