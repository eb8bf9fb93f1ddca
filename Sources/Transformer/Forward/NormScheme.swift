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
}
