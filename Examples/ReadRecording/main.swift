import Queries
import Reading

let recording = try ReadOnlyDatabase(path: CommandLine.arguments[1])

// SQL of your own
let sql = "SELECT site, variance FROM token_statistics WHERE token = :token AND position > 0 ORDER BY depth"
for row in try recording.rows(sql, parameters: ["token": .text(" hatred")]) {
    print("\(row["site"].plainText ?? ""): variance \(row["variance"].double ?? .nan)")
}

// a named query
if let question = try Queries.named("spikiest_tokens") {
    print(question.question)
    for row in try recording.rows(question).prefix(3) { print(row["token"].plainText ?? "", row["kurtosis"].double ?? .nan) }
}
