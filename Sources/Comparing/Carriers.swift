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
