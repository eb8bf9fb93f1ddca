import CKernels

/// What the kernels run on.
public enum Compute {
    /// How many threads the kernels use; setting 0 asks for one for each processor.
    public static var threads: Int {
        get { Int(ak_threads()) }
        set { ak_set_threads(Int32(clamping: newValue)) }
    }

    /// Whether a sequence's numbers have the same bits whatever else is in the batch and however many threads there are.
    /// True where oneDNN has its batch-reduce kernels (AVX-512); elsewhere they agree to rounding.
    public static var isIndependentOfBatch: Bool { ak_matmul_rows_are_independent() }

    /// Calls `body` for each number below `count`, over the kernels' threads: what it writes must not be written by another.
    static func parallel(_ count: Int, _ body: (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: body) { body in
                ak_parallel(count, UnsafeMutableRawPointer(mutating: body)) { context, index in
                    context?.assumingMemoryBound(to: ((Int) -> Void).self).pointee(index)
                }
            }
        }
    }

    /// Name and version of the library that multiplies matrices.
    public static var library: String { String(cString: ak_matmul_library()) }
}
