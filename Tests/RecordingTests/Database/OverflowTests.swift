import Foundation
import GRDB
import Recording
import TestSupport
import Testing
import Transformer

/// Finite values that float16 keeps as infinite: counted, and told of with the first place.
@Suite struct OverflowTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Token 7's third feature is beyond 65,504.
    private func model(_ value: Float) throws -> Model { try directory.patchedOdd("transformer.wte.weight", at: 7 * 40 + 2, value) }

    @Test func valuesThatBecameInfiniteAreCountedWithTheFirstPlace() throws {
        let recorded = try Recorded(
            .tokenIDs(["1 2", "3 7 4 7"]), model: model(1e6), capture: "hook_embed,blocks.0.hook_resid_pre"
        ) {
            $0.halfPrecision = true
        }
        #expect(recorded.summary.overflowed == 4)
        #expect(recorded.summary.firstOverflow == "hook_embed, sequence 2, position 1")
        #expect(try recorded.values("SELECT overflowed FROM hooks ORDER BY hook_id") == [2, 2])
        let whole = try Recorded(.tokenIDs(["3 7"]), model: model(1e6), capture: "hook_embed")
        #expect(whole.summary.overflowed == 0 && whole.summary.firstOverflow == nil)
    }

    /// 65,504 is the largest value; what rounds to it is not lost.
    @Test(arguments: [(Float(65_504), 0), (65_519, 0), (65_520, 1), (-65_520, 1), (.infinity, 0), (.nan, 0)])
    func onlyWhatBecomesInfiniteCounts(_ value: Float, _ count: Int) throws {
        let recorded = try Recorded(.tokenIDs(["7"]), model: model(value), capture: "hook_embed") { $0.halfPrecision = true }
        #expect(recorded.summary.overflowed == count)
        #expect(try recorded.value("SELECT overflowed FROM hooks") == count)
    }

    @Test func aRunThatGoesOnCountsOn() throws {
        let model = try model(1e6)
        let path = directory.place("run.db")
        var options = Recording.Options()
        (options.capture, options.halfPrecision, options.batchTokens, options.commitInterval) = ("hook_embed", true, 1, 0)
        var batches = 0
        let input = { try TextInput(.tokenIDs(["7", "1", "7 7"]), model: model) }
        try Recording.record(input(), model: model, to: path, options: options) { _, _ in
            batches += 1
            return batches < 2
        }
        options.resume = true
        let summary = try Recording.record(input(), model: model, to: path, options: options)
        #expect(summary.isComplete)
        #expect(try dump(path, "SELECT overflowed FROM hooks") == ["3"])
    }

    @Test func theProgramWarnsAndVerifyFails() throws {
        _ = try model(1e6)
        let path = directory.place("run.db")
        let arguments = ["record", "--float16", "--token-ids", "3 7", "-m", directory.path, "-c", "hook_embed", "-q", "-o", path]
        let outcome = try actrec(arguments)
        #expect(outcome.code == 0)
        #expect(
            outcome.stderr
                == "actrec: warning: 1 value beyond 65,504 became infinite as float16, first at hook_embed, sequence 1, position 1; "
                + "record without --float16 to keep them\n")
        let verify = try actrec("verify", path, "--format", "csv")
        #expect(verify.code == 3 && verify.stdout.contains("float16 range,failed,1.0,0.0,1,0,"))
    }
}
