import Foundation

/// The built program, beside the tests that were built with it.
package enum Executable {
    package struct NotFound: Error, CustomStringConvertible {
        package let program: String
        package let places: [String]
        package var description: String { "no program '\(program)' in \(places); build the package first" }
    }

    /// The path of a program in the directory of build products.
    package static func path(of name: String = "actrec") throws -> String {
        var places: [URL] = []
        if let runner = Bundle.main.executableURL { places.append(runner.deletingLastPathComponent()) }
        // Where a helper program runs the tests, it is told of the bundle by an argument.
        for argument in CommandLine.arguments where argument.contains(".xctest") {
            let parts = URL(fileURLWithPath: argument).pathComponents
            if let bundle = parts.firstIndex(where: { $0.hasSuffix(".xctest") }) {
                places.append(URL(fileURLWithPath: NSString.path(withComponents: Array(parts[..<bundle]))))
            }
        }
        for place in places {
            let program = place.appendingPathComponent(name).path
            if FileManager.default.isExecutableFile(atPath: program) { return program }
        }
        throw NotFound(program: name, places: places.map(\.path))
    }
}
