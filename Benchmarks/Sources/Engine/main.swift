import Foundation
import Recording
import Transformer

// Runs what a line of standard input asks for and prints the seconds it took, so that another program can alternate it
// with its peers:
//     forward T      a forward pass over T tokens, nobody looking
//     logits T       the same with the logits of every token
//     record T CAPTURE SEQUENCES FILE    a recording of that many sequences of T tokens into a new file

/// Wants the logits and does nothing with them.
final class LogitsObserver: Observer {
    func wants(_ point: HookPoint) -> Bool { point == .logits }
    func observe(_ point: HookPoint, _ activation: borrowing Activation) {}
}

/// Token ids that every peer is given too.
func ids(_ count: Int, seed: Int = 0) -> [Int32] {
    (0..<count).map { Int32(($0 * 7919 + seed * 104_729 + 11) % 50257) }
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    return (ContinuousClock.now - start) / .seconds(1)
}

func run(_ words: [String], _ model: Model) throws -> Double {
    switch words.first {
    case "forward":
        let batch = Batch([ids(Int(words[1]) ?? 0)])
        return try seconds { try model.forward(batch) }
    case "logits":
        let batch = Batch([ids(Int(words[1]) ?? 0)])
        return try seconds { try model.forward(batch, observer: LogitsObserver()) }
    case "record":
        let (tokens, capture, sequences, file) = (Int(words[1]) ?? 0, words[2], Int(words[3]) ?? 0, words[4])
        let lines = (0..<sequences).map { ids(tokens, seed: $0).map(String.init).joined(separator: " ") }
        var options = Recording.Options()
        options.capture = capture
        return try Recording.record(try TextInput(.tokenIDs(lines), model: model), model: model, to: file, options: options).seconds
    default:
        throw CocoaError(.featureUnsupported)
    }
}

let arguments = CommandLine.arguments
Compute.threads = arguments.count > 2 ? Int(arguments[2]) ?? 0 : 0
let model = try Model(directory: arguments[1])
while let line = readLine() {
    print(try run(line.split(separator: " ").map(String.init), model))
    fflush(nil)
}
