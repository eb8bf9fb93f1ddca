import Output
import Schema

/// A view or table as it lies in an export: one folder, whose files may be parted by the values of some columns.
///
/// Those columns then stand in the path (`run_id=1/`) and not in the files, as Hive, Spark and DuckDB have it: a column in
/// both places has two types, and pyarrow refuses that. What is asked about one run, or one hook point, reads no other.
struct ParquetTable {
    let name: String
    /// Columns that are folders, outermost first.
    let partition: [String]
    /// The values of these columns, a row for each folder.
    let partitionValues: String?

    /// Everything that an export holds: the public views, and the tables that named queries need beside them.
    static let all = (Schema.publicViews + tables).map(ParquetTable.init)

    /// Small tables that no view shows: where the norms stand, the tokens' bytes, the statistics that were made.
    static let tables = ["sites", "vocabulary", "computed_pairs"]

    init(_ name: String) {
        self.name = name
        switch name {
        case "token_statistics", "head_statistics", "qk_statistics", "attention_statistics", "feature_statistics",
            "token_predictions", "component_shares", "lens_predictions", "lens_tokens", "attributed_logits", "logit_attributions",
            "site_summary", "head_summary", "largest_features", "scale_covariances",
            "largest_variances":
            partition = ["run_id"]
            partitionValues = "SELECT run_id FROM runs ORDER BY run_id"
        case "activation_vectors":
            partition = ["run_id", "hook"]
            partitionValues = "SELECT run_id, name FROM hooks ORDER BY run_id, hook_id"
        default:
            partition = []
            partitionValues = nil
        }
    }

    /// The folder of some values of the partition columns, from the export's folder.
    func folder(_ values: [Cell]) -> String {
        ([name] + zip(partition, values).map { "\($0)=\(Self.escaped($1.plainText ?? "__HIVE_DEFAULT_PARTITION__"))" }).joined(
            separator: "/")
    }

    /// As Hive writes a value in a path: signs and control characters are %XX. Letters of any script stay, because Spark
    /// takes each %XX for a character of its own.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-", "\u{80}"...: String(scalar)
            default: "%" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
