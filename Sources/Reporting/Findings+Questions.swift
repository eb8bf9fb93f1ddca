/// What is seen of contexts, words, schemes, attention and edits.
extension Findings {
    /// The answer that the recording was made for, under the title; nil where it was made for no question in particular.
    static func lead(_ data: ReportData) -> String? {
        if data.table("compare") != nil { return compared(data) }
        if data.table("normalization_schemes") != nil { return schemes(data) }
        return data.table("edits") == nil ? nil : edits(data)
    }

    static func contexts(_ data: ReportData) -> String? {
        guard let table = data.table("context_independence") else { return nil }
        let same = table.numbers("same_before").first.flatMap { $0 } ?? 0
        let different = table.numbers("different_before").first.flatMap { $0 } ?? 0
        var sentences: [String] = []
        if same > 0, let spread = table.numbers("spread_same").compactMap(\.self).max() {
            sentences.append(
                "With the same tokens before it, a token at the same position has "
                    + (spread == 0 ? "the same variance to the bit at every site" : "variances up to \(percent(spread)) apart")
                    + " (\(ReportNumber.count(Int(same), "group"))).")
        }
        if different > 0, let top = largest(table.numbers("spread_different")) {
            sentences.append(
                "With other tokens before it, attention brings them in: up to \(percent(top.value)) apart, at \(table.texts("site")[top.place]) "
                    + "(\(ReportNumber.count(Int(different), "group"))).")
        }
        return sentences.joined(separator: " ").nonEmpty
    }

    /// The first word against the second, over carriers.
    static func compared(_ data: ReportData) -> String? {
        guard let table = data.table("compare"), let (first, second) = data.comparedWords else { return nil }
        let words = table.texts("word")
        func rows(_ word: String) -> [Int] { words.indices.filter { words[$0] == word } }
        let (ratios, low, high) = (table.numbers("ratio_of_first"), table.numbers("ci_low"), table.numbers("ci_high"))
        let kurtosis = table.numbers("mean_kurtosis")
        let pairs = rows(second).filter { ratios[$0] != nil }
        let above = pairs.filter { ratios[$0]! > 1 }
        let clear = above.count { (low[$0] ?? 0) > 1 }
        let below = pairs.count { (high[$0] ?? .infinity) < 1 }
        let spikier = zip(rows(first), rows(second)).count { (kurtosis[$0] ?? .nan) > (kurtosis[$1] ?? .nan) }
        guard let n = table.numbers("n").first.flatMap({ $0 }), !pairs.isEmpty else { return nil }
        return
            "“\(first)” enters the norms with a higher variance than “\(second)” at \(above.count) of \(ReportNumber.count(pairs.count, "site")), "
            + "over \(ReportNumber.count(Int(n), "carrier")); the interval is wholly above 1 at \(clear)"
            + (below > 0 ? ", wholly below at \(below)" : "")
            + ". Its kurtosis is higher at \(spikier)."
    }

    /// What the branch around the norm keeps.
    static func kept(_ data: ReportData) -> String? {
        guard let table = data.table("information_kept") else { return nil }
        let before = table.numbers("correlation_with_before")
        let sorted = before.compactMap(\.self).sorted()
        guard let median = middle(of: sorted), let least = sorted.first else { return nil }
        let values =
            "a token’s log scale correlates with that at the site before at \(short(median)) (median over sites; lowest \(short(least)))."
        return data.run.placement == "post"
            ? "In this post-LN model no branch goes around the norm; " + values
            : "The branch around the norm keeps it: " + values
    }

    static func schemes(_ data: ReportData) -> String? {
        guard let table = data.table("normalization_schemes") else { return nil }
        let names = table.texts("scheme")
        func listed(_ column: String, _ text: (Double) -> String) -> String? {
            let values = table.numbers(column)
            let others = names.indices.filter { names[$0] != "token" }.compactMap { place in
                values[place].map { "\(names[place]) \(text($0))" }
            }
            guard let own = names.firstIndex(of: "token").flatMap({ values[$0] }), !others.isEmpty else { return nil }
            return "\(text(own)) with the model’s own norm, " + others.joined(separator: ", ")
        }
        let losses = listed("loss", short).map { "Loss, in nats a token: \($0)." }
        let (changed, earlier) = (table.numbers("changed"), table.numbers("earlier"))
        let leaks = names.indices.compactMap { place -> String? in
            guard let changed = changed[place], let all = earlier[place], changed > 0 else { return nil }
            return "\(names[place]) (\(ReportNumber.whole(Int(changed))) of \(ReportNumber.whole(Int(all))) earlier positions)"
        }
        let leak =
            leaks.isEmpty
            ? "None lets a later token change an earlier one."
            : "A later token changes earlier ones under: " + leaks.joined(separator: ", ") + "."
        return [losses, leak].compactMap(\.self).joined(separator: " ")
    }

    static func attention(_ data: ReportData) -> String? {
        guard let table = data.table("attention_sink") else { return nil }
        let weights = table.numbers("to_first")
        guard let top = largest(weights) else { return nil }
        let most = weights.count { ($0 ?? 0) > 0.5 }
        return "\(ReportNumber.count(most, "head")) of \(weights.count) give more than half of their attention to position 0; "
            + "head \(table.texts("head")[top.place]) of layer \(table.texts("layer")[top.place]) gives the most, \(percent(top.value))."
    }

    static func edits(_ data: ReportData) -> String? {
        guard let table = data.table("edits") else { return nil }
        let changed = table.numbers("changed").compactMap(\.self).reduce(0, +)
        let count = Set(table.texts("number")).count
        let written = "\(ReportNumber.count(count, "edit")) wrote \(ReportNumber.count(Int(changed), "value"))"
        guard let effects = data.table("effects"), let before = mean(effects.numbers("base_loss")),
            let after = mean(effects.numbers("loss")), let top = largest(effects.numbers("change").map { $0.map(abs) })
        else { return written + "; the change in loss is not recorded, here or in the run it is compared with (--capture loss)." }
        return
            "\(written). The loss over the tokens shown goes from \(short(before)) to \(short(after)) nats a token; "
            + "\(name(of: effects, top.place)) changes most, by \(signed(effects.numbers("change")[top.place] ?? 0))."
    }

    /// A row's token and its place.
    static func name(of table: ReportTable, _ row: Int) -> String {
        "\(HTMLText.quotedToken(table.texts("token")[row])) (sequence \(table.texts("sequence_id")[row]), position \(table.texts("position")[row]))"
    }

    static func mean(_ values: [Double?]) -> Double? {
        let known = values.compactMap(\.self)
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }

    private static func percent(_ share: Double) -> String { ReportNumber.short(share * 100) + "%" }
    private static func signed(_ value: Double) -> String { (value > 0 ? "+" : "") + short(value) }
}

extension String {
    /// Nil in place of nothing.
    var nonEmpty: String? { isEmpty ? nil : self }
}
