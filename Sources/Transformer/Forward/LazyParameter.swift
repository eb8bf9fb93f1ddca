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

    /// Gives its memory back. Asked for again, it is made again.
    func release() {
        lock.withLock { made = nil }
        view.releaseMemory()
    }
}
