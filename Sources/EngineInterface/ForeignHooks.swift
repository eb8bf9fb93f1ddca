import CEngine
import Transformer

/// Calls a hook of another language at the hook points that it wants.
final class ForeignHooks: Observer {
    private struct Wish {
        let index: Int64
        let edits: Bool
    }

    private let configuration: ModelConfiguration
    private let wishes: [HookPoint: Wish]
    private let hook: engine_hook
    private let context: UnsafeMutableRawPointer?

    /// - Parameter wishes: one for each of the model's hook points, in their order.
    init(
        _ held: HeldModel, wishes: UnsafeBufferPointer<UInt8>, hook: @escaping engine_hook, context: UnsafeMutableRawPointer?
    ) {
        configuration = held.model.configuration
        var wanted: [HookPoint: Wish] = [:]
        for (index, wish) in wishes.enumerated() where UInt32(wish) != ENGINE_NOTHING.rawValue {
            wanted[held.points[index]] = Wish(index: Int64(index), edits: UInt32(wish) == ENGINE_EDITS.rawValue)
        }
        self.wishes = wanted
        self.hook = hook
        self.context = context
    }

    /// The hook asked to stop. Its own language knows why.
    struct Stopped: Error {}

    func wants(_ point: HookPoint) -> Bool { wishes[point] != nil }
    func edits(_ point: HookPoint) -> Bool { wishes[point]?.edits ?? false }

    func observe(_ point: HookPoint, _ x: borrowing Activation) throws {
        guard let wish = wishes[point] else { return }
        var values = engine_values(
            point: wish.index, first_row: Int64(x.rows.lowerBound), rows: Int64(x.rowCount), heads: Int64(x.heads), width: 0,
            stride: 0, values: x.editable, offsets: nil, first_keys: nil)
        let shape = x.withMatrix { _, width, stride in (width, stride) }
        if let shape {
            (values.width, values.stride) = (Int64(shape.0), Int64(shape.1))
            return try call(&values)
        }
        var offsets: [Int64] = [0]
        for row in 0..<x.rowCount { offsets.append(offsets[row] + Int64(x.width(ofRow: row))) }
        let firstKeys = firstKeys(of: x.batch, layer: point.layer ?? 0)
        try offsets.withUnsafeBufferPointer { offsets in
            try firstKeys.withUnsafeBufferPointer { keys in
                (values.offsets, values.first_keys) = (offsets.baseAddress, keys.baseAddress)
                try call(&values)
            }
        }
    }

    private func call(_ values: inout engine_values) throws {
        if hook(context, &values) != 0 { throw Stopped() }
    }

    /// The position of the first key that each row's token sees.
    private func firstKeys(of batch: Batch, layer: Int) -> [Int64] {
        let plan = configuration.layers[layer].attention
        return (0..<batch.sequenceCount).flatMap { sequence in
            let length = batch.rows(ofSequence: sequence).count
            return (0..<length).map { Int64(plan.visibleKeys(position: $0, length: length).lowerBound) }
        }
    }
}
