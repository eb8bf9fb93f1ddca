/// IEEE 754 binary16, for vectors in half the space.
enum HalfPrecision {
    /// Rounded to nearest; what exceeds 65,504 becomes infinite. Little-endian.
    static func encode(_ values: UnsafeBufferPointer<Float>) -> [UInt16] {
        values.map { Float16($0).bitPattern.littleEndian }
    }
}
