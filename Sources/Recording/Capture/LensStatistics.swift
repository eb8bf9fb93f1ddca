import CKernels
import Schema
import Transformer

/// What the residual stream predicts on its way through a batch: before each block and after the last one, by the model's own last
/// norm and unembedding (nostalgebraist 2020, "interpreting GPT: the logit lens").
struct LensStatistics: Sendable {
    /// Before each block, and after the last one.
    let layers: Int
    private let tokenCount: Int
    /// [layers, N], as the three that follow
    private var logProbability: [Double]
    private var entropy: [Double]
    private var rank: [Int32]
    /// [layers, N, FactTable.lensChoices], the likeliest first; -1 where the vocabulary has no more
    private var tokens: [Int32]
    private var tokenLogProbability: [Double]

    static let none = LensStatistics(blocks: -1, tokenCount: 0)

    init(blocks: Int, tokenCount: Int) {
        layers = blocks + 1
        self.tokenCount = tokenCount
        let rows = layers * tokenCount
        logProbability = Array(repeating: .nan, count: rows)
        entropy = logProbability
        rank = Array(repeating: 0, count: rows)
        tokens = Array(repeating: -1, count: rows * FactTable.lensChoices)
        tokenLogProbability = Array(repeating: .nan, count: rows * FactTable.lensChoices)
    }

    /// Bytes of memory.
    var byteCount: Int {
        (logProbability.count + entropy.count + tokenLogProbability.count) * MemoryLayout<Double>.stride
            + (rank.count + tokens.count) * MemoryLayout<Int32>.stride
    }

    /// Predictions [rows, V] of some of the batch's rows, made of the stream before block `layer`.
    mutating func add(_ logits: borrowing Activation, layer: Int) {
        let targets = logits.nextTokens
        let first = layer * tokenCount + logits.rows.lowerBound
        let firstChoice = first * FactTable.lensChoices
        logits.withMatrix { base, width, stride in
            logProbability.withUnsafeMutableBufferPointer { p in
                entropy.withUnsafeMutableBufferPointer { e in
                    rank.withUnsafeMutableBufferPointer { r in
                        tokens.withUnsafeMutableBufferPointer { tokens in
                            tokenLogProbability.withUnsafeMutableBufferPointer { choices in
                                guard let p = p.baseAddress, let e = e.baseAddress, let r = r.baseAddress,
                                    let tokens = tokens.baseAddress, let choices = choices.baseAddress
                                else { return }
                                ak_predictions(
                                    targets.count, width, base, stride, targets, p + first, e + first, r + first,
                                    FactTable.lensChoices, tokens + firstChoice, choices + firstChoice)
                            }
                        }
                    }
                }
            }
        }
    }

    /// Every token that a row names.
    var namedTokens: Set<Int32> { Set(tokens).subtracting([-1]) }

    /// The rows of some of the batch's tokens, in the order of their keys; `firstToken` is the key of the first of them.
    func write(_ rows: Range<Int>, firstToken: Int64, to sink: inout some FactSink) throws {
        for row in rows {
            let token = firstToken + Int64(row - rows.lowerBound)
            for layer in 0..<layers {
                let index = layer * tokenCount + row
                sink.add(FactTable.lensValues.key(token: token, layer))
                sink.add(logProbability[index])
                sink.add(entropy[index])
                rank[index] == 0 ? sink.addNull() : sink.add(Int(rank[index]))
                for choice in index * FactTable.lensChoices..<(index + 1) * FactTable.lensChoices {
                    tokens[choice] < 0 ? sink.addNull() : sink.add(Int(tokens[choice]))
                    sink.add(tokenLogProbability[choice])
                }
                try sink.endRow()
            }
        }
    }
}

extension Activation {
    /// For each row the token that follows it in its sequence, -1 where none does.
    var nextTokens: [Int32] {
        rows.map { row in batch.rows(ofSequence: batch.sequence(ofRow: row)).contains(row + 1) ? batch.tokens[row + 1] : -1 }
    }
}
