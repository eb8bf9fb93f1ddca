import Processor
import CEngine
import Foundation
import Models
import Transformer
import actrec

// The functions that other languages call. Texts are UTF-8. What a function gives as a pointer is the caller's, to be given back
// by `actrec_free`; a model by `actrec_model_release`. Where one fails it returns nil, or a number that is not 0, and leaves
// what went wrong in `error`.

public typealias ErrorText = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

@_cdecl("actrec_interface_version")
public func interfaceVersion() -> Int32 { Int32(ENGINE_INTERFACE_VERSION) }

@_cdecl("actrec_free")
public func giveBack(_ memory: UnsafeMutableRawPointer?) { free(memory) }

/// Does what this process's arguments say, and ends it where that fails.
@_cdecl("actrec_run_command_line")
public func runCommandLine() { runActrec() }

/// Loads a model by what `--model` takes: a directory, or a name from `actrec model list`.
@_cdecl("actrec_model_load")
public func loadModel(_ name: UnsafePointer<CChar>, _ error: ErrorText) -> UnsafeMutableRawPointer? {
    attempt(error) { HeldModel(try ModelLibrary().load(String(cString: name))).hold() }
}

@_cdecl("actrec_model_release")
public func releaseModel(_ model: UnsafeMutableRawPointer) { HeldModel.release(model) }

/// Sizes, norms, where it came from, and all hook points in the order of the pass: a JSON object.
@_cdecl("actrec_model_describe")
public func describeModel(_ model: UnsafeMutableRawPointer, _ error: ErrorText) -> UnsafeMutablePointer<CChar>? {
    attempt(error) { try json(ModelDescription(HeldModel.of(model))) }
}

/// The ids of a text between the special tokens that the model's tokenizer puts around each, as `actrec record` runs it: a
/// JSON array.
/// - Parameters:
///   - special: not 0: special tokens in the text, such as <|endoftext|>, are read as tokens.
///   - bos: not 0: the BOS token stands before the text.
@_cdecl("actrec_model_encode")
public func encode(
    _ model: UnsafeMutableRawPointer, _ text: UnsafePointer<UInt8>, _ count: Int, _ special: Int32, _ bos: Int32, _ error: ErrorText
) -> UnsafeMutablePointer<CChar>? {
    attempt(error) {
        let model = HeldModel.of(model).model
        guard let tokenizer = model.tokenizer else { throw ModelError.noTokenizer(model: model.name, fault: model.tokenizerFault) }
        let ids = try tokenizer.encode(utf8: Array(UnsafeBufferPointer(start: text, count: count)), special: special != 0)
        var begin = bos != 0 ? model.configuration.beginToken.map { [$0] } ?? [] : []
        if tokenizer.prefixTokens.starts(with: begin) { begin = [] }
        return try json(tokenizer.framed(begin + ids))
    }
}

/// The text of each token, to show: a JSON array.
@_cdecl("actrec_model_token_texts")
public func tokenTexts(
    _ model: UnsafeMutableRawPointer, _ tokens: UnsafePointer<Int32>, _ count: Int, _ error: ErrorText
) -> UnsafeMutablePointer<CChar>? {
    attempt(error) {
        let tokenizer = HeldModel.of(model).model.tokenizer
        return try json(UnsafeBufferPointer(start: tokens, count: count).map { tokenizer?.displayText(of: $0) ?? "#\($0)" })
    }
}

/// Runs the model over sequences of token ids that lie one after another in `tokens`, and calls `hook` on the way.
/// - Parameters:
///   - lengths: tokens of each sequence.
///   - wishes: an `engine_wish` for each of the model's hook points, in their order.
///   - threads: 0 is one for each processor.
/// - Returns: an `engine_outcome`.
@_cdecl("actrec_model_run")
public func run(
    _ model: UnsafeMutableRawPointer, _ tokens: UnsafePointer<Int32>, _ lengths: UnsafePointer<Int>, _ sequences: Int,
    _ wishes: UnsafePointer<UInt8>, _ threads: Int32, _ hook: @escaping engine_hook, _ context: UnsafeMutableRawPointer?,
    _ error: ErrorText
) -> Int32 {
    let held = HeldModel.of(model)
    var first = 0
    let batch = Batch(
        (0..<sequences).map { sequence in
            defer { first += lengths[sequence] }
            return Array(UnsafeBufferPointer(start: tokens + first, count: lengths[sequence]))
        })
    let hooks = ForeignHooks(
        held, wishes: UnsafeBufferPointer(start: wishes, count: held.points.count), hook: hook, context: context)
    do {
        Compute.threads = Int(threads)
        try held.model.forward(batch, observer: hooks)
        return Int32(ENGINE_DONE.rawValue)
    } catch is ForeignHooks.Stopped {
        return Int32(ENGINE_STOPPED_BY_HOOK.rawValue)
    } catch let failure {
        error.pointee = strdup("\(failure)")
        return Int32(ENGINE_FAILED.rawValue)
    }
}

/// What `work` gives; nil, and the error's one line, where it fails.
private func attempt<Value>(_ error: ErrorText, _ work: () throws -> Value?) -> Value? {
    do {
        return try work()
    } catch let failure {
        error.pointee = strdup("\(failure)")
        return nil
    }
}

private func json(_ value: some Encodable) throws -> UnsafeMutablePointer<CChar>? {
    strdup(String(decoding: try JSONEncoder().encode(value), as: UTF8.self))
}
