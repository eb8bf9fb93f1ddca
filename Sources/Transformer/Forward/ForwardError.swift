import Foundation
import Processor

/// Why a forward pass could not run.
public enum ForwardError: Error, Equatable, CustomStringConvertible {
    case emptyBatch
    case emptySequence(index: Int)
    case tooLong(sequence: Int, tokens: Int, context: Int)
    case unknownToken(id: Int32, sequence: Int, position: Int, vocabulary: Int)
    /// Frozen norms need a scale for every site.
    case frozenScales(given: Int, site: Int)
    /// `ACTREC_ISA` names instructions that this processor does not have.
    case instructionSet(asked: String, available: [String])
    /// A pass begins at a block that the model has, or after the last, from a vector for each token.
    case start(layer: Int, layers: Int, values: Int, tokens: Int)
    case outOfMemory

    public var description: String {
        switch self {
        case .emptyBatch: "nothing to run: the batch has no sequence"
        case .emptySequence(let index): "sequence \(index) of the batch has no token"
        case .tooLong(let sequence, let tokens, let context):
            "sequence \(sequence) of the batch has \(tokens) tokens, the model's context is \(context)"
        case .unknownToken(let id, let sequence, let position, let vocabulary):
            "token id \(id) at position \(position) of sequence \(sequence): the vocabulary has ids 0 to \(vocabulary - 1)"
        case .frozenScales(let given, let site): "no frozen scale for the norm at depth \(site): \(given) were given"
        case .instructionSet(let asked, let available):
            "ACTREC_ISA is '\(asked)', which this processor does not have; it has \(available.joined(separator: ", "))"
        case .start(let layer, let layers, let values, let tokens):
            "a forward pass cannot begin at block \(layer) of \(layers) with \(values) values for \(tokens) tokens"
        case .outOfMemory: "not enough memory for the forward pass"
        }
    }
}

extension ForwardError {
    /// Turns a kernel's status into an error.
    static func check(_ status: Int32) throws(ForwardError) {
        guard status == 0 else { throw .outOfMemory }
    }
}

extension Compute {
    /// Refuses an instruction set in `ACTREC_ISA` that this processor does not have. The kernels themselves would use the best.
    public static func checkInstructionSet() throws(ForwardError) {
        guard let asked = ProcessInfo.processInfo.environment["ACTREC_ISA"], asked != instructionSet else { return }
        throw .instructionSet(asked: asked, available: instructionSets)
    }
}
