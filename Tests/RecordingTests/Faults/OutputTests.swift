import Foundation
import GRDB
import Recording
import Schema
import TestSupport
import Testing
import Transformer

/// Files that cannot be recorded into: named, and left as they were.
@Suite struct OutputTests {
    let directory: TemporaryDirectory
    let model: Model

    init() throws {
        directory = try TemporaryDirectory()
        model = try Models.odd()
    }

    private func record(to path: String) throws {
        try Recording.record(TextInput(.tokenIDs(["1 2 3"]), model: model), model: model, to: path)
    }

    private func refusal(of path: String) -> RecordingError? {
        #expect(throws: RecordingError.self) { try record(to: path) }
    }

    private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

    @Test(arguments: ["missing/run.db", "file/run.db"])
    func aPlaceThatCannotHoldAFileIsNamed(_ name: String) throws {
        _ = try directory.write("file", "")
        let path = directory.place(name)
        guard case .cannotOpen(path, let reason)? = refusal(of: path) else { Issue.record("another error"); return }
        #expect(reason.contains("check that its directory exists and can be written"))
        #expect(try directory.names() == ["file"])
    }

    @Test(.enabled(if: geteuid() != 0, "the superuser may write everywhere"))
    func aDirectoryWithoutPermissionIsNamed() throws {
        chmod(directory.path, 0o555)
        defer { chmod(directory.path, 0o755) }
        let path = directory.place("run.db")
        guard case .cannotOpen(path, _)? = refusal(of: path) else { Issue.record("another error"); return }
    }

    @Test func aDirectoryIsNoOutput() throws {
        guard case .cannotOpen(directory.path, _)? = refusal(of: directory.path) else { Issue.record("another error"); return }
    }

    @Test(arguments: ["", ":memory:"])
    func aNameThatSQLiteWouldNotKeepOnDiskIsRefusedOrAFile(_ name: String) throws {
        let outcome = try actrec("record", "ok", "-q", "-o", name, directory: directory.path)
        if name.isEmpty {
            #expect(outcome.code == 2)
            #expect(try directory.names().isEmpty)
        } else {
            #expect(outcome.code == 0)
            #expect(try directory.names() == [name])
        }
    }

    @Test func aNameThatBeginsLikeAURIIsAFile() throws {
        #expect(try actrec("record", "ok", "-q", "-o", "file:x.db?mode=memory", directory: directory.path).code == 0)
        #expect(try directory.names() == ["file:x.db?mode=memory"])
    }

    @Test(arguments: ["not a database, only text\n", String(repeating: "x", count: 5000)])
    func aTextFileIsRefusedUnchanged(_ text: String) throws {
        let path = try directory.write("notes.txt", text)
        #expect(refusal(of: path) == .notADatabase(path: path))
        #expect(try bytes(path) == Data(text.utf8))
        #expect(try directory.names() == ["notes.txt"])
    }

    @Test(arguments: ["delete", "wal"])
    func anotherProgramsDatabaseIsRefusedUnchanged(_ journal: String) throws {
        let path = directory.place("other.db")
        let other = try DatabaseQueue(path: path)
        try other.inDatabase {
            try $0.execute(
                sql:
                    "PRAGMA journal_mode = \(journal); PRAGMA application_id = 77; CREATE TABLE tokens (a); INSERT INTO tokens VALUES (1)"
            )
        }
        try other.close()
        let before = try bytes(path)
        #expect(refusal(of: path) == .notARecording(path: path, applicationID: 77, expected: Schema.applicationID))
        #expect(try bytes(path) == before)
        #expect(try directory.names() == ["other.db"])
    }

    @Test func aDatabaseWithoutAnApplicationIsRefusedUnchanged() throws {
        let path = directory.place("plain.db")
        let other = try DatabaseQueue(path: path)
        try other.inDatabase { try $0.execute(sql: "CREATE TABLE mine (a)") }
        try other.close()
        let before = try bytes(path)
        let error = refusal(of: path)
        #expect(error == .notARecording(path: path, applicationID: 0, expected: Schema.applicationID))
        #expect(
            error?.description
                == "\(path) is not a recording: its application_id is 0, expected \(Schema.applicationID); give another file")
        #expect(try bytes(path) == before)
    }

    @Test func anotherVersionIsRefusedUnchanged() throws {
        let path = directory.place("run.db")
        try record(to: path)
        let queue = try DatabaseQueue(path: path)
        try queue.inDatabase { try $0.execute(sql: "PRAGMA user_version = 99") }
        try queue.close()
        let before = try bytes(path)
        let error = refusal(of: path)
        #expect(error == .otherVersion(path: path, version: 99, supported: Schema.version))
        #expect(
            error?.description.contains("version 99") == true && error?.description.contains("version \(Schema.version)") == true)
        #expect(try bytes(path) == before)
    }

    @Test func anEmptyFileBecomesARecording() throws {
        let path = try directory.write("run.db", "")
        try record(to: path)
        #expect(try dump(path, "SELECT status FROM runs") == ["\"complete\""])
    }

    @Test func aTruncatedRecordingIsRefused() throws {
        let path = directory.place("run.db")
        try record(to: path)
        let whole = try bytes(path)
        try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: path))
        #expect(throws: RecordingError.self) { try record(to: path) }
    }

    @Test func aRefusedRunLeavesNoFileBehind() throws {
        let path = directory.place("run.db")
        #expect(throws: RecordingError.self) {
            try Recording.record(
                TextInput(.tokenIDs([Array(repeating: "1", count: 33).joined(separator: " ")]), model: model), model: model,
                to: path)
        }
        #expect(try directory.names().isEmpty)
    }
}
