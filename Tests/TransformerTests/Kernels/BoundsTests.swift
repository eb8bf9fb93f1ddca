import CKernels
import Foundation
import Testing

/// Kernels read and write what they are given and nothing beside it.
@Suite struct BoundsTests {
    /// Memory that ends where a page ends that nobody may touch: one float further the process ends.
    private struct Guarded {
        let values: UnsafeMutablePointer<Float>

        init?(_ count: Int) {
            let page = Int(getpagesize()), size = (4 * count + page - 1) / page * page
            guard let start = mmap(nil, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                start != MAP_FAILED, mprotect(start + size, page, PROT_NONE) == 0
            else { return nil }
            values = (start + (size - 4 * count)).bindMemory(to: Float.self, capacity: count)
            values.initialize(repeating: 1, count: count)
        }
    }

    /// Counts about whole vectors and about what a task takes.
    private static let counts = [1, 15, 16, 17, 20, 31, 33, 16384, 16385, 16400, 32769]

    @Test func elementwise() async {
        await #expect(processExitsWith: .success) {
            for count in Self.counts {
                let x = try #require(Guarded(count)), y = try #require(Guarded(count))
                ak_add(count, x.values, y.values)
                ak_scale(count, x.values, 0.5)
                ak_clip(1, count, x.values, count, 0.75)
                ak_activate_times(ak_silu, count, x.values, y.values)
                ak_activate(ak_gelu_erf, count, x.values)
                ak_copy_rows(1, count, x.values, count, y.values)
                ak_fill_rows(1, count, x.values, y.values, count)
            }
        }
    }

    @Test func whatLiesBehindIsLeftAlone() {
        for count in Self.counts {
            var x = [Float](repeating: 2, count: count + 40_000)
            ak_scale(count, &x, 3)
            #expect(x == Array(repeating: 6, count: count) + Array(repeating: 2, count: 40_000))
        }
    }
}
