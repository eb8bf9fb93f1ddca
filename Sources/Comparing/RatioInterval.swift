import Foundation

/// The geometric mean of ratios taken pair by pair, with its confidence interval.
public struct RatioInterval: Sendable, Equatable {
    /// The confidence of every interval that is shown.
    public static let confidence = 0.95

    /// exp of the mean of the logarithms of the ratios.
    public let ratio: Double
    /// The ends of the interval; nil when one pair alone says nothing about the spread.
    public let low, high: Double?

    /// - Parameters:
    ///   - pairs: how many ratios there are.
    ///   - meanLog: the mean of their natural logarithms.
    ///   - deviationLog: their standard deviation (divided by n - 1); nil when there is one pair.
    public init(pairs: Int, meanLog: Double, deviationLog: Double?) {
        ratio = exp(meanLog)
        guard pairs > 1, let deviationLog else {
            (low, high) = (nil, nil)
            return
        }
        let t = StudentT.bound(confidence: Self.confidence, degreesOfFreedom: pairs - 1)
        let half = t * deviationLog / Double(pairs).squareRoot()
        (low, high) = (exp(meanLog - half), exp(meanLog + half))
    }

    /// Whether the interval leaves 1 out: the words differ by more than the carriers' spread explains.
    public var excludesOne: Bool {
        guard let low, let high else { return false }
        return low > 1 || high < 1
    }
}
