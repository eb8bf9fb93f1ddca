import ArgumentParser
import Hub
import Models
import Output
import Transformer

struct ModelListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the models that --model knows by name, and some that 'model pull' fetches.")

    @OptionGroup var output: FormatOptions

    private static let columns = [
        "name", "architecture", "layers", "heads", "width", "parameters", "where", "revision", "bytes", "path",
    ]

    @OptionGroup var diagnostics: Diagnostics

    func run() throws {
        try reporting(diagnostics) {
            let library = ModelLibrary()
            let snapshots = library.cache.snapshots()
            let rows =
                [try Self.cells(of: Model.embedded()) + [.text("in the binary"), .null, .null, .null]]
                + SampleModel.allCases.map(Self.row)
                + snapshots.map { Self.row(of: $0, library) }
                + KnownModel.all.filter { library.cache.snapshot(of: ModelReference(repository: $0.repository)) == nil }
                .map(Self.row)
            try output.write { writer, _ in
                try writer.begin(columns: Self.columns)
                for row in rows { try writer.write(row) }
                try writer.end()
            }
        }
    }

    private static func cells(of model: Model, name: String? = nil) -> [Cell] {
        let c = model.configuration
        return [.text(name ?? model.name), .text(c.architecture.rawValue)]
            + [c.layerCount, c.headCount, c.width, model.parameterCount].map { .integer(Int64($0)) }
    }

    private static func row(of sample: SampleModel) -> [Cell] {
        guard sample.isThere else { return unknown(sample.rawValue) + [.text("by 'make samples'"), .null, .null, .null] }
        guard let model = try? Model(named: sample.rawValue) else {  // 'model info' says why
            return unknown(sample.rawValue) + [.text("a sample, cannot run here"), .null, .null, .text(sample.directory)]
        }
        return cells(of: model, name: sample.rawValue) + [.text("a sample"), .null, .null, .text(sample.directory)]
    }

    private static func row(of snapshot: Snapshot, _ library: ModelLibrary) -> [Cell] {
        let name = snapshot.reference.shortest
        let place: [Cell] = [.text(snapshot.commit), .integer(Int64(snapshot.size)), .text(snapshot.path)]
        if snapshot.missingFile != nil {
            return unknown(name) + [.text("in the cache, incomplete")] + place
        }
        guard let model = try? library.load(snapshot) else {  // 'model info' says why
            return unknown(name) + [.text("in the cache, cannot run here")] + place
        }
        return cells(of: model, name: name) + [.text("in the cache")] + place
    }

    private static func unknown(_ name: String) -> [Cell] { [.text(name)] + Array(repeating: .null, count: 5) }

    private static func row(of known: KnownModel) -> [Cell] {
        [.text(known.name), .text(ModelConfiguration.Architecture.gpt2.rawValue)]
            + [known.layers, known.heads, known.width, known.parameters].map { .integer(Int64($0)) }
            + [.text("on the hub"), .null, .null, .null]
    }
}
