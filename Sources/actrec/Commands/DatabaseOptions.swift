import ArgumentParser
import Foundation
import Reading

/// The recording to read, and how long a statement may take.
struct DatabaseOptions: ParsableArguments {
    @Argument(help: "The recording.", completion: .file(extensions: ["db"]))
    var database: String

    @Option(help: "Seconds after which a statement is stopped; 0 is never. 60 when not given, but never for export.")
    var timeout: Double?

    mutating func validate() throws {
        if let timeout, !(timeout >= 0) { throw ValidationError("--timeout takes a number of seconds from 0.") }
    }

    func open(defaultTimeout: Double = 60, rowLimit: Int? = nil) throws -> ReadOnlyDatabase {
        let timeout = timeout ?? defaultTimeout
        var options = ReadOnlyDatabase.Options(timeout: timeout == 0 ? nil : timeout, rowLimit: rowLimit)
        options.showsProgress = true
        options.onOverrun = .init {
            note("error: \(QueryError.timeout(seconds: timeout))")
            _exit(Failure.limit.rawValue)
        }
        return try ReadOnlyDatabase(path: database, options: options)
    }
}

/// Values for a statement's parameters.
struct ParameterOptions: ParsableArguments {
    @Option(
        name: [.short, .customLong("param")],
        help: ArgumentHelp("A parameter of the statement. May be repeated.", valueName: "name=value"))
    var parameters: [String] = []

    func values() throws -> [String: String] {
        var values: [String: String] = [:]
        for parameter in parameters {
            guard let equals = parameter.firstIndex(of: "="), equals != parameter.startIndex else {
                throw ValidationError("-p takes name=value, not '\(parameter)'.")
            }
            values[String(parameter[..<equals])] = String(parameter[parameter.index(after: equals)...])
        }
        return values
    }
}
