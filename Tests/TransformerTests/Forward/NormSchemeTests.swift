import Foundation
import Testing
import Transformer

/// Norms that take their statistics elsewhere, against a PyTorch implementation in float64 (Tools/norm_schemes.py).
@Suite struct NormSchemeTests {
    /// Keeps activations, and counts the pairs that the norms report.
    final class Counter: Observer {
        let collector = Collector()
        private(set) var pairs: [NormSite: Int] = [:]
        private(set) var means: [NormSite: Int] = [:]
        var wantsNormStatistics: Bool { true }
        func wants(_ point: HookPoint) -> Bool { collector.wants(point) }
        func observe(_ point: HookPoint, _ activation: borrowing Activation) { collector.observe(point, activation) }
        func observe(_ statistics: NormStatistics, at site: NormSite) {
            pairs[site, default: 0] += statistics.pairs.count
            means[site, default: 0] += statistics.means
        }
    }

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
                let found = rows[batch.rows(ofSequence: sequence)].flatMap { $0 }
                #expect(found.count == expected.count)
                difference.add(found, expected)
            }
            #expect(difference.ratio <= 5e-5, "\(point)")
        }
    }

    @Test(arguments: fixtures)
    func pairsAreCountedAsTheyAreMade(fixture: Fixture) throws {
        let model = try fixture.model()
        let container = try container(fixture)
        let batch = Batch(try fixture.reference().sequences)
        let width = model.configuration.width
        let expected: [(NormScheme, Int)] = [
            (.token, batch.tokenCount), (.feature, batch.sequenceCount * width), (.sequence, batch.sequenceCount),
            (try scheme("frozen", container), 0), (.none, 0),
        ]
        for (scheme, pairs) in expected {
            let counter = Counter()
            try model.forward(batch, scheme: scheme, observer: counter)
            #expect(model.sites.allSatisfy { counter.pairs[$0] == pairs }, "\(scheme.name)")
            // A frozen LayerNorm still takes each row's mean away; an RMSNorm takes none.
            let isRMS = model.configuration.normKind == .rmsNorm
            let means = isRMS ? 0 : scheme.name == "frozen" ? batch.tokenCount : pairs
            #expect(model.sites.allSatisfy { counter.means[$0] == means }, "\(scheme.name)")
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
