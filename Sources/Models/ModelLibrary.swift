import Foundation
import Hub
import Processor
import Transformer

/// The models that `--model` knows: the embedded one, directories, and what the Hugging Face cache holds.
public struct ModelLibrary {
    public var cache = HubEnvironment().cache

    public init() {}

    /// Loads a model by what the user typed. A directory comes before a repository of the same name.
    public func load(_ name: String) throws -> Model {
        try Compute.checkInstructionSet()
        do {
            return try Model(named: name)
        } catch ModelError.notFound {
            guard let reference = ModelReference(name) else { throw UnknownModel(name: name, reference: nil) }
            guard let snapshot = cache.snapshot(of: reference) else { throw UnknownModel(name: name, reference: reference) }
            return try load(snapshot)
        }
    }

    /// Loads a cached model.
    public func load(_ snapshot: Snapshot) throws -> Model {
        if let missing = snapshot.missingFile { throw HubError.incomplete(snapshot.reference, missing: missing) }
        return try Model(directory: snapshot.path, name: "\(snapshot.reference)")
    }
}

/// A name that stands for no model that is here.
public struct UnknownModel: Error, CustomStringConvertible {
    let name: String
    /// What it means on the hub.
    let reference: ModelReference?

    public var description: String {
        let pull = reference.map { "'actrec model pull \($0.shortest)'" } ?? ""
        if let reference, KnownModel.all.contains(where: { $0.repository == reference.repository }) {
            return "the model '\(name)' is not here yet; type \(pull) to fetch it, or give a directory"
        }
        if let reference, "\(reference.repository)".contains("/") {
            return "no model '\(name)': there is no such directory, and the Hugging Face cache does not have it; "
                + "if the hub does, \(pull) fetches it"
        }
        return "no model '\(name)': it is neither a directory nor a name from 'actrec model list'; "
            + "models on the hub are named organization/name"
    }
}
