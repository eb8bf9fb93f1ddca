import CKernels
import Foundation
import Processor
import Testing

/// Which instruction set is taken. It is chosen once in a process, so that each case runs in one of its own.
@Suite struct InstructionSetTests {
    @Test func theProcessorsSetsBeginWithTheLeast() {
        let sets = Compute.instructionSets
        #expect(!sets.isEmpty)
        #expect(sets == Array(["baseline", "avx2", "avx512"].prefix(sets.count)))
        #expect(ak_instruction_set_of_processor(-1) == nil)
    }

    @Test func baselineIsTakenWhenAskedFor() async {
        await #expect(processExitsWith: .success) {
            setenv("ACTREC_ISA", "baseline", 1)
            try #require(Compute.instructionSet == "baseline")
        }
    }

    @Test func theMiddleSetIsTakenWhenAskedFor() async {
        await #expect(processExitsWith: .success) {
            setenv("ACTREC_ISA", "avx2", 1)
            try #require(Compute.instructionSet == (Compute.instructionSets.count > 1 ? "avx2" : "baseline"))
        }
    }

    @Test func theBestIsTakenOtherwise() async {
        await #expect(processExitsWith: .success) {
            unsetenv("ACTREC_ISA")
            try #require(Compute.instructionSet == Compute.instructionSets.last)
        }
    }

    /// Sums on and beside the middle between two float32 values, where rounding twice goes wrong.
    @Test func withoutTheInstructionAFusedSumIsRoundedOnce() async {
        await #expect(processExitsWith: .success) {
            setenv("ACTREC_ISA", "baseline", 1)
            let tiny = Float(sign: .plus, exponent: -18, significand: 1)
            for c in [1, 1 + Float.ulpOfOne, 3, 0x1p20] as [Float] {
                for (sign, other) in [(1, 1), (1, -1), (-1, 1), (-1, -1)] as [(Float, Float)] {
                    // a b is half of c's last place, and 2^-36 of it less, more, or neither.
                    for (a, b) in [(1 - tiny, 1 + tiny), (1 + tiny, 1 + tiny), (1, 1)] as [(Float, Float)] {
                        let (c, a, b) = (sign * c, a, other * b * c.ulp / 2)
                        let stored = ProductTests.Stored([c, b], in: 2, out: 1, inputsFirst: true, format: ak_f32)
                        let sum = ProductTests.product(
                            .init(rows: 1, inputs: 2, outputs: 1), [1, a], stored, bias: nil, before: [0])[0]
                        try #require(sum == c.addingProduct(a, b), "\(c) + \(a) · \(b)")
                    }
                }
            }
        }
    }
}
