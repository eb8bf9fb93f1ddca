/// Runs the built program to its end.
package func actrec(
    _ arguments: [String], input: String = "", environment: [String: String] = [:], directory: String? = nil
) throws -> Outcome {
    let program = try RunningProgram(Executable.path(), arguments, environment: environment, directory: directory)
    program.feed(input)
    return program.wait()
}

package func actrec(
    _ arguments: String..., input: String = "", environment: [String: String] = [:], directory: String? = nil
) throws -> Outcome {
    try actrec(arguments, input: input, environment: environment, directory: directory)
}
