import Foundation
import GRDB
import Tokenizers
import Transformer

/// Writes the texts of a model's token ids, each once for the file.
struct VocabularyWriter {
    private let db: Database
    private let modelID: Int64
    private let tokenizer: (any Tokenizer)?
    private var known: Set<Int32> = []

    /// Ids that an earlier run recorded without a tokenizer get the texts that this one knows. A text that is there stays: the
    /// runs that have it were recorded with it, and `log` is told.
    init(_ db: Database, modelID: Int64, tokenizer: (any Tokenizer)?, log: (Recording.Message) -> Void) throws {
        (self.db, self.modelID, self.tokenizer) = (db, modelID, tokenizer)
        var nameless: [Int32] = []
        var others: [(id: Int32, text: String)] = []
        let rows = try Row.fetchCursor(
            db, sql: "SELECT token_id, bytes, text FROM vocabulary WHERE model_id = ?", arguments: [modelID])
        while let row = try rows.next() {
            let id: Int32 = row[0]
            known.insert(id)
            guard let bytes = tokenizer?.bytes(of: id) else { continue }
            if row.hasNull(atIndex: 1) { nameless.append(id) } else if row[1] as Data != Data(bytes) { others.append((id, row[2])) }
        }
        for id in nameless {
            let (bytes, text) = texts(of: id)
            try db.execute(
                sql: "UPDATE vocabulary SET bytes = ?, text = ? WHERE model_id = ? AND token_id = ?",
                arguments: [bytes, text, modelID, id])
        }
        if let other = others.min(by: { $0.id < $1.id }) {
            log(
                Recording.Message(
                    level: .warning,
                    text:
                        "this tokenizer is not the one of earlier runs of the model: token \(other.id) is '\(texts(of: other.id).text)', in the file "
                        + "'\(other.text)'\(others.count > 1 ? ", and \(others.count - 1) more" : ""); the file's texts stay"))
        }
    }

    /// Writes the id unless it is there.
    mutating func insert(_ token: Int32) throws {
        guard known.insert(token).inserted else { return }
        let (bytes, text) = texts(of: token)
        try db.execute(
            sql: "INSERT INTO vocabulary (model_id, token_id, bytes, text) VALUES (?, ?, ?, ?)",
            arguments: [modelID, token, bytes, text])
    }

    private func texts(of token: Int32) -> (bytes: Data?, text: String) {
        let bytes = tokenizer?.bytes(of: token)
        return (bytes.map { Data($0) }, bytes.map { displayText(of: $0) } ?? "#\(token)")
    }
}
