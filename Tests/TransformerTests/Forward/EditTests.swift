import Testing
import Transformer

/// Every hook point is a value that the rest of the pass reads.
@Suite struct EditTests {
    /// Changes the values at one point, and keeps those of all points.
    final class Editor: Observer {
        let collector = Collector()
        private let point: HookPoint
        private let change: (UnsafeMutableBufferPointer<Float>) -> Void

        init(_ point: HookPoint, _ change: @escaping (UnsafeMutableBufferPointer<Float>) -> Void) {
            self.point = point
            self.change = change
        }

        func wants(_ point: HookPoint) -> Bool { collector.wants(point) }
        func observe(_ point: HookPoint, _ activation: borrowing Activation) { collector.observe(point, activation) }
        func edits(_ point: HookPoint) -> Bool { point == self.point }
        func edit(_ point: HookPoint, row: Int, _ values: UnsafeMutableBufferPointer<Float>) { change(values) }
    }

    @Test(arguments: Fixture.checkpoints)
    func whatIsNoNumberAtAHookPointIsNoneAfterIt(fixture: Fixture) throws {
        let model = try fixture.model()
        let batch = Batch(try fixture.reference().sequences)
        let points = model.hookPoints
        // Nothing reads the last one.
        for (index, point) in points.enumerated().dropLast() {
            let editor = Editor(point) { $0.update(repeating: .nan) }
            try model.forward(batch, observer: editor)
            #expect(editor.collector.order == points)
            let own = try #require(editor.collector.values[point])
            #expect(own.allSatisfy { $0.allSatisfy(\.isNaN) }, "\(point) itself")
            let isSeen = points[(index + 1)...].contains { after in
                editor.collector.values[after]?.contains { $0.contains(where: \.isNaN) } ?? false
            }
            #expect(isSeen, "\(point)")
        }
    }

    @Test(arguments: Fixture.checkpoints)
    func whatIsLeftAsItWasChangesNothing(fixture: Fixture) throws {
        let model = try fixture.model()
        let batch = Batch(try fixture.reference().sequences)
        let plain = try observe(model, batch)
        for point in model.hookPoints {
            let editor = Editor(point) { _ in }
            try model.forward(batch, observer: editor)
            let isSame = editor.collector.values == plain.values
            #expect(isSame, "\(point)")
        }
    }

    /// Twice what a head's result was is what an attention writes that is twice as large, and so on down the list.
    @Test(arguments: ["families/qwen3", "families/granite", "odd"], [HookPoint.AttentionHook.pattern, .z, .result])
    func aChangeIsTakenOver(name: String, hook: HookPoint.AttentionHook) throws {
        let model = try Fixture(name: name).model()
        let batch = Batch([[5, 9, 3, 7], [4]])
        let plain = try observe(model, batch)
        let editor = Editor(.attention(0, hook)) { for i in $0.indices { $0[i] *= 2 } }
        try model.forward(batch, observer: editor)
        let bias = model.attentionOutputBias(layer: 0)
        let before = try #require(plain.values[.attentionOut(0)])
        let after = try #require(editor.collector.values[.attentionOut(0)])
        for (old, new) in zip(before, after) {
            for i in old.indices { #expect(abs(new[i] - (2 * (old[i] - bias[i]) + bias[i])) <= 1e-5) }
        }
    }

    /// As a hook in another language changes them: all rows at once, where they are shown.
    final class WholeEditor: Observer {
        let collector = Collector()
        private let point: HookPoint

        init(_ point: HookPoint) { self.point = point }

        func wants(_ point: HookPoint) -> Bool { true }
        func edits(_ point: HookPoint) -> Bool { point == self.point }
        func observe(_ point: HookPoint, _ x: borrowing Activation) {
            if point == self.point {
                let values = x.editable
                let shape = x.withMatrix { _, width, stride in (width, stride) }
                var start = 0
                for row in 0..<x.rowCount {
                    for i in 0..<x.width(ofRow: row) { values[start + i] *= 2 }
                    start += shape?.1 ?? x.width(ofRow: row)
                }
            }
            collector.observe(point, x)
        }
    }

    @Test(arguments: ["odd", "families/qwen3", "bert"])
    func aChangeOfAllRowsAtOnceIsThatOfEach(name: String) throws {
        let model = try Fixture(name: name).model()
        let batch = Batch([[5, 9, 3, 7], [4]])
        for point in model.hookPoints {
            let byRow = Editor(point) { for i in $0.indices { $0[i] *= 2 } }
            try model.forward(batch, observer: byRow)
            let atOnce = WholeEditor(point)
            try model.forward(batch, observer: atOnce)
            let isSame = atOnce.collector.values == byRow.collector.values
            #expect(isSame, "\(point)")
        }
    }
}
