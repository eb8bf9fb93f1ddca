import CKernels
import Foundation

/// Memory that forward passes use again, in place of asking for it and giving it back each time: batches differ a little in
/// size, and between buffers of all sizes the heap would grow over a long input.
final class BufferPool: @unchecked Sendable {
    // Sound to share: `free` is read and written under the lock, and a buffer has one user at a time.
    static let shared = BufferPool()

    private let lock = NSLock()
    private var free: [Int: [UnsafeMutableRawPointer]] = [:]

    /// Buffers of at least `byteCount` bytes, aligned to 64; the capacity goes back with it.
    func take(byteCount: Int) -> (memory: UnsafeMutableRawPointer, capacity: Int) {
        let capacity = Self.capacity(byteCount)
        let memory = lock.withLock { free[capacity]?.popLast() } ?? .allocate(byteCount: capacity, alignment: 64)
        ak_memory_lend(memory, byteCount, capacity)
        return (memory, capacity)
    }

    func giveBack(_ memory: UnsafeMutableRawPointer, capacity: Int) {
        ak_memory_return(memory, capacity)
        lock.withLock { free[capacity, default: []].append(memory) }
    }

    /// Rounded up to one of four sizes for each power of two.
    private static func capacity(_ byteCount: Int) -> Int {
        let step = max(64, (1 << (Int.bitWidth - max(byteCount, 1).leadingZeroBitCount - 1)) / 4)
        return (max(byteCount, 1) + step - 1) / step * step
    }
}
