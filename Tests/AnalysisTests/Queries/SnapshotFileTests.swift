import Queries
import Reading
import TestSupport
import Testing

/// What every query answers on the fixture, kept in files: UPDATE_SNAPSHOTS=1 writes them anew.
@Suite struct SnapshotFileTests {
    /// Values that make the fixture's one run enough.
    private static let values = [
        "runs_compared": ["first": "1", "second": "1"],
        "variance_shares": ["tokens": "ok"],
        "information_kept": ["from_depth": "1"],
        "nearest_tokens": ["word": "ok", "hook": "blocks.0.ln2.hook_in"],
        "before_and_after": ["tokens": "red, ok"],
        "direction_of_difference": ["tokens": "red, ok", "limit": "2"],
    ]

    @Test(arguments: Queries.names) func answerIsThatOfTheSnapshot(name: String) throws {
        let usesVectors = try #require(try Queries.named(name)).usesVectorFunctions
        let fixture = try RecordingFixture(vectors: usesVectors)
        let answer = try ReadOnlyDatabase(path: fixture.path).csv(name, values: Self.values[name] ?? [:])
        let difference = try Snapshot("Tests/AnalysisTests/Queries/Snapshots/\(name).csv").difference(from: answer)
        #expect(difference == nil, "\(difference ?? "")")
    }
}
