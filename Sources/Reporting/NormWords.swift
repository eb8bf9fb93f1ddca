/// The words for what a model's norms do: LayerNorm centres, divides, and has a bias; RMSNorm only divides.
struct NormWords: Sendable {
    let isRMS: Bool

    /// What a norm does before its gain.
    var dividing: String { isRMS ? "dividing" : "centring and dividing" }
    /// What it computes of a vector, several of them.
    var statistics: String { isRMS ? "mean squares" : "pairs of mean and variance" }
    /// Its learned parameters.
    var gain: String { isRMS ? "gain" : "gain and bias" }

    func statistics(_ count: Int) -> String {
        let noun = count == 1 ? (isRMS ? "mean square" : "pair of mean and variance") : statistics
        return "\(ReportNumber.whole(count)) \(noun)"
    }
}
