import Foundation
import TestSupport
import Testing

/// `model pull` from a server that answers as the hub does, and what the program makes of the cache afterwards.
@Suite struct PullTests {
    let place: PullPlace

    init() throws { place = try PullPlace() }

    @Test func theCacheIsHuggingFacesOwn() throws {
        let hub = try FakeHub.tiny()
        let outcome = try place.pull(hub)
        #expect(outcome.code == 0, "\(outcome.stderr)")
        #expect(outcome.stdout == place.snapshot + "\n")
        #expect(
            outcome.stderr == "actrec: tiny-org/tiny at 0123456789ab: 2 files, 0.1 MB fetched; use it as --model tiny-org/tiny\n")

        let files = try FakeHub.tinyFiles()
        #expect(place.names("snapshots/" + FakeHub.commit) == ["config.json", "model.safetensors"], "no more than is needed")
        for name in ["config.json", "model.safetensors"] {
            let file = try #require(files[name])
            let link = try FileManager.default.destinationOfSymbolicLink(atPath: "\(place.snapshot)/\(name)")
            #expect(link == "../../blobs/\(file.tag)")
            #expect(place.bytes("\(place.snapshot)/\(name)") == file.bytes)
        }
        #expect(place.names("blobs").count == 2)
        #expect(place.names("refs") == ["main"])
        #expect(place.bytes(place.folder + "/refs/main") == Array(FakeHub.commit.utf8))
    }

    @Test func aPulledModelIsRecorded() throws {
        let hub = try FakeHub.tiny()
        #expect(try place.pull(hub, "-q", PullPlace.model).stderr.isEmpty)
        let database = place.directory.place("run.db")
        let environment = place.environment(nil)
        let outcome = try actrec(
            "record", "--token-ids", "1 2 3", "--model", PullPlace.model, "-q", "-o", database, environment: environment)
        #expect(outcome.code == 0, "\(outcome.stderr)")
        #expect(
            try actrec("sql", database, "SELECT name FROM models", "--format", "csv", "--no-header").stdout == "tiny-org/tiny\n")

        // The same numbers as from the directory that was served.
        let direct = place.directory.place("direct.db")
        #expect(try actrec("record", "--token-ids", "1 2 3", "--model", Paths.fixture("odd"), "-q", "-o", direct).code == 0)
        let sql = "SELECT site, position, mean, variance FROM token_statistics ORDER BY depth, position"
        let rows = try actrec("sql", database, sql, "--format", "csv").stdout
        #expect(rows.split(separator: "\n").count == 1 + 5 * 3)
        #expect(try actrec("sql", direct, sql, "--format", "csv").stdout == rows)
    }

    @Test func aPulledTokenizerReadsText() throws {
        let model = Paths.root.appendingPathComponent("Sources/EmbeddedModel/gpt2-micro")
        var files: [String: FakeHub.File] = [:]
        for name in ["config.json", "vocab.json", "merges.txt", "model.safetensors"] {
            files[name] = .init(
                Array(try Data(contentsOf: model.appendingPathComponent(name))), isLarge: name == "model.safetensors")
        }
        let hub = try FakeHub("openai-community/gpt2", files: files)
        #expect(try place.pull(hub, "gpt2").stderr.hasSuffix("; use it as --model gpt2\n"))
        let expected = try actrec("tokenize", "war violence hate fear").stdout
        for name in ["gpt2", "openai-community/gpt2", "gpt2@main", "gpt2@\(FakeHub.commit)"] {
            let outcome = try actrec("tokenize", "war violence hate fear", "--model", name, environment: place.environment(nil))
            #expect(outcome.stdout == expected, "\(name): \(outcome.stderr)")
        }
    }

    @Test func aSecondPullFetchesNothing() throws {
        let hub = try FakeHub.tiny()
        _ = try place.pull(hub)
        let before = hub.requests("GET /cdn/").count + hub.requests("GET /api/resolve-cache/").count
        #expect(before == 2)
        let outcome = try place.pull(hub)
        #expect(
            outcome.stderr == "actrec: tiny-org/tiny at 0123456789ab: everything is here already; use it as --model tiny-org/tiny\n"
        )
        #expect(hub.requests("GET /cdn/").count + hub.requests("GET /api/resolve-cache/").count == before)
    }

    @Test func shardsComeWithTheirIndex() throws {
        let hub = try FakeHub(files: try FakeHub.shardedFiles())
        let outcome = try place.pull(hub)
        #expect(outcome.code == 0, "\(outcome.stderr)")
        #expect(
            place.names("snapshots/" + FakeHub.commit) == [
                "config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                "model.safetensors.index.json",
            ])
        let database = place.directory.place("run.db")
        let recorded = try actrec(
            "record", "--token-ids", "1 2 3", "--model", PullPlace.model, "-q", "-o", database, environment: place.environment(nil))
        #expect(recorded.code == 0, "\(recorded.stderr)")
    }

    @Test func aRevisionIsKeptBesideMain() throws {
        let hub = try FakeHub.tiny()
        let outcome = try place.pull(hub, PullPlace.model, "--revision", "refs/pr/1")
        #expect(outcome.stderr.hasSuffix("; use it as --model tiny-org/tiny@refs/pr/1\n"))
        #expect(place.names("refs").last == "refs/pr/1")
        let environment = place.environment(nil)
        #expect(try actrec("model", "info", "tiny-org/tiny@refs/pr/1", environment: environment).code == 0)
        #expect(try actrec("model", "info", "tiny-org/tiny", environment: environment).code == 1)

        // A commit needs no reference.
        #expect(try place.pull(hub, PullPlace.model, "--revision", FakeHub.commit).code == 0)
        #expect(place.names("refs").filter { !$0.hasPrefix("refs") }.isEmpty)
    }

    @Test func listAndInfoShowWhatIsCached() throws {
        let environment = place.environment(nil)
        func list() throws -> [String] {
            try actrec("model", "list", "--format", "csv", "--no-header", environment: environment).stdout.split(separator: "\n")
                .map(String.init)
        }
        let samples = ["minilm", "smollm2"]
        let known = ["gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl", "distilgpt2"]
        let before = try list()
        #expect(before.map { $0.prefix { $0 != "," } } == (["gpt2-micro"] + samples + known).map { $0[...] })
        #expect(before[1] == "minilm,,,,,,by 'make samples',,,")
        #expect(before[3] == "gpt2,gpt2,12,12,768,124439808,on the hub,,,")

        _ = try place.pull(try FakeHub.tiny())
        let files = try FakeHub.tinyFiles()
        let size = ["config.json", "model.safetensors"].reduce(0) { $0 + (files[$1]?.bytes.count ?? 0) }
        let line = try #require(try list().first { $0.hasPrefix("tiny-org/tiny,") })
        #expect(line.hasPrefix("tiny-org/tiny,gpt2,2,5,40,"))
        #expect(line.hasSuffix(",in the cache,\(FakeHub.commit),\(size),\(place.snapshot)"))
        let info = try actrec("model", "info", PullPlace.model, "--format", "csv", environment: environment).stdout
        #expect(info.contains("name,tiny-org/tiny\n"))
        #expect(info.contains("source,\(place.snapshot)\n"))
        #expect(info.contains("weights sha256,\(files["model.safetensors"]?.tag ?? "")\n"))
    }

    @Test func twoPullsAtOnceShareTheWork() throws {
        let hub = try FakeHub.tiny()
        // The first waits for its content until the second has come as far.
        hub.play([.late(1)], to: "GET /cdn/")
        let first = try place.start(hub)
        hub.wait(for: "GET /cdn/")
        let second = try place.start(hub)
        let outcomes = [first.wait(), second.wait()]
        #expect(outcomes.map(\.code) == [0, 0], "\(outcomes.map(\.stderr))")
        #expect(outcomes[1].stderr.contains("another program is downloading model.safetensors; waiting for it\n"))
        #expect(hub.requests("GET /cdn/").count == 1)
        #expect(place.names("blobs").count == 2)
    }
}
