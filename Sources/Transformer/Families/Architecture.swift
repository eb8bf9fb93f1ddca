extension ModelConfiguration {
    /// The families whose configurations and checkpoints this engine reads, by `model_type`.
    public enum Architecture: String, Sendable, CaseIterable {
        case gpt2, gptj
        case gptNeo = "gpt_neo"
        case gptNeoX = "gpt_neox"
        case bert, roberta
        case xlmRoberta = "xlm-roberta"
        case distilbert, modernbert
        case llama, mistral, qwen2, qwen3, granite, smollm3, phi, phi3
        case gemma, gemma2
        case gemma3 = "gemma3_text"
        case olmo, olmo2, olmo3
        case opt, bloom, falcon, stablelm, cohere
    }
}

/// What the engine knows of a family: how its `config.json` is read, and what its tensors are called.
struct Family: Sendable {
    var names: TensorNames
    var read: @Sendable (ConfigurationReader) throws(ConfigurationError) -> ModelConfiguration
}

extension ModelConfiguration.Architecture {
    var family: Family {
        switch self {
        case .gpt2: .gpt2
        case .gptj: .gptj
        case .gptNeo: .gptNeo
        case .gptNeoX: .gptNeoX
        case .bert: .bert
        case .roberta: .roberta(.roberta)
        case .xlmRoberta: .roberta(.xlmRoberta)
        case .distilbert: .distilbert
        case .modernbert: .modernbert
        case .llama: .llama
        case .mistral: .mistral
        case .qwen2: .qwen2
        case .qwen3: .qwen3
        case .granite: .granite
        case .smollm3: .smollm3
        case .phi: .phi
        case .phi3: .phi3
        case .gemma: .gemma
        case .gemma2: .gemma2
        case .gemma3: .gemma3
        case .olmo: .olmo
        case .olmo2: .olmo2(.olmo2)
        case .olmo3: .olmo2(.olmo3)
        case .opt: .opt
        case .bloom: .bloom
        case .falcon: .falcon
        case .stablelm: .stablelm
        case .cohere: .cohere
        }
    }
}
