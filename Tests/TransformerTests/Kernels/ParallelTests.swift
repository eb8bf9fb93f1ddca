import CKernels
import Foundation
import Synchronization
import Testing

/// How items are handed out to threads. One at a time: what works beside the kernels is counted for the whole process.
@Suite(.serialized) struct ParallelTests {
    /// Which workers took an item.
    private final class Workers: Sendable {
        let seen = Mutex<Set<Int>>([])
        /// An item waits so long for so many workers.
        let wanted: Int
        let deadline: ContinuousClock.Instant

        init(wanted: Int, patience: Duration) {
            self.wanted = wanted
            deadline = .now + patience
        }

        func take(_ worker: Int) {
            seen.withLock { _ = $0.insert(worker) }
            while seen.withLock({ $0.count }) < wanted, ContinuousClock.now < deadline { usleep(200) }
        }
    }

    private func workers(_ items: Int, work: Double, wanted: Int, patience: Duration) -> Set<Int> {
        let before = ak_use_threads(2)
        defer { _ = ak_use_threads(before) }
        let workers = Workers(wanted: wanted, patience: patience)
        ak_parallel(items, work, Unmanaged.passUnretained(workers).toOpaque()) { context, _, worker in
            if let context { Unmanaged<Workers>.fromOpaque(context).takeUnretainedValue().take(worker) }
        }
        return workers.seen.withLock { $0 }
    }

    @Test func allThreadsTakeItems() {
        #expect(workers(64, work: 40_000, wanted: 2, patience: .seconds(30)) == [0, 1])
    }

    /// A second thread is worth waking from 20 microseconds of work for each on.
    @Test func littleWorkStaysWithTheCaller() {
        #expect(workers(64, work: 39_999.5, wanted: 2, patience: .milliseconds(50)) == [0])
    }

    @Test func oneItemStaysWithTheCaller() {
        #expect(workers(1, work: 1e9, wanted: 2, patience: .milliseconds(50)) == [0])
    }

    /// A thread of the system's choice would keep a short loop waiting, and makes a long one faster even part of the time.
    @Test func shortLoopsLeaveProcessorsToOtherThreads() {
        let all = Int32(ProcessInfo.processInfo.processorCount)
        ak_work_beside(all)
        defer { ak_work_beside(-all) }
        #expect(workers(64, work: 3_999_999, wanted: 2, patience: .milliseconds(50)) == [0])
        #expect(workers(64, work: 4_000_000, wanted: 2, patience: .seconds(30)) == [0, 1])
    }
}
