import Checkpoints
import CPCRE2
import Synchronization

/// A regular expression of a `tokenizer.json`, run by PCRE2. Hugging Face's tokenizers run the same by Oniguruma.
///
/// What both understand differently is refused (`\h`, `\w`), and the scalars that both put into different classes are replaced in the text
/// by others of the same length and of Oniguruma's class (`ScalarSubstitutes`), so that a match has the same bounds.
final class RegularExpression: @unchecked Sendable {
    // Sound to share: a compiled pattern is only read, and each call takes a match block of its own from under the lock.
    private let code: OpaquePointer
    private struct Block: @unchecked Sendable { let pointer: OpaquePointer }
    private let idle = Mutex<[Block]>([])

    /// Why a pattern cannot be compiled.
    struct PatternError: Error, Equatable {
        let message: String
    }

    /// Compiles `pattern`, in Oniguruma's syntax.
    init(_ pattern: String) throws(PatternError) {
        for escape in ["\\h", "\\H", "\\w", "\\W", "\\b", "\\B", "\\X", "\\R"] where pattern.contains(escape) {
            throw PatternError(message: "\(escape) means other things to other engines")
        }
        var number: Int32 = 0
        var offset = 0
        let options = PCRE2_UTF | PCRE2_UCP | PCRE2_NO_UTF_CHECK | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C
        let pattern = try Self.withoutNestedClasses(pattern)
        let code = Array(pattern.utf8).withUnsafeBufferPointer {
            pcre2_compile_8($0.baseAddress, $0.count, options, &number, &offset, nil)
        }
        guard let code else {
            var text = [UInt8](repeating: 0, count: 256)
            let length = pcre2_get_error_message_8(number, &text, text.count)
            throw PatternError(message: "\(String(decoding: text.prefix(Int(max(0, length))), as: UTF8.self)) at byte \(offset)")
        }
        self.code = code
        _ = pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))  // without it, matching is slower, and the same
    }

    deinit {
        for block in idle.withLock({ $0 }) { pcre2_match_data_free_8(block.pointer) }
        pcre2_code_free_8(code)
    }

    /// Calls `body` with the bounds of each match in `text`, from left to right; matches do not overlap. A pattern that gives up for
    /// lack of memory or time on some text finds no more in it.
    func forEachMatch(in text: UnsafeRawBufferPointer, _ body: (_ start: Int, _ end: Int) -> Void) {
        guard let base = text.bindMemory(to: UInt8.self).baseAddress, let block = block() else { return }
        defer { idle.withLock { $0.append(block) } }
        let bounds = pcre2_get_ovector_pointer_8(block.pointer)
        var position = 0
        while position <= text.count {
            guard pcre2_match_8(code, base, text.count, position, UInt32(PCRE2_NO_UTF_CHECK), block.pointer, nil) > 0, let bounds
            else { return }
            let (start, end) = (bounds[0], bounds[1])
            body(start, end)
            position = end
            if start == end {  // on by a scalar, so that an empty match is not found for ever
                guard end < text.count else { return }
                position += max(1, UTF8Validation.sequenceLength(text, at: end))
            }
        }
    }

    private func block() -> Block? {
        if let block = idle.withLock({ $0.popLast() }) { return block }
        return pcre2_match_data_create_from_pattern_8(code, nil).map(Block.init)
    }

    /// A class inside of a class is a union to Oniguruma; PCRE2 knows none, so that the inner brackets go.
    private static func withoutNestedClasses(_ pattern: String) throws(PatternError) -> String {
        var result = ""
        var depth = 0
        var isEscaped = false
        var rest = pattern.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            let isPlain = isEscaped
            isEscaped = !isPlain && scalar == "\\"
            if isPlain || isEscaped {
                result.unicodeScalars.append(scalar)
            } else if depth == 0 {
                result.unicodeScalars.append(scalar)
                guard scalar == "[" else { continue }
                depth = 1
                if rest.first == "^" { result.unicodeScalars.append(rest.removeFirst()) }
                if rest.first == "]" { result += "\\" }
            } else if scalar == "[" {
                if rest.first == "^" || rest.first == ":" {
                    throw PatternError(message: "a class with another of the kind [^...] or [:...:] in it")
                }
                depth += 1
            } else if scalar == "]" {
                depth -= 1
                if depth == 0 { result += "]" }
            } else if scalar == "&", rest.first == "&" {
                throw PatternError(message: "an intersection of classes, &&")
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// `text` as a pattern that matches just it.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            if scalar.isASCII, !("0"..."9").contains(scalar), !("A"..."Z").contains(scalar), !("a"..."z").contains(scalar) {
                result += "\\x{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }
}
