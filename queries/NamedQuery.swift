/// One question with the read-only statement that answers it, as its file says.
public struct NamedQuery: Sendable, Equatable {
    /// A value the statement can be given.
    public struct Parameter: Sendable, Equatable {
        /// What a value must be.
        public enum Kind: String, Sendable, CaseIterable {
            case text, integer, real
        }

        /// Without the colon.
        public let name: String
        public let kind: Kind
        /// What it is.
        public let meaning: String
        /// What stands for it when it is not given, in words.
        public let whenOmitted: String
    }

    /// A column of the result.
    public struct Column: Sendable, Equatable {
        public let name: String
        /// What it holds, and in which unit.
        public let meaning: String
    }

    public let name: String
    /// One line.
    public let question: String
    /// What a reader should know before trusting the answer: a line for each of the file's, may be empty.
    public let details: String
    /// What of a run the statement reads.
    public let cost: String
    /// The columns that answer the question, most important first: what a table shows where not all of them fit.
    public let shown: [String]
    public let parameters: [Parameter]
    public let columns: [Column]
    /// The whole file, header included.
    public let sql: String

    /// Whether it calls functions over vectors, which a stock sqlite3, Datasette, DuckDB and Spark do not have.
    public var usesVectorFunctions: Bool { sql.contains("vec_") }

    /// `token_variance(tokens, run)`
    public var signature: String { "\(name)(\(parameters.map(\.name).joined(separator: ", ")))" }
}
