import CKernels
import Foundation
import Processor
import Recording
import Transformer

// Runs what a line of standard input asks for and prints the seconds it took, so that another program can alternate it
// with its peers:
//     forward T      a forward pass over T tokens, nobody looking
//     logits T       the same with the logits of every token
//     products T         the matrix products of a forward pass over T tokens, and nothing else
//     record T CAPTURE SEQUENCES FILE    a recording of that many sequences of T tokens into a new file
//     tokenize FILE      the ids of each line of a text, on one thread: seconds of the processor

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
    private var weights: [(in: Int, out: Int, plain: ak_weights, panels: OpaquePointer)] = []
    private let width: Int

    init(_ c: ModelConfiguration) {
        width = max(3 * c.width, c.innerWidth)
        for _ in 0..<c.layerCount {
            for (i, o) in [(c.width, 3 * c.width), (c.width, c.width), (c.width, c.innerWidth), (c.innerWidth, c.width)] {
                let plain = (0..<i * o).map { Float(($0 &* 7919) % 1000) / 1e4 - 0.05 }
                plain.withUnsafeBytes { plain in
                    let rows = (0..<i).map { ak_row(bytes: plain.baseAddress! + $0 * o * 4, format: ak_f32) }
                    rows.withUnsafeBufferPointer { rows in
                        var source = ak_weights(in: i, out: o, inputs_first: true, rows: rows.baseAddress!, first: 0)
                        if let panels = ak_pack(&source) { weights.append((i, o, source, panels)) }
                    }
                }
            }
        }
    }

    deinit { for weight in weights { ak_panels_free(weight.panels) } }

    func run(_ tokens: Int) -> Double {
        let x = [Float](repeating: 0.5, count: tokens * width)
        var y = [Float](repeating: 0, count: tokens * width)
        var scratch: [Float] = []
        return x.withUnsafeBufferPointer { x in
            y.withUnsafeMutableBufferPointer { y in
                func each(_ body: (inout ak_product) -> Void) {
                    for var w in weights {
                        withUnsafePointer(to: &w.plain) { plain in
                            // Of the plain weights only the shape is read: the panels stand for them.
                            var product = ak_product(
                                rows: tokens, x: x.baseAddress!, ldx: w.in, weights: plain, panels: w.panels, bias: nil,
                                activation: ak_identity, end: ak_store, y: y.baseAddress!, ldy: w.out, scratch: nil)
                            body(&product)
                        }
                    }
                }
                var most = 0
                each { most = max(most, ak_product_scratch(&$0)) }
                scratch = Array(repeating: 0, count: most)
                return scratch.withUnsafeMutableBufferPointer { scratch in
                    seconds {
                        each { product in
                            product.scratch = scratch.baseAddress
                            ak_multiply(&product)
                        }
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
        return products(model).run(Int(words[1]) ?? 0)
    case "record":
        let (tokens, capture, sequences, file) = (Int(words[1]) ?? 0, words[2], Int(words[3]) ?? 0, words[4])
        let lines = (0..<sequences).map { ids(tokens, of: model, seed: $0).map(String.init).joined(separator: " ") }
        var options = Recording.Options()
        options.capture = capture
        return try Recording.record(try TextInput(.tokenIDs(lines), model: model), model: model, to: file, options: options).seconds
    case "tokenize":
        guard let tokenizer = model.tokenizer else { throw CocoaError(.featureUnsupported) }
        let lines = try [UInt8](Data(contentsOf: URL(fileURLWithPath: words[1]))).split(separator: 0x0A).map(Array.init)
        let start = clock()
        for line in lines { _ = try tokenizer.encode(utf8: line) }
        return Double(clock() - start) / Double(CLOCKS_PER_SEC)
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
