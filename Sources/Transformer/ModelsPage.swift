import Checkpoints
import Tokenizers

/// The text of `docs/models.md`: what loads, told by the readers themselves.
package enum ModelsPage {
    package static func text() throws(ConfigurationError) -> String {
        var families = ""
        for architecture in ModelConfiguration.Architecture.allCases { families += try row(architecture) + "\n" }
        return """
            # Models, tokenizers and files

            What `--model` takes, made from the program by its tests: run them with `UPDATE_SNAPSHOTS=1` after a change.
            Whatever else a file asks for is refused, with what was found and what to do.

            ## Families

            By `model_type` of `config.json`, or by `general.architecture` of a GGUF file. The columns are those of a configuration that says
            nothing else: keys that it lacks have the defaults of transformers. [Ways to normalize](ways-to-normalize.md) compares the norms.

            | `model_type` | such as | GGUF | norm | placement | norms of queries and keys | positions | MLP |
            |---|---|---|---|---|---|---|---|
            \(families)
            A model with a head for classification or questions runs without predictions. `module.` and `_orig_mod.` in front of all names are
            seen through. An `lm_head` in the file that differs from the embedding is used, whatever `tie_word_embeddings` says.

            - Scaled rotary positions, `rope_type`: \(list(RotaryEmbedding.supportedTypes)).
            - Activation functions: \(list(ActivationFunction.allCases.map(\.rawValue))), and transformers' other names for them.
            - Not read: mixtures of experts, encoder-decoders, cross-attention, quantization by other tools.

            ## Files

            `--model` takes a directory, a GGUF file, a name of the Hugging Face hub that `actrec model pull` has fetched, or the name of a sample.

            | file | |
            |---|---|
            | `config.json` | needed beside safetensors |
            | `model.safetensors`, or shards with `model.safetensors.index.json` | tensors of \(list(FloatType.allCases.map(\.rawValue))) |
            | `NAME.gguf`, or all of `NAME-00001-of-0000N.gguf` | tensors of \(list(GGMLType.allCases.filter { $0.format != nil }.map(\.name))); \
            alone in a directory, or named |

            Other weights: save them with transformers (`model.save_pretrained("DIR")` writes safetensors).

            ## Tokenizers

            The first of these that a directory has; a GGUF file has its own. A tokenizer that cannot be read is a note with the reason, and an
            error only where text is given: `--token-ids` needs none.

            | files | read |
            |---|---|
            | `tokenizer.json` | as Hugging Face's `tokenizers` run it, see below |
            | `vocab.json` and `merges.txt`, with `tokenizer_config.json`, `added_tokens.json`, `special_tokens_map.json` | where \
            `tokenizer_class`, or `model_type` without one, tells \(list(TokenizerClass.supportedNames)) |
            | `vocab.txt`, with `tokenizer_config.json` | BERT's WordPiece |
            | GGUF, `tokenizer.ggml.model` | \(list(GGUFTokenizerModel.allCases.map(\.rawValue))) |
            | GGUF, `tokenizer.ggml.pre` | \(list(GGUFRule.supportedNames)) |
            | `tokenizer.model`, `*.tiktoken`, `tekken.json` | not read: the error has the command that writes `tokenizer.json` |

            Of `tokenizer.json`:

            | part | types |
            |---|---|
            | `normalizer` | \(list(NormalizerName.allCases.map(\.rawValue))) |
            | `pre_tokenizer` | \(list(PreTokenizerName.allCases.map(\.rawValue))) |
            | `model` | \(list(TokenModelName.allCases.map(\.rawValue))) |
            | `post_processor` | \(list(PostProcessorName.allCases.map(\.rawValue))) |
            | `added_tokens` | `special`, `normalized`, `lstrip`, `rstrip`, `single_word` |

            Truncation and padding in the file are left out. `make pipelines` compares ids with those of Hugging Face's `tokenizers` on 10,000
            random strings for the pipelines of GPT-2, Llama 2 and 3, Qwen 2 and 3, Gemma, GPT-NeoX, Phi-3, OLMo, BLOOM, Falcon, RoBERTa,
            ModernBERT, XLM-R, BERT, SmolLM2, DeepSeek, Mistral's tekken and GPT-4o.

            """
    }

    private static func list(_ names: [String]) -> String { names.map { "`\($0)`" }.joined(separator: ", ") }

    private static func row(_ architecture: ModelConfiguration.Architecture) throws(ConfigurationError) -> String {
        let text = "{\"model_type\": \"\(architecture.rawValue)\"}"
        let c = try ModelConfiguration(json: SharedBytes(Array(text.utf8)), file: architecture.rawValue)
        let gguf = architecture.ggufName.map { "`\($0)`" } ?? ""
        let norm = (c.normKind == .layerNorm ? "LayerNorm" : "RMSNorm") + (c.norm.weightOffset == 1 ? " by (1 + w)" : "")
        let inner = c.layers.last?.attention.queryKeyNorm
        let queries = inner.map { $0.isByHead ? "by head" : "all heads at once" } ?? ""
        let windows = c.layers.contains { $0.attention.window != nil } ? ", windows" : ""
        let cells = [
            "`\(architecture.rawValue)`", architecture.examples, gguf, norm, c.normPlacement.rawValue, queries,
            c.positionEmbedding.name + windows, c.mlpForm.rawValue,
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }
}

extension ModelConfiguration.Architecture {
    /// Models of the family that people know.
    fileprivate var examples: String {
        switch self {
        case .gpt2: "GPT-2, DistilGPT-2"
        case .gptj: "GPT-J 6B"
        case .gptNeo: "GPT-Neo, TinyStories"
        case .gptNeoX: "Pythia, GPT-NeoX 20B"
        case .bert: "BERT, MiniLM"
        case .roberta: "RoBERTa"
        case .xlmRoberta: "XLM-R"
        case .distilbert: "DistilBERT"
        case .modernbert: "ModernBERT"
        case .llama: "Llama 1 to 3, TinyLlama, SmolLM2"
        case .mistral: "Mistral 7B, Nemo"
        case .qwen2: "Qwen 2, 2.5"
        case .qwen3: "Qwen 3"
        case .granite: "Granite 3"
        case .smollm3: "SmolLM3"
        case .phi: "Phi 1, 1.5, 2"
        case .phi3: "Phi 3 (4k), Phi 4"
        case .gemma: "Gemma"
        case .gemma2: "Gemma 2"
        case .gemma3: "Gemma 3 (text)"
        case .olmo: "OLMo"
        case .olmo2: "OLMo 2"
        case .olmo3: "OLMo 3"
        case .opt: "OPT"
        case .bloom: "BLOOM"
        case .falcon: "Falcon 7B, 40B"
        case .stablelm: "StableLM 2"
        case .cohere: "Command R"
        }
    }
}
