import Output
import Testing

@Suite struct ProgressTests {
    @Test func sparklines() {
        #expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█")
        #expect(sparkline([1, .nan, 10, .infinity, 100], scale: .logarithmic) == "▁ ▅ █")
        #expect(sparkline([0, 1, 10], scale: .logarithmic) == " ▁█")
        #expect(sparkline([5, 5, 5]) == "▄▄▄")
        #expect(sparkline([-.greatestFiniteMagnitude, 0, .greatestFiniteMagnitude]) == "▁▅█")
        #expect(sparkline([]) == "")
        #expect(sparkline([.nan]) == " ")
    }

    private final class Clock {
        var time = ContinuousClock.now
    }

    private func bar(total: Int?, done: Int = 0, width: Int, sink: MemorySink?) -> (ProgressBar, Clock) {
        let clock = Clock()
        return (ProgressBar(total: total, done: done, sink: sink, width: { width }, now: { clock.time }), clock)
    }

    @Test func drawsAtMostTenTimesASecond() {
        let sink = MemorySink()
        var (bar, clock) = bar(total: 10_000, width: 80, sink: sink)
        for step in 1...1_000 {
            clock.time += .milliseconds(1)
            bar.update(done: step)
        }
        #expect(sink.text.filter { $0 == "\r" }.count == 10)
    }

    @Test func showsRateAndTimeLeft() {
        let sink = MemorySink()
        var (bar, clock) = bar(total: 20_000, done: 5_000, width: 80, sink: sink)
        clock.time += .seconds(5)
        bar.update(done: 10_000)
        let line = "██████████░░░░░░░░░░  50%  10,000/20,000 tokens  1,000 tokens/s  0:10 left"
        #expect(sink.text == "\r" + line)
        bar.erase()
        #expect(sink.text == "\r" + line + "\r" + String(repeating: " ", count: line.count) + "\r")
        bar.erase()
        #expect(sink.text.hasSuffix(" \r"))
    }

    @Test func bytesAreShownInMegabytes() {
        let sink = MemorySink()
        let clock = Clock()
        var bar = ProgressBar(total: 548_105_171, unit: .bytes, sink: sink, width: { 80 }, now: { clock.time })
        clock.time += .seconds(2)
        bar.update(done: 54_810_518)
        #expect(sink.text == "\r██░░░░░░░░░░░░░░░░░░  10%  54.8/548.1 MB  27.4 MB/s  0:18 left")
    }

    @Test func totalMayBeUnknown() {
        let sink = MemorySink()
        var (bar, clock) = bar(total: nil, width: 80, sink: sink)
        clock.time += .seconds(3_700)
        bar.update(done: 3_700)
        #expect(sink.text == "\r3,700 tokens  1 tokens/s  1:01:40")
    }

    @Test(arguments: 1...100) func fitsTheWidth(_ width: Int) {
        let sink = MemorySink()
        var (bar, clock) = bar(total: 1_000_000, width: width, sink: sink)
        clock.time += .seconds(2)
        bar.update(done: 999)
        #expect(DisplayWidth.of(sink.text) < max(width, 1))
    }

    @Test func quietDrawsNothing() {
        var (bar, clock) = bar(total: 10, width: 80, sink: nil)
        clock.time += .seconds(1)
        bar.update(done: 5)
        bar.erase()
    }
}
