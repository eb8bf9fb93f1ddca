import Foundation
import Queries
import Reading
import Schema
import Testing

/// The pages that are generated from the program are those that are committed.
@Suite struct ReferenceTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Compares, or writes when UPDATE_SNAPSHOTS is set.
    private func expect(_ text: String, isAt path: String) throws {
        let file = Self.root.appending(path: path)
        if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] != nil {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let committed = try String(contentsOf: file, encoding: .utf8)
        #expect(committed == text, "\(path) is not what the program generates: run the tests with UPDATE_SNAPSHOTS=1")
    }

    @Test func schemaPageIsCurrent() throws {
        try expect(SchemaReference.markdown(), isAt: "schema/README.md")
    }

    @Test func queriesPageIsCurrent() throws {
        try expect(QueryReference.markdown(), isAt: "queries/README.md")
    }

    @Test func everyColumnOfAPublicViewIsExplained() throws {
        let comments = SchemaComments()
        let connection = try Connection(schema: Schema.sql)
        for name in Schema.publicViews {
            for column in try SchemaReference.columns(of: name, comments, connection) {
                #expect(!column.type.isEmpty, "\(name).\(column.name) has no type")
                #expect(!column.about.isEmpty || comments.tables.contains(name), "\(name).\(column.name) is not explained")
            }
        }
    }

    @Test func commentsOfTheSchemaAreRead() {
        let comments = SchemaComments()
        #expect(comments.tables.first == "models")
        #expect(comments.views.first == "token_statistics")
        #expect(comments.about("site_moments", "mean") == "of hook_in, over its features")
        #expect(comments.about("sites").hasPrefix("Normalization sites"))
        #expect(!comments.introduction.isEmpty)
    }
}
