import Queries
import TestSupport
import Testing

/// What shells offer. `make install` puts the scripts where bash, zsh and fish look.
@Suite struct CompletionTests {
    @Test(arguments: ["bash", "zsh", "fish"]) func namesAreOffered(_ shell: String) throws {
        let outcome = try actrec("--generate-completion-script", shell)
        #expect(outcome.code == 0)
        for name in Queries.names + ["norm-stats", "patterns", "token_statistics", "datasette", "gpt2-medium"] {
            #expect(outcome.stdout.contains(name), "\(shell): \(name)")
        }
    }

    /// Those of --model depend on what is here, and are asked for by the scripts.
    @Test func modelsThatAreHereAreOffered() throws {
        let outcome = try actrec("---completion", "record", "--", "--model", "0", "0", "")
        #expect(outcome.code == 0, "\(outcome.stderr)")
        #expect(outcome.stdout.split(separator: "\n").contains("gpt2-micro"))
    }
}
