/// Where the norms take the mean and the deviation that they centre and divide by. Gain and bias stay in every scheme.
///
/// In a model with RMSNorm no scheme centres, and what is divided by is the root of the mean square, along the same axis.
public enum NormScheme: Sendable, Equatable {
    /// From each token's own vector: LayerNorm or RMSNorm, what the model was trained with.
    case token
    /// For each feature, over the positions of its sequence (batch normalization's axis, with a batch of one text).
    case feature
    /// From all values of a sequence together.
    case sequence
    /// Centred by each token's own mean, but divided by a scale fixed for the site: as in the literature that removes
    /// LayerNorm from trained models (Heimersheim 2024; Baroni et al. 2025), with position 0 apart, since its scale is many
    /// times that of the others. One for each site, in order of depth.
    case frozen([FrozenScale])
    /// Neither centred nor divided.
    case none

    /// What a frozen site divides by.
    public struct FrozenScale: Sendable, Equatable {
        public var positionZero: Double
        public var others: Double

        public init(positionZero: Double, others: Double) {
            self.positionZero = positionZero
            self.others = others
        }
    }

    /// The word for it on the command line and in the database.
    public var name: String {
        switch self {
        case .token: "token"
        case .feature: "feature"
        case .sequence: "sequence"
        case .frozen: "frozen"
        case .none: "none"
        }
    }
}

/// The pairs of mean and variance that one norm computed in one forward pass, counted by having been made. An RMSNorm makes
/// one number of them, mean² + variance.
public struct NormStatistics: Sendable {
    /// Mean and population variance, one pair after another: for each row (`token`), for each sequence and
    /// feature (`feature`), for each sequence (`sequence`); empty where nothing is computed.
    public let pairs: [(mean: Double, variance: Double)]
    /// Means that were computed to be taken away: as many as pairs for a LayerNorm, one for each row where its scales are
    /// frozen, none for an RMSNorm.
    public let means: Int
}

extension NormStatistics {
    /// What stands in a place that a kernel has not written: a NaN that no arithmetic makes.
    static let unwritten = Double(bitPattern: 0x7FFC_ACED_0000_0001)

    /// Counts what a kernel wrote into pairs that were `unwritten` before.
    init(written moments: [Double], centres: Bool) {
        func isWritten(_ value: Double) -> Bool { value.bitPattern != Self.unwritten.bitPattern }
        var pairs: [(mean: Double, variance: Double)] = []
        pairs.reserveCapacity(moments.count / 2)
        var means = 0
        for index in stride(from: 0, to: moments.count, by: 2) {
            if centres, isWritten(moments[index]) { means += 1 }
            if isWritten(moments[index + 1]) { pairs.append((moments[index], moments[index + 1])) }
        }
        self.init(pairs: pairs, means: means)
    }
}
