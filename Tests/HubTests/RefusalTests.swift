import Foundation
import TestSupport
import Testing

/// What the hub refuses, and what the program refuses of the hub's.
@Suite struct RefusalTests {
    let place: PullPlace
    let hub: FakeHub

    init() throws {
        place = try PullPlace()
        hub = try FakeHub.tiny()
    }

    /// The one line of an error, with the server's address as HUB.
    private func failure(_ arguments: String..., environment: [String: String] = [:], status: Int32 = 1) throws -> String {
        let arguments = ["model", "pull"] + (arguments.isEmpty ? [PullPlace.model] : arguments)
        let outcome = try actrec(arguments, environment: place.environment(hub, environment))
        #expect(outcome.code == status)
        #expect(outcome.output.isEmpty)
        #expect(place.holdsNothing)
        return outcome.transcript(replacing: [hub.address: "HUB", place.home: "HOME"])
            .replacingOccurrences(of: "exit code: \(status)\n--- stderr\nactrec: error: ", with: "")
    }

    @Test func aRepositoryThatIsNotThere() throws {
        #expect(
            try failure("no/such") == "HUB has no model no/such; if it is a private one, set HF_TOKEN to a token that may read it\n"
        )
        #expect(try failure("no/such", environment: ["HF_TOKEN": "hf_x"]) == "HUB has no model no/such that your token may see\n")
    }

    #if os(Linux)
    /// A machine without libcurl: everything but downloads works.
    @Test func withoutLibcurlDownloadsSayWhatToInstall() throws {
        let libraries = try TemporaryDirectory()
        for name in ["libcurl.so.4", "libcurl-gnutls.so.4"] { _ = try libraries.write(name, "no library") }
        let environment = ["LD_LIBRARY_PATH": libraries.path]
        let text = try failure(environment: environment, status: 2)
        #expect(text.hasPrefix("downloads need libcurl, which cannot be loaded ("))
        #expect(text.hasSuffix("or fetch the model's files by other means and give their directory\n"))
        #expect(try actrec("model", "list", environment: place.environment(hub, environment)).code == 0)
    }
    #endif

    @Test func aRevisionThatIsNotThere() throws {
        #expect(try failure(PullPlace.model, "--revision", "v9") == "tiny-org/tiny has no branch, tag or commit 'v9'\n")
    }

    @Test func aFileThatIsNotThere() throws {
        hub.play([.status(404, ["X-Error-Code": "EntryNotFound"])], to: "HEAD /tiny-org/tiny/resolve")
        #expect(try failure() == "tiny-org/tiny has no file config.json\n")
    }

    @Test func aTokenThatIsNotKnown() throws {
        hub.play([.status(401, ["X-Error-Message": "Invalid credentials in Authorization header"])], to: "GET /api/models")
        let text = try failure(environment: ["HF_TOKEN": "hf_secret"])
        #expect(text.hasPrefix("HUB does not know the token; set HF_TOKEN to a valid one"))
        #expect(!text.contains("hf_secret"))
    }

    @Test func aGatedModel() throws {
        hub.play([.status(401, ["X-Error-Code": "GatedRepo"])], to: "HEAD /tiny-org")
        #expect(
            try failure() == "tiny-org/tiny is gated: ask for access on HUB/tiny-org/tiny, then set HF_TOKEN to your token "
                + "(from https://huggingface.co/settings/tokens)\n")
        hub.play([.status(403, ["X-Error-Code": "GatedRepo"])], to: "HEAD /tiny-org")
        #expect(
            try failure(environment: ["HF_TOKEN": "hf_x"])
                == "tiny-org/tiny is gated: ask for access on HUB/tiny-org/tiny, then try again; the token in use has no access yet\n"
        )
    }

    @Test func accessDenied() throws {
        hub.play([.status(403, ["X-Error-Message": "Access to this resource is\u{1B}[31m disabled."])], to: "GET /api/models")
        #expect(
            try failure().hasPrefix(
                "access to tiny-org/tiny was refused (Access to this resource is [31m disabled.); set HF_TOKEN to a token"))
    }

    @Test func onlyPickledWeights() throws {
        hub.set("model.safetensors", nil)
        #expect(try failure().hasPrefix("tiny-org/tiny has its weights only as pytorch_model.bin, which is code as much as data"))
        #expect(hub.requests("GET /cdn/").isEmpty)
        hub.set("pytorch_model.bin", nil)
        #expect(try failure() == "tiny-org/tiny has no model.safetensors and no model.safetensors.index.json\n")
        hub.set("config.json", nil)
        #expect(try failure() == "tiny-org/tiny has no config.json: it is not a model in Hugging Face layout\n")
    }

    @Test func anArchitectureThatCannotRun() throws {
        hub.set("config.json", .init(Array(#"{"model_type": "mamba"}"#.utf8)))
        let text = try failure()
        #expect(text.hasPrefix("tiny-org/tiny cannot run here: "))
        #expect(text.contains("mamba"))
        #expect(hub.requests("GET /cdn/").isEmpty, "nothing large was fetched")
    }

    @Test(arguments: [
        "../evil.safetensors", "/etc/evil.safetensors", "a/b.safetensors", "..\\evil.safetensors", ".hidden.safetensors",
        "evil.sh", "%2e%2e%2fevil.safetensors", "", "a\u{0}.safetensors", "model.safetensors?x=.safetensors",
    ])
    func shardsOutsideTheDirectory(_ name: String) throws {
        hub.set("model.safetensors", nil)
        hub.set("model.safetensors.index.json", FakeHub.index(of: ["wte.weight": name]))
        #expect(try failure().contains("model.safetensors.index.json names the shard \""))
        #expect(hub.requests("HEAD /").allSatisfy { $0.path.hasSuffix("config.json") || $0.path.hasSuffix("index.json") })
    }

    @Test func aShardThatTheRepositoryLacks() throws {
        hub.set("model.safetensors", nil)
        hub.set("model.safetensors.index.json", FakeHub.index(of: ["wte.weight": "model-1.safetensors"]))
        #expect(try failure() == "tiny-org/tiny has no file model-1.safetensors\n")
        hub.set("model.safetensors.index.json", .init(Array("{}".utf8)))
        #expect(try failure().hasSuffix("has no \"weight_map\" of tensors to file names\n"))
    }

    @Test func moreThanTheDiskHolds() throws {
        let bytes = try #require(FakeHub.tinyFiles()["model.safetensors"]).bytes
        hub.set("model.safetensors", .init(bytes, isLarge: true, claimedSize: 1 << 60))
        let text = try failure(status: 2)
        #expect(text.hasPrefix("1152921504606.8 MB are to be fetched and HOME/hub has "))
        #expect(hub.requests("GET /cdn/").isEmpty)
    }

    @Test(arguments: ["", "a/b/c", "../x", "-x", "a--b", "a b", "x/../y", "ä", "model.git", "gpt2@", "gpt2@../main", "gpt2@a//b"])
    func namesThatAreNone(_ name: String) throws {
        #expect(
            try failure("--", name) == "'\(name)' is not the name of a model on the hub, such as gpt2 or openai-community/gpt2\n")
        #expect(hub.requests.isEmpty)
    }

    @Test(arguments: ["..", "a/../b", "/a", "a b", "", ".hidden"])
    func revisionsThatAreNone(_ text: String) throws {
        #expect(
            try failure(PullPlace.model, "--revision", text) == "'\(text)' is not a revision: give a branch, a tag or a commit\n")
        #expect(hub.requests.isEmpty)
    }

    @Test func endpointsThatAreNone() throws {
        #expect(
            try failure(environment: ["HF_ENDPOINT": "file:///etc"])
                == "HF_ENDPOINT is 'file:///etc', expected an address such as https://huggingface.co\n")
        let text = try failure(environment: ["HF_ENDPOINT": "http://127.0.0.1:9"], status: 2)
        #expect(text.hasPrefix("cannot reach http://127.0.0.1:9/api/models/tiny-org/tiny/revision/main: "))
    }

    @Test func aServerThatIsNoHub() throws {
        hub.play([.status(200)], to: "GET /api/models")
        #expect(try failure(status: 2).contains("does not answer as a hub does: its listing has no commit and no files\n"))
        hub.play([.status(200, ["X-Repo-Commit": FakeHub.commit, "ETag": "\"../../evil\""])], to: "HEAD /tiny-org")
        #expect(try failure(status: 2).contains("its ETag is no checksum to check the file by\n"))
        hub.play([.status(200, ["ETag": "\"0123456789abcdef0123456789abcdef01234567\""])], to: "HEAD /tiny-org")
        #expect(try failure(status: 2).contains("its X-Repo-Commit is missing, expected \(FakeHub.commit)\n"))
    }

    @Test func redirectsToOtherProtocols() throws {
        for address in ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/"] {
            hub.play([.status(302, ["Location": address])], to: "GET /api/models")
            #expect(try failure(status: 2).hasSuffix("redirects to no http or https address\n"))
        }
        hub.play(Array(repeating: .status(302, ["Location": "/api/models/x"]), count: 20), to: "GET /api/models")
        #expect(try failure(status: 2).hasSuffix("redirects more than 10 times\n"))
    }
}
