import Foundation
import Queries
import Schema

/// Inputs to begin from: small, so that a change hits something.
enum Seeds {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Tests/Fixtures")

    private static func fixture(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: fixtures.appendingPathComponent(name)))
    }

    private static func words(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    // MARK: Checkpoints

    private static func safetensors(_ header: String, dataCount: Int) -> [UInt8] {
        let text = Array(header.utf8)
        return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
            + (0..<dataCount).map { UInt8(truncatingIfNeeded: $0) }
    }

    static let safetensors = [
        safetensors(
            #"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b.c":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}}"#,
            dataCount: 32),
        safetensors(
            #"{"__metadata__":{"format":"pt"},"e":{"dtype":"F16","shape":[0,7],"data_offsets":[0,0]},"s":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}   "#,
            dataCount: 8),
        safetensors("{}", dataCount: 0),
    ]

    /// For shards `a` and `b`: the first two of `safetensors`.
    static let safetensorsIndex = words(
        #"{"metadata":{"total_size":40},"weight_map":{"a":"a.safetensors","b.c":"a.safetensors","e":"b.safetensors","s":"b.safetensors"}}"#,
        #"{"weight_map":{"module.a":"a.safetensors"}}"#, #"{"weight_map":{}}"#)

    static func configuration() throws -> [[UInt8]] {
        try [fixture("odd/config.json"), fixture("gguf/llama/config.json")]
            + words(
                #"{"model_type":"bert","num_hidden_layers":2,"hidden_size":12,"num_attention_heads":3,"intermediate_size":48,"max_position_embeddings":8,"vocab_size":10,"type_vocab_size":2,"layer_norm_eps":1e-12,"hidden_act":"gelu","position_embedding_type":"absolute"}"#,
                #"{"model_type":"llama","num_hidden_layers":2,"hidden_size":12,"num_attention_heads":3,"num_key_value_heads":1,"intermediate_size":32,"max_position_embeddings":8,"vocab_size":10,"rms_norm_eps":1e-5,"hidden_act":"silu","rope_theta":10000,"rope_scaling":{"rope_type":"linear","factor":2.0}}"#
            )
    }

    static func gguf() throws -> [[UInt8]] {
        // Headers and a little data: what is behind is numbers.
        let llama = try fixture("gguf/llama.gguf")
        return try [
            fixture("gguf/blocks.gguf"), fixture("digits-bpe/tokenizer.gguf"), fixture("gguf-tokenizers/phi-3.gguf"),
            fixture("gguf-tokenizers/qwen2.gguf"), llama, Array(llama.prefix(4096)),
        ]
    }

    static func splitGGUF() throws -> [[UInt8]] {
        let files = try (1...3).map { try fixture("gguf/split/llama-0000\($0)-of-00003.gguf") }
        return [files.flatMap(\.self), files[0] + files[1], files[0]]
    }

    static let ggufWords =
        words(
            "GGUF", "general.alignment", "general.architecture", "llama", "llama.block_count", "tokenizer.ggml.tokens",
            "tokenizer.ggml.model", "gpt2", "token_embd.weight", "split.no", "split.count", "split.tensors.count",
            "rope_freqs.weight") + [
            [9, 0, 0, 0], [8, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0x80],
        ]

    static let json = words(
        "{}", "[]", "null", "true", "\"\"", "\\ud83d", "\\u0000", "\"\\ud83d\\ude00\"", ":", ",", "[[[[[[[[", "{\"a\":", "1e308",
        "-", "NaN",
        "\"shape\":", "\"data_offsets\":", "\"dtype\":\"F32\"", "\"__metadata__\":", "\"vocab\":", "\"merges\":", "\"text\":",
        "\"ids\":")

    // MARK: Tokenizers

    /// All 256 bytes in GPT-2's spelling, and two merges.
    private static let byteVocabulary: String = {
        var next: UInt32 = 0x100
        var entries: [String] = []
        for byte in 0..<256 {
            var scalar = UInt32(byte)
            if !(0x21...0x7E).contains(byte), !(0xA1...0xAC).contains(byte), !(0xAE...0xFF).contains(byte) {
                scalar = next
                next += 1
            }
            let text = Unicode.Scalar(scalar).map { String($0) } ?? ""
            entries.append("\"\(text == "\"" || text == "\\" ? "\\" + text : text)\":\(byte)")
        }
        return entries.joined(separator: ",")
    }()

    static let bpe: [[UInt8]] = words(
        "{\(byteVocabulary),\"ab\":256,\"abab\":257,\"<|endoftext|>\":258}\u{0}#version: 0.2\na b\nab ab\n",
        "{\(byteVocabulary),\"Ġd\":256}\u{0}Ġ d\r\n")

    static func tokenizerJSON() throws -> [[UInt8]] {
        try [
            fixture("digits-bpe/tokenizer.json"), fixture("wordpiece/tokenizer.json"), fixture("pipelines/llama-2.tokenizer.json"),
            fixture("pipelines/parts.tokenizer.json"),
        ]
            + words(
                """
                {"added_tokens":[{"id":257,"content":"<x>","special":true}],"normalizer":null,
                "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true},
                "model":{"type":"BPE","vocab":{\(byteVocabulary),"ab":256},"merges":["a b"]}}
                """,
                """
                {"normalizer":{"type":"Sequence","normalizers":[{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "},{"type":"NFKC"}]},
                "pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"},
                "model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0.0],["▁a",-1.5],["b",-2],["▁",-3],["<0x0A>",-9]],"byte_fallback":true}}
                """,
                """
                {"added_tokens":[{"id":0,"content":"[UNK]","special":true}],"normalizer":{"type":"BertNormalizer","lowercase":true},
                "pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]},
                "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,
                "vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a":3,"##b":4}}}
                """)
    }

    static let tokenizerFiles: [[UInt8]] = {
        let vocabulary = "{\(byteVocabulary),\"ab\":256,\"abab\":257,\"<|endoftext|>\":258}"
        return words(
            #"{"tokenizer_class":"GPT2Tokenizer","add_bos_token":true,"add_prefix_space":true}"# + "\u{0}{\"<new>\":259}\u{0}"
                + vocabulary,
            #"{"tokenizer_class":"Qwen2TokenizerFast","additional_special_tokens":["<|a|>"],"bos_token":null}"#
                + "\u{0}{\"<|a|>\":259,\"é\":260}\u{0}" + vocabulary,
            #"{"tokenizer_class":"GPTNeoXTokenizer","added_tokens_decoder":{"259":{"content":"  ","lstrip":true,"special":false}}}"#
                + "\u{0}\u{0}" + vocabulary,
            #"{"tokenizer_class":"RobertaTokenizer","cls_token":"<|endoftext|>","sep_token":{"content":"ab","rstrip":true}}"#
                + "\u{0}\u{0}" + vocabulary)
    }()

    static func wordPiece() throws -> [[UInt8]] {
        try [Array(fixture("wordpiece/vocab.txt").prefix(4096))]
            + words(
                "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\nok\n##ok\r\n",
                "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nelan\u{0}{\"do_lower_case\":false,\"strip_accents\":null,\"unk_token\":\"[UNK]\"}"
            )
    }

    static func text() throws -> [[UInt8]] {
        try words("I'LL don't  x\u{301} a\r\n\t ½ ²٣ 日本 e\u{200D}", "") + [Array(fixture("tokenizer/random.jsonl").prefix(8192))]
    }

    static let scalars =
        words(
            "\u{0}", "\r\n", "\u{85}", "\u{a0}", "\u{301}", "\u{200d}", "\u{feff}", "\u{fffd}", "\u{10ffff}", "\u{2028}", "'s",
            "<|endoftext|>",
            "[UNK]", "[MASK]", "##") + [[0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]]

    // MARK: Input

    static let jsonLines: [[UInt8]] = words(
        "{\"text\": \" ok\"}\n{\"ids\": [5767, 3685]}\n",
        "{\"z\": 1, \"text\": \"a\\nb\\u0000\\ud83d\\ude00\", \"o\": {\"k\": [1.5, null, true]}}\n",
        "\n \t\n{\"ids\": []}\r\n{\"text\": \"\", \"n\": 1e400, \"i\": 99999999999999999999}")

    static let queryHeader: [[UInt8]] =
        Queries.texts.prefix(3)
        + words(
            "-- name: the_name(a, b)\n-- What?\n-- Cost: a row\n-- Parameters\n--   :a  text, one; two\n--   :b  integer, x; y\n-- Columns\n--   c  what\nSELECT 1"
        )

    static let headerWords = words(
        "-- name: the_name(", ")", "-- Cost: ", "-- Parameters\n", "-- Columns\n", "--   :a  real, x; y\n", "--", ";", ",", "\n",
        "\r", "é")

    // MARK: Databases

    static let statement: [[UInt8]] =
        Queries.texts
        + Schema.publicViews.map { Array("SELECT * FROM \($0)".utf8) }
        + words(
            "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c", "SELECT zeroblob(1e9)",
            "SELECT printf('%.*c', 100000000, 'x')",
            "SELECT group_concat(a.token, b.token) FROM token_statistics a, token_statistics b",
            "PRAGMA table_info(runs)", "SELECT * FROM pragma_function_list", "ATTACH 'x.db' AS x", "VACUUM INTO 'copy.db'",
            "SELECT load_extension('x')", "EXPLAIN SELECT 1",
            "SELECT json_extract('[1,{\"a\":2}]', '$[1].a'), value FROM json_each('[1,2]')",
            "SELECT 1 WHERE 'a' LIKE '%a%' GLOB '[a-z]*' REGEXP 'x'", "INSERT INTO runs DEFAULT VALUES RETURNING *")

    static let sqlWords = words(
        "SELECT ", " FROM ", " WHERE ", "(", ")", ";", "--", "/*", "'", "\"", " UNION ALL ", "WITH RECURSIVE ", "ATTACH ",
        "VACUUM INTO 'x'", "PRAGMA ",
        "zeroblob(1e9)", "randomblob(1e9)", "hex(", "replace(", "printf('%*d', 2147483647, 1)", "char(0)", "CAST(", " AS BLOB)",
        "sqlite_master",
        "token_statistics", "group_concat(", "json_each(", " OVER (ORDER BY 1)", "CREATE TEMP TABLE t AS ", "LIMIT -1 OFFSET ",
        "9223372036854775807",
        "9e999", "-9223372036854775808", "x'00'", "COLLATE ", " ESCAPE ", "?1", ":a")

    static func database() throws -> [[UInt8]] { [try DatabaseReaders.recording()] }
}
