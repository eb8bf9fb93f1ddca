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

/// Which run of a recording.
struct RunOption: ParsableArguments {
    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The run's id (actrec runs lists them); the newest run when left out.", valueName: "id"))
    var run: Int64?

    /// The values with the run among them, as the parameter `run`.
    func added(to values: [String: String]) throws -> [String: String] { try Self.added(run, to: values) }

    static func added(_ run: Int64?, to values: [String: String]) throws -> [String: String] {
        guard let run else { return values }
        if let other = values["run"], other != String(run) {
            throw ValidationError("Give one run: --run \(run) or -p run=\(other).")
        }
        return values.merging(["run": String(run)]) { $1 }
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
