import ArgumentParser
import Files
import Foundation
import Output

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

    /// The format that a file's ending names; `usual` for a name without one, and for what is no regular file.
    /// - Throws: `UnknownEnding` for another ending: a file should be what its name says.
    static func named(byEndingOf path: String, default usual: ExportFormat) throws -> ExportFormat {
        let ending = (path as NSString).pathExtension.lowercased()
        if ending.isEmpty || FilePath.descriptor(FilePath.followingLinks(path)) != nil || FileInfo(path)?.kind == .stream {
            return usual
        }
        if isParquetFile(path) { return .parquet }
        guard let format = OutputFormat.endings[ending] else { throw UnknownEnding(path: path, ending: ending) }
        return .rows(format)
    }

    /// Those that name a format.
    static var endings: [String] { OutputFormat.endings.keys.sorted() + ["parquet"] }

    /// Whether a path is one Parquet file's, and not that of a directory of them.
    static func isParquetFile(_ path: String) -> Bool { path.lowercased().hasSuffix(".parquet") }
}

/// A file's ending that stands for no format.
struct UnknownEnding: Error, CustomStringConvertible {
    let path: String
    let ending: String

    var description: String {
        "\(path): no format has the ending .\(ending); use one of \(ExportFormat.endings.map { "." + $0 }.joined(separator: ", ")), or name the format with --format"
    }
}
