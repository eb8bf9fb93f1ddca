import TestSupport
import Testing

/// `model` from the outside.
@Suite struct ModelTests {
    @Test func theEmbeddedModelIsListed() throws {
        let outcome = try actrec("model", "list", "--format", "csv", "--no-header")
        #expect(outcome.code == 0)
        #expect(outcome.stdout.hasPrefix("gpt2-micro,gpt2,6,4,128,"))
        #expect(outcome.stdout.split(separator: "\n")[0].hasSuffix(",in the binary,,,"))
    }

    @Test func aDirectoryIsDescribed() throws {
        let fixture = Paths.fixture("odd")
        let outcome = try actrec("model", "info", fixture, "--format", "csv")
        #expect(outcome.code == 0)
        let text = outcome.transcript(replacing: [fixture: "FIXTURE"])
        #expect(try Snapshot("Tests/CommandTests/Snapshots/model-info.txt").difference(from: text) == nil)
    }
}
