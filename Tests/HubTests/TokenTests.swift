import Foundation
import TestSupport
import Testing

/// Where the token goes.
@Suite struct TokenTests {
    let place: PullPlace
    let hub: FakeHub

    init() throws {
        place = try PullPlace()
        hub = try FakeHub.tiny()
    }

    private func tokens(_ requests: String) -> [String?] { hub.requests(requests).map { $0.headers["authorization"] } }

    @Test func itGoesToTheHubAndNotToAnotherHost() throws {
        hub.cdnHost = "localhost"
        let outcome = try place.pull(hub, environment: ["HF_TOKEN": " hf_secret\n"])
        #expect(outcome.code == 0, "\(outcome.stderr)")
        for request in ["GET /api/models", "HEAD /tiny-org", "GET /tiny-org", "HEAD /api/resolve-cache", "GET /api/resolve-cache"] {
            #expect(!tokens(request).isEmpty)
            #expect(tokens(request).allSatisfy { $0 == "Bearer hf_secret" }, "\(request)")
        }
        #expect(tokens("GET /cdn/") == [nil])
    }

    @Test func itDoesNotGoToAnotherPort() throws {
        let other = try FakeHub.tiny()
        hub.play([.status(302, ["Location": other.address + "/api/models/tiny-org/tiny/revision/main"])], to: "GET /api/models")
        #expect(try place.pull(hub, environment: ["HF_TOKEN": "hf_secret"]).code == 0)
        #expect(other.requests.map(\.path) == ["/api/models/tiny-org/tiny/revision/main"])
        #expect(other.requests.allSatisfy { $0.headers["authorization"] == nil })
    }

    @Test func itDoesNotComeBack() throws {
        let other = try FakeHub.tiny()
        hub.play([.status(302, ["Location": other.address + "/elsewhere"])], to: "GET /api/models")
        other.play([.status(302, ["Location": hub.address + "/api/models/tiny-org/tiny/revision/main"])], to: "GET /elsewhere")
        #expect(try place.pull(hub, environment: ["HF_TOKEN": "hf_secret"]).code == 0)
        #expect(tokens("GET /api/models") == ["Bearer hf_secret", nil])
    }

    @Test func itMayComeFromAFile() throws {
        try FileManager.default.createDirectory(atPath: place.home, withIntermediateDirectories: true)
        try Data("hf_home\n".utf8).write(to: URL(fileURLWithPath: place.home + "/token"))
        _ = try place.pull(hub)
        let other = try place.directory.write("other-token", "hf_other\n")
        _ = try place.pull(hub, environment: ["HF_TOKEN_PATH": other])
        _ = try place.pull(hub, environment: ["HF_TOKEN_PATH": other, "HF_TOKEN": "hf_variable"])
        #expect(tokens("GET /api/models") == ["Bearer hf_home", "Bearer hf_other", "Bearer hf_variable"])
    }

    @Test func noneIsSentWhereThereIsNone() throws {
        _ = try place.pull(hub)
        #expect(!hub.requests.isEmpty)
        #expect(hub.requests.allSatisfy { $0.headers["authorization"] == nil })
        #expect(hub.requests.allSatisfy { $0.headers["user-agent"]?.hasPrefix("actrec/") == true })
    }
}
