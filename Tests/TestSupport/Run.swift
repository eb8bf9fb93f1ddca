/// Runs the built program to its end; with `terminal`, its standard output is one of that size.
package func actrec(
    _ arguments: [String], input: String = "", environment: [String: String] = [:], directory: String? = nil,
    terminal: (columns: Int, rows: Int)? = nil
) throws -> Outcome {
    let program = try RunningProgram(
        Executable.path(), arguments, environment: environment, directory: directory, terminal: terminal)
    program.feed(input)
    return program.wait()
}

package func actrec(
    _ arguments: String..., input: String = "", environment: [String: String] = [:], directory: String? = nil
) throws -> Outcome {
    try actrec(arguments, input: input, environment: environment, directory: directory)
}
