import Transformer

final class Spikiest: Observer {
    var found = (variance: Float(0), site: "", row: 0)
    func wants(_ point: HookPoint) -> Bool { "\(point)".hasSuffix(".hook_in") }
    func observe(_ point: HookPoint, _ x: borrowing Activation) {
        for row in 1..<x.rowCount {  // a row for each token; position 0 is a case of its own
            let values = x[row], mean = values.reduce(0, +) / Float(values.count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)
            if variance > found.variance { found = (variance, "\(point)", row) }
        }
    }
}

let model = try Model.embedded(), hook = Spikiest()
try model.forward(Batch([model.encode("They spoke of war, violence, hate and fear.")]), observer: hook)
print("token \(hook.found.row) has variance \(hook.found.variance) at \(hook.found.site)")
