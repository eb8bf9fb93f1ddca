/// The tokens that a report shows one by one, with their variances before the norms.
struct ShownTokens {
    struct Token {
        let sequence: String
        let position: Int
        package let text: String
        /// By depth.
        var variances: [Int: Double] = [:]

        /// The token and where it stands.
        package var name: String { "\(HTMLText.quotedToken(text)) (sequence \(sequence), position \(position))" }
    }

    let tokens: [Token]
    /// In order.
    let depths: [Int]
    private let sites: [Int: String]

    /// - Parameter table: the rows of `report_tokens.sql`.
    init(_ table: ReportTable) {
        let sequences = table.texts("sequence_id")
        let positions = table.numbers("position")
        let texts = table.texts("token")
        let names = table.texts("site")
        let places = table.numbers("depth")
        var tokens: [Token] = []
        var sites: [Int: String] = [:]
        for (row, variance) in table.numbers("variance").enumerated() {
            guard let position = positions[row].map({ Int($0) }), let depth = places[row].map({ Int($0) }) else { continue }
            if tokens.last?.position != position || tokens.last?.sequence != sequences[row] {
                tokens.append(Token(sequence: sequences[row], position: position, text: texts[row]))
            }
            sites[depth] = names[row]
            tokens[tokens.count - 1].variances[depth] = variance
        }
        self.tokens = tokens
        self.sites = sites
        depths = sites.keys.sorted()
    }

    func site(_ depth: Int) -> String { sites[depth] ?? "depth \(depth)" }

    /// Those after position 0.
    func later(at depth: Int) -> [(token: Token, variance: Double)] { chosen(at: depth) { $0.position > 0 } }

    /// Those at position 0.
    func first(at depth: Int) -> [(token: Token, variance: Double)] { chosen(at: depth) { $0.position == 0 } }

    private func chosen(at depth: Int, _ condition: (Token) -> Bool) -> [(token: Token, variance: Double)] {
        tokens.compactMap { token in condition(token) ? token.variances[depth].map { (token, $0) } : nil }
    }

    /// Of those after position 0.
    func median(at depth: Int?) -> Double? {
        depth.flatMap { Findings.middle(of: later(at: $0).map(\.variance).sorted()) }
    }

    /// The two tokens followed by depth when the page opens, as places in `tokens`: the words of the project's question
    /// where the text has them, else the token with the highest variance at the last site and the one with the lowest.
    var defaultPlaces: (Int, Int)? {
        let later = tokens.indices.filter { tokens[$0].position > 0 }
        if let places = projectWordPlaces { return places }
        guard let last = depths.last else { return nil }
        let known = later.compactMap { place in tokens[place].variances[last].map { (place, $0) } }
        guard let highest = known.max(by: { $0.1 < $1.1 }), let lowest = known.min(by: { $0.1 < $1.1 }), highest.0 != lowest.0
        else { return nil }
        return (highest.0, lowest.0)
    }

    /// Where the words of the project's question stand after position 0, the first of each; nil where the text lacks one.
    private var projectWordPlaces: (Int, Int)? {
        let later = tokens.indices.filter { tokens[$0].position > 0 }
        func place(of word: String) -> Int? { later.first { tokens[$0].text == " " + word || tokens[$0].text == word } }
        guard let hatred = place(of: "hatred"), let okay = place(of: "ok") else { return nil }
        return (hatred, okay)
    }

    var hasProjectWords: Bool { projectWordPlaces != nil }

    var defaultPair: (Token, Token)? { defaultPlaces.map { (tokens[$0], tokens[$1]) } }
}
