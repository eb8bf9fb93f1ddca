import Foundation
import Hub
import TestSupport
import Testing

/// Connections that break, servers that fail, and processes that end in the middle.
@Suite struct FaultTests {
    let place: PullPlace
    let hub: FakeHub

    init() throws {
        place = try PullPlace()
        hub = try FakeHub.tiny()
    }

    /// A pull within this process, with waits of a few milliseconds.
    private func pull(attempts: Int = 5, stallTimeout: Int = 20) throws(HubError) -> Pull.Summary {
        var pull = Pull()
        pull.environment = HubEnvironment(place.environment(hub, ["HF_HUB_DOWNLOAD_TIMEOUT": "\(stallTimeout)"]))
        pull.policy.firstWait = 0.005
        pull.policy.attempts = attempts
        guard let model = ModelReference(PullPlace.model) else { throw .badName(PullPlace.model) }
        return try pull(model)
    }

    private func expectWhole() throws {
        let file = try #require(FakeHub.tinyFiles()["model.safetensors"])
        #expect(place.bytes(place.snapshot + "/model.safetensors") == file.bytes)
        #expect(place.names("blobs").count == 2, "something was left behind")
    }

    private func ranges() -> [String?] { hub.requests("GET /cdn/").map { $0.headers["range"] } }

    @Test func aBrokenConnectionGoesOnWhereItBroke() throws {
        hub.play([.truncated(50_000), .truncated(20_000)], to: "GET /cdn/")
        #expect(try pull().files == 2)
        #expect(ranges() == [nil, "bytes=50000-", "bytes=70000-"])
        #expect(hub.requests("GET /cdn/").map { $0.headers["if-range"] } == [nil, "\"at-the-cdn\"", "\"at-the-cdn\""])
        try expectWhole()
    }

    @Test func theWholeFileInAnswerToARangeStartsOver() throws {
        hub.play([.truncated(50_000), .rangeIgnored], to: "GET /cdn/")
        _ = try pull()
        #expect(ranges() == [nil, "bytes=50000-"])
        try expectWhole()
    }

    @Test func anotherRangeThanAskedForStartsOver() throws {
        hub.play([.truncated(50_000), .otherRange], to: "GET /cdn/")
        _ = try pull()
        #expect(ranges() == [nil, "bytes=50000-", nil])
        try expectWhole()
    }

    @Test func aStalledConnectionIsGivenUp() throws {
        hub.play([.stalled(50_000)], to: "GET /cdn/")
        defer { hub.stop() }
        _ = try pull(stallTimeout: 1)
        #expect(ranges().prefix(2) == [nil, "bytes=50000-"])
        try expectWhole()
    }

    @Test func noAnswerIsTriedAgain() throws {
        hub.play([.dropped], to: "HEAD /tiny-org")
        hub.play([.dropped, .dropped], to: "GET /cdn/")
        _ = try pull()
        try expectWhole()
    }

    @Test func serverErrorsAreTriedAgainAFewTimes() throws {
        hub.play([.status(500), .status(502), .status(503)], to: "GET /api/models")
        hub.play([.status(504), .status(408)], to: "GET /cdn/")
        _ = try pull()
        try expectWhole()

        hub.play(Array(repeating: .status(500), count: 9), to: "GET /api/models")
        let before = hub.requests("GET /api/models").count
        let url = hub.address + "/api/models/tiny-org/tiny/revision/main"
        #expect(throws: HubError.server(status: 500, url: url, message: "", retryAfter: nil)) { try pull(attempts: 3) }
        #expect(hub.requests("GET /api/models").count == before + 3)
    }

    @Test func otherErrorsAreNot() throws {
        hub.play([.status(400, ["X-Error-Message": "odd"])], to: "GET /api/models")
        let url = hub.address + "/api/models/tiny-org/tiny/revision/main"
        #expect(throws: HubError.server(status: 400, url: url, message: "odd", retryAfter: nil)) { try pull() }
        #expect(hub.requests.count == 1)
    }

    @Test func aWaitThatIsAskedForIsWaited() throws {
        hub.play([.status(429, ["Retry-After": "1"])], to: "GET /api/models")
        let start = ContinuousClock.now
        let outcome = try place.pull(hub)
        #expect(outcome.code == 0)
        #expect(outcome.stderr.contains("answered with HTTP status 429; trying again in 1 s\n"))
        #expect(ContinuousClock.now - start >= .seconds(1))

        hub.play([.status(429, ["Retry-After": "86400"])], to: "GET /api/models")
        #expect(throws: HubError.askedToWait(seconds: 86400, endpoint: hub.address)) { try pull() }
    }

