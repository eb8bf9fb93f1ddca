import Output

extension ReadOnlyDatabase {
    /// Looks at each row of a statement in turn.
    package func rows(_ sql: String, _ values: [Int64] = [], _ body: (Statement) throws -> Void) throws {
        let statement = try connection.prepare(sql)
        for (index, value) in values.enumerated() { try statement.bind(.integer(value), at: index + 1) }
        while try statement.step() { try body(statement) }
    }

    /// The first value of the first row, 0 when there is none.
    package func number(_ sql: String, _ values: [Int64] = []) throws -> Int {
        var result = 0
        try rows(sql, values) { result = Int($0.integer(0)) }
        return result
    }
}
