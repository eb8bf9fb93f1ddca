/// A norm as it was just applied: views of the pass's own memory, which end with the call that hands them out.
public struct AppliedNorm: ~Copyable {
    public let site: NormSite
    /// `hook_in` [N, D]
    public let input: Activation
    /// `hook_out` [N, D]
    public let output: Activation
    /// `hook_normalized` [N, D]; nil for the scheme `token`, where it follows from `input` and `epsilon`.
    public let normalized: Activation?
    public let kind: ModelConfiguration.NormKind
    /// Added to the variance, or to RMSNorm's mean square, under the root.
    public let epsilon: Double
}
