import Foundation
import Output
import Queries
import Reading
import Recording
import Reporting
import Transformer

/// The read-only shell: statements from anyone, and files from anywhere.
enum DatabaseReaders {
    /// A small recording in a directory of its own, for this process.
    private final class Place: Sendable {
        let directory: URL
        var path: String { directory.appendingPathComponent("run.db").path }
        let bytes: Data

        init() throws {
            directory = InputReaders.scratch.appendingPathComponent("actrec-fuzz-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            let file = directory.appendingPathComponent("run.db").path
            var options = Recording.Options()
            options.capture = "stats,ln_final.hook_out"
            let model = try Model.embedded()
            try Recording.record(TextInput(.texts(["hatred ok"]), model: model), model: model, to: file, options: options)
            bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            // Fuzzing ends by exit or by a crash; only the first can tidy up.
            atexit {
                if case .success(let place) = DatabaseReaders.place { try? FileManager.default.removeItem(at: place.directory) }
            }
        }

        /// What is not as it was.
        func difference(from expected: Data) throws -> String? {
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            if names != ["run.db"] { return "the directory holds \(names.sorted())" }
            return try Data(contentsOf: URL(fileURLWithPath: path)) == expected ? nil : "the file changed"
        }
    }

    private static let place = Result { try Place() }

    /// The small recording's bytes.
    static func recording() throws -> [UInt8] { try Array(place.get().bytes) }

    /// Runs a statement; nothing it does may show in the file or beside it.
    static func statement(_ bytes: [UInt8]) throws(FuzzFinding) {
        try checking { place in
            let database = try ReadOnlyDatabase(
                path: place.path, options: .init(timeout: 0.05, rowLimit: 50, damageCheck: .never))
            var writer = OutputFormat.csv.makeWriter(to: Nowhere(), options: OutputOptions())
            try database.run(String(decoding: bytes, as: UTF8.self), into: &writer)
            return place.bytes
        }
    }

    /// Opens a damaged file, asks it a few questions, and leaves it as it was.
    static func database(_ bytes: [UInt8]) throws(FuzzFinding) {
        let damaged = Data(bytes)
        // The other target finds its own file again.
        defer { if let place = try? place.get() { try? place.bytes.write(to: URL(fileURLWithPath: place.path)) } }
        try checking { place in
            try damaged.write(to: URL(fileURLWithPath: place.path))
            let database = try ReadOnlyDatabase(path: place.path, options: .init(timeout: 0.05, rowLimit: 20, damageCheck: .never))
            for query in try Queries.all() {
                var writer = OutputFormat.csv.makeWriter(to: Nowhere(), options: OutputOptions())
                _ = try? database.run(query, into: &writer)
            }
            _ = try? Report(of: database)
            return damaged
        } expecting: { _ in
            damaged
        }
    }

    private static func checking(
        _ work: (Place) throws -> Data, expecting: (Place) -> Data = { $0.bytes }
    ) throws(FuzzFinding) {
        do {
            let place = try place.get()
            do {
                _ = try work(place)
            } catch let error as QueryError {
                if "\(error)".contains("\n") { throw FuzzFinding(description: "the message has several lines: \(error)") }
            } catch is OutputError {
            }
            if let difference = try place.difference(from: expecting(place)) { throw FuzzFinding(description: difference) }
        } catch let finding as FuzzFinding {
            throw finding
        } catch {
            throw FuzzFinding(description: "an error of another kind: \(error)")
        }
    }

    /// Takes every row and keeps none.
    private final class Nowhere: OutputSink {
        func write(_ text: String) {}
        func flush() {}
    }
}
