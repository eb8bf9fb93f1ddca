import Foundation
import Queries
import Recording
import Transformer

/// Readers of input to record, and of the named queries' headers.
enum InputReaders {
    private static let model = Result { try Model.embedded() }
    /// A file of its own for each process.
    private static let path = scratch.appendingPathComponent("actrec-fuzz-\(getpid()).jsonl").path

    /// Memory where the system has a file system of it: thousands of small files would else wait for the disk.
    static let scratch = access("/dev/shm", W_OK) == 0 ? URL(fileURLWithPath: "/dev/shm") : FileManager.default.temporaryDirectory

    static func jsonLines(_ bytes: [UInt8]) throws(FuzzFinding) {
        do {
            let model = try model.get()
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            defer { unlink(path) }
            var input = try TextInput(.file(path), model: model)
            while let sequence = try input.next() {
                for id in sequence.tokens where id < 0 || Int(id) >= model.configuration.vocabularySize {
                    throw FuzzFinding(description: "token id \(id) passed")
                }
                let parts = try LongText.window.apply(to: sequence, context: 8)
                if parts.flatMap(\.tokens) != sequence.tokens { throw FuzzFinding(description: "windows lost a token") }
            }
        } catch let finding as FuzzFinding {
            throw finding
        } catch {
            // A line that is refused; its message is one line.
            if "\(error)".contains("\n") { throw FuzzFinding(description: "the message has several lines: \(error)") }
        }
    }

    static func queryHeader(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let query = try? NamedQuery(parsing: text, file: "the_name") else { return }
        _ = (query.signature, query.details)
    }
}
