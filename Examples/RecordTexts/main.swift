import Recording
import Transformer

let model = try Model.embedded()
let texts = ["They said that hatred was ok.", "They said that kindness was ok."]
var options = Recording.Options()
options.capture = "stats,loss,blocks.*.hook_resid_pre"
options.log = { print($0.text) }

let summary = try Recording.record(
    TextInput(.texts(texts), model: model), model: model, to: CommandLine.arguments[1], options: options)
print("run \(summary.runID): \(summary.sequences) sequences, \(summary.tokens) tokens")
