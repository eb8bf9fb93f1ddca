import CKernels
import Checkpoints

/// A row-major float32 matrix in 64-byte aligned memory, for the kernels to write into.
final class Matrix {
    let rows: Int
    let columns: Int
    let pointer: UnsafeMutablePointer<Float>
    private let memory: (memory: UnsafeMutableRawPointer, capacity: Int)

    init(_ rows: Int, _ columns: Int) {
        self.rows = rows
        self.columns = columns
        memory = BufferPool.shared.take(byteCount: rows * columns * MemoryLayout<Float>.stride)
        pointer = memory.memory.bindMemory(to: Float.self, capacity: rows * columns)
    }

    deinit { BufferPool.shared.giveBack(memory.memory, capacity: memory.capacity) }

    func row(_ index: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: pointer + index * columns, count: columns)
    }

    /// self += other, of the same shape.
    func add(_ other: Matrix) { ak_add(rows * columns, pointer, other.pointer) }

    /// self = f(self)
    func activate(_ function: ActivationFunction) { ak_activate(function.kernel, rows * columns, pointer) }

    /// self = self · other, element by element.
    func multiply(_ other: Matrix) { ak_activate_times(ak_identity, rows * columns, pointer, other.pointer) }
}

/// Parameters as float32 that stay where they are: in the mapped checkpoint where it holds float32, else in a converted copy.
final class Parameter: @unchecked Sendable {
    // Sound to share: written once, before the initializer returns.
    let pointer: UnsafePointer<Float>
    let count: Int
    private let checkpoint: TensorView  // keeps the mapping alive
    private let copy: UnsafeMutableRawPointer?

    init(_ view: TensorView) {
        checkpoint = view
        count = view.count
        if let start = view.withFloat32Pointer({ $0.baseAddress }) ?? nil {
            copy = nil
            pointer = start
        } else {
            let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, count * MemoryLayout<Float>.stride), alignment: 64)
            let floats = memory.bindMemory(to: Float.self, capacity: count)
            view.copyFloats(into: UnsafeMutableBufferPointer(start: floats, count: count))
            copy = memory
            pointer = UnsafePointer(floats)
        }
    }

    deinit { copy?.deallocate() }

    var values: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: pointer, count: count) }
}

extension ActivationFunction {
    package var kernel: ak_activation {
        switch self {
        case .geluTanh: ak_gelu_tanh
        case .geluErf: ak_gelu_erf
        case .relu: ak_relu
        case .silu: ak_silu
        case .tanh: ak_tanh
        }
    }
}

extension [Int] {
    /// Calls `body` with the elements as C's `size_t`, which has their layout; none of them may be negative.
    func withUnsafeIndices<Result>(_ body: (UnsafePointer<Int>) throws -> Result) rethrows -> Result {
        try withUnsafeBufferPointer { buffer in
            if let base = buffer.baseAddress { return try body(base) }
            return try Swift.withUnsafePointer(to: 0) { try body($0) }
        }
    }
}

extension Matrix {
    /// Another with the same values.
    func copy() -> Matrix {
        let copy = Matrix(rows, columns)
        copy.pointer.update(from: pointer, count: rows * columns)
        return copy
    }

    /// self *= factor.
    func multiply(by factor: Double) {
        if factor != 1 { ak_scale(rows * columns, pointer, Float(factor)) }
    }
}
