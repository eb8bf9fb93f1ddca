import CKernels
import Foundation
import Recording
import Transformer

// Runs what a line of standard input asks for and prints the seconds it took, so that another program can alternate it
// with its peers:
//     forward T      a forward pass over T tokens, nobody looking
//     logits T       the same with the logits of every token
//     products T         the matrix products of a forward pass over T tokens, and nothing else
//     record T CAPTURE SEQUENCES FILE    a recording of that many sequences of T tokens into a new file

/// Wants the logits and does nothing with them.
final class LogitsObserver: Observer {
    func wants(_ point: HookPoint) -> Bool { point == .logits }
    func observe(_ point: HookPoint, _ activation: borrowing Activation) {}
}

/// Token ids that every peer is given too.
func ids(_ count: Int, of model: Model, seed: Int = 0) -> [Int32] {
    (0..<count).map { Int32(($0 * 7919 + seed * 104_729 + 11) % model.configuration.vocabularySize) }
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    return (ContinuousClock.now - start) / .seconds(1)
}

/// Packed weights of random numbers, in the shapes of the model's: all of them, so that they do not stay in a cache.
final class Products {
    private var weights: [(in: Int, out: Int, packed: UnsafeMutablePointer<Float>)] = []
    private let width: Int

    init(_ c: ModelConfiguration) {
        width = max(3 * c.width, c.innerWidth)
        for _ in 0..<c.layerCount {
            for (i, o) in [(c.width, 3 * c.width), (c.width, c.width), (c.width, c.innerWidth), (c.innerWidth, c.width)] {
                let plain = (0..<i * o).map { Float(($0 &* 7919) % 1000) / 1e4 - 0.05 }
                if let packed = ak_pack(i, o, plain, o, ak_in_out) { weights.append((i, o, packed)) }
            }
        }
    }

    deinit { for weight in weights { free(weight.packed) } }

    /// Why a product was not computed.
    struct Failure: Error { let status: Int32 }

    func run(_ tokens: Int) throws -> Double {
        let x = [Float](repeating: 0.5, count: tokens * width)
        var y = [Float](repeating: 0, count: tokens * width)
        return try x.withUnsafeBufferPointer { x in
            try y.withUnsafeMutableBufferPointer { y in
                guard let x = x.baseAddress, let y = y.baseAddress else { return .nan }
                return try seconds {
                    for w in weights {
                        var product = ak_product(
                            rows: tokens, in: w.in, out: w.out, x: x, ldx: w.in, w: w.packed, ldw: 0, layout: ak_packed, bias: nil,
                            y: y, ldy: w.out, add: false)
                        let status = ak_matmul(&product)
                        if status != 0 { throw Failure(status: status) }
                    }
                }
            }
        }
    }
}

func run(_ words: [String], _ model: Model) throws -> Double {
    switch words.first {
    case "forward":
        let batch = Batch([ids(Int(words[1]) ?? 0, of: model)])
        return try seconds { try model.forward(batch) }
    case "logits":
        let batch = Batch([ids(Int(words[1]) ?? 0, of: model)])
        return try seconds { try model.forward(batch, observer: LogitsObserver()) }
    case "products":
        return try products(model).run(Int(words[1]) ?? 0)
    case "record":
        let (tokens, capture, sequences, file) = (Int(words[1]) ?? 0, words[2], Int(words[3]) ?? 0, words[4])
        let lines = (0..<sequences).map { ids(tokens, of: model, seed: $0).map(String.init).joined(separator: " ") }
        var options = Recording.Options()
        options.capture = capture
        return try Recording.record(try TextInput(.tokenIDs(lines), model: model), model: model, to: file, options: options).seconds
    default:
        throw CocoaError(.featureUnsupported)
    }
}

let arguments = CommandLine.arguments
Compute.threads = arguments.count > 2 ? Int(arguments[2]) ?? 0 : 0
let model = try Model(named: arguments[1])
nonisolated(unsafe) var made: Products?
/// Made when first asked for.
func products(_ model: Model) -> Products {
    let products = made ?? Products(model.configuration)
    made = products
    return products
}
while let line = readLine() {
    print(try run(line.split(separator: " ").map(String.init), model))
    fflush(nil)
}
