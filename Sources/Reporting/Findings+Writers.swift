/// What is seen of the parameters of the norms and of what writes into the residual stream.
extension Findings {
    static func gainAndBias(_ data: ReportData) -> String? {
        guard let table = data.table("gain_and_bias"),
            let gains = range(table.numbers("min_gain"), table.numbers("max_gain")),
            let gain = largest(table.numbers("gain_rms_from_1")), let bias = largest(table.numbers("bias_rms_from_0"))
        else { return nil }
        let sites = table.texts("site")
        let biases = data.run.norm.isRMS ? "" : ", and the biases farthest from 0 at \(sites[bias.place]) (\(short(bias.value)))"
        let negative = table.numbers("negative_gains").compactMap { $0 }.reduce(0, +)
        return "Gains lie between \(short(gains.low)) and \(short(gains.high))"
            + (negative > 0 ? ", \(ReportNumber.whole(Int(negative))) of them below 0" : "")
            + "; they are farthest from 1 at \(sites[gain.place]) (\(short(gain.value)), root mean square)\(biases)."
    }

    static func heads(_ data: ReportData) -> String? {
        guard let table = data.table("head_writes") else { return nil }
        let layers = table.texts("layer")
        let heads = table.texts("head")
        let lengths = table.numbers("mean_l2_norm")
        let sorted = lengths.compactMap { $0 }.sorted()
        var text = ""
        if let top = largest(lengths), let median = middle(of: sorted), median > 0 {
            text =
                "Head \(heads[top.place]) of layer \(layers[top.place]) writes the longest vectors, \(short(top.value)) on average: "
                + "\(short(top.value / median)) times the median head."
        }
        if let sink = largest(table.numbers("l2_norm_position_0")) {
            text +=
                (text.isEmpty ? "" : " ")
                + "At position 0 it is head \(heads[sink.place]) of layer \(layers[sink.place]), with \(short(sink.value))."
        }
        return text.isEmpty ? nil : text
    }

    static func shares(_ data: ReportData) -> String? {
        guard let table = data.table("shares") else { return nil }
        let places = zip(table.texts("sequence_id"), table.texts("position")).map { $0 + " " + $1 }
        let depths = table.numbers("depth")
        let shares = table.numbers("share")
        let parts = table.texts("part")
        let pair = data.shown.defaultPair
        let wanted = pair.map { "\($0.0.sequence) \($0.0.position)" }
        // Without statistics of the norms no token is chosen: the last one with shares has seen the whole text.
        guard let place = places.last(where: { $0 == wanted }) ?? places.last,
            let depth = zip(places, depths).filter({ $0.0 == place }).compactMap(\.1).max(),
            let last = places.indices.first(where: { places[$0] == place && depths[$0] == depth })
        else { return nil }
        // Post-LN: the sum that enters a norm begins with what the norm before it gave.
        let groups = ["the embeddings", "the norm before", "attention heads", "attention biases", "MLPs"]
        var sums = groups.map { (name: $0, share: 0.0, count: 0) }
        for index in places.indices where places[index] == place && depths[index] == depth {
            let part = parts[index]
            let group =
                part.hasSuffix("embedding")
                ? 0 : part == "norm before" ? 1 : part.hasPrefix("heads") ? 2 : part.hasPrefix("attention") ? 3 : 4
            sums[group].share += shares[index] ?? 0
            sums[group].count += 1
        }
        let listed = sums.filter { $0.count > 0 }.map { "\(ReportNumber.percent($0.share)) from \($0.name)" }.joined(
            separator: ", ")
        return
            "Of the variance of \(HTMLText.quotedToken(table.texts("token")[last])) (sequence \(table.texts("sequence_id")[last]), position "
            + "\(table.texts("position")[last])) where it enters \(table.texts("site")[last]): \(listed)."
    }

    static func largest(_ values: [Double?]) -> (place: Int, value: Double)? {
        values.enumerated().compactMap { place, value in value.map { (place, $0) } }.max { $0.1 < $1.1 }
    }

    /// - Parameter values: in order.
    static func middle(of values: [Double]) -> Double? {
        guard let upper = values.dropFirst(values.count / 2).first else { return nil }
        return values.count % 2 == 1 ? upper : (upper + values[values.count / 2 - 1]) / 2
    }
}
