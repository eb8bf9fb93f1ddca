import Recording
import Testing

/// What `--edit` takes, and what it says of anything else.
@Suite struct EditParserTests {
    @Test(arguments: [
        "blocks.9.attn.hook_z[6] = 0", "blocks.*.attn.hook_z[*] = mean(run 1)", "blocks.5.hook_resid_pre@-1 = run 1",
        "*.hook_scale = run 1",
        "blocks.6.hook_resid_post += 4 * run 2 sequence 1 @ 3", "blocks.6.hook_resid_post += 4 * steer.npy",
        "blocks.3.hook_mlp_out *= 0.5",
        "*.hook_resid_post -= projection(refusal.npy)", "blocks.0.attn.hook_z[0,2..3] @ 1..5,8 -= 0.25 * mean(run 3 @ 1..)",
        "*.hook_scale@1..=mean(run 1 @ 1..)", "blocks.0.hook_mlp_out@'ok'=-1e-3", "blocks.0.hook_mlp_out @ -3..-1 = run 1",
        "logits -= 2 * a b.npy",
    ]) func takes(text: String) throws {
        #expect(try Edit(text).text == text)
    }

    @Test(arguments: [
        ("", "the name of a hook point at the end"), ("blocks.0.hook_mlp_out", "=, +=, -= or *= at the end"),
        ("blocks.0.hook_mlp_out = ", "a number, 'run 1', 'mean(run 1)', or a file that ends with .npy at the end"),
        ("blocks.0.hook_mlp_out = v.txt", "a number, 'run 1', 'mean(run 1)', or a file that ends with .npy before 'v.txt'"),
        ("blocks.0.hook_mlp_out[1 = 0", "']' before '= 0'"),
        ("blocks.0.hook_mlp_out[2..1] = 0", "heads from 0, the lesser first before '] = 0'"),
        ("blocks.0.hook_mlp_out@ = 0", "a number before '= 0'"), ("blocks.0.hook_mlp_out@'' = 0", "a token and ' before '' = 0'"),
        ("blocks.0.hook_mlp_out *= run 1", "a number after *= at the end"),
        ("blocks.0.hook_mlp_out = projection(v.npy)", "-= before projection at the end"),
        ("blocks.0.hook_mlp_out = 1 2", "nothing more before '2'"), ("blocks.0.hook_mlp_out = mean(1)", "'run' before '1)'"),
        ("blocks.0.hook_mlp_out = run 1 sequence 2", "'@' at the end"),
    ]) func refuses(text: String, expected: String) {
        let error = #expect(throws: EditError.self) { try Edit(text) }
        #expect(error?.description == "--edit '\(text)': expected \(expected)")
    }

    @Test func linesOfAFile() throws {
        let edits = try Edit.lines("# the first head\nblocks.0.attn.hook_z[0] = 0\n\n  blocks.1.hook_mlp_out *= 2\n")
        #expect(edits.map(\.text) == ["blocks.0.attn.hook_z[0] = 0", "blocks.1.hook_mlp_out *= 2"])
    }
}
