import Digest
import Foundation

/// A server on 127.0.0.1 that answers as the hub does, and fails as it is told to.
///
/// A file in large file storage is behind a redirect, to `/cdn/` on `cdnHost`; others are behind one to another path here.
final class FakeHub: @unchecked Sendable {
    // Sound to share: everything that changes is guarded by the lock.
    struct File: Sendable {
        var bytes: [UInt8]
        var isLarge: Bool
        /// What the hub says of its size, where that is not the truth.
        var claimedSize: Int?

        init(_ bytes: [UInt8], isLarge: Bool = false, claimedSize: Int? = nil) {
            (self.bytes, self.isLarge, self.claimedSize) = (bytes, isLarge, claimedSize)
        }

        var tag: String {
            let digest = Digest(isLarge ? .sha256 : .sha1)
            if !isLarge { Array("blob \(bytes.count)\0".utf8).withUnsafeBytes { digest.update($0) } }
            bytes.withUnsafeBytes { digest.update($0) }
            return digest.hexadecimal() ?? ""
        }
    }

    struct Request: Sendable {
        let method: String
        let path: String
        /// By name in lower case.
        let headers: [String: String]
    }

    enum Fault: Sendable {
        case status(Int, [String: String] = [:])
        /// Closes the connection after so many bytes of the content.
        case truncated(Int)
        /// Sends so many bytes of the content and then nothing until the server is stopped or the client gone.
        case stalled(Int)
        /// The whole file in answer to a request for a part of it.
        case rangeIgnored
        /// A part from elsewhere in the file.
        case otherRange
        /// As many bytes as there should be, one of them another.
        case corrupted
        /// More bytes than there should be, without a length.
        case longer
        case dropped
        /// Not answered for so many seconds.
        case late(Double)
    }

    static let commit = "0123456789abcdef0123456789abcdef01234567"

    let port: UInt16
    let repository: String
    var address: String { "http://127.0.0.1:\(port)" }

    private let listener: Int32
    private let lock = NSCondition()
    private var files: [String: File]
    private var scripts: [String: [Fault]] = [:]
    private var seen: [Request] = []
    private var isStopped = false
    private var host = "127.0.0.1"

