import Files
import Output
import Queries
import Reading
import Schema

/// What a recording holds, and what can be asked of it.
public struct RecordingInfo: Sendable, Equatable {
    /// One thing that is said of it.
    public struct Entry: Sendable, Equatable {
        public enum Topic: String, Sendable, CaseIterable {
            case file, model, run, vectors, answers, needs

            var heading: String {
                switch self {
                case .file: "File"
                case .model: "Models"
                case .run: "Runs"
                case .vectors: "Vectors kept"
                case .answers: "Questions it answers (actrec query FILE NAME)"
                case .needs: "Questions that need another capture (actrec record --capture ...)"
                }
            }
        }

        public let topic: Topic
        public let name: String
        public let value: String
    }

    public let entries: [Entry]

    /// - Parameter run: whose vectors and questions are listed; nil is the newest with a sequence.
    public init(of database: ReadOnlyDatabase, run asked: Int64? = nil) throws {
        var entries: [Entry] = []
        func add(_ topic: Entry.Topic, _ name: String, _ value: String) {
            entries.append(Entry(topic: topic, name: name, value: value))
        }
        let runs = RunList(database)
        let newest = try runs.newest()
        if let bytes = FileInfo(database.path)?.byteCount { add(.file, "size", Self.size(bytes)) }
        add(.file, "schema", "version \(Schema.version)")
        try database.rows(
            """
            SELECT model_id, name, architecture, layers, heads, width, parameters,
                   (SELECT count(*) FROM sites s WHERE s.model_id = m.model_id), norm, placement
            FROM models m ORDER BY model_id
            """
        ) { row in
            let sizes = "n_layers \(row.integer(3)), n_heads \(row.integer(4)), d_model \(row.integer(5))"
            add(
                .model, row.text(1),
                "\(row.text(2)): \(sizes), \(ReportNumber.count(Int(row.integer(6)), "parameter")); "
                    + "\(ReportNumber.count(Int(row.integer(7)), "site")), \(row.text(8)), \(row.text(9))")
        }
        try database.rows(
            """
            SELECT r.run_id, r.status, m.name, r.sequences, r.tokens, r.capture, r.norm_scheme, coalesce(r.label, '')
            FROM runs r JOIN models m ON m.model_id = r.model_id ORDER BY r.run_id
            """
        ) { row in
            let id = row.integer(0)
            var facts = [
                "\(row.text(1)), \(row.text(2)): \(ReportNumber.count(Int(row.integer(3)), "sequence")), "
                    + "\(ReportNumber.count(Int(row.integer(4)), "token"))", "capture \(row.text(5))",
            ]
            if row.text(6) != "token" { facts.append("norm \(row.text(6))") }
            if !row.text(7).isEmpty { facts.append("label \(TerminalText.escaped(row.text(7)))") }
            if id == newest { facts.append("the run that queries take unless --run names another") }
            add(.run, "\(id)", facts.joined(separator: "; "))
        }
        if let run = asked ?? newest {
            for (pattern, count, dtype) in try Self.vectors(database, run) {
                add(.vectors, pattern, "\(dtype)\(count > 1 ? ", \(count) hook points" : "")")
            }
            let facts = RecordedFacts(database)
            for query in try Queries.all() {
                if let missing = try facts.missing(for: query, run: run) {
                    add(.needs, query.name, missing.captures.joined(separator: ","))
                } else if try facts.hasComparison(for: query) {
                    add(.answers, query.name, query.question)
                }
            }
        }
        self.entries = entries
    }

    /// The hook points whose vectors a run kept; those that differ in the layer alone are one, with a `*`.
    private static func vectors(_ database: ReadOnlyDatabase, _ run: Int64) throws -> [(pattern: String, count: Int, dtype: String)]
    {
        var found: [(pattern: String, count: Int, dtype: String)] = []
        try database.rows("SELECT name, dtype FROM hooks WHERE run_id = ?1 ORDER BY hook_id", [run]) { row in
            let pattern = row.text(0).replacing(/^blocks\.\d+\./, with: "blocks.*.")
            if let index = found.firstIndex(where: { $0.pattern == pattern }) {
                found[index].count += 1
            } else {
                found.append((pattern, 1, row.text(1)))
            }
        }
        return found
    }

    private static func size(_ bytes: Int) -> String {
        let units = ["bytes", "KB", "MB", "GB", "TB"]
        var (value, unit) = (Double(bytes), 0)
        while value >= 1000, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
        return "\(unit == 0 ? "\(bytes)" : NumberColumn.compact(value, .four)) \(units[unit])"
    }

    /// For reading, in `width` columns.
    public func text(width: Int) -> String {
        Entry.Topic.allCases.compactMap { topic in
            let ofTopic = entries.filter { $0.topic == topic }
            guard !ofTopic.isEmpty else { return nil }
            let list = definitionList(
                ofTopic.map { ("  " + TerminalText.escaped($0.name), TerminalText.escaped($0.value)) }, width: width)
            return topic.heading + "\n" + list
        }.joined(separator: "\n")
    }

    /// The columns of `write`.
    public static let columns = ["about", "name", "value"]

    public func write(into writer: inout any RowWriter) throws {
        try writer.begin(columns: Self.columns)
        for entry in entries { try writer.write([.text(entry.topic.rawValue), .text(entry.name), .text(entry.value)]) }
        try writer.end()
    }
}