    @Test func otherBytesOfTheSameNumberAreNotKept() throws {
        hub.play([.corrupted], to: "GET /cdn/")
        let outcome = try place.pull(hub)
        #expect(outcome.code == 2)
        #expect(outcome.stderr.contains("error: model.safetensors arrived with checksum "))
        #expect(place.holdsNothing)
        #expect(place.names("blobs").count == 1, "config.json, which is right")

        hub.play([.corrupted], to: "GET /api/resolve-cache")
        try FileManager.default.removeItem(atPath: place.home)
        #expect(try place.pull(hub).stderr.contains("error: config.json arrived with checksum "))
        #expect(place.names("blobs").isEmpty)
        _ = try pull()
        try expectWhole()
    }

    @Test func moreBytesThanSaidAreNotKept() throws {
        hub.play([.longer], to: "GET /cdn/")
        let outcome = try place.pull(hub)
        #expect(outcome.stderr.contains("error: model.safetensors arrived with checksum of more bytes than that"))
        #expect(place.holdsNothing)
        #expect(place.names("blobs").count == 1)
    }

    @Test(arguments: [SIGKILL, SIGINT, SIGTERM])
    func aPullThatIsEndedLeavesNothingToLoadAndIsTakenUp(_ signal: Int32) throws {
        hub.play([.stalled(50_000)], to: "GET /cdn/")
        defer { hub.stop() }
        let program = try place.start(hub)
        hub.wait(for: "GET /cdn/")
        let partial = try awaitPartial(of: 50_000)
        program.send(signal: signal)
        let outcome = program.wait()
        if signal == SIGINT {
            #expect(outcome.code == 130)
            #expect(outcome.stderr == "actrec: stopping; what arrived is kept for the next pull\n")
        } else {
            #expect(outcome.signal == signal)
        }
        #expect(place.holdsNothing)
        #expect(try actrec("model", "info", PullPlace.model, environment: place.environment(nil)).code == 1)
        #expect(place.names("blobs").contains(partial))

        #expect(try pull().files == 1)
        #expect(ranges() == [nil, "bytes=50000-"])
        try expectWhole()
    }

    /// Waits until the download's own file has so many bytes; returns its name.
    private func awaitPartial(of size: Int) throws -> String {
        var found: String?
        try wait(for: "the download's own file") {
            found = place.names("blobs").first {
                $0.hasSuffix(".incomplete") && place.bytes("\(place.folder)/blobs/\($0)")?.count == size
            }
            return found != nil
        }
        return try #require(found)
    }

    @Test func whatAnotherPullLeftIsCheckedToo() throws {
        let file = try #require(FakeHub.tinyFiles()["model.safetensors"])
        try FileManager.default.createDirectory(atPath: place.folder + "/blobs", withIntermediateDirectories: true)
        // A process that is gone for certain: one that this test ran.
        let gone = try RunningProgram(Executable.path(), ["--version"])
        let process = gone.identifier
        _ = gone.wait()
        let left = "\(place.folder)/blobs/\(file.tag).actrec-\(process).incomplete"
        try Data(repeating: 7, count: 60_000).write(to: URL(fileURLWithPath: left))
        #expect(try pull().bytes == file.bytes.count + (try #require(FakeHub.tinyFiles()["config.json"]).bytes.count))
        #expect(ranges() == ["bytes=60000-", nil])
        try expectWhole()

        // More than the file has.
        try FileManager.default.removeItem(atPath: "\(place.folder)/blobs/\(file.tag)")
        try Data(repeating: 7, count: file.bytes.count + 1).write(to: URL(fileURLWithPath: left))
        _ = try pull()
        try expectWhole()
    }

    @Test func aFullDiskIsSaidAndLeavesNothing() throws {
        // A limit on the size of files fails a write as a full disk does.
        let program = try RunningProgram(
            "/bin/sh", ["-c", "ulimit -f 64 && exec \"$0\" model pull \(PullPlace.model)", Executable.path()],
            environment: place.environment(hub))
        let outcome = program.wait()
        #expect(outcome.code == 2)
        #expect(outcome.stderr.contains("error: cannot write "))
        #expect(outcome.stderr.hasSuffix(": File too large\n"))
        #expect(place.holdsNothing)
        #expect(place.names("blobs").count == 1)
        _ = try pull()
        try expectWhole()
    }

    @Test func aCacheThatCannotBeWrittenIsNamed() throws {
        let outcome = try place.pull(hub, environment: ["HF_HUB_CACHE": "/dev/null/hub"])
        #expect(outcome.code == 2)
        #expect(outcome.stderr.contains("error: cannot make /dev/null/hub/models--tiny-org--tiny/blobs: "))
    }
}
