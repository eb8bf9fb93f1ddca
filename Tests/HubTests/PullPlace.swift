import Foundation
import TestSupport

/// A Hugging Face home of one test's own, and the program run with it.
struct PullPlace {
    let directory: TemporaryDirectory
    let home: String

    init() throws {
        directory = try TemporaryDirectory()
        home = directory.place("hf")
    }

    static let model = "tiny-org/tiny"

    var cache: String { home + "/hub" }
    var folder: String { cache + "/models--tiny-org--tiny" }
    var snapshot: String { "\(folder)/snapshots/\(FakeHub.commit)" }

    func environment(_ hub: FakeHub?, _ more: [String: String] = [:]) -> [String: String] {
        var variables = ["HF_HOME": home]
        if let hub { variables["HF_ENDPOINT"] = hub.address }
        return variables.merging(more) { $1 }
    }

    func pull(_ hub: FakeHub?, _ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
        let arguments = ["model", "pull"] + (arguments.isEmpty ? [Self.model] : arguments)
        return try actrec(arguments, environment: self.environment(hub, environment))
    }

    func start(_ hub: FakeHub) throws -> RunningProgram {
        try RunningProgram(Executable.path(), ["model", "pull", Self.model], environment: environment(hub))
    }

    /// Every file and link below a directory of the repository's folder, in order.
    func names(_ part: String) -> [String] {
        (FileManager.default.enumerator(atPath: "\(folder)/\(part)")?.compactMap { $0 as? String } ?? []).sorted()
    }

    /// Nothing that a loader looks at is there.
    var holdsNothing: Bool { names("snapshots").isEmpty && names("refs").isEmpty }

    func bytes(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map { Array($0) } }
}

extension FakeHub {
    /// The files of a model of 2 blocks with random weights and no tokenizer, with others that nobody needs.
    static func tinyFiles() throws -> [String: File] {
        let fixture = Paths.fixture("odd")
        func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: "\(fixture)/\(name)"))) }
        return [
            "config.json": File(try bytes("config.json")),
            "model.safetensors": File(try bytes("model.safetensors"), isLarge: true),
            "pytorch_model.bin": File([1, 2, 3], isLarge: true),
            "README.md": File(Array("# tiny\n".utf8)),
        ]
    }

    static func tiny() throws -> FakeHub { try FakeHub(files: tinyFiles()) }
}
