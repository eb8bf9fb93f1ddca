import CKernels

/// What the kernels run on.
public enum Compute {
    /// How many threads the kernels use; setting 0 asks for one for each processor.
    public static var threads: Int {
        get { Int(ak_threads()) }
        set { ak_set_threads(Int32(clamping: newValue)) }
    }

    /// Name and version of the library that multiplies matrices.
    public static var library: String { String(cString: ak_matmul_library()) }
}
