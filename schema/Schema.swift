/// `schema.sql`, the contract of a recording, inside the binary.
public enum Schema {
    /// The statements that make an empty recording.
    public static let sql = String(decoding: PackageResources.schema_sql, as: UTF8.self)

    /// `PRAGMA application_id` of a recording: 'actr'.
    public static let applicationID: Int32 = 1_633_907_826

    /// `PRAGMA user_version`: the version of the tables and views. A file of another is refused.
    public static let version: Int32 = 6

    /// The public views and tables, in the order in which to present them.
    public static let publicViews = [
        "token_statistics", "head_statistics", "qk_statistics", "feature_statistics", "gain_bias", "activation_vectors",
        "token_predictions",
        "component_shares", "attention_statistics", "lens_predictions", "lens_tokens",
        "attributed_logits", "logit_attributions",
        "site_summary", "head_summary", "largest_features", "scale_covariances", "largest_variances",
        "runs", "edits", "sweep_effects", "sweeps", "sequences", "models",
    ]
}
