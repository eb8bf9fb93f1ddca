import Foundation
import TestSupport
import Testing

/// `patch` and `ablate` from the outside.
@Suite struct SweepTests {
    let directory: TemporaryDirectory
    var path: String { directory.place("run.db") }

    init() throws { directory = try TemporaryDirectory() }

    private func patch(_ arguments: String..., corrupt: String = "They said love was ok and") throws -> Outcome {
        try actrec(
            ["patch", "They said hatred was ok and", corrupt, "--answer", " not", "--against", " good", "-o", path] + arguments)
    }

    @Test func aPatchIsAPictureOf80ColumnsAndRowsOfATable() throws {
        let picture = try patch()
        #expect(picture.code == 0, "\(picture.stderr)")
        let lines = picture.stdout.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= 80 })
        // A row for each token: the one that differs shows both.
        #expect(lines.contains { $0.hasPrefix("2 ") && $0.contains("love") && $0.contains("hatred") })
        let rows = try patch("--csv").stdout.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        #expect(
            rows[0] == [
                "hook", "layer", "head", "position", "token", "clean_token", "logit_difference", "normalized", "probability",
            ])
        #expect(rows.count == 1 + 6 * 6)
        for row in rows.dropFirst() {
            let (position, normalized) = (try #require(Int(row[3])), try #require(Double(row[7])))
            // A causal model: before the first different token both passes have the same values.
            if position < 2 { #expect(normalized == 0) }
            if row[1] == "0", position == 2 { #expect(abs(normalized - 1) < 1e-12) }
        }
        let kept = try actrec(
            "sql", path,
            "SELECT sweep_id, count(*), max(s.kind), max(answer) FROM sweep_effects JOIN sweeps s USING (sweep_id) GROUP BY 1",
            "--format", "csv", "--no-header")
        #expect(kept.stdout == "1,36,patch, not\n2,36,patch, not\n")
        let normalized = try actrec(
            "sql", path, "SELECT normalized FROM sweep_effects WHERE sweep_id = 2 ORDER BY number", "--format", "csv", "--no-header"
        )
        #expect(normalized.stdout.split(separator: "\n").map(String.init) == rows.dropFirst().map { $0[7] })
        #expect(try actrec("verify", path).code == 0)
    }

    @Test(arguments: [
        (["--answer", " unbelievableness"], "--answer"), (["--answer", ""], "no token"),
        (["--hook", "hook_nowhere"], "hook_nowhere"),
        (["--hook", "hook_mlp_out", "--over", "layer,head"], "no heads"),
    ])
    func whatIsWrongIsSaid(arguments: [String], words: String) throws {
        let answer = arguments[0] == "--answer" ? [] : ["--answer", " not"]
        let outcome = try actrec(["patch", "They said", "We said", "--against", " good"] + answer + arguments)
        #expect(outcome.code == 1)
        #expect(outcome.stderr.contains(words) && outcome.stdout.isEmpty)
    }

    @Test func otherAxesAndLengthsAreRefused() throws {
        let axes = try patch("--over", "layer,feature")
        #expect(axes.code == 64 && axes.stderr.contains("layer,position"))
        let length = try patch(corrupt: "They said love was")
        #expect(length.code == 1)
        #expect(length.stderr.contains("6 tokens") && length.stderr.contains("3 ' was'"))
        #expect(try directory.names().isEmpty)
    }

    @Test func anAblationAnswersWhoUsesIt() throws {
        let outcome = try actrec("ablate", "They said hatred was ok.", "--with", "mean", "-o", path, "--format", "csv")
        #expect(outcome.code == 0, "\(outcome.stderr)")
        let rows = outcome.stdout.split(separator: "\n").dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let changes = try rows.map { try #require(Double($0[4])) }
        let answer = try actrec("query", path, "who_uses_it", "--format", "csv", "-p", "limit=3")
        #expect(answer.code == 0, "\(answer.stderr)")
        let answered = answer.stdout.split(separator: "\n").dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        #expect(answered.count == 3)
        let largest = try #require(changes.indices.max { abs(changes[$0]) < abs(changes[$1]) })
        #expect(answered[0][1] == rows[largest][0] && answered[0][3] == rows[largest][2])
        let found = try #require(Double(answered[0][6]))
        #expect(abs(found - changes[largest]) < 1e-12)
        let picture = try actrec("ablate", "They said hatred was ok.")
        #expect(picture.code == 0 && picture.stdout.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }
}
