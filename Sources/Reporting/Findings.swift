import Foundation

/// What is seen, in one sentence, computed from the tables.
enum Findings {
    static func spikiest(_ data: ReportData) -> String? {
        let tokens = data.shown
        guard let first = tokens.median(at: tokens.depths.first), let last = tokens.depths.last,
            let median = tokens.median(at: last), let top = tokens.later(at: last).max(by: { $0.variance < $1.variance })
        else { return surprising(data) }
        return "From \(tokens.site(tokens.depths[0])) to \(tokens.site(last)) the median variance goes from \(short(first)) to "
            + "\(short(median)); highest at \(tokens.site(last)) is \(top.token.name), with \(short(top.variance)): "
            + "\(short(top.variance / median)) times the median."
    }

    /// Of a run that recorded no norms.
    private static func surprising(_ data: ReportData) -> String? {
        guard let table = data.table("surprise"), let mean = mean(table.numbers("surprise")),
            let top = largest(table.numbers("surprise"))
        else { return nil }
        return "The model’s loss is \(short(mean)) nats a token, over the tokens shown; its greatest surprise is "
            + "\(name(of: table, top.place)), with \(short(top.value))."
    }

    static func words(_ data: ReportData) -> String? { compared(data) ?? curves(data) }

    private static func curves(_ data: ReportData) -> String? {
        let tokens = data.shown
        guard let (one, other) = tokens.defaultPair else { return nil }
        let ratios = tokens.depths.compactMap { depth -> (depth: Int, ratio: Double)? in
            guard let above = one.variances[depth], let below = other.variances[depth], above > 0, below > 0 else { return nil }
            return (depth, above / below)
        }
        guard let low = ratios.min(by: { $0.ratio < $1.ratio }), let high = ratios.max(by: { $0.ratio < $1.ratio }) else {
            return nil
        }
        let mean = exp(ratios.map { log($0.ratio) }.reduce(0, +) / Double(ratios.count))
        return
            "These occurrences of \(one.name) and \(other.name): the first enters the norms with \(short(mean)) times the variance "
            + "of the second (geometric mean over \(ratios.count) sites), from \(short(low.ratio)) at \(tokens.site(low.depth)) to "
            + "\(short(high.ratio)) at \(tokens.site(high.depth))."
    }

    private static func beforeAndAfter(_ data: ReportData) -> String? {
        guard let table = data.table("before_and_after"),
            let before = range(table.numbers("before_min"), table.numbers("before_max")),
            let normalized = range(table.numbers("normalized_min"), table.numbers("normalized_max")),
            let after = range(table.numbers("after_min"), table.numbers("after_max"))
        else { return nil }
        return
            "Before the norm, variance lies between \(short(before.low)) and \(short(before.high)), over tokens and sites; "
            + "after \(data.run.norm.dividing) between \(near(normalized.low)) and \(near(normalized.high)); with \(data.run.norm.gain) between "
            + "\(short(after.low)) and \(short(after.high))."
    }

    static func lost(_ data: ReportData) -> String? {
        let kept = kept(data)
        return [beforeAndAfter(data), kept].compactMap(\.self).joined(separator: " ").nonEmpty
    }

    static func count(_ data: ReportData) -> String? {
        guard let table = data.table("how_many_statistics") else { return nil }
        let axes = table.texts("axis")
        let pairs = table.numbers("pairs")
        let sites = table.numbers("sites")
        let others = axes.indices.filter { table.texts("computed")[$0] != "yes" && pairs[$0] != nil }
            .map { "\(axes[$0]) \(whole(pairs[$0]))" }
        guard let computed = table.texts("computed").firstIndex(of: "yes"), let number = pairs[computed], number > 0 else {
            return "This run’s norms took their statistics by the scheme ‘\(data.run.scheme)’; counted on other axes: "
                + others.joined(separator: ", ") + "."
        }
        return "\(data.run.norm.statistics(Int(number))) at \(whole(sites[computed])) sites, one per \(axes[computed]); "
            + "other axes would have taken: \(others.joined(separator: ", "))."
    }

    static func axis(_ data: ReportData) -> String? {
        guard let table = data.table("normalization_axis"),
            let mean = table.numbers("token_mean_abs_max").compactMap({ $0 }).max(),
            let within = range(table.numbers("token_variance_min"), table.numbers("token_variance_max")),
            let means = range(table.numbers("feature_mean_min"), table.numbers("feature_mean_max")),
            let across = range(table.numbers("feature_variance_min"), table.numbers("feature_variance_max"))
        else { return nil }
        return "Within a token, across its features, the mean is at most \(short(mean)) from 0 and the variance between "
            + "\(near(within.low)) and \(near(within.high)); of one feature, across the tokens, means lie between \(short(means.low)) and "
            + "\(short(means.high)) and variances between \(short(across.low)) and \(short(across.high))."
    }

    static func range(_ low: [Double?], _ high: [Double?]) -> (low: Double, high: Double)? {
        guard let low = low.compactMap({ $0 }).min(), let high = high.compactMap({ $0 }).max() else { return nil }
        return (low, high)
    }

    static func short(_ value: Double) -> String { ReportNumber.short(value) }
    private static func near(_ value: Double) -> String { ReportNumber.nearOne(value) }
    private static func whole(_ value: Double?) -> String { value.map { ReportNumber.whole(Int($0)) } ?? "no" }
}
