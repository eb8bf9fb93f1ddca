/// Columns that a view computes, which therefore have no comment beside a table's column.
package enum DerivedColumns {
    package static func about(_ view: String, _ column: String) -> (type: String, text: String)? { all[view]?[column] }

    /// Of a column that some views take out of a key, and others from a table.
    package static let types = ["layer": "INTEGER", "head": "INTEGER"]

    private static let all: [String: [String: (type: String, text: String)]] = [
        "token_statistics": [
            "scale": ("REAL", "what the norm divides by: sqrt(variance + epsilon); RMSNorm: sqrt(mean² + variance + epsilon)"),
            "l2_norm": ("REAL", "Euclidean norm of hook_in: sqrt(width · (mean² + variance))"),
            "abs_max": ("REAL", "largest absolute value of hook_in"),
            "out_l2_norm": ("REAL", "Euclidean norm of hook_out"),
        ],
        "head_statistics": [
            "hook": ("TEXT", "q, k, v: what the head reads; z: the mix of v it took; result: what it writes"),
            "mean": ("REAL", "of the head's vector, over its features"),
            "variance": ("REAL", "of the head's vector, over its features"),
            "l2_norm": ("REAL", "Euclidean norm of the head's vector"),
        ],
        "qk_statistics": [
            "scale": ("REAL", "what the norm divides by: sqrt(variance + epsilon); RMSNorm: sqrt(mean² + variance + epsilon)"),
            "l2_norm": ("REAL", "Euclidean norm of the head's query or key before its norm"),
            "mean": ("REAL", "of the head's query or key before its norm, over its features"),
            "variance": ("REAL", "of the head's query or key before its norm, over its features"),
        ],
        "sweep_effects": [
            "normalized": ("REAL", "of a patch: 0 where the difference is the corrupt text's, 1 where it is the clean text's"),
            "change": ("REAL", "of an ablation: the cell's loss less that of the unchanged passes, nats"),
        ],
        "feature_statistics": [
            "stage": ("TEXT", "in: hook_in; normalized: before gain and bias; out: hook_out"),
            "mean": ("REAL", "of the feature, across the tokens"),
            "variance": ("REAL", "of the feature, across the tokens"),
        ],
        "site_summary": [
            "head": ("INTEGER", "of a norm of queries or keys; 0 where there is no head axis"),
            "mean": ("REAL", "over these tokens"),
            "variance": ("REAL", "over these tokens, population variance"),
            "minimum": ("REAL", "smallest value"), "maximum": ("REAL", "largest value"),
            "minimum_sequence_id": ("INTEGER", "the sequence of the first token that has the minimum"),
            "minimum_position": ("INTEGER", "that token's position, from 0"),
            "maximum_sequence_id": ("INTEGER", "the sequence of the first token that has the maximum"),
            "maximum_position": ("INTEGER", "that token's position, from 0"),
            "statistic": ("TEXT", "which statistic of each token"),
        ],
        "head_summary": [
            "layer": ("INTEGER", "the block's number, from 0"),
            "head": ("INTEGER", "the head's number in its layer, from 0"),
            "hook": ("TEXT", "q, k, v, z, result, or pattern"),
            "statistic": ("TEXT", "which statistic of each token"),
            "mean": ("REAL", "over these tokens"),
            "variance": ("REAL", "over these tokens, population variance"),
            "minimum": ("REAL", "smallest value"), "maximum": ("REAL", "largest value"),
        ],
        "largest_features": [
            "mean_abs": ("REAL", "its mean absolute value at these tokens"),
            "mean_sigmas": ("REAL", "the same over the scale of each token"),
        ],
        "lens_predictions": [
            "layer": ("INTEGER", "blocks that the stream went through: 0 before the first, the model's number after the last")
        ],
        "lens_tokens": [
            "layer": ("INTEGER", "blocks that the stream went through: 0 before the first, the model's number after the last"),
            "choice": ("INTEGER", "1 is the most likely token, 5 the last that is kept"),
            "next_token_id": ("INTEGER", "the likely token's id"), "next_token": ("TEXT", "the likely token's text"),
            "log_probability": ("REAL", "of the likely token, natural logarithm"),
        ],
        "scale_covariances": ["covariance": ("REAL", "of ln scale at both sites, over these tokens")],
        "largest_variances": ["abs_max": ("REAL", "largest absolute value of hook_in")],
    ]

    /// What a table's column holds where no comment stands beside it, because it follows from the column before.
    static func following(_ table: String, _ column: String) -> String? { following[table]?[column] }

    private static let following: [String: [String: String]] = [
        "qk_moments": ["variance": "of the head's query or key before the norm, over its features"],
        "site_moments": [
            "variance": "of hook_in, over its features", "minimum": "smallest value of hook_in",
            "maximum": "largest value of hook_in",
            "kurtosis": "fourth standardized moment, not excess: a Gaussian has 3",
            "normalized_variance": "of hook_normalized, over its features: a little below 1 (RMSNorm: with the mean squared)",
            "out_mean": "of hook_out: after gain and bias", "out_variance": "of hook_out, over its features",
        ],
        "lens_values": [
            "token_3": "the third most likely token's id", "token_4": "the fourth most likely token's id",
            "token_5": "the fifth most likely token's id", "log_probability_2": "its log-probability",
            "log_probability_3": "its log-probability", "log_probability_4": "its log-probability",
            "log_probability_5": "its log-probability",
        ],
        "attribution_targets": ["against_logit": "of against", "against_predicted": "the same of against"],
        "attribution_values": ["contribution": "what the part adds"],
        "feature_moments": [
            "normalized_mean": "of hook_normalized", "normalized_m2": "sum of squared deviations from the mean",
            "out_mean": "of hook_out", "out_m2": "sum of squared deviations from the mean",
        ],
    ]

    /// Columns that mean the same wherever they are.
    static let everywhere: [String: String] = [
        "run_id": "the run", "model_id": "the model", "sequence_id": "the sequence", "token_key": "the token",
        "hook_id": "the hook point",
        "token_id": "the token's id in the model's vocabulary", "token": "the token's text, to show",
        "position": "in the sequence, from 0", "layer": "the block's number, from 0; NULL outside the blocks",
        "head": "the head's number in its layer, from 0",
        "feature": "place in the vector, from 0",
        "depth": "number of the site along the way of the data, from 0; norms of queries and keys come after",
        "site": "where the norm stands: blocks.3.ln1, ln_final; embed.ln where there is one",
        "role": "embed, ln1, ln2, ln1_post, ln2_post, q_norm, k_norm, final",
        "gain": "what the norm multiplies by: the learned weight, and its offset", "bias": "the learned bias",
        "next_token_id": "id of the token that follows", "next_token": "text of the token that follows",
        "head_count": "heads, one after another in the vector; 1 where there is no head axis",
        "dtype": "float32 or float16", "vector": "little-endian values without a header",
    ]
}
