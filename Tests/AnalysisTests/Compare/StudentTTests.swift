import Comparing
import Foundation
import Testing

/// Student's t against scipy.stats.t.ppf, and the interval made of it.
@Suite struct StudentTTests {
    @Test(arguments: [
        (0.95, 1, 12.706204736174694), (0.95, 2, 4.302652729749462), (0.95, 5, 2.5705818356363146),
        (0.95, 11, 2.200985160091639), (0.95, 30, 2.0422724563012378), (0.95, 120, 1.9799304050824402),
        (0.99, 11, 3.1058065155392804), (0.90, 4, 2.1318467863266495), (0.95, 1000, 1.9623390808264083),
    ])
    func theBoundIsThatOfTheTables(_ confidence: Double, _ degrees: Int, _ expected: Double) {
        let bound = StudentT.bound(confidence: confidence, degreesOfFreedom: degrees)
        #expect(abs(bound - expected) < 1e-9 * expected)
        #expect(abs(StudentT.probabilityWithin(bound, degreesOfFreedom: degrees) - confidence) < 1e-12)
    }

    @Test func theIntervalIsOfTheLogarithms() throws {
        // log ratios 0.1, 0.2, 0.3, 0.4
        let interval = RatioInterval(pairs: 4, meanLog: 0.25, deviationLog: (0.05 / 3).squareRoot())
        #expect(abs(interval.ratio - exp(0.25)) < 1e-15)
        let half = 3.182446305284263 * (0.05 / 3).squareRoot() / 2
        #expect(abs(try #require(interval.low) - exp(0.25 - half)) < 1e-9)
        #expect(abs(try #require(interval.high) - exp(0.25 + half)) < 1e-9)
        #expect(interval.excludesOne)
        #expect(!RatioInterval(pairs: 4, meanLog: 0.05, deviationLog: 0.2).excludesOne)
    }

    @Test func equalRatiosHaveNoWidthAndOnePairHasNoInterval() {
        let equal = RatioInterval(pairs: 3, meanLog: log(2), deviationLog: 0)
        #expect(equal.low == equal.ratio && equal.high == equal.ratio)
        let single = RatioInterval(pairs: 1, meanLog: log(2), deviationLog: nil)
        #expect(single.low == nil && single.high == nil && !single.excludesOne)
    }
}
