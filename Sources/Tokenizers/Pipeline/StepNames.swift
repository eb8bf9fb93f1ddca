// The steps of a `tokenizer.json` that are read, by the names that Hugging Face's tokenizers have for them.

package enum NormalizerName: String, CaseIterable {
    case sequence = "Sequence"
    case nfc = "NFC"
    case nfd = "NFD"
    case nfkc = "NFKC"
    case nfkd = "NFKD"
    case lowercase = "Lowercase"
    case stripAccents = "StripAccents"
    case replace = "Replace"
    case prepend = "Prepend"
    case strip = "Strip"
    case bert = "BertNormalizer"
    case precompiled = "Precompiled"
}

package enum PreTokenizerName: String, CaseIterable {
    case sequence = "Sequence"
    case split = "Split"
    case digits = "Digits"
    case byteLevel = "ByteLevel"
    case metaspace = "Metaspace"
    case whitespace = "Whitespace"
    case whitespaceSplit = "WhitespaceSplit"
    case punctuation = "Punctuation"
    case bert = "BertPreTokenizer"
}

package enum TokenModelName: String, CaseIterable {
    case bpe = "BPE"
    case unigram = "Unigram"
    case wordPiece = "WordPiece"
}

package enum PostProcessorName: String, CaseIterable {
    case sequence = "Sequence"
    case template = "TemplateProcessing"
    case bert = "BertProcessing"
    case roberta = "RobertaProcessing"
    case byteLevel = "ByteLevel"
}
