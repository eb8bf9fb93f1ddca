import Foundation

/// What a file holds that this program wrote: only such a file is replaced without a word.
public enum EarlierOutput: Sendable {
    /// Rows, under the names of their columns, one of these lists.
    case rows(OutputFormat, columns: [[String]])
    case report, datasette, parquet
    /// A safetensors file of vectors. An .npy file has no place for a mark.
    case vectors

    /// Whether the file at `path` is such an output, or empty. False where it cannot be read.
    public func isAt(_ path: String) -> Bool {
        guard let file = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? file.close() }
        let start: Data
        // At the end of a file there is nothing to read: nil.
        do { start = try file.read(upToCount: 1 << 20) ?? Data() } catch { return false }
        if start.isEmpty { return true }
        let text = String(decoding: start, as: UTF8.self)
        switch self {
        case .rows(let format, let columns):
            let line = String(text.prefix { $0 != "\n" })
            guard let names = Self.names(in: line, format) else { return Self.isEmptyResult(line, format) }
            return Self.isEmptyResult(line, format) || columns.contains { format.keepsOrder ? $0 == names : $0.sorted() == names }
        case .report: return text.contains(Self.reportMark)
        case .datasette: return text.hasPrefix(Self.datasetteMark)
        case .vectors: return text.prefix(100).contains("{\"__metadata__\":{\"actrec\":\"vectors\"")
        case .parquet: return text.hasPrefix("PAR1") && Self.footer(of: file).contains(Self.parquetMark)
        }
    }

    /// In a report's first lines.
    package static let reportMark = "<meta name=\"generator\" content=\"actrec\">"
    /// The beginning of a configuration for Datasette.
    package static let datasetteMark = "# Made by `actrec export "
    /// In a Parquet file's `created_by`.
    package static let parquetMark = "actrec version "

    private static func isEmptyResult(_ line: String, _ format: OutputFormat) -> Bool {
        switch format {
        case .table: line == "(no rows)"
        case .json: line == "[]"
        default: false
        }
    }

    /// The columns' names on the first line; of JSON, those of the first row, sorted.
    private static func names(in line: String, _ format: OutputFormat) -> [String]? {
        switch format {
        case .csv: line.components(separatedBy: ",")
        case .tsv: line.components(separatedBy: "\t")
        case .table: line.split(separator: " ").map(String.init)
        case .markdown:
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces).replacingOccurrences(of: "\\", with: "") }
        case .json, .jsonl:
            (try? JSONSerialization.jsonObject(with: Data(line.trimmingCharacters(in: ["[", "]", ","]).utf8)) as? [String: Any])?
                .keys.sorted()
        }
    }

    /// The last bytes of a file, where Parquet says what wrote it.
    private static func footer(of file: FileHandle) -> String {
        guard let end = try? file.seekToEnd(), (try? file.seek(toOffset: end - min(end, 1 << 16))) != nil,
            let bytes = try? file.readToEnd()
        else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension OutputFormat {
    /// Whether the names of the columns are read back in their order.
    fileprivate var keepsOrder: Bool { self != .json && self != .jsonl }
}
