import CKernels

/// What the kernels run on.
public enum Compute {
    /// How many threads the kernels use that this thread calls, forward passes among them; setting 0 asks for one for each
    /// processor. Other threads have a setting of their own, so that two models can run beside each other.
    public static var threads: Int {
        get { Int(ak_threads()) }
        set { _ = ak_use_threads(Int32(clamping: newValue)) }
    }

    /// Work beside the kernels, on this thread: those of other threads leave it a processor. Both are faster than with more threads
    /// than processors: a loop would wait for a thread that the system set aside.
    package static func beside<Result>(_ body: () throws -> Result) rethrows -> Result {
        ak_work_beside(1)
        defer { ak_work_beside(-1) }
        return try body()
    }

    /// The vector instructions in use, which change the speed and no number: `avx512`, `avx2`, or `baseline`.
    public static var instructionSet: String { String(cString: ak_instruction_set_name()) }

    /// The instruction sets that this processor has, from the least.
    public static var instructionSets: [String] {
        var names: [String] = []
        while let name = ak_instruction_set_of_processor(Int32(names.count)) { names.append(String(cString: name)) }
        return names
    }

    /// Calls `body` for each number below `count`, over the kernels' threads: what it writes must not be written by another.
    /// `work` is about how many nanoseconds all of it takes.
    package static func parallel(_ count: Int, work: Double, _ body: (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: body) { body in
                ak_parallel(count, work, UnsafeMutableRawPointer(mutating: body)) { context, index, _ in
                    context?.assumingMemoryBound(to: ((Int) -> Void).self).pointee(index)
                }
            }
        }
    }
}
