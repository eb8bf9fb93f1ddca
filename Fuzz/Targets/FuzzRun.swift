import Foundation

/// Runs a target on changed inputs, one after another, and keeps the last where it survives a crash of the process.
package struct FuzzRun {
    package let target: FuzzTarget
    /// Inputs tried.
    package private(set) var executions = 0
    /// The longest that one took.
    package private(set) var slowest = Duration.zero

    private let seeds: [[UInt8]]
    private var mutator: Mutator
    private let last: LastInput?

    /// - Parameters:
    ///   - lastInput: a file that always holds the input that is being tried; nil keeps none.
    package init(_ target: FuzzTarget, seed: UInt64, lastInput: String? = nil) throws {
        self.target = target
        seeds = try target.seeds()
        // A page of a database is 16 KB: its inputs keep their size.
        mutator = Mutator(seed: seed, dictionary: target.dictionary, mostBytes: target == .database ? 1 << 24 : 1 << 17)
        last = try lastInput.map { try LastInput(path: $0) }
    }

    /// One more input. One that takes too long is a finding too.
    package mutating func step() throws(FuzzFinding) {
        let bytes = mutator.next(from: seeds)
        last?.keep(bytes)
        let start = Self.threadTime()
        do throws(FuzzFinding) {
            try target.run(bytes)
        } catch {
            throw FuzzFinding(
                description: "\(target), execution \(executions): \(error) (\(bytes.count) bytes: \(Self.beginning(bytes)))")
        }
        let time = Self.threadTime() - start
        executions += 1
        slowest = max(slowest, time)
        // A statement may make a few values of 100 MB before SQLite looks at the clock.
        if time > .seconds(target == .statement ? 20 : 2) {
            throw FuzzFinding(
                description: "\(target), execution \(executions) took \(time) (\(bytes.count) bytes: \(Self.beginning(bytes)))")
        }
    }

    /// The processor's time that this thread took: other programs do not count.
    private static func threadTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    private static func beginning(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix(200), as: UTF8.self).debugDescription
    }
}

/// A file that is memory: what was written to it stays when the process dies. 8 bytes of length, then the input.
final class LastInput {
    private let memory: UnsafeMutableRawBufferPointer

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    init(path: String, byteCount: Int = 1 << 22) throws {
        let file = open(path, O_RDWR | O_CREAT, 0o644)
        guard file >= 0, ftruncate(file, off_t(byteCount)) == 0,
            let start = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), start != MAP_FAILED
        else { throw Failed(description: "cannot keep inputs in \(path): \(String(cString: strerror(errno)))") }
        close(file)
        memory = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
    }

    func keep(_ bytes: [UInt8]) {
        let count = min(bytes.count, memory.count - 8)
        memory.storeBytes(of: UInt64(count).littleEndian, as: UInt64.self)
        memory[8...].copyBytes(from: bytes[..<count])
    }

    deinit { munmap(memory.baseAddress, memory.count) }
}
