import Foundation

/// How a program ended, and what it printed.
package struct Outcome: Sendable {
    package let output: [UInt8]
    package let errors: [UInt8]
    /// Its exit code; nil when a signal ended it.
    package let code: Int32?
    /// The signal that ended it; nil when it exited by itself.
    package let signal: Int32?

    package var stdout: String { String(decoding: output, as: UTF8.self) }
    package var stderr: String { String(decoding: errors, as: UTF8.self) }

    /// What a snapshot keeps of it: exit code, then both streams, each under its name where it holds anything.
    package func transcript(replacing places: [String: String] = [:]) -> String {
        var text = "exit code: \(code.map(String.init) ?? "signal \(signal ?? 0)")\n"
        if !output.isEmpty { text += "--- stdout\n" + stdout }
        if !errors.isEmpty { text += "--- stderr\n" + stderr }
        for (place, name) in places { text = text.replacingOccurrences(of: place, with: name) }
        return text
    }
}
