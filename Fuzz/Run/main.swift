import FuzzTargets
import Foundation

// fuzz TARGET|all [--seconds N] [--seed N] [--replay FILE]
//
// Tries changed inputs on one target or on each in turn, and counts them. The input being tried is in fuzz-TARGET.last: after
// a crash, `fuzz TARGET --replay fuzz-TARGET.last` tries it again. Memory is limited to 4 GB, so that asking for more is a crash.

func value(of option: String) -> String? {
    let arguments = CommandLine.arguments
    return arguments.firstIndex(of: option).flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
}

func stop(_ message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(1)
}

let name = CommandLine.arguments.dropFirst().first ?? ""
let targets = name == "all" ? FuzzTarget.allCases : FuzzTarget(rawValue: name).map { [$0] } ?? []
if targets.isEmpty {
    stop("usage: fuzz all|\(FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")) [--seconds N] [--seed N] [--replay FILE]")
}
let seconds = value(of: "--seconds").flatMap(Double.init) ?? 60
let seed = value(of: "--seed").flatMap(UInt64.init) ?? UInt64.random(in: 1...999_999)
var limit = rlimit(rlim_cur: 4 << 30, rlim_max: 4 << 30)
#if os(Linux)
setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
#endif

do {
    if let file = value(of: "--replay") {
        var bytes = try Array(Data(contentsOf: URL(fileURLWithPath: file)))
        if file.hasSuffix(".last"), bytes.count >= 8 {
            let count = bytes.withUnsafeBytes { Int(UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))) }
            bytes = Array(bytes.dropFirst(8).prefix(count))
        }
        for target in targets { try target.run(bytes) }
        print("\(bytes.count) bytes: no finding")
        exit(0)
    }
    for target in targets {
        var run = try FuzzRun(target, seed: seed, lastInput: "fuzz-\(target).last")
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end { for _ in 0..<16 { try run.step() } }
        unlink("fuzz-\(target).last")
        print("\(target): \(run.executions) executions in \(Int(seconds)) s, seed \(seed), slowest \(run.slowest), no finding")
    }
} catch {
    stop("\(error)")
}
