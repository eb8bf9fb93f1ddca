import Foundation

/// A normalizer of a `tokenizer.json`: it changes the text before it is cut (names as in Hugging Face's tokenizers).
indirect enum NormalizerStep: Sendable {
    case sequence([NormalizerStep])
    case unicode(UnicodeForm)
    case lowercase
    case stripAccents
    case replace(TextPattern, with: [UInt8])
    case prepend([UInt8])
    case strip(left: Bool, right: Bool)
    case bert(BERTNormalizer)
    case precompiled(PrecompiledMap)

    /// `text` changed.
    func apply(to text: inout [UInt8]) {
        guard !text.isEmpty else { return }
        switch self {
        case .sequence(let steps): for step in steps { step.apply(to: &text) }
        case .unicode(let form): text = form.apply(to: text)
        case .lowercase: text = BERTNormalizer.lowercasing.normalized(text)
        case .stripAccents:
            text = text.withUnsafeBytes { raw in
                Self.filter(raw) { scalar in
                    guard scalar >= 0x300, let found = Unicode.Scalar(scalar), UnicodeForm.isKnown(found) else { return true }
                    switch found.properties.generalCategory {
                    case .nonspacingMark, .spacingMark, .enclosingMark: return false
                    default: return true
                    }
                }
            }
        case .replace(let pattern, let content):
            text = text.withUnsafeBytes { raw in
                var result: [UInt8] = []
                result.reserveCapacity(raw.count + raw.count / 2)
                var previous = 0
                pattern.forEachMatch(in: raw) { start, end in
                    result.append(contentsOf: raw[previous..<start])
                    result.append(contentsOf: content)
                    previous = end
                }
                result.append(contentsOf: raw[previous...])
                return result
            }
        case .prepend(let content): text.insert(contentsOf: content, at: 0)
        case .strip(let left, let right):
            let kept = text.withUnsafeBytes { raw in
                var range = 0..<raw.count
                if left {
                    var position = 0
                    while position < raw.count {
                        let begin = position
                        if ScalarClasses.shared[raw.scalar(at: &position)] != .space { position = begin; break }
                    }
                    range = position..<raw.count
                }
                if right {
                    var end = range.upperBound
                    while end > range.lowerBound {
                        var begin = end - 1
                        while begin > range.lowerBound, raw[begin] & 0xC0 == 0x80 { begin -= 1 }
                        var position = begin
                        if ScalarClasses.shared[raw.scalar(at: &position)] != .space { break }
                        end = begin
                    }
                    range = range.lowerBound..<end
                }
                return range
            }
            text = Array(text[kept])
        case .bert(let normalizer): text = normalizer.normalized(text)
        case .precompiled(let map): text = map.apply(to: text)
        }
    }

    /// The scalars of `text` that `keeps`.
    private static func filter(_ text: UnsafeRawBufferPointer, _ keeps: (UInt32) -> Bool) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var position = 0
        while position < text.count {
            let start = position
            if keeps(text.scalar(at: &position)) { result.append(contentsOf: text[start..<position]) }
        }
        return result
    }
}

/// A normalization form of Unicode 9.0, whose tables Hugging Face's tokenizers have: scalars that came later change nothing and are
/// changed by nothing.
enum UnicodeForm: Sendable {
    case nfc, nfd, nfkc, nfkd

    /// Whether Unicode 9.0 has the scalar.
    static func isKnown(_ scalar: Unicode.Scalar) -> Bool {
        guard let age = scalar.properties.age else { return false }
        return age.major <= 9
    }

    func apply(to text: [UInt8]) -> [UInt8] {
        if text.allSatisfy({ $0 < 0x80 }) { return text }
        let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var run = String.UnicodeScalarView()
        func end() {
            result.append(contentsOf: form(String(run)).utf8)
            run = String.UnicodeScalarView()
        }
        for scalar in scalars {
            if scalar.isASCII || Self.isKnown(scalar) {
                run.append(scalar)
            } else {
                end()
                result.append(contentsOf: String(scalar).utf8)
            }
        }
        end()
        return result
    }

    private func form(_ text: String) -> String {
        switch self {
        case .nfc: text.precomposedStringWithCanonicalMapping
        case .nfd: text.decomposedStringWithCanonicalMapping
        case .nfkc: text.precomposedStringWithCompatibilityMapping
        case .nfkd: text.decomposedStringWithCompatibilityMapping
        }
    }
}
