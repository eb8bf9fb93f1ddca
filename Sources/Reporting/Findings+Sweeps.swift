/// What is seen of sweeps: places that were changed one after another.
extension Findings {
    static func patch(_ data: ReportData) -> String? {
        guard let table = data.table("patch"), let top = largest(table.numbers("effect")) else { return nil }
        let (answer, against) = (table.texts("answer")[top.place], table.texts("against")[top.place])
        return
            "Put in at \(place(table, top.place)), the clean text’s values restore \(ReportNumber.percent(top.value)) of the difference between "
            + "\(HTMLText.quotedToken(answer)) and \(HTMLText.quotedToken(against)), more than at any other place."
    }

    static func ablation(_ data: ReportData) -> String? {
        guard let table = data.table("ablation"), let top = largest(table.numbers("effect")),
            let loss = table.numbers("loss")[top.place], let tokens = table.numbers("tokens")[top.place]
        else { return nil }
        let what = table.texts("kind")[top.place] == "mean" ? "With its mean in place of" : "Without"
        return "\(what) \(place(table, top.place)) the loss rises most, by \(short(top.value)) nats from \(short(loss)), over "
            + "\(ReportNumber.count(Int(tokens), "token"))."
    }

    /// A cell's place, in words.
    private static func place(_ table: ReportTable, _ row: Int) -> String {
        var words = table.texts("hook")[row]
        if table.numbers("head")[row] != nil { words += ", head \(table.texts("head")[row])," }
        if table.numbers("position")[row] != nil {
            words += " at position \(table.texts("position")[row]) (\(HTMLText.quotedToken(table.texts("token")[row])))"
        }
        return words
    }
}
