import Foundation
import Hub
import TestSupport
import Testing

/// What the program reads of a cache that others made, and where it looks for it.
@Suite struct CacheTests {
    let place: PullPlace

    init() throws { place = try PullPlace() }

    /// A cache as Python's huggingface_hub leaves it: a lock and a note of missing files beside what was downloaded.
    private func make(_ folder: String, revision: String = "main", without missing: String? = nil) throws {
        let root = "\(place.cache)/\(folder)"
        let files = FileManager.default
        for path in ["blobs", "refs", "snapshots/\(FakeHub.commit)", ".no_exist/\(FakeHub.commit)"] {
            try files.createDirectory(atPath: "\(root)/\(path)", withIntermediateDirectories: true)
        }
        _ = files.createFile(atPath: "\(root)/.no_exist/\(FakeHub.commit)/adapter_config.json", contents: nil)
        for (name, file) in try FakeHub.tinyFiles() where name != missing {
            try Data(file.bytes).write(to: URL(fileURLWithPath: "\(root)/blobs/\(file.tag)"))
            try files.createSymbolicLink(
                atPath: "\(root)/snapshots/\(FakeHub.commit)/\(name)", withDestinationPath: "../../blobs/\(file.tag)")
        }
        try Data(FakeHub.commit.utf8).write(to: URL(fileURLWithPath: "\(root)/refs/\(revision)"))
    }

    private func info(_ model: String, _ environment: [String: String] = [:]) throws -> Outcome {
        try actrec("model", "info", model, "--format", "csv", environment: place.environment(nil, environment))
    }

    @Test func whatPythonDownloadedIsFound() throws {
        try make("models--tiny-org--tiny")
        #expect(try info("tiny-org/tiny").stdout.contains("name,tiny-org/tiny\n"))
    }

    @Test func aShortNameIsFoundUnderEitherName() throws {
        try make("models--gpt2")
        for name in ["gpt2", "openai-community/gpt2"] {
            #expect(try info(name).stdout.contains("name,openai-community/gpt2\n"), "\(name)")
        }
        let list = try actrec("model", "list", "--format", "csv", environment: place.environment(nil)).stdout
        #expect(list.contains("\ngpt2,gpt2,2,5,40,"))
        #expect(!list.contains("gpt2,gpt2,12,12,768"), "it need not be fetched")
    }

    @Test func aDirectoryComesFirst() throws {
        try make("models--tiny-org--tiny")
        let micro = Paths.root.appendingPathComponent("Sources/EmbeddedModel/gpt2-micro").path
        try FileManager.default.createDirectory(atPath: place.directory.place("tiny-org"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: place.directory.place("tiny-org/tiny"), withDestinationPath: micro)
        let outcome = try actrec(
            "model", "info", "tiny-org/tiny", "--format", "csv", environment: place.environment(nil),
            directory: place.directory.path)
        #expect(outcome.stdout.contains("layers,6\n"))
    }

    @Test(arguments: ["model.safetensors", "config.json"])
    func whatIsNotWholeIsSaid(_ missing: String) throws {
        try make("models--tiny-org--tiny", without: missing)
        let outcome = try info("tiny-org/tiny")
        #expect(
            outcome.stderr == "actrec: error: tiny-org/tiny is in the cache without its \(missing); "
                + "type 'actrec model pull tiny-org/tiny' to fetch the rest\n")
        let list = try actrec("model", "list", "--format", "csv", environment: place.environment(nil)).stdout
        #expect(list.contains("\ntiny-org/tiny,,,,,,\"in the cache, incomplete\",") == (missing != "config.json"))

        // A pull takes what is here and fetches the rest.
        let hub = try FakeHub.tiny()
        #expect(try place.pull(hub).stderr.contains(": 1 file,"))
        #expect(try info("tiny-org/tiny").code == 0)
    }

    @Test func aModelThatIsNotHereIsNamedWithWhatToType() throws {
        #expect(
            try info("gpt2").stderr
                == "actrec: error: the model 'gpt2' is not here yet; type 'actrec model pull gpt2' to fetch it, or give a directory\n"
        )
        #expect(
            try info("some-org/some").stderr
                == "actrec: error: no model 'some-org/some': there is no such directory, and the Hugging Face cache does not have it; "
                + "if the hub does, 'actrec model pull some-org/some' fetches it\n")
    }

    @Test func offlineOnlyTheCacheIsRead() throws {
        let hub = try FakeHub.tiny()
        for variable in ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"] {
            let outcome = try place.pull(hub, environment: [variable: "1"])
            #expect(outcome.code == 1)
            #expect(
                outcome.stderr
                    == "actrec: error: tiny-org/tiny is not in \(place.cache), and HF_HUB_OFFLINE asks not to use the network\n")
        }
        #expect(!FileManager.default.fileExists(atPath: place.home))
        try make("models--tiny-org--tiny")
        let outcome = try place.pull(hub, environment: ["HF_HUB_OFFLINE": "true"])
        #expect(outcome.stdout == place.snapshot + "\n")
        #expect(hub.requests.isEmpty)
    }

    @Test func thePlaceFollowsTheEnvironment() {
        func cache(_ environment: [String: String]) -> String { HubEnvironment(environment).cache.path }
        let all = ["HF_HUB_CACHE": "/a", "HF_HOME": "/b", "XDG_CACHE_HOME": "/c"]
        #expect(cache(all) == "/a")
        #expect(cache(all.filter { $0.key != "HF_HUB_CACHE" }) == "/b/hub")
        #expect(cache(["XDG_CACHE_HOME": "/c"]) == "/c/huggingface/hub")
        #expect(cache([:]) == NSHomeDirectory() + "/.cache/huggingface/hub")
        #expect(cache(["HF_HOME": ""]) == cache([:]))
        #expect(cache(["HOME": "/h"]) == "/h/.cache/huggingface/hub", "$HOME, and not the password file, as in Python")
        #expect(cache(["HOME": "/h/", "HF_HOME": "~/hf"]) == "/h/hf/hub")
        #expect(cache(["HOME": "/h", "HF_HUB_CACHE": "~"]) == "/h")
        #expect(cache(["HOME": "/h", "HF_HOME": "/x~/hf"]) == "/x~/hf/hub")
        #expect(cache(["HF_HOME": "~/hf"]) == NSHomeDirectory() + "/hf/hub")
        #expect(cache(["HF_HOME": "$DISK/${USER_NAME}/hf", "DISK": "/d", "USER_NAME": "e"]) == "/d/e/hf/hub")
        #expect(HubEnvironment([:]).endpoint == "https://huggingface.co")
        #expect(HubEnvironment(["HF_ENDPOINT": "https://mirror.example/"]).endpoint == "https://mirror.example")
        #expect(HubEnvironment(["HF_HOME": "/nonexistent", "HF_TOKEN": "hf_a\r\nX: y"]).token == nil, "it would be two headers")
    }
}
