import ArgumentParser
import Processor

/// How many threads run the forward passes of a command.
struct ThreadOptions: ParsableArguments {
    @Option(help: "Threads for the forward pass; 0 is one for each processor.")
    var threads = 0

    func validate() throws {
        if threads < 0 { throw ValidationError("--threads takes a number from 0.") }
    }

    /// From here on, in this process.
    func apply() { Compute.threads = threads }
}
