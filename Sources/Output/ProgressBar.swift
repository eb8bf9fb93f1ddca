import Foundation

/// One line on standard error: tokens or bytes done, rate and time left. Redrawn in place at most 10 times a second.
///
/// Failed writes are ignored: a progress bar must not end a recording. Erase it before printing anything else to the
/// same terminal; the next update draws it again.
package struct ProgressBar {
    package typealias Instant = ContinuousClock.Instant

    /// What is counted.
    package enum Unit {
        case tokens
        /// Shown in MB.
        case bytes
    }

    private static let interval = Duration.milliseconds(100)
    private static let bar = 20

    private let unit: Unit
    private let sink: (any OutputSink)?
    private var total: Int?
    private let width: () -> Int
    private let now: () -> Instant
    private let start: Instant
    private let doneAtStart: Int
    private var lastDraw: Instant?
    private var drawnWidth = 0

    /// - Parameters:
    ///   - total: tokens or bytes in all, or nil when not known.
    ///   - done: those done before this process began (a resumed recording): they do not count in the rate.
    ///   - sink: nil draws nothing.
    ///   - width: columns of the terminal, asked at each drawing because windows change.
    package init(
        total: Int?, done: Int = 0, unit: Unit = .tokens, sink: (any OutputSink)?, width: @escaping () -> Int,
        now: @escaping () -> Instant = { ContinuousClock.now }
    ) {
        self.total = total
        self.unit = unit
        self.sink = sink
        self.width = width
        self.now = now
        start = now()
        doneAtStart = done
    }

    /// A bar on standard error; draws nothing when that is not a terminal, or when quiet.
    package static func onStandardError(total: Int?, done: Int = 0, unit: Unit = .tokens, quiet: Bool) -> ProgressBar {
        let shows = !quiet && Terminal.isTerminal(STDERR_FILENO)
        return ProgressBar(
            total: total, done: done, unit: unit,
            sink: shows ? FileDescriptorSink(fileDescriptor: STDERR_FILENO, name: "standard error") : nil,
            width: { Terminal.width(of: STDERR_FILENO) ?? 80 })
    }

    /// - Parameters:
    ///   - done: tokens or bytes done so far, those before the start included.
    ///   - total: a better estimate of how many in all; nil keeps the one before.
    package mutating func update(done: Int, total: Int? = nil) {
        guard sink != nil else { return }
        if let total { self.total = total }
        let time = now()
        if let lastDraw, time - lastDraw < Self.interval { return }
        lastDraw = time
        draw(line(done: done, elapsed: (time - start) / .seconds(1)))
    }

    /// Removes the bar from the terminal.
    package mutating func erase() {
        guard drawnWidth > 0 else { return }
        draw("")
        print("\r")
        lastDraw = nil
    }

    // Spaces over the last line, not an escape sequence: dumb terminals know no other.
    private mutating func draw(_ text: String) {
        let textWidth = DisplayWidth.of(text)
        print("\r" + text + String(repeating: " ", count: max(drawnWidth - textWidth, 0)))
        drawnWidth = textWidth
    }

    private func print(_ text: String) {
        try? sink?.write(text)
        try? sink?.flush()
    }

    /// The longest form that fits; the last column stays free, where some terminals wrap.
    private func line(done: Int, elapsed: Double) -> String {
        let rate = elapsed > 0 ? Double(done - doneAtStart) / elapsed : 0
        let speed = "\(amount(rate)) \(unitName)/s"
        var forms: [String]
        if let total, total > 0 {
            let share = min(max(Double(done) / Double(total), 0), 1)
            let percent = "\(Int(share * 100))%"
            let filled = Int(share * Double(Self.bar))
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.bar - filled)
            let count = "\(amount(Double(done)))/\(amount(Double(total))) \(unitName)"
            let left = rate > 0 ? "\(clock(Double(max(total - done, 0)) / rate)) left" : "-:-- left"
            forms = [
                [bar, percent, count, speed, left], [percent, count, speed, left], [percent, speed, left],
                [percent, left], [percent],
            ].map { $0.joined(separator: "  ") }
        } else {
            let count = "\(amount(Double(done))) \(unitName)"
            forms = [[count, speed, clock(elapsed)], [count, speed], [count]].map { $0.joined(separator: "  ") }
        }
        let room = width() - 1
        return forms.first { DisplayWidth.of($0) <= room } ?? ""
    }

    private var unitName: String {
        switch unit {
        case .tokens: "tokens"
        case .bytes: "MB"
        }
    }

    private func amount(_ count: Double) -> String {
        switch unit {
        case .tokens: grouped(Int(count.rounded()))
        case .bytes: String(format: "%.1f", count / 1e6)
        }
    }

    /// 1234567 as `1,234,567`.
    private func grouped(_ number: Int) -> String {
        var text = ""
        for (index, digit) in String(number.magnitude).reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + String(text.reversed())
    }

    /// Seconds as `m:ss` or `h:mm:ss`.
    private func clock(_ seconds: Double) -> String {
        guard seconds < 360_000 else { return "99:59:59" }
        let whole = Int(seconds.rounded())
        let (hours, minutes) = (whole / 3600, whole / 60 % 60)
        let padded = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        return hours > 0 ? "\(hours):\(padded(minutes)):\(padded(whole % 60))" : "\(minutes):\(padded(whole % 60))"
    }
}
