import Foundation
import TestSupport
import Testing

/// A query without rows says what is missing, and the command that records it.
@Suite struct EmptyAnswerTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try record("They said that hatred was ok.")
    }

    private func record(_ arguments: String...) throws {
        #expect(try actrec(["record", "-q", "-o", "run.db"] + arguments, directory: directory.path).code == 0)
    }

    private func reason(_ query: String, _ parameters: String...) throws -> String {
        let outcome = try actrec(["query", "run.db", query] + parameters.flatMap { ["-p", $0] }, directory: directory.path)
        #expect(outcome.code == 0)
        return outcome.stderr
    }

    @Test(arguments: [
        ("attention_sink", "patterns"), ("variance_shares", "shares"), ("nearest_tokens", "norm"), ("before_and_after", "norm"),
        ("lens", "lens"), ("lens_path", "lens"), ("attribution", "attribution"), ("logit_by_layer", "attribution"),
    ])
    func whatARunDidNotRecordIsNamed(_ query: String, _ capture: String) throws {
        let command = "run 1 did not record \(capture); record it with: actrec record --capture \(capture) -o run.db TEXT"
        #expect(try reason(query) == "actrec: \(query): \(command)\n")
        try record("-c", capture, "They said that hatred was ok, too.")
        #expect(try reason(query) == "")
        #expect(try reason(query, "run=1") == "actrec: \(query): \(command); run 2 has it: --run 2\n")
    }

    @Test func schemesThatWereRecordedOneByOneAreNoComparison() throws {
        let missing =
            "no comparison of schemes is in run.db: runs of record --norm lack the twins with the last token changed; it is made by: actrec schemes -o run.db TEXT"
        #expect(try reason("normalization_schemes") == "actrec: normalization_schemes: \(missing)\n")
        try record("--norm", "feature", "They said that hatred was ok.")
        #expect(try reason("normalization_schemes") == "actrec: normalization_schemes: \(missing)\n")
        #expect(try actrec("schemes", "-q", "-o", "run.db", "They said so.", directory: directory.path).code == 0)
        #expect(try reason("normalization_schemes") == "")
    }

    @Test func aSecondRunIsAskedFor() throws {
        let other = "run.db has one run; record the same text with another model, --norm or --edit: actrec record -o run.db TEXT"
        #expect(try reason("runs_compared") == "actrec: runs_compared: \(other)\n")
        let edit = "--edit 'blocks.0.attn.hook_z[0] = 0'"
        #expect(
            try reason("edit_effects")
                == "actrec: edit_effects: no run in run.db has edits; record the same text with one: actrec record --capture loss \(edit) -o run.db TEXT\n"
        )
        try record("They said that hatred was ok.", "-c", "stats,loss")
        try record("They said that hatred was ok.", "-c", "stats,loss", "--edit", "blocks.0.attn.hook_z[0] = 0")
        let ablation = "run.db has no ablation; it is made by: actrec ablate -o run.db TEXT"
        #expect(try reason("who_uses_it") == "actrec: who_uses_it: \(ablation)\n")
        #expect(try actrec("ablate", "-o", "run.db", "They said so.", directory: directory.path).code == 0)
        #expect(try reason("who_uses_it") == "")
        #expect(try reason("runs_compared") == "")
        #expect(try reason("edit_effects") == "")
    }

    @Test func aSiteThatTheModelDoesNotHaveIsNamed() throws {
        #expect(
            try reason("spikiest_tokens", "site=blocks.9.ln1")
                == "actrec: spikiest_tokens: the model has no site 'blocks.9.ln1'; its sites are blocks.0.ln1, blocks.0.ln2, blocks.1.ln1, "
                + "blocks.1.ln2, blocks.2.ln1, blocks.2.ln2, blocks.3.ln1, blocks.3.ln2 and 5 more\n")
    }

    @Test func aWordThatDoesNotOccurIsNamed() throws {
        let reason = try reason("token_variance", "tokens=zebra,hatred")
        #expect(
            reason.hasPrefix("actrec: token_variance: 'zebra' is no token of run 1: ")
                && reason.contains("record a text that has it: actrec record -o run.db TEXT"))
        #expect(reason.split(separator: "\n").count == 1, "hatred occurs")
        try record("ok")
        #expect(
            try self.reason("token_variance", "tokens=ok").contains("'ok' stands only at position 0 in run 2, which is left out"))
        #expect(try self.reason("token_variance", "tokens=ok", "run=1") == "")
    }

    @Test func aRunThatIsNotThereIsNamed() throws {
        #expect(try reason("position_zero", "run=7") == "actrec: position_zero: run 7 has no sequence; those with one: 1\n")
    }

    @Test func anExportedAnswerSaysItToo() throws {
        let outcome = try actrec("export", "run.db", "attention_sink", "-o", "a.csv", directory: directory.path)
        #expect(outcome.code == 0)
        #expect(outcome.stderr.hasPrefix("actrec: 0 rows in a.csv\nactrec: attention_sink: run 1 did not record patterns"))
    }
}
