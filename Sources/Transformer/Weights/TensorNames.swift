/// What the checkpoints of a family call their tensors, and which of them they have.
///
/// Names go without the prefix that a checkpoint may put in front of all, and without `.weight` and `.bias`.
struct TensorNames: Sendable {
    /// How queries, keys and values are stored.
    enum QueryKeyValue {
        case separate(query: String, key: String, value: String)
        /// One matrix: all queries, then all keys, then all values.
        case fused(String)
        /// One matrix: each head of keys and values with the queries that read it before it.
        case fusedByHead(String)
    }

    /// What a model saved as part of a larger one puts in front: all names have it, or none.
    var prefix: String
    var tokenEmbedding: String
    var positionEmbedding: String?
    var segmentEmbedding: String?
    var embeddingNorm: String?
    /// Between an embedding of another width and the stream.
    var projectionIn: String?
    /// What a block's names begin with, before its number.
    var block: String
    /// Those of a block. Norms with a tensor for each head have their heads' numbers appended.
    var norms: [NormSite.Role: String]
    /// Other names of a norm, which count where they are in the file.
    var otherNorms: [NormSite.Role: String] = [:]
    var queryKeyValue: QueryKeyValue
    var attentionOutput: String
    var mlpGate: String?
    /// With the gate's rows before its own where `mlpGate` is the same.
    var mlpInput: String
    var mlpOutput: String
    var finalNorm: String?
    var projectionOut: String?
    /// Never has the prefix.
    var unembedding = "lm_head"
    /// What older files call it.
    var otherUnembedding: String?
    /// Whether matrices are [out, in], as PyTorch's Linear has them.
    var areTransposed = true
    /// How names end, or begin after the prefix, of what is known and not needed.
    var ignorableEnds: [String] = []
    var ignorableBeginnings: [String] = []

    /// A tied unembedding may be saved too; transformers uses the token embedding instead.
    func isIgnorable(_ name: String) -> Bool {
        let bare = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
        // Heads that predict no tokens.
        let heads = ["score.", "classifier.", "qa_outputs."]
        return name == unembedding + ".weight" || name == (otherUnembedding ?? unembedding) + ".weight"
            || heads.contains { name.hasPrefix($0) } || ignorableEnds.contains { bare.hasSuffix($0) }
            || ignorableBeginnings.contains { bare.hasPrefix($0) }
    }
}
