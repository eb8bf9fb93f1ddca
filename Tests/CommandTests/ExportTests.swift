import Foundation
import GRDB
import TestSupport
import Testing

/// `export` from the outside: the files it makes, and what it refuses.
@Suite struct ExportTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.place("run.db")
    }

    private func record(_ arguments: String...) throws {
        #expect(try actrec(["record", "-q", "-o", path] + arguments).code == 0)
    }

    private func parquet(_ arguments: String...) throws -> Outcome {
        try actrec(["export", path, "--format", "parquet"] + arguments, directory: directory.path)
    }

    /// The files below a directory, from it.
    private func files(_ name: String) throws -> [String] {
        let all = FileManager.default.enumerator(atPath: directory.place(name))?.compactMap { $0 as? String } ?? []
        return all.filter { $0.hasSuffix(".parquet") }.sorted()
    }

    private func isParquet(_ file: String) throws -> Bool {
        let bytes = try Array(Data(contentsOf: URL(fileURLWithPath: directory.place(file))))
        return bytes.count > 12 && bytes.prefix(4) == Array("PAR1".utf8)[...] && bytes.suffix(4) == Array("PAR1".utf8)[...]
    }

    @Test func aParquetDirectoryHoldsEveryViewByRun() throws {
        try record("ok", "-c", "stats,blocks.0.ln1.hook_in")
        try record("They said hatred.")
        let outcome = try parquet("-o", "out")
        #expect(outcome.code == 0)
        #expect(outcome.output.isEmpty)
        #expect(outcome.stderr.wholeMatch(of: /actrec: \d+ rows in 43 files in out\n/) != nil)
        let byRun = [
            "attention_statistics", "component_shares", "feature_statistics", "head_statistics", "qk_statistics",
            "token_predictions", "token_statistics", "site_summary", "head_summary", "largest_features", "scale_covariances",
            "largest_variances", "lens_predictions", "lens_tokens", "attributed_logits", "logit_attributions",
        ]
        let whole = [
            "computed_pairs", "edits", "gain_bias", "models", "runs", "sequences", "sites", "sweep_effects", "sweeps", "vocabulary",
        ]
        let expected =
            byRun.flatMap { ["\($0)/run_id=1/data.parquet", "\($0)/run_id=2/data.parquet"] } + whole.map { "\($0)/data.parquet" }
            + ["activation_vectors/run_id=1/hook=blocks.0.ln1.hook_in/data.parquet"]
        #expect(try files("out") == expected.sorted())
        for file in try files("out") { #expect(try isParquet("out/" + file), "\(file)") }
        #expect(try directory.names() == ["out", "run.db"])
    }

    @Test func aRecordingWithoutRunsHasEveryViewToo() throws {
        try record("ok")
        try DatabaseQueue(path: path).write { db in
            let facts = [
                "site_moments", "qk_moments", "head_moments", "feature_moments", "computed_pairs", "checksums", "statistic_sums",
                "largest_feature_sums",
                "scale_comoments", "largest_tokens",
            ]
            for table in facts + ["tokens", "sequences", "runs"] {
                try db.execute(sql: "DELETE FROM \(table)")
            }
        }
        #expect(try parquet("-o", "out").code == 0)
        let names = try files("out")
        #expect(names.count == 27 && names.allSatisfy { $0.hasSuffix("s/data.parquet") || !$0.contains("=") }, "\(names)")
    }

    @Test func oneViewOrQueryCanBeADirectoryOrAFile() throws {
        try record("They said hatred was ok.")
        #expect(try parquet("token_statistics", "-o", "view").code == 0)
        #expect(try files("view") == ["token_statistics/run_id=1/data.parquet"])
        #expect(try parquet("token_variance", "-p", "tokens=ok", "-o", "query/").code == 0)
        #expect(try files("query") == ["token_variance/data.parquet"])
        #expect(try parquet("sites", "-o", "sites.parquet").stderr == "actrec: 13 rows in sites.parquet\n")
        // The ending is enough, and the usual view the default.
        #expect(try actrec("export", path, "vocabulary", "-o", "words.parquet", directory: directory.path).code == 0)
        let outcome = try actrec("export", path, "-o", "tokens.parquet", directory: directory.path)
        #expect(outcome.stderr.wholeMatch(of: /actrec: \d+ rows in tokens.parquet\n/) != nil)
        #expect(try isParquet("tokens.parquet") && isParquet("sites.parquet") && isParquet("words.parquet"))
        #expect(try directory.names() == ["query", "run.db", "sites.parquet", "tokens.parquet", "view", "words.parquet"])
    }

    @Test func everyQueryHasTypes() throws {
        try record("They said hatred was ok.", "-c", "all,shares,lens,attribution")
        for file in try FileManager.default.contentsOfDirectory(atPath: Paths.root.appendingPathComponent("queries").path)
        where file.hasSuffix(".sql") {
            let outcome = try parquet(String(file.dropLast(4)), "-o", "answer.parquet")
            #expect(outcome.code == 0, "\(file): \(outcome.stderr)")
            #expect(try isParquet("answer.parquet"))
        }
    }

    @Test func onlyAnEarlierExportIsReplacedAndOnlyByForce() throws {
        try record("ok")
        try FileManager.default.createDirectory(atPath: directory.place("out"), withIntermediateDirectories: false)
        #expect(try parquet("-o", "out").code == 0, "an empty directory is a place")
        let refused = try parquet("runs", "-o", "out")
        #expect(refused.code == 1)
        #expect(refused.stderr == "actrec: error: the directory out is not empty; --force replaces an earlier export\n")
        #expect(try parquet("runs", "-o", "out", "--force").code == 0)
        #expect(try files("out") == ["runs/data.parquet"])
        _ = try directory.write("out/notes.txt", "mine")
        let kept = try parquet("-o", "out", "--force")
        #expect(kept.stderr == "actrec: error: out holds 'notes.txt', which no export makes: it is not replaced\n")
        #expect(kept.code == 1)
        #expect(try directory.names() == ["out", "run.db"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.place("out")).sorted() == ["notes.txt", "runs"])
    }

    @Test func whatCannotBeWrittenLeavesNothing() throws {
        try record("ok")
        _ = try directory.write("file", "text")
        let cases: [([String], Int32, String)] = [
            (["-o", "file"], 1, "file is a file; the export is a directory (or name one file: -o NAME.parquet)"),
            (["-o", "none/out"], 2, "cannot write to none/out: No such file or directory"),
            (["token_statistic", "-o", "out"], 1, "no view or query 'token_statistic'; did you mean token_statistics?"),
            (["tokens", "-o", "out"], 1, "no view or query 'tokens'"),
            (["runs", "-p", "run=1", "-o", "out"], 64, "runs is a view and takes no parameters."),
            (["-p", "run=1", "-o", "out"], 64, "The whole recording takes no parameters."),
            ([], 64, "Parquet needs a place: -o DIRECTORY or -o NAME.parquet."),
            (["-o", "-"], 64, "Parquet needs a place"),
        ]
        for (arguments, code, message) in cases {
            let outcome = try actrec(["export", path, "--format", "parquet"] + arguments, directory: directory.path)
            #expect(outcome.code == code, "\(arguments)")
            #expect(outcome.stderr.contains(message), "\(arguments): \(outcome.stderr)")
            #expect(outcome.output.isEmpty)
        }
        #expect(try directory.names() == ["file", "run.db"])
    }

    /// A file whose values are not of their columns' types was changed by another program.
    @Test func aDamagedVectorIsNamed() throws {
        try record("ok", "-c", "blocks.0.ln1.hook_in")
        try DatabaseQueue(path: path).write { try $0.execute(sql: "UPDATE vectors SET vector = x'010203'") }
        let outcome = try parquet("-o", "out")
        #expect(outcome.code == 1)
        #expect(outcome.stderr == "actrec: error: column 'vector' has a vector of 3 bytes, which are no whole number of values\n")
        #expect(try directory.names() == ["run.db"])
    }

    /// The bytes after the header of an array's file, and the header's text.
    private func array(_ file: String) throws -> (header: String, values: [UInt8]) {
        let bytes = try Array(Data(contentsOf: URL(fileURLWithPath: directory.place(file))))
        let length = file.hasSuffix(".npy") ? Int(bytes[8]) + Int(bytes[9]) << 8 : Int(bytes[0]) + Int(bytes[1]) << 8
        let start = file.hasSuffix(".npy") ? 10 : 8
        return (String(decoding: bytes[start..<start + length], as: UTF8.self), Array(bytes[(start + length)...]))
    }

    private func vectors(of hook: String) throws -> [UInt8] {
        try DatabaseQueue(path: path).read { db in
            try Data.fetchAll(
                db, sql: "SELECT vector FROM activation_vectors WHERE hook = ? ORDER BY sequence_id, position", arguments: [hook])
        }.flatMap { Array($0) }
    }

    private func arrays(_ arguments: String...) throws -> Outcome {
        try actrec(["export", path, "--vectors"] + arguments, directory: directory.path)
    }

    @Test func vectorsAreWrittenAsArrays() throws {
        try record("They said hatred.", "ok", "-c", "blocks.*.hook_resid_pre,blocks.0.attn.hook_z")
        #expect(try arrays("blocks.0.hook_resid_pre", "-o", "a.npy").stderr == "actrec: 1 array of 5 rows in a.npy\n")
        let one = try array("a.npy")
        #expect(
            one.header.hasPrefix("{'descr': '<f4', 'fortran_order': False, 'shape': (5, 128), }") && one.header.hasSuffix(" \n"))
        #expect((10 + one.header.utf8.count) % 64 == 0)
        #expect(one.values == (try vectors(of: "blocks.0.hook_resid_pre")))
        #expect(
            try arrays("blocks.*.hook_resid_pre, *hook_z", "-o", "a.safetensors").stderr
                == "actrec: 7 arrays of 5 rows in a.safetensors\n")
        let all = try array("a.safetensors")
        let streams = try (0..<6).flatMap { try vectors(of: "blocks.\($0).hook_resid_pre") }
        #expect(all.values.count == 3 * 5 * 8 + streams.count + (try vectors(of: "blocks.0.attn.hook_z").count))
        #expect(all.header.contains("\"blocks.0.attn.hook_z\":{\"dtype\":\"F32\",\"shape\":[5,"))
        // An earlier export of vectors is replaced; an .npy file, which could be anybody's, is not.
        #expect(try arrays("blocks.0.hook_resid_pre", "-o", "a.safetensors").code == 0)
        #expect(try arrays("blocks.0.hook_resid_pre", "-o", "a.npy").code == 1)
        #expect(try arrays("blocks.0.hook_resid_pre", "-o", "a.npy", "--force").code == 0)
    }

    @Test func vectorsOfTheRunThatIsNamed() throws {
        try record("They said hatred.", "-c", "ln_final.hook_in", "--float16")
        try record("ok", "-c", "ln_final.hook_in")
        #expect(try arrays("ln_final.*", "--run", "1", "-o", "a.npy").code == 0)
        #expect(try array("a.npy").header.contains("'<f2'"))
        #expect(try arrays("ln_final.*", "-o", "b.npy").code == 0)
        #expect(try array("b.npy").header.contains("'<f4', 'fortran_order': False, 'shape': (1, 128)"))
    }

    @Test func whatMakesNoArrayIsRefused() throws {
        try record("They said hatred.", "-c", "patterns,blocks.*.ln1.hook_in")
        let cases: [(arguments: [String], code: Int32, message: String)] = [
            (["blocks.0.attn.hook_pattern", "-o", "a.npy"], 1, "the vectors of blocks.0.attn.hook_pattern have different lengths"),
            (
                ["blocks.*.ln1.hook_in", "-o", "a.npy"], 1,
                "a.npy can hold one array, but 6 hook points match: blocks.0.ln1.hook_in, "
            ),
            (["ln_final.*", "-o", "a.npy"], 1, "run 1 kept no vectors of 'ln_final.*'; it kept those of "),
            (["*", "--run", "7", "-o", "a.npy"], 1, "run 7 kept no vectors of '*'; record them with --capture '*'"),
            (["*", "-o", "a.csv"], 1, "a.csv: --vectors writes .npy and .safetensors files; name one with -o"),
            (["*"], 1, "standard output: --vectors writes .npy and .safetensors files; name one with -o"),
            (["*", "--format", "csv"], 64, "--vectors goes with -o, --run and --force only."),
        ]
        for (arguments, code, message) in cases {
            let outcome = try actrec(["export", path, "--vectors"] + arguments, directory: directory.path)
            #expect(outcome.code == code && outcome.stderr.contains(message), "\(arguments): \(outcome.stderr)")
        }
        #expect(try directory.names() == ["run.db"])
    }
}
