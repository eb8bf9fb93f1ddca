import Analysis
import ArgumentParser

/// What `export` can write: the text formats, and Parquet.
enum ExportFormat: ExpressibleByArgument, CaseIterable, Equatable {
    case rows(OutputFormat)
    case parquet

    static let allCases = OutputFormat.allCases.map(ExportFormat.rows) + [.parquet]

    var name: String {
        switch self {
        case .rows(let format): format.rawValue
        case .parquet: "parquet"
        }
    }

    init?(argument: String) {
        guard let format = Self.allCases.first(where: { $0.name == argument }) else { return nil }
        self = format
    }

    static var allValueStrings: [String] { allCases.map(\.name) }
    var defaultValueDescription: String { name }

    /// The format that a file's ending names; nil for other endings.
    static func named(byEndingOf path: String) -> ExportFormat? {
        isParquetFile(path) ? .parquet : OutputFormat.named(byEndingOf: path).map(ExportFormat.rows)
    }

    /// Whether a path is one Parquet file's, and not that of a directory of them.
    static func isParquetFile(_ path: String) -> Bool { path.lowercased().hasSuffix(".parquet") }
}
