import Checkpoints
import Foundation
import Testing
import Transformer

/// Norms that take their statistics elsewhere, against a PyTorch implementation in float64 (Tools/norm_schemes.py).
@Suite struct NormSchemeTests {
    /// Keeps activations, and counts the pairs that the norms report.
    final class Counter: Observer {
        let collector = Collector()
        private(set) var pairs: [NormSite: [(mean: Double, variance: Double)]] = [:]
        private(set) var means: [NormSite: Int] = [:]
        var wantsNorms: Bool { true }
        func wants(_ point: HookPoint) -> Bool { collector.wants(point) }
        func observe(_ point: HookPoint, _ activation: borrowing Activation) { collector.observe(point, activation) }
        func observe(_ norm: borrowing AppliedNorm) {
            pairs[norm.site, default: []] += norm.statistics.pairs
            means[norm.site, default: 0] += norm.statistics.means
        }
    }

    /// Of the largest value of a row, after norms that may divide by what is far smaller than what the model was made for.
    static let bar: Float = 5e-5

    static let fixtures = ["odd", "f16-untied", "bert", "llama"].map(Fixture.init)

    func container(_ fixture: Fixture) throws -> Safetensors {
        try Safetensors(MappedFile(path: fixture.directory + "/schemes.safetensors"))
    }

    func scheme(_ name: String, _ container: Safetensors) throws -> NormScheme {
        switch name {
        case "feature": return .feature
        case "sequence": return .sequence
        case "none": return .none
        default:
            let scales = try #require(container.view("frozen/scales")).floats()
            return .frozen(
                stride(from: 0, to: scales.count, by: 2).map {
                    .init(positionZero: Double(scales[$0]), others: Double(scales[$0 + 1]))
                })
        }
    }

    @Test(arguments: fixtures, ["feature", "sequence", "frozen", "none"])
    func everySchemeAgreesWithPyTorch(fixture: Fixture, name: String) throws {
        let model = try fixture.model()
        let container = try container(fixture)
        let batch = Batch(try fixture.reference().sequences)
        let counter = Counter()
        try model.forward(batch, scheme: scheme(name, container), observer: counter)
        var points = model.hookPoints.filter { $0 == .logits }
        for site in model.sites { points += [.norm(site, .input), .norm(site, .normalized), .norm(site, .output)] }
        for point in points {
            let rows = try #require(counter.collector.values[point])
            var difference = Difference()
            for sequence in 0..<batch.sequenceCount {
                let expected = try #require(container.view("\(name)/\(sequence)/\(point)"), "\(point)").floats()
                let found = rows[batch.rows(ofSequence: sequence)]
                #expect(found.reduce(0) { $0 + $1.count } == expected.count)
                difference.add(found, expected)
            }
            #expect(difference.ratio <= Self.bar, "\(point)")
        }
    }

    /// Every pair that is counted is the mean and variance of some values of hook_in: of a token's, of a feature's over a sequence,
    /// of all of a sequence. No pair is missing, none is counted twice.
    @Test(arguments: fixtures, ["token", "feature", "sequence", "frozen", "none"])
    func everyCountedPairIsOneOfTheVectors(fixture: Fixture, name: String) throws {
        let model = try fixture.model()
        let batch = Batch(try fixture.reference().sequences)
        let counter = Counter()
        try model.forward(batch, scheme: name == "token" ? .token : scheme(name, container(fixture)), observer: counter)
        let isRMS = model.configuration.normKind == .rmsNorm
        for site in model.sites {
            let rows = try #require(counter.collector.values[.norm(site, .input)])
            var groups: [[Double]] = []
            for sequence in 0..<batch.sequenceCount {
                let own = rows[batch.rows(ofSequence: sequence)].map { $0.map(Double.init) }
                switch name {
                case "token": groups += own
                case "feature": groups += own[0].indices.map { feature in own.map { $0[feature] } }
                case "sequence": groups.append(own.flatMap { $0 })
                default: break
                }
            }
            let pairs = counter.pairs[site] ?? []
            #expect(pairs.count == groups.count, "\(site)")
            // A frozen LayerNorm still takes each row's mean away; an RMSNorm takes none.
            #expect(counter.means[site] == (isRMS ? 0 : name == "frozen" ? batch.tokenCount : pairs.count), "\(site)")
            for (pair, values) in zip(pairs, groups) {
                let mean = values.reduce(0, +) / Double(values.count)
                let square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
                let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
                #expect(
                    abs(pair.mean - mean) <= 1e-12 * square.squareRoot() && abs(pair.variance - variance) <= 1e-12 * square,
                    "\(site)")
            }
        }
    }

    @Test func aTokensOwnNormIsTheModels() throws {
        let model = try Model.embedded()
        let batch = Batch([[40, 1254, 13763, 1909, 13]])
        let plain = try observe(model, batch)
        let counter = Counter()
        try model.forward(batch, scheme: .token, observer: counter)
        let same = counter.collector.values == plain.values
        #expect(same)
    }

    /// What makes a scheme unfit for predicting the next token: it lets earlier positions see a later one.
    @Test(arguments: [("token", false), ("feature", true), ("sequence", true), ("none", false)])
    func schemesThatLookAcrossTokensLeakTheFuture(name: String, leaks: Bool) throws {
        let model = try Model.embedded()
        let scheme: NormScheme = name == "token" ? .token : name == "feature" ? .feature : name == "sequence" ? .sequence : .none
        func final(_ tokens: [Int32]) throws -> [[Float]] {
            let collector = Collector { $0 == .norm(.final, .input) }
            try model.forward(Batch([tokens]), scheme: scheme, observer: collector)
            return try #require(collector.values[.norm(.final, .input)])
        }
        let before = try final([40, 1254, 13763, 1909])
        let after = try final([40, 1254, 13763, 12876])
        let changed = zip(before.dropLast(), after.dropLast()).count { $0 != $1 }
        #expect(changed == (leaks ? 3 : 0))
    }

    @Test func aFrozenNormNeedsAScaleForEverySite() throws {
        let model = try Model.embedded()
        let scheme = NormScheme.frozen([.init(positionZero: 1, others: 1)])
        #expect(throws: ForwardError.frozenScales(given: 1, site: 1)) {
            try model.forward(Batch([[1]]), scheme: scheme, observer: NoObserver())
        }
    }
}
