import Testing
import Tokenizers
import Transformer

/// GPT-2's rule.
@Suite struct PieceScannerTests {
    @Test(arguments: [
        ("I'LL don't 'S", ["I", "'", "LL", " don", "'t", " '", "S"]),
        ("can't've", ["can", "'t", "'ve"]),
        ("x 's", ["x", " '", "s"]),
        ("''ll", ["''", "ll"]),
        ("'s't're've'm'll'd'x'", ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'", "x", "'"]),
        ("'r", ["'", "r"]),
        ("\u{2019}s", ["\u{2019}", "s"]),
        ("a  b", ["a", " ", " b"]),
        ("a   ", ["a", "   "]),
        ("a\r\nb", ["a", "\r", "\n", "b"]),
        (" \t\n x", [" \t\n", " x"]),
        ("\u{A0}\u{A0}x", ["\u{A0}", "\u{A0}", "x"]),
        ("½ ² ٣ Ⅷ 一", ["½", " ²", " ٣", " Ⅷ", " 一"]),
        ("a1½b", ["a", "1½", "b"]),
        ("e\u{301}", ["e", "\u{301}"]),
        ("नमस्ते", ["नमस", "\u{94D}", "त", "\u{947}"]),
        ("<|endoftext|>", ["<|", "endoftext", "|>"]),
        (" ", [" "]),
        ("", []),
        ("\n", ["\n"]),
        ("\0\u{1C}\u{200B}", ["\0\u{1C}\u{200B}"]),
    ])
    func splits(text: String, pieces: [String]) {
        #expect(Self.pieces(Array(text.utf8)) == pieces.map { Array($0.utf8) }, "\(text.debugDescription)")
    }

    @Test(arguments: [0x0B, 0x0C, 0x85, 0xA0, 0x1680, 0x2007, 0x2028, 0x202F, 0x205F, 0x3000] as [UInt32])
    func isWhiteSpace(_ value: UInt32) {
        #expect(ScalarClasses.shared[value] == .space)
    }

    @Test(arguments: [0x00, 0x1C, 0x1F, 0x180E, 0x200B, 0x200D, 0xFEFF] as [UInt32])
    func isNoWhiteSpace(_ value: UInt32) {
        #expect(ScalarClasses.shared[value] == .other)
    }

    @Test func classesMatchTheTables() {
        var counts = [0, 0, 0, 0]
        for value in 0..<0x110000 as Range<UInt32> { counts[Int(ScalarClasses.shared[value].rawValue)] += 1 }
        func size(_ ranges: [UInt32]) -> Int {
            stride(from: 0, to: ranges.count, by: 2).reduce(0) { $0 + Int(ranges[$1 + 1] - ranges[$1]) + 1 }
        }
        #expect(counts[1...] == [size(UnicodeTables.letters), size(UnicodeTables.numbers), size(UnicodeTables.spaces)])
        #expect(ScalarClasses.shared[0x10940] == .other, "a letter only to newer Unicode")
        #expect(ScalarClasses.shared[0x10FFFF] == .other)
    }

    @Test func piecesCoverInvalidBytesToo() {
        for byte in 0x80...0xFF as ClosedRange<UInt8> {
            let text: [UInt8] = [0x61, byte, 0x20, byte]
            #expect(Self.pieces(text).flatMap { $0 } == text)
        }
    }

    static func pieces(_ text: [UInt8]) -> [[UInt8]] {
        text.withUnsafeBytes { raw in
            var scanner = PieceScanner(raw)
            var pieces: [[UInt8]] = []
            while let piece = scanner.next() { pieces.append(Array(raw[piece])) }
            return pieces
        }
    }
}
