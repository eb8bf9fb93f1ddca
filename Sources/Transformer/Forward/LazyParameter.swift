import Foundation

/// A parameter converted only when first asked for: the unembedding of a pass that wants no logits is never touched.
final class LazyParameter: @unchecked Sendable {
    // Sound to share: `made` is read and written under the lock.
    private let view: TensorView
    private let lock = NSLock()
    private var made: Parameter?

    init(_ view: TensorView) { self.view = view }

    func parameter() -> Parameter {
        lock.withLock {
            if let made { return made }
            let parameter = Parameter(view)
            made = parameter
            return parameter
        }
    }

    /// The values where they are at hand: converted before, or in need of no conversion.
    func parameterAtHand() -> Parameter? {
        view.isInPlace ? parameter() : lock.withLock { made }
    }

    /// Calls `body` with the values, converted for the length of the call into memory that is used again.
    func withConverted<Result, Failure: Error>(
        _ body: (UnsafePointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let values = Matrix(1, view.count)
        view.copyFloats(into: values.row(0))
        defer { withExtendedLifetime(values) {} }
        return try body(values.pointer)
    }

    /// Gives its memory back. Asked for again, it is made again.
    func release() {
        lock.withLock { made = nil }
        view.releaseMemory()
    }
}
