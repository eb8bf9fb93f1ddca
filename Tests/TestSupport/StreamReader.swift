import Foundation

/// Reads a stream to its end on a thread of its own, so that a program never waits for room in a pipe.
final class StreamReader: @unchecked Sendable {
    // Sound to share: `bytes` and `isAtEnd` are guarded by the condition.
    private let condition = NSCondition()
    private var bytes: [UInt8] = []
    private var isAtEnd = false

    /// nil is a stream that has ended.
    init(_ descriptor: Int32?) {
        guard let descriptor else {
            isAtEnd = true
            return
        }
        Thread.detachNewThread { self.drain(descriptor) }
    }

    private func drain(_ descriptor: Int32) {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            condition.lock()
            if count > 0 { bytes += chunk[..<count] } else { isAtEnd = true }
            condition.broadcast()
            condition.unlock()
            if count <= 0 { break }
        }
        close(descriptor)
    }

    /// Everything, once the stream has ended.
    func all() -> [UInt8] {
        condition.lock()
        defer { condition.unlock() }
        while !isAtEnd { condition.wait() }
        return bytes
    }

    /// Waits until the stream holds `text`; false when it ends without.
    func wait(for text: [UInt8]) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if !bytes.ranges(of: text).isEmpty { return true }
            if isAtEnd { return false }
            condition.wait()
        }
    }
}
