import TestSupport
import Testing
import Transformer

/// `docs/models.md` is what the readers of models and tokenizers say of themselves.
@Suite struct ModelsPageTests {
    @Test func thePageIsCurrent() throws {
        let difference = try Snapshot("docs/models.md").difference(from: ModelsPage.text())
        #expect(difference == nil)
    }
}
