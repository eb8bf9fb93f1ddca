import Foundation
import Reading

/// One self-contained HTML page about a run: its questions, each with what is seen, a picture, and the statement and
/// rows that made it. The same recording gives the same bytes.
public struct Report {
    /// What is shown.
    public struct Options: Sendable, Equatable {
        /// nil is the newest run with a sequence.
        public var run: Int64?
        /// Tokens shown one by one; what is counted over the run counts all of them.
        public var tokens: Int
        /// nil is the run's label, or the model and the text.
        public var title: String?

        public init(run: Int64? = nil, tokens: Int = 2_000, title: String? = nil) {
            self.run = run
            self.tokens = tokens
            self.title = title
        }
    }

    /// The page.
    public let html: String
    /// Headings of the sections that the page has.
    public let sections: [String]
    /// Headings of those whose data the recording does not have.
    public let missingSections: [String]

    /// Asks the recording. Throws `QueryError` and `ReportError`.
    public init(of database: ReadOnlyDatabase, options: Options = Options()) throws {
        guard (1...100_000).contains(options.tokens) else { throw ReportError.tokenLimit(options.tokens) }
        let data = try ReportData(of: database, run: options.run, tokens: options.tokens)
        html = try ReportPage(data: data, title: options.title ?? data.run.defaultTitle, tokenLimit: options.tokens).html()
        sections = ReportSection.all.filter { $0.isShown(in: data) }.map { $0.heading(data) }
        missingSections = ReportSection.unanswered(in: data).map { $0.heading(data) }
    }
}

/// Why there is nothing to report on.
public enum ReportError: Error, Equatable, CustomStringConvertible {
    case nothingRecorded(path: String)
    case noSuchRun(Int64, path: String)
    case tokenLimit(Int)
    case hashFailed

    public var description: String {
        switch self {
        case .nothingRecorded(let path): "\(path) holds no run with a token; record a text into it first"
        case .noSuchRun(let run, let path): "\(path) holds no run \(run); `actrec sql` with 'SELECT * FROM runs' lists them"
        case .tokenLimit(let found): "the number of tokens to show must be from 1 to 100000, not \(found)"
        case .hashFailed: "the system's library could not compute a SHA-256"
        }
    }
}
