import Foundation
import GRDB
import Schema
import Transformer

/// Writes what belongs to a model and not to a run: its description, its sites, its learned norms.
struct ModelWriter {
    let db: Database

    /// The id of the model, which is written when this file does not know it yet.
    func write(_ model: Model) throws -> Int64 {
        guard let fingerprint = model.fingerprint() else { throw RecordingError.noDigest }
        if let id = try Int64.fetchOne(db, sql: "SELECT model_id FROM models WHERE fingerprint = ?", arguments: [fingerprint]) {
            return id
        }
        let c = model.configuration
        // What the computed keys have room for.
        guard model.sites.count <= FactTable.Part.depth.count, c.headCount <= FactTable.Part.head.count else {
            throw RecordingError.tooLarge(model: model.name)
        }
        try db.execute(
            sql: """
                INSERT INTO models (name, source, architecture, norm, placement, parallel, positions, mask, layers, heads, key_value_heads, width,
                    head_width, inner_width, vocabulary, context, epsilon, activation, unembedding, logit_soft_cap,
                    parameters, fingerprint)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                model.name, model.source, c.architecture.rawValue, c.normKind.rawValue, c.normPlacement.rawValue,
                c.layers.contains(where: \.isParallel), c.positionEmbedding.name, c.attentionMask.rawValue, c.layerCount,
                c.headCount, c.keyValueHeadCount, c.width, c.headWidth, c.innerWidth,
                c.vocabularySize, c.contextLength, c.epsilon, c.activation.rawValue, c.unembedding.rawValue,
                c.logitSoftCap, model.parameterCount, fingerprint,
            ])
        let id = db.lastInsertedRowID
        try writeSites(of: model, id: id)
        try writeOutputBiases(of: model, id: id)
        try writeComponents(of: model, id: id)
        return id
    }

    private func writeSites(of model: Model, id: Int64) throws {
        let columns = ["model_id", "depth", "feature", "gain", "bias"]
        let c = model.configuration
        for (depth, site) in model.sites.enumerated() {
            try db.execute(
                sql: """
                    INSERT INTO sites (model_id, depth, site, layer, role, placement, normalizes, norm, weight_offset, heads, width)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    id, depth, site.description, site.layer, site.role.rawValue, c.placement(of: site).rawValue,
                    Self.normalizes(site, c.placement(of: site)), c.norm(at: site).kind.rawValue, c.norm(at: site).weightOffset,
                    c.headCount(at: site), c.width(at: site),
                ])
            let (gain, bias) = model.gainAndBias(at: site)
            var parameters = try InsertStatement(db, into: "norm_parameters", columns: columns, inGroupsOf: gain.count)
            for feature in gain.indices {
                parameters.bind(id)
                parameters.bind(depth)
                parameters.bind(feature)
                parameters.bind(Double(gain[feature]))
                parameters.bind(Double(bias[feature]))
                try parameters.insert()
            }
        }
    }

    /// What goes through the norm at a site.
    private static func normalizes(_ site: NormSite, _ placement: NormPlacement) -> String {
        switch (site.role, placement) {
        case (.qNorm, _): "q"
        case (.kNorm, _): "k"
        case (_, .branchPost): "branch"
        default: "stream"
        }
    }

    private func writeComponents(of model: Model, id: Int64) throws {
        let components = Components(model)
        for (index, row) in components.rows.enumerated() {
            try db.execute(
                sql: "INSERT INTO components (model_id, component, name, kind, layer, head) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [id, index, row.name, row.kind, row.layer, row.head])
        }
    }

    private func writeOutputBiases(of model: Model, id: Int64) throws {
        var biases = try InsertStatement(
            db, into: "attention_output_biases", columns: ["model_id", "layer", "feature", "bias"],
            inGroupsOf: model.configuration.width)
        guard model.configuration.attentionOutputHasBias else { return }
        for layer in 0..<model.configuration.layerCount {
            for (feature, value) in model.attentionOutputBias(layer: layer).enumerated() {
                biases.bind(id)
                biases.bind(layer)
                biases.bind(feature)
                biases.bind(Double(value))
                try biases.insert()
            }
        }
    }
}
