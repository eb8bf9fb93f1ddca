/// Which of a repository's files a model is made of.
enum ModelFiles {
    static let configuration = "config.json"
    static let weights = "model.safetensors"
    static let index = "model.safetensors.index.json"
    /// Taken where they are there.
    static let tokenizer = ["tokenizer.json", "vocab.json", "merges.txt", "vocab.txt", "tokenizer_config.json"]
}
