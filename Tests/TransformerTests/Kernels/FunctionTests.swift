import CKernels
import Foundation
import Testing

/// The functions that recorded numbers pass through, against values that are rounded once.
@Suite struct FunctionTests {
    /// Distance in units in the last place of the right value.
    private static func distance(_ found: Float, _ right: Double) -> Double {
        abs(Double(found) - right) / max(Double(Float(right).ulp), Double(Float.leastNonzeroMagnitude))
    }

    private static func distance(_ found: Double, _ right: Float80) -> Double {
        Double(abs(Float80(found) - right) / Float80(Double(right).ulp))
    }

    /// tanh by itself; erf and exp inside the functions that are made of them.
    @Test func tanhIsWithinTwoUnits() {
        var x = (-200_000...200_000).map { Float($0) / 20_000 } + [1e-30, -1e-30, 0.624999, 0.625, 44, -44, 1000]
        let before = x
        ak_activate(ak_tanh, x.count, &x)
        let worst = zip(x, before).map { Self.distance($0, Foundation.tanh(Double($1))) }.max() ?? .nan
        #expect(worst <= 2, "\(worst)")
    }

    /// x/2 (1 + erf(x/√2)) for x > 0, where nothing cancels: erf within two units makes at most three of them.
    @Test func erfIsWithinItsUnits() {
        var x = (1...200_000).map { Float($0) / 20_000 }
        let before = x
        ak_activate(ak_gelu_erf, x.count, &x)
        let worst =
            zip(x, before).map { found, x in
                Self.distance(found, 0.5 * Double(x) * (1 + Foundation.erf(Double(x * 0.7071067811865476))))
            }.max() ?? .nan
        #expect(worst <= 3, "\(worst)")
    }

    /// x / (1 + e^-x): e^-x within one unit, and two roundings.
    @Test func expIsWithinItsUnits() {
        var x = (-870_000...880_000).map { Float($0) / 10_000 }
        let before = x
        ak_activate(ak_silu, x.count, &x)
        let worst = zip(x, before).map { Self.distance($0, Double($1) / (1 + Foundation.exp(-Double($1)))) }.max() ?? .nan
        #expect(worst <= 2.5, "\(worst)")
    }

    #if arch(x86_64)  // which has a wider type to compare with
    @Test func doublePrecisionIsWithinItsUnits() {
        var worst = (exp: 0.0, log: 0.0, cosine: 0.0, power: 0.0)
        for i in 0..<200_000 {
            let t = Double(i) / 200_000
            worst.exp = max(worst.exp, Self.distance(ak_exp(-700 * t * t), Foundation.exp(Float80(-700 * t * t))))
            let y = Foundation.exp(80 * (t - 0.5))
            if abs(y - 1) > 1e-9 { worst.log = max(worst.log, Self.distance(ak_log(y), Foundation.log(Float80(y)))) }
            worst.power = max(worst.power, Self.distance(ak_power(10_000, -t), Foundation.pow(Float80(10_000), Float80(-t))))
            var (cosine, sine) = (0.0, 0.0)
            let angle = t * t * 1e6
            ak_cosine_sine(angle, &cosine, &sine)
            // Against 1: near a zero the angle's own rounding is all that is left.
            let error = max(
                abs(Float80(cosine) - Foundation.cos(Float80(angle))), abs(Float80(sine) - Foundation.sin(Float80(angle))))
            worst.cosine = max(worst.cosine, Double(error / 0x1p-53))
        }
        #expect(worst.exp <= 1.1 && worst.log <= 1 && worst.cosine <= 2 && worst.power <= 19, "\(worst)")
    }
    #endif

    @Test func edgesAreKept() {
        #expect(ak_exp(-800) == 0 && ak_exp(0) == 1 && ak_exp(.nan).isNaN && ak_exp(-.infinity) == 0)
        #expect(ak_log(1) == 0)
        var values: [Float] = [.infinity, -.infinity, .nan, 0, -0.0]
        ak_activate(ak_tanh, 5, &values)
        #expect(values[0] == 1 && values[1] == -1 && values[2].isNaN && values[3] == 0 && values[4].sign == .minus)
    }
}
