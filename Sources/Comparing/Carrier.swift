import Foundation

/// A sentence with a gap for a word: what stands around the words that are compared is the same for all of them.
public struct Carrier: Sendable, Equatable {
    /// Where the word goes.
    public static let gap = "{}"

    /// With the gap in it.
    public let template: String
    private let before, after: Substring

    /// `template` must hold `{}` once, after a space, and not at the start: there it would be at position 0.
    public init(_ template: String) throws(CarrierError.Problem) {
        self.template = template
        let gaps = template.ranges(of: Self.gap)
        guard let gap = gaps.first, gaps.count == 1 else { throw .gaps(gaps.count) }
        (before, after) = (template[..<gap.lowerBound], template[gap.upperBound...])
        guard before.utf8.last == UInt8(ascii: " ") else { throw .noSpace }
        guard before.utf8.contains(where: { $0 != UInt8(ascii: " ") }) else { throw .atStart }
    }

    /// The sentence with `word` in its gap, and the bytes of it that are the word with the space before it.
    public func filled(with word: String) -> (text: String, word: Range<Int>) {
        let start = before.utf8.count - 1
        return (before + word + after, start..<start + 1 + word.utf8.count)
    }

    /// The sentences in a file's text, one a line; empty lines and those that begin with # are left out.
    public static func parse(_ text: String, file: String) throws(CarrierError) -> [Carrier] {
        var carriers: [Carrier] = []
        var lines: [String: Int] = [:]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let template = line.trimmingCharacters(in: .whitespaces)
            if template.isEmpty || template.hasPrefix("#") { continue }
            do throws(CarrierError.Problem) {
                carriers.append(try Carrier(template))
            } catch {
                throw .badLine(file: file, line: index + 1, error)
            }
            // The pairs of a comparison are told by their carrier.
            if let earlier = lines.updateValue(index + 1, forKey: template) {
                throw .badLine(file: file, line: index + 1, .repeats(line: earlier))
            }
        }
        if carriers.isEmpty { throw .none(file: file) }
        return carriers
    }
}

/// Carriers that cannot be used.
public enum CarrierError: Error, Equatable, CustomStringConvertible {
    case badLine(file: String, line: Int, Problem)
    case none(file: String)

    /// What is wrong with one of them.
    public enum Problem: Error, Equatable {
        case gaps(Int)
        case noSpace
        case atStart
        case repeats(line: Int)
    }

    public var description: String {
        switch self {
        case .badLine(let file, let line, let problem): "\(file), line \(line): \(problem.reason)"
        case .none(let file): "\(file) holds no sentence; give one a line, with {} where the word goes"
        }
    }
}

extension CarrierError.Problem {
    fileprivate var reason: String {
        switch self {
        case .gaps(let count): "{} stands \(count) times, expected once: it is where the word goes"
        case .noSpace: "{} needs a space before it: a word with and without it are different tokens"
        case .atStart: "{} stands first: at position 0 the attention sink is measured, not the word; put something before it"
        case .repeats(let line): "the same sentence as in line \(line)"
        }
    }
}

/// The sentences that words are compared in when no others are given: `carriers.txt`, inside the binary.
///
/// Any noun, adjective or interjection can stand in them, if not always gracefully. The gap is at positions 1 to 14 of
/// GPT-2's tokens, and a word follows it in all of them: what comes after a token does not change it in a model that only
/// looks back, but a tokenizer may join a word's end with punctuation.
public enum Carriers {
    /// As a file for `--carriers-file`.
    public static let text = String(decoding: PackageResources.carriers_txt, as: UTF8.self)

    /// Those sentences; a test parses them.
    public static let shipped: [Carrier] = (try? Carrier.parse(text, file: "carriers.txt")) ?? []
}
