import Foundation
import GRDB
import Queries
import TestSupport
import Testing

/// A BERT and a Llama through every command. One program at a time: each of them uses every processor.
@Suite(.serialized) struct ArchitectureTests {
    static let names = ["bert", "llama"]

    /// The fixture `bert` with a tokenizer: 71 ids, context 20.
    private func bert(_ directory: TemporaryDirectory) throws -> String {
        let words = [
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hatred", "ok", "i", "felt", "war", "and", "was", "it", "##s", ".",
        ]
        _ = try directory.write("vocab.txt", words.joined(separator: "\n") + "\n")
        for file in ["config.json", "model.safetensors"] {
            try FileManager.default.copyItem(atPath: Paths.fixture("bert/\(file)"), toPath: directory.place(file))
        }
        return directory.path
    }

    private func run(_ arguments: String...) throws -> Outcome {
        let outcome = try actrec(arguments)
        #expect(outcome.code == 0, "\(outcome.stderr)")
        return outcome
    }

    private func tokens(_ path: String) throws -> [String] {
        try DatabaseQueue(path: path).read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT group_concat(text, ' ') FROM (
                        SELECT t.sequence_id, v.text FROM tokens t JOIN vocabulary v ON v.token_id = t.token_id ORDER BY t.token_key)
                    GROUP BY sequence_id ORDER BY sequence_id
                    """)
        }
    }

    @Test(arguments: names)
    func everythingRecordedVerifiesAndEveryQueryRuns(name: String) throws {
        let directory = try TemporaryDirectory()
        let path = directory.place("run.db")
        _ = try run(
            "record", "-m", Paths.fixture(name), "-c", "all,shares" + (name == "bert" ? "" : ",lens,attribution,logits"),
            "--token-ids", "3 1 4 1 5 9 2 6", "--token-ids", "60", "-o", path)
        let checks = try run("verify", path, "--format", "csv").stdout.split(separator: "\n").dropFirst()
        #expect(checks.count > 25)
        // Of other schemes, of float16, of norms of queries and keys, and of a model that predicts nothing, there is nothing.
        let absent =
            [
                "sequence moment rows", "sequence moments", "float16 range", "query and key rows",
                "recomputed query and key statistics",
            ]
            + (name == "bert"
                ? [
                    "prediction rows", "prediction bounds", "recomputed predictions", "lens rows", "lens bounds", "lens end",
                    "attribution rows", "attribution", "attributed logits",
                ] : [])
        let failed = checks.filter { check in !check.contains(",ok,") && !absent.contains { check.hasPrefix("\($0),not recorded,") }
        }
        #expect(failed.isEmpty, "\(failed)")
        for name in Queries.names { _ = try run("query", path, name) }
        let html = try run("report", path, "-o", "-").stdout
        let page = try String(html[..<#require(html.range(of: "<script type=\"application/json\"")).lowerBound])
        let findings = page.split(separator: "<p class=\"finding\">").dropFirst().compactMap {
            $0.split(separator: "</p>").first.map(String.init)
        }
        #expect(findings.count == 9)
        let text = findings.joined(separator: "\n")
        #expect(!page.contains("-0%"))
        if name == "bert" {
            #expect(
                text.contains("from the norm before, ") && text.contains("after centring and dividing between 1.00000 and 1.00000"))
            #expect(
                text.contains("45 pairs of mean and variance at 5 sites, one per token")
                    && text.contains("the biases farthest from 0"))
        } else {
            #expect(text.contains("45 mean squares at 5 sites, one per token") && text.contains("after dividing between "))
            #expect(text.contains("from the embeddings, ") && !text.contains("norm before"))
            #expect(page.contains("Is the learned gain used?"))
            for word in [
                "pairs of mean and variance", "Pairs of mean and variance", "centring", "gain and bias", "biases farthest",
            ] {
                #expect(!page.contains(word), "\(word) of an RMSNorm")
            }
        }
    }

    @Test func statisticsAreCountedAsTheNormMakesThem() throws {
        let directory = try TemporaryDirectory()
        struct Count: Decodable { var computed: String; var pairs, numbers: Int; var made: Int? }
        for (name, each) in [("bert", 2), ("llama", 1)] {
            let path = directory.place("\(name).db")
            _ = try run("record", "-m", Paths.fixture(name), "--token-ids", "3 1 4", "-o", path)
            let rows = try run("query", path, "how_many_statistics", "--format", "jsonl").output.split(separator: 0x0A)
                .map { try JSONDecoder().decode(Count.self, from: Data($0)) }
            let own = try #require(rows.first { $0.computed == "yes" })
            // 5 sites, 3 tokens.
            #expect(own.pairs == 15 && own.made == 15 && own.numbers == 15 * each)
        }
    }

    @Test func whatRMSNormLeavesInIsMeasured() throws {
        let directory = try TemporaryDirectory()
        // swift-format-ignore: AlwaysUseLowerCamelCase
        struct Row: Decodable {
            var norm: String
            var share_of_norm, left_in: Double
        }
        for name in Self.names {
            let path = directory.place("\(name).db")
            _ = try run("record", "-m", Paths.fixture(name), "--token-ids", "3 1 4 1 5", "-o", path)
            let rows = try run("query", path, "mean_direction", "--format", "jsonl").output.split(separator: 0x0A)
                .map { try JSONDecoder().decode(Row.self, from: Data($0)) }
            #expect(rows.count == 5)
            for row in rows {
                let expected = name == "llama" ? row.share_of_norm : 0
                #expect(abs(row.left_in - expected) <= 1e-6)
                #expect(row.norm == (name == "llama" ? "rms_norm" : "layer_norm"))
            }
        }
    }

    @Test func aTextIsFramedAsTheTokenizerSays() throws {
        let directory = try TemporaryDirectory()
        let (model, path) = (try bert(directory), directory.place("run.db"))
        _ = try run("record", "-m", model, "I felt hatred.", "Was it OK", "-o", path)
        #expect(try tokens(path) == ["[CLS] i felt hatred . [SEP]", "[CLS] was it ok [SEP]"])
        let tokenized = try run("tokenize", "-m", model, "--format", "csv", "ok").stdout
        #expect(tokenized.contains("[CLS]") && tokenized.contains("[SEP]"))
    }

    @Test func whatStandsAroundATextStandsAroundEachPartOfIt() throws {
        let directory = try TemporaryDirectory()
        let (model, path) = (try bert(directory), directory.place("run.db"))
        let text = Array(repeating: "war", count: 40).joined(separator: " ")
        let refused = try actrec("record", "-m", model, text, "-o", path)
        #expect(refused.code == 1 && refused.stderr.contains("42 tokens"))
        _ = try run("record", "-m", model, "--window", text, "-o", path)
        let windows = [18, 18, 4].map { "[CLS] " + Array(repeating: "war", count: $0).joined(separator: " ") + " [SEP]" }
        #expect(try tokens(path) == windows)
        let cut = directory.place("cut.db")
        _ = try run("record", "-m", model, "--truncate", text, "-o", cut)
        #expect(try tokens(cut) == [windows[0]])
    }

    @Test func wordsAreComparedWhereTheyStand() throws {
        let directory = try TemporaryDirectory()
        let model = try bert(directory)
        let carriers = try directory.write("carriers.txt", "I felt {} and it was.\nWar and {} was it.\n")
        let path = directory.place("words.db")
        let report = try run("compare", "hatred", "ok", "-m", model, "--carriers-file", carriers, "-o", path).stdout
        #expect(report.contains("embed.ln") && report.contains("token type") && report.contains("post-LN"))
        let measured = try DatabaseQueue(path: path).read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT DISTINCT s.token FROM sequences q
                    JOIN token_statistics s ON s.sequence_id = q.sequence_id AND s.position = json_extract(q.metadata, '$.position')
                    ORDER BY q.number
                    """)
        }
        #expect(measured == ["hatred", "ok"])
    }

    @Test(arguments: names)
    func everySchemeRuns(name: String) throws {
        let directory = try TemporaryDirectory()
        let outcome = try run(
            "schemes", "-m", Paths.fixture(name), "--token-ids", "3 1 4 1 5", "--token-ids", "9 2 6", "-o", directory.place("s.db"))
        #expect(outcome.stdout.contains(name == "bert" ? "predicts no token" : "RMSNorm"))
        for scheme in ["token", "feature", "sequence", "frozen", "none"] { #expect(outcome.stdout.contains("\n\(scheme)")) }
    }

    @Test func theSamplesAreListed() throws {
        let directory = try TemporaryDirectory()
        let listed = try actrec(["model", "list", "--format", "csv"], environment: ["ACTREC_MODELS": directory.path]).stdout
        #expect(listed.contains("minilm,") && listed.contains("smollm2,") && listed.contains("by 'make samples'"))
        let fetched = directory.place("minilm")
        try FileManager.default.copyItem(atPath: Paths.fixture("bert"), toPath: fetched)
        let rows = try actrec(["model", "list", "--format", "csv"], environment: ["ACTREC_MODELS": directory.path]).stdout
        #expect(rows.contains("minilm,bert,2,3,36") && rows.contains(fetched))
        let info = try actrec(["model", "info", "minilm", "--format", "csv"], environment: ["ACTREC_MODELS": directory.path])
        #expect(info.stdout.contains("placement,post") && info.stdout.contains("attention,bidirectional"))
    }
}
