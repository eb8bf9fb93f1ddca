import Output
import ArgumentParser
import Foundation

/// The words of `--progress`.
enum ProgressChoice: String, CaseIterable, ExpressibleByArgument {
    case bar, lines, none
}

/// How far a recording is, on standard error: a bar for people, or lines for programs, at most ten times a second.
struct RecordProgress {
    private static let interval = Duration.milliseconds(100)

    private var bar: ProgressBar
    private let writesLines: Bool
    private var lastLine: ContinuousClock.Instant?

    init(_ choice: ProgressChoice, quiet: Bool) {
        bar = .onStandardError(total: nil, quiet: quiet || choice != .bar)
        writesLines = choice == .lines
    }

    /// - Parameters:
    ///   - tokens: recorded so far.
    ///   - fraction: of the input that is read, from 0 to 1; nil where its size is not known.
    mutating func update(tokens: Int, fraction: Double?) {
        bar.update(done: tokens, total: fraction.map { $0 > 0 ? Int(Double(tokens) / $0) : tokens })
        guard writesLines else { return }
        let time = ContinuousClock.now
        if let lastLine, time - lastLine < Self.interval { return }
        lastLine = time
        let sink = FileDescriptorSink(fileDescriptor: STDERR_FILENO, name: "standard error")
        // A reader that is gone must not end the recording.
        try? sink.write("{\"tokens\": \(tokens), \"fraction\": \(fraction.map { "\($0)" } ?? "null")}\n")
        try? sink.flush()
    }

    /// Removes the bar from the terminal.
    mutating func erase() { bar.erase() }
}
