import Foundation
import TestSupport
import Testing

/// `docs/reliability.md` names the test of each fault.
@Suite struct ReliabilityTests {
    @Test func everyTestThatItNamesIsThere() throws {
        let page = try String(contentsOf: Paths.root.appendingPathComponent("docs/reliability.md"), encoding: .utf8)
        // | fault | what happens | `aTest`, `another` |
        let cells = page.split(separator: "\n").filter { $0.hasPrefix("| ") }.compactMap { $0.split(separator: "|").last }
        let names = Set(
            cells.flatMap {
                $0.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
            })
        #expect(names.count > 30)
        var sources = ""
        for folder in ["Tests", "Fuzz"] {
            let files = FileManager.default.enumerator(
                at: Paths.root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
            while let file = files?.nextObject() as? URL {
                if file.pathExtension == "swift" { sources += try String(contentsOf: file, encoding: .utf8) }
            }
        }
        for name in names where !sources.contains("func \(name)(") { Issue.record("no test is called \(name)") }
    }
}
