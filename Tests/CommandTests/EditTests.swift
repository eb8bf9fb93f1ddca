import Foundation
import TestSupport
import Testing

/// `record --edit` from the outside.
@Suite struct EditTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.place("run.db")
    }

    private func record(_ arguments: String...) throws -> Outcome {
        try actrec(["record", "They said hatred was ok.", "-o", path, "--capture", "stats,loss"] + arguments)
    }

    @Test func theQueryComparesWithTheRunWithoutEdits() throws {
        #expect(try record().code == 0)
        #expect(try record("--edit", "blocks.0.hook_attn_out@2.. = 0").code == 0)
        let outcome = try actrec("query", path, "edit_effects", "--format", "csv")
        #expect(outcome.code == 0)
        // Nothing follows the last token.
        let rows = outcome.stdout.split(separator: "\n").dropFirst().dropLast().map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        #expect(rows.map { $0[2] } == ["They", " said", " hatred", " was", " ok"])
        for (position, row) in rows.enumerated() {
            let (base, edited, change) = try (#require(Double(row[4])), #require(Double(row[5])), #require(Double(row[6])))
            #expect(abs(edited - base - change) < 1e-9)
            // A causal model: tokens before the edited ones predict as they did, to the bit.
            #expect((change == 0) == (position < 2))
        }
    }

    @Test func anEditThatIsMadeNowhereIsAnErrorOfARunThatIsThere() throws {
        let outcome = try record("--edit", "blocks.0.hook_attn_out@90 = 0")
        #expect(outcome.code != 0)
        #expect(outcome.stderr.contains("blocks.0.hook_attn_out@90 = 0"))
        #expect(
            try actrec("sql", path, "SELECT status, fired FROM runs JOIN edits USING (run_id)", "--format", "csv").stdout
                == "status,fired\ncomplete,0\n")
    }

    @Test func aPlanRecordsNothing() throws {
        let outcome = try record("--plan", "--edit", "blocks.*.hook_resid_post@-1 *= 0.5")
        #expect(outcome.code == 0)
        #expect(outcome.stdout.contains("blocks.1.hook_resid_post"))
        #expect(try directory.names().isEmpty)
    }
}
