import Foundation
import Output
import Testing

@Suite struct OutputSinkTests {
    /// Collects what a scripted `write(2)` lets through.
    private final class Script {
        var written: [UInt8] = []
        var calls = 0
        func take(_ bytes: UnsafeRawBufferPointer, atMost count: Int) -> (count: Int, errno: Int32) {
            let taken = bytes.prefix(count)
            written += taken
            return (taken.count, 0)
        }
    }

    @Test func shortWritesAndInterruptsLoseNothing() throws {
        let script = Script()
        let sink = FileDescriptorSink(fileDescriptor: -1, name: "test", capacity: 16) { _, bytes in
            script.calls += 1
            return script.calls.isMultiple(of: 3) ? (-1, EINTR) : script.take(bytes, atMost: 3)
        }
        var writer = OutputFormat.csv.makeWriter(to: sink)
        try writer.begin(columns: Tricky.columns)
        for row in Tricky.rows { try writer.write(row) }
        try writer.end()
        #expect(String(decoding: script.written, as: UTF8.self) == (try render(.csv, Tricky.columns, Tricky.rows)))
    }

    @Test func fullDiskNamesTargetAndReason() {
        let script = Script()
        let sink = FileDescriptorSink(fileDescriptor: -1, name: "out.csv", capacity: 4) { _, bytes in
            script.calls += 1
            return script.calls == 1 ? script.take(bytes, atMost: 2) : (-1, ENOSPC)
        }
        let error = OutputError.cannotWrite(target: "out.csv", errno: ENOSPC)
        #expect(throws: error) { try sink.write("abcdef") }
        #expect(throws: error) { try sink.flush() }
        #expect(script.calls == 2)
        #expect(error.description == "cannot write to out.csv: No space left on device")
    }

    @Test func deviceFull() throws {
        let descriptor = open("/dev/full", O_WRONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var writer = OutputFormat.jsonl.makeWriter(
            to: FileDescriptorSink(fileDescriptor: descriptor, name: "/dev/full"))
        try writer.begin(columns: ["a"])
        try writer.write([.integer(1)])
        #expect(throws: OutputError.cannotWrite(target: "/dev/full", errno: ENOSPC)) { try writer.end() }
    }

    @Test func closedPipeIsReaderGone() throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        let sink = FileDescriptorSink(fileDescriptor: ends[1], name: "standard output")
        try sink.write("x")
        #expect(throws: OutputError.readerGone) { try sink.flush() }
        #expect(throws: OutputError.readerGone) { try sink.write("y") }
    }

    @Test func nonBlockingPipeWaits() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let (reader, writer) = (ends[0], ends[1])
        _ = fcntl(writer, F_SETFL, O_NONBLOCK)
        let size = 1 << 20
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            let sink = FileDescriptorSink(fileDescriptor: writer, name: "pipe")
            try? sink.write(String(repeating: "x", count: size))
            close(writer)
            done.signal()
        }
        var total = 0
        var chunk = [UInt8](repeating: 0, count: 4096)
        while case let count = read(reader, &chunk, chunk.count), count > 0 { total += count }
        done.wait()
        close(reader)
        #expect(total == size)
    }
}
