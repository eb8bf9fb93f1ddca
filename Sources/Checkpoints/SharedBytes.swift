/// Read-only bytes together with whatever keeps them alive: a mapped file, a copy, or the binary itself.
///
/// Copying the value or taking a slice shares the bytes. They must not change while any value refers to them.
public struct SharedBytes: @unchecked Sendable {
    // Sound to share: the memory is never written through this type, and `owner` outlives the pointer.
    private let memory: UnsafeRawBufferPointer
    private let owner: AnyObject?

    private init(memory: UnsafeRawBufferPointer, owner: AnyObject?) {
        self.memory = memory
        self.owner = owner
    }

    /// The bytes of a mapped file, which stays mapped as long as this value or a slice of it lives.
    public init(_ file: MappedFile) {
        self.init(memory: file.memory, owner: file)
    }

    /// A copy of `bytes`, aligned to 64 bytes.
    public init(_ bytes: some Collection<UInt8>) {
        let copy = HeapBytes(bytes)
        self.init(memory: UnsafeRawBufferPointer(copy.memory), owner: copy)
    }

    /// Bytes that live as long as the process, such as an array embedded in the binary.
    public init(immortal bytes: UnsafeRawBufferPointer) {
        self.init(memory: bytes, owner: nil)
    }

    /// Number of bytes.
    public var count: Int { memory.count }

    /// The bytes at `range`, sharing the owner. `range` must lie within `0..<count`.
    public subscript(range: Range<Int>) -> SharedBytes {
        SharedBytes(memory: UnsafeRawBufferPointer(rebasing: memory[range]), owner: owner)
    }

    /// Calls `body` with the bytes; the pointer is valid only during the call.
    @inlinable
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { keepAlive() }
        return try body(pointer)
    }

    /// Lets the system have the memory of a mapped file back; reading it again reads the file again.
    package func releaseMemory() { (owner as? MappedFile)?.releaseMemory(memory) }

    /// The file that these bytes are all of, when they are.
    package var wholeFile: MappedFile? {
        guard let file = owner as? MappedFile, file.count == count else { return nil }
        return file
    }

    @usableFromInline var pointer: UnsafeRawBufferPointer { memory }
    @usableFromInline func keepAlive() { withExtendedLifetime(owner) {} }
}

/// A copy of some bytes on the heap.
private final class HeapBytes {
    let memory: UnsafeMutableRawBufferPointer

    init(_ bytes: some Collection<UInt8>) {
        memory = .allocate(byteCount: bytes.count, alignment: 64)
        memory.copyBytes(from: bytes)
    }

    deinit { memory.deallocate() }
}