    init(_ repository: String = "tiny-org/tiny", files: [String: File]) throws {
        (self.repository, self.files) = (repository, files)
        (listener, port) = try Socket.listen()
        Thread.detachNewThread { [weak self, listener] in
            while let connection = Socket.accept(listener) {
                guard let hub = self else {
                    close(connection)
                    return
                }
                Thread.detachNewThread {
                    hub.serve(connection)
                    close(connection)
                }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// Ends what is stalled.
    func stop() {
        lock.withLock {
            isStopped = true
            lock.broadcast()
        }
    }

    /// Where large files are: the same server by another host's name.
    var cdnHost: String {
        get { lock.withLock { host } }
        set { lock.withLock { host = newValue } }
    }

    /// Plays the faults one after another to requests that begin so, such as `GET /cdn/`; then answers rightly.
    func play(_ faults: [Fault], to request: String) { lock.withLock { scripts[request, default: []] += faults } }

    func set(_ name: String, _ file: File?) { lock.withLock { files[name] = file } }

    var requests: [Request] { lock.withLock { seen } }

    func requests(_ prefix: String) -> [Request] { requests.filter { "\($0.method) \($0.path)".hasPrefix(prefix) } }

    /// Waits until so many requests that begin so have come.
    func wait(for prefix: String, count: Int = 1) {
        lock.lock()
        defer { lock.unlock() }
        let end = Date(timeIntervalSinceNow: 20)
        while seen.filter({ "\($0.method) \($0.path)".hasPrefix(prefix) }).count < count, lock.wait(until: end) {}
    }

    private func serve(_ connection: Int32) {
        guard let request = Socket.readRequest(connection) else { return }
        let fault = lock.withLock { () -> Fault? in
            seen.append(request)
            lock.broadcast()
            let line = "\(request.method) \(request.path)"
            let script = scripts.first { line.hasPrefix($0.key) && !$0.value.isEmpty }
            return script.flatMap { scripts[$0.key]?.removeFirst() }
        }
        switch fault {
        case .dropped: return
        case .late(let seconds): Thread.sleep(forTimeInterval: seconds)
        case .status(let status, let headers):
            Socket.send(connection, head: status, headers, length: 0)
            return
        default: break
        }
        respond(to: request, connection, fault)
    }

    private func respond(to request: Request, _ connection: Int32, _ fault: Fault?) {
        let files = lock.withLock { self.files }
        let api = "/api/models/\(repository)/revision/"
        let resolve = "/\(repository)/resolve/\(Self.commit)/", cached = "/api/resolve-cache/models/\(repository)/\(Self.commit)/"
        if request.path.hasPrefix(api) {
            let revision = String(request.path.dropFirst(api.count))
            guard ["main", "refs%2Fpr%2F1", Self.commit].contains(revision) else {
                return Socket.send(connection, head: 404, ["X-Error-Code": "RevisionNotFound"], length: 0)
            }
            let siblings = files.keys.sorted().map { ["rfilename": $0] }
            let answer = try? JSONSerialization.data(withJSONObject: ["id": repository, "sha": Self.commit, "siblings": siblings])
            send(connection, request, Array(answer ?? Data()), tag: nil, fault)
        } else if request.path.hasPrefix(resolve) {
            let name = String(request.path.dropFirst(resolve.count))
            guard let file = files[name] else {
                return Socket.send(connection, head: 404, ["X-Error-Code": "EntryNotFound"], length: 0)
            }
            var headers = ["X-Repo-Commit": Self.commit]
            if file.isLarge {
                headers["X-Linked-Etag"] = "\"\(file.tag)\""
                headers["X-Linked-Size"] = "\(file.claimedSize ?? file.bytes.count)"
                headers["Location"] = "http://\(cdnHost):\(port)/cdn/\(name)?Signature=secret"
            } else {
                headers["Location"] = cached + name
            }
            Socket.send(connection, head: file.isLarge ? 302 : 307, headers, length: 0)
        } else if request.path.hasPrefix(cached), let file = files[String(request.path.dropFirst(cached.count))] {
            send(connection, request, file.bytes, tag: file.tag, fault)
        } else if request.path.hasPrefix("/cdn/"), let file = files[String(request.path.dropFirst(5))] {
            send(connection, request, file.bytes, tag: "at-the-cdn", fault)
        } else {
            Socket.send(
                connection, head: 401, ["X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"], length: 0)
        }
    }

    private func send(_ connection: Int32, _ request: Request, _ bytes: [UInt8], tag: String?, _ fault: Fault?) {
        var headers = ["X-Repo-Commit": Self.commit]
        if let tag { headers["ETag"] = "\"\(tag)\"" }
        var (status, start, content) = (200, 0, bytes)
        if let range = request.headers["range"]?.wholeMatch(of: /bytes=(\d+)-/).flatMap({ Int($0.1) }),
            request.headers["if-range"].map({ $0 == headers["ETag"] }) ?? true
        {
            if range >= bytes.count { return Socket.send(connection, head: 416, headers, length: 0) }
            if case .rangeIgnored = fault {} else { (status, start) = (206, range) }
            if case .otherRange = fault { start -= 1 }
            headers["Content-Range"] = "bytes \(start)-\(bytes.count - 1)/\(bytes.count)"
        }
        content.removeFirst(start)
        var length: Int? = content.count
        var limit = content.count
        switch fault {
        case .corrupted: content[content.count / 2] ^= 1
        case .longer:
            content.append(0)
            (limit, length) = (limit + 1, nil)
        case .truncated(let count), .stalled(let count): limit = min(count, content.count)
        default: break
        }
        Socket.send(connection, head: status, headers, length: length)
        if request.method == "HEAD" { return }
        Socket.send(connection, content[..<limit])
        if case .stalled = fault {
            lock.withLock {
                let end = Date(timeIntervalSinceNow: 30)
                while !isStopped, lock.wait(until: end) {}
            }
        }
    }
}
