import Foundation

/// Student's t distribution with a whole number of degrees of freedom.
///
/// Its distribution function is a finite sum: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
package enum StudentT {
    /// P(|T| <= t).
    package static func probabilityWithin(_ t: Double, degreesOfFreedom: Int) -> Double {
        let angle = atan(t / Double(degreesOfFreedom).squareRoot())
        let (sine, cosine) = (sin(angle), cos(angle))
        let isOdd = degreesOfFreedom % 2 == 1
        if degreesOfFreedom == 1 { return 2 * angle / .pi }
        // 1 + 1/2 cos^2 + 1·3/(2·4) cos^4 + ... when even; cos + 2/3 cos^3 + 2·4/(3·5) cos^5 + ... when odd.
        var term = isOdd ? cosine : 1
        var sum = term
        for k in stride(from: isOdd ? 3 : 2, to: degreesOfFreedom, by: 2) {
            term *= Double(k - 1) / Double(k) * cosine * cosine
            sum += term
        }
        return isOdd ? 2 / .pi * (angle + sine * sum) : sine * sum
    }

    /// The t for which P(|T| <= t) is `confidence`, which lies between 0 and 1.
    ///
    /// - Parameter degreesOfFreedom: at least 1.
    package static func bound(confidence: Double, degreesOfFreedom: Int) -> Double {
        var (low, high) = (0.0, 1.0)
        while probabilityWithin(high, degreesOfFreedom: degreesOfFreedom) < confidence { (low, high) = (high, 2 * high) }
        // Halved until no double lies between.
        while true {
            let middle = low + (high - low) / 2
            if middle <= low || middle >= high { return high }
            if probabilityWithin(middle, degreesOfFreedom: degreesOfFreedom) < confidence { low = middle } else { high = middle }
        }
    }
}
