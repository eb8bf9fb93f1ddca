import Foundation

/// As much of TCP and HTTP/1.1 as a server of one answer a connection needs.
enum Socket {
    struct Failed: Error { let code: Int32 }

    /// Listens on 127.0.0.1, on a port that the system chooses.
    static func listen() throws -> (descriptor: Int32, port: UInt16) {
        signal(SIGPIPE, SIG_IGN)
        #if os(Linux)
        let stream = Int32(SOCK_STREAM.rawValue)
        #else
        let stream = SOCK_STREAM
        #endif
        let descriptor = socket(AF_INET, stream, 0)
        guard descriptor >= 0 else { throw Failed(code: errno) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
            guard let raw = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
            return bind(descriptor, raw, size) == 0 && Foundation.listen(descriptor, 64) == 0
                ? getsockname(descriptor, raw, &size) : -1
        }
        guard code == 0 else { throw Failed(code: errno) }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    /// The next connection; nil when nobody listens any more.
    static func accept(_ listener: Int32) -> Int32? {
        while true {
            let connection = Foundation.accept(listener, nil, nil)
            if connection >= 0 {
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                return connection
            }
            if errno != EINTR && errno != ECONNABORTED { return nil }
        }
    }

    static func readRequest(_ connection: Int32) -> FakeHub.Request? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard recv(connection, &byte, 1, 0) == 1, bytes.count < 1 << 16 else { return nil }
            bytes.append(byte)
        }
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        let path = words[1].prefix { $0 != "?" }
        return FakeHub.Request(method: String(words[0]), path: String(path), headers: headers)
    }

    static func send(_ connection: Int32, head status: Int, _ headers: [String: String], length: Int?) {
        var text = "HTTP/1.1 \(status) Whatever\r\nConnection: close\r\n"
        if let length { text += "Content-Length: \(length)\r\n" }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        send(connection, ArraySlice((text + "\r\n").utf8))
    }

    /// Gives up when the client is gone.
    static func send(_ connection: Int32, _ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = write(connection, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { return }
                sent += count
            }
        }
    }
}
