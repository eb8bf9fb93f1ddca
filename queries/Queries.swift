/// The named queries, inside the binary: one `.sql` file in this folder each.
public enum Queries {
    /// All of them, in the order in which to read about them.
    public static let all: [NamedQuery] = files.map { name, bytes in
        do {
            return try NamedQuery(parsing: String(decoding: bytes, as: UTF8.self), file: name)
        } catch {
            preconditionFailure("\(error)")  // a file of this program; the tests read every one
        }
    }

    /// The query with this name.
    public static func named(_ name: String) -> NamedQuery? { all.first { $0.name == name } }

    private static let files: [(String, [UInt8])] = [
        ("how_many_statistics", PackageResources.how_many_statistics_sql),
        ("normalization_axis", PackageResources.normalization_axis_sql),
        ("token_variance", PackageResources.token_variance_sql),
        ("spikiest_tokens", PackageResources.spikiest_tokens_sql),
        ("variance_by_depth", PackageResources.variance_by_depth_sql),
        ("gain_and_bias", PackageResources.gain_and_bias_sql),
        ("head_writes", PackageResources.head_writes_sql),
        ("context_independence", PackageResources.context_independence_sql),
        ("position_zero", PackageResources.position_zero_sql),
        ("massive_dimensions", PackageResources.massive_dimensions_sql),
        ("information_kept", PackageResources.information_kept_sql),
        ("mean_direction", PackageResources.mean_direction_sql),
        ("attention_sink", PackageResources.attention_sink_sql),
        ("variance_shares", PackageResources.variance_shares_sql),
        ("runs_compared", PackageResources.runs_compared_sql),
        ("normalization_schemes", PackageResources.normalization_schemes_sql),
    ]
}
