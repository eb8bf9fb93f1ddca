import Foundation
import TestSupport
import Testing

/// What each error says: one line, kept in a snapshot.
@Suite struct MessageTests {
    @Test func everyErrorIsTheSnapshot() throws {
        var text = ""
        for group in try Samples.all() {
            for (name, error) in group.errors {
                let message = "\(error)"
                #expect(!message.isEmpty && !message.contains("\n") && message.count < 400, "\(group.type).\(name)")
                #expect(!message.contains("Optional(") && !message.hasSuffix("."), "\(message)")
                text += "\(group.type).\(name): \(message)\n"
            }
        }
        #expect(try Snapshot("Tests/MessageTests/messages.txt").difference(from: text) == nil)
    }

    /// A case that somebody adds needs its message here.
    @Test func noCaseIsLeftOut() throws {
        for group in try Samples.all() {
            let source = try String(contentsOf: Paths.root.appendingPathComponent(group.file), encoding: .utf8)
            let cases = Self.cases(of: group.type, in: source)
            // A sample is a file that a test cannot move.
            let expected = Set(cases).subtracting(group.type == "ModelError" ? ["sampleNotThere"] : [])
            #expect(!expected.isEmpty, "\(group.type) in \(group.file)")
            #expect(expected == Set(group.errors.map(\.name)), "\(group.type)")
        }
    }

    /// The names of the cases that an enum declares.
    private static func cases(of type: String, in source: String) -> [String] {
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { $0.contains("enum \(type):") }) else { return [] }
        let indent = lines[start].prefix { $0 == " " }.count + 4
        var names: [String] = []
        for line in lines[(start + 1)...] {
            let own = line.prefix { $0 == " " }.count
            if own < indent, line.contains("}") { break }
            guard own == indent, line.dropFirst(own).hasPrefix("case ") else { continue }
            // Commas inside of parentheses part values, not cases.
            var depth = 0
            let parts = line.dropFirst(own + 5).split { character in
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
                return character == "," && depth == 0
            }
            names += parts.map { String($0.drop { $0 == " " }.prefix { $0.isLetter || $0.isNumber }) }
        }
        return names
    }
}
