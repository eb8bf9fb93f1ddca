import Testing
import Transformer

@Suite struct HookNameTests {
    @Test(arguments: Fixture.checkpoints + [Fixture.micro])
    func everyNameGivesItsHookPointBack(fixture: Fixture) throws {
        let points = try fixture.model().hookPoints
        #expect(!points.isEmpty)
        for point in points { #expect(HookPoint(point.description) == point) }
    }

    @Test(arguments: [
        "", ".", "blocks", "blocks.0", "blocks.x.hook_resid_pre", "blocks.-1.hook_resid_pre", "blocks.00.hook_resid_pre",
        "blocks.+1.hook_resid_pre", "blocks.0.hook_resid", "blocks.0.ln1", "blocks.0.ln1.hook_z", "blocks.0.final.hook_in",
        "blocks.0.q_norm.hook_in", "blocks.0.attn.ln1.hook_in", "blocks.0.attn.hook_in", "ln_final", "ln_final.0.hook_in",
        "hook_embed.0", "Logits", " logits", "blocks.0.mlp.hook_pre.", "blocks.99999999999999999999.hook_resid_pre",
    ])
    func whatIsNoNameGivesNone(name: String) {
        #expect(HookPoint(name) == nil)
    }
}
