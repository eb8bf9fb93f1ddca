import Foundation

/// What a file descriptor says about the terminal behind it.
package enum Terminal {
    package static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Columns, or nil when the descriptor is not a terminal or does not say.
    package static func width(of descriptor: Int32) -> Int? {
        size(of: descriptor).flatMap { $0.ws_col > 0 ? Int($0.ws_col) : nil }
    }

    /// Lines, or nil when the descriptor is not a terminal or does not say.
    package static func height(of descriptor: Int32) -> Int? {
        size(of: descriptor).flatMap { $0.ws_row > 0 ? Int($0.ws_row) : nil }
    }

    private static func size(of descriptor: Int32) -> winsize? {
        var size = winsize()
        return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 ? size : nil
    }

    /// The columns that text for standard output is wrapped to.
    package static var outputWidth: Int { width(of: STDOUT_FILENO) ?? 80 }

    /// Whether the terminal can do no more than print: no colours, no pager.
    package static var isDumb: Bool { ProcessInfo.processInfo.environment["TERM"] == "dumb" }

    /// Whether text on a terminal may be bold or coloured (NO_COLOR, TERM=dumb).
    package static var allowsColor: Bool { !isDumb && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty }
}
