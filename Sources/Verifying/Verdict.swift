import Output

/// What all checks of a recording together say.
public struct Verdict: Sendable, Equatable {
    public let checks: [Check]

    public init(_ checks: [Check]) { self.checks = checks }

    public var isSound: Bool { failures.isEmpty }

    private var failures: [Check] { checks.filter { $0.state == .failed } }

    /// `18 checks passed, 8 have nothing to compare`
    public var line: String {
        func count(_ state: Check.State) -> Int { checks.count { $0.state == state } }
        let (failed, passed) = (failures.count, count(.ok))
        let idle = count(.notRecorded) + count(.nothingCompared)
        var parts =
            failed > 0 ? ["\(counted(failed, "check")) failed", "\(passed) passed"] : ["\(counted(passed, "check")) passed"]
        if idle > 0 { parts.append("\(idle) \(idle == 1 ? "has" : "have") nothing to compare") }
        return parts.joined(separator: ", ")
    }

    /// The line, and what each failed check found.
    /// - Parameter width: columns.
    public func text(width: Int) -> String {
        line + "\n"
            + failures.map { check in
                var text = "\(check.name): this must hold: \(check.claim)."
                if let deviation = check.deviation, let bar = check.bar {
                    text += " Off by \(NumberColumn.compact(deviation, .four)), allowed \(NumberColumn.compact(bar, .four))."
                }
                if let detail = check.detail { text += " \(TerminalText.escaped(detail))" }
                return wrapped(text, width: width, indent: "  ")
            }.joined()
    }
}
