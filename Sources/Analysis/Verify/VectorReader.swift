import CSQLite

/// How the values of a vector are kept.
enum VectorType: String {
    case float32, float16

    var size: Int { self == .float32 ? 4 : 2 }

    /// The rounding error that keeping added: float32 adds none to what the model computed.
    var rounding: Double { self == .float32 ? 0 : 0x1p-11 }
}

/// The values of one vector after another, in the same memory.
package struct VectorReader {
    private(set) var values: [Double] = []
    /// Whether the last vector held only finite values.
    private(set) var isFinite = true

    /// Reads little-endian values without a header. False when there are not `count` of them.
    mutating func read(_ bytes: UnsafeRawBufferPointer, _ type: VectorType, count: Int) -> Bool {
        guard bytes.count == count * type.size else { return false }
        if values.count != count { values = Array(repeating: 0, count: count) }
        var allFinite = true
        values.withUnsafeMutableBufferPointer { values in
            switch type {
            case .float32:
                for i in 0..<count {
                    let bits = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self))
                    values[i] = Double(Float(bitPattern: bits))
                }
            case .float16:
                for i in 0..<count {
                    let bits = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
                    values[i] = Self.double(half: bits)
                }
            }
            for value in values where !value.isFinite { allFinite = false }
        }
        isFinite = allFinite
        return true
    }

    /// IEEE 754 binary16; Float16 itself is not there on every Mac.
    package static func double(half bits: UInt16) -> Double {
        let sign: Double = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 31)
        let fraction = Double(bits & 1023)
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
        }
    }
}

/// Statistics of a vector, in double precision and two passes.
struct VectorMoments {
    let mean, variance, skewness, kurtosis, minimum, maximum, square: Double

    init(_ values: ArraySlice<Double>) {
        let n = Double(values.count)
        var sum = 0.0, square = 0.0, low = Double.infinity, high = -Double.infinity
        for x in values {
            sum += x
            square += x * x
            low = min(low, x)
            high = max(high, x)
        }
        let mean = sum / n
        var m1 = 0.0, m2 = 0.0, m3 = 0.0, m4 = 0.0
        for x in values {
            let d = x - mean, d2 = d * d
            m1 += d
            m2 += d2
            m3 += d2 * d
            m4 += d2 * d2
        }
        // What rounding left in the mean is taken out again.
        self.mean = mean + m1 / n
        variance = m2 / n - (m1 / n) * (m1 / n)
        skewness = m3 / n / (variance * variance.squareRoot())
        kurtosis = m4 / n / (variance * variance)
        (minimum, maximum, self.square) = (low, high, square)
    }
}

/// The hook points that a run keeps vectors of.
struct KeptHook {
    let id, run, model: Int64
    let name: String
    let type: VectorType
    /// Of a norm's hook points `width` is that of the site, else the model's.
    let heads, width, headWidth, context: Int
    /// Of the model's queries; keys and values may have fewer.
    let queryHeads: Int
    let isCausal: Bool
    /// How the model's norms stand, as `models.placement` has it.
    let placement: String
    /// Whether attention and MLP read the same stream.
    let isParallel: Bool
    /// Of scores and patterns, the keys that a token sees at most; nil: all.
    let window: Int?
    /// Whether the run's passes were edited: then nothing need follow from anything.
    let isEdited: Bool

    /// The keys that the token at a position of a sequence sees.
    func keys(position: Int, length: Int) -> Range<Int> {
        guard let window else { return 0..<(isCausal ? position + 1 : length) }
        return isCausal
            ? max(0, position + 1 - window)..<position + 1
            : max(0, position - window / 2)..<max(position, min(length, position + window / 2 + 1))
    }

    static func all(in database: ReadOnlyDatabase) throws -> [KeptHook] {
        var hooks: [KeptHook] = []
        let sql = """
            SELECT h.hook_id, h.run_id, r.model_id, h.name, h.dtype, h.head_count, coalesce(s.width, d.width), d.head_width, d.context,
                   d.placement, d.heads, d.mask, d.parallel, h.window, EXISTS (SELECT 1 FROM edits e WHERE e.run_id = h.run_id)
            FROM hooks h JOIN runs r ON r.run_id = h.run_id JOIN models d ON d.model_id = r.model_id
            LEFT JOIN sites s ON s.model_id = r.model_id AND h.name LIKE s.site || '.hook_%'
            ORDER BY h.hook_id
            """
        try database.rows(sql) { row in
            hooks.append(
                KeptHook(
                    id: row.integer(0), run: row.integer(1), model: row.integer(2), name: row.text(3),
                    type: VectorType(rawValue: row.text(4)) ?? .float32, heads: Int(row.integer(5)),
                    width: Int(row.integer(6)), headWidth: Int(row.integer(7)), context: Int(row.integer(8)),
                    queryHeads: Int(row.integer(10)), isCausal: row.text(11) == "causal", placement: row.text(9),
                    isParallel: row.integer(12) == 1, window: row.isNull(13) ? nil : Int(row.integer(13)),
                    isEdited: row.integer(14) == 1))
        }
        return hooks
    }

    /// The other hook point of the same run, if it is kept.
    static func find(_ name: String, of hook: KeptHook, among hooks: [KeptHook]) -> KeptHook? {
        hooks.first { $0.name == name && $0.run == hook.run }
    }
}
