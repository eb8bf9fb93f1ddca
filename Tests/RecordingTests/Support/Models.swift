import TestSupport
import Transformer

/// The models of the tests, loaded once.
enum Models {
    /// The embedded model: 6 layers, 4 heads, width 128, GPT-2's tokenizer.
    static func micro() throws -> Model { try loadedMicro.get() }
    /// The fixture `odd`: 2 layers, 5 heads, width 40, 97 ids, context 32, no tokenizer.
    static func odd() throws -> Model { try loadedOdd.get() }

    private static let loadedMicro = Result { try Model.embedded() }
    private static let loadedOdd = Result { try Model(directory: Paths.fixture("odd")) }
}
