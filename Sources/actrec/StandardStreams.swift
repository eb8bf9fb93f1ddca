import Foundation
import Output

/// Before anything is opened. Writing to a closed pipe, or past a limit on the size of files, then gives an error to handle, and
/// not a signal that ends the process. A standard stream that whoever started us had closed is given its number back, in a way that
/// each use of it fails: else the next file to be opened would have that number, and get the lines meant for the user.
func prepareStandardStreams() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
    where fcntl(descriptor, F_GETFD) < 0 {
        _ = open("/dev/null", mode)  // the lowest number that is free: this one
    }
}

/// A line for the user, beside the data: on standard error. Where that cannot be written, nobody can be told, and the work
/// goes on.
/// - Parameter erasing: whether a progress bar may stand there.
func note(_ text: String, erasing: Bool = false) {
    let erase = erasing && Terminal.isTerminal(STDERR_FILENO) ? "\r\u{1b}[K" : ""
    let sink = FileDescriptorSink(fileDescriptor: STDERR_FILENO, name: "standard error")
    try? sink.write("\(erase)actrec: \(text)\n")
    try? sink.flush()
}

/// Warns about bytes of the input that no token covers.
func warn(ofLostBytes bytes: [UInt8]) {
    if bytes.isEmpty { return }
    let list = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    note("warning: the tokenizer has no token for the bytes \(list) of the text, and drops them")
}
