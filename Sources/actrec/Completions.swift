import ArgumentParser
import Foundation
import Hub
import Models
import Queries
import Reading
import Schema
import Transformer

/// What a shell offers for an argument.
enum Completions {
    static let queries = CompletionKind.list(Queries.names)
    static let captures = CompletionKind.list(CapturePreset.allCases.map(\.rawValue))
    static let views = CompletionKind.list(SchemaPart.all.compactMap(\.name))
    static let exports = CompletionKind.list(Schema.publicViews + Queries.names + ["datasette"])
    static let hubModels = CompletionKind.list(KnownModel.all.map { $0.name })
    /// The embedded model, the samples that are here and what the cache holds, looked up when asked.
    static let models = CompletionKind.custom { _, _, _ in
        [Model.embeddedName] + SampleModel.allCases.filter(\.isThere).map(\.rawValue)
            + ModelLibrary().cache.snapshots().map(\.reference.shortest)
    }
}
