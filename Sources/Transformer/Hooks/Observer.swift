/// Looks into a forward pass: says which hook points it wants, and is shown those and no others.
///
/// What no observer wants is not computed or kept, so asking for little costs little.
public protocol Observer: AnyObject {
    /// Asked in each forward pass, before the hook point is reached. The answer must not change during the pass.
    func wants(_ point: HookPoint) -> Bool

    /// Called in the order of the pass, with a view of the pass's own memory that ends with the call.
    /// An error thrown here stops the pass and reaches its caller.
    func observe(_ point: HookPoint, _ activation: borrowing Activation) throws

    /// Whether `edit` is to be called at a hook point: asked in each forward pass, and not to change during it.
    func edits(_ point: HookPoint) -> Bool

    /// Called with each row at a hook point, heads one after another, before `observe`. What is left in `values` is what the rest
    /// of the pass reads. A row that is left as it was changes nothing, to the bit. Nothing reads the last point of a pass.
    /// An observer of this package that edits a point may change its rows in `observe` as well (`Activation.editable`).
    func edit(_ point: HookPoint, row: Int, _ values: UnsafeMutableBufferPointer<Float>) throws

    /// Whether `observe(_:)` is to be called with norms.
    var wantsNorms: Bool { get }

    /// Called after each norm, those of queries and keys too, with what entered and left it and what it computed: all at once, and
    /// while it is in the caches.
    func observe(_ norm: borrowing AppliedNorm) throws
}

extension Observer {
    public func edits(_ point: HookPoint) -> Bool { false }
    public func edit(_ point: HookPoint, row: Int, _ values: UnsafeMutableBufferPointer<Float>) throws {}
    public var wantsNorms: Bool { false }
    public func observe(_ norm: borrowing AppliedNorm) throws {}
}

/// Wants nothing: the bare forward pass.
public final class NoObserver: Observer {
    public init() {}
    public func wants(_ point: HookPoint) -> Bool { false }
    public func observe(_ point: HookPoint, _ activation: borrowing Activation) {}
}
