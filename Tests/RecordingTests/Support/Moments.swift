/// The statistics of a vector, each by its definition in double precision.
struct Moments {
    let mean: Double
    /// Divided by n.
    let variance: Double
    let skewness: Double
    let kurtosis: Double
    /// sqrt of the mean of squares: the measure for a deviation of the mean.
    let rms: Double
    /// The mean of the cubes' sizes: the measure for a deviation of the skewness, whose terms cancel.
    let cubes: Double

    init(_ values: some Collection<Float>) { self.init(values.map(Double.init)) }

    init(_ values: [Double]) {
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        let centred = values.map { $0 - mean }
        let variance = centred.reduce(0) { $0 + $1 * $1 } / n
        let deviation = variance.squareRoot()
        self.mean = mean
        self.variance = variance
        skewness = centred.reduce(0) { $0 + $1 * $1 * $1 } / n / (variance * deviation)
        kurtosis = centred.reduce(0) { $0 + $1 * $1 * $1 * $1 } / n / (variance * variance)
        rms = (values.reduce(0) { $0 + $1 * $1 } / n).squareRoot()
        cubes = centred.reduce(0) { $0 + abs($1 * $1 * $1) } / n / (variance * deviation)
    }
}

/// The difference of two numbers, as a part of `size`; 0 where both are 0.
func deviation(_ a: Double, _ b: Double, of size: Double) -> Double { a == b ? 0 : abs(a - b) / abs(size) }
