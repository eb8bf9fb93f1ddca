/// The named queries, inside the binary: one `.sql` file in this folder each. A file is read when it is asked for, so that one with
/// a broken header spoils no other.
public enum Queries {
    /// In the order in which to read about them.
    public static let names = files.map(\.name)

    /// All of them, in that order.
    public static func all() throws(QueryHeaderError) -> [NamedQuery] {
        var queries: [NamedQuery] = []
        for (name, text) in files { queries.append(try NamedQuery(parsing: String(decoding: text, as: UTF8.self), file: name)) }
        return queries
    }

    /// The query with this name; nil where there is none.
    public static func named(_ name: String) throws(QueryHeaderError) -> NamedQuery? {
        guard let (name, text) = files.first(where: { $0.name == name }) else { return nil }
        return try NamedQuery(parsing: String(decoding: text, as: UTF8.self), file: name)
    }

    /// What the files hold, in the same order.
    package static var texts: [[UInt8]] { files.map(\.text) }

    private static let files: [(name: String, text: [UInt8])] = [
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
        ("nearest_tokens", PackageResources.nearest_tokens_sql),
        ("before_and_after", PackageResources.before_and_after_sql),
        ("direction_of_difference", PackageResources.direction_of_difference_sql),
        ("runs_compared", PackageResources.runs_compared_sql),
        ("normalization_schemes", PackageResources.normalization_schemes_sql),
        ("edit_effects", PackageResources.edit_effects_sql),
        ("who_uses_it", PackageResources.who_uses_it_sql),
        ("lens", PackageResources.lens_sql),
        ("lens_path", PackageResources.lens_path_sql),
        ("attribution", PackageResources.attribution_sql),
        ("logit_by_layer", PackageResources.logit_by_layer_sql),
    ]
}
