import Foundation

/// Where the hub is, where its cache is and who asks: from the environment variables of Python's huggingface_hub.
public struct HubEnvironment: Sendable {
    /// Without a slash at its end: `HF_ENDPOINT`.
    public var endpoint: String
    /// `HF_HUB_CACHE`, else `hub` in the hub's home.
    public var cache: HubCache
    /// `HF_TOKEN`, else the first line of `HF_TOKEN_PATH`, or of `token` in the hub's home.
    public var token: String?
    /// `HF_HUB_OFFLINE`: nothing is asked of the network.
    public var isOffline: Bool
    /// Seconds without a byte after which a connection counts as broken: `HF_HUB_DOWNLOAD_TIMEOUT`.
    public var stallTimeout: Int

    /// Reads the process's environment, or the one given.
    public init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
        func value(_ names: String...) -> String? {
            names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        func path(_ text: String) -> String {
            let expanded = text.replacing(/\$(?:\{([^}]*)\}|(\w+))/) { match in
                environment[String(match.1 ?? match.2 ?? "")] ?? String(match.0)
            }
            // As Python's `expanduser`: the user's own `~` is `$HOME`, and the password file's only where that is not set.
            if let home = value("HOME"), expanded == "~" || expanded.hasPrefix("~/") {
                return (home.hasSuffix("/") ? String(home.dropLast()) : home) + expanded.dropFirst()
            }
            return (expanded as NSString).expandingTildeInPath
        }
        func isTrue(_ text: String?) -> Bool { ["1", "ON", "YES", "TRUE"].contains(text?.uppercased()) }

        let home = path(value("HF_HOME") ?? (value("XDG_CACHE_HOME") ?? "~/.cache") + "/huggingface")
        var address = value("HF_ENDPOINT") ?? "https://huggingface.co"
        while address.hasSuffix("/") { address.removeLast() }
        endpoint = address
        cache = HubCache(path: path(value("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") ?? home + "/hub"))
        isOffline = isTrue(value("HF_HUB_OFFLINE")) || isTrue(value("TRANSFORMERS_OFFLINE"))
        stallTimeout = value("HF_HUB_DOWNLOAD_TIMEOUT").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 20
        token = Self.clean(value("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"))
        if token == nil {
            let file = path(value("HF_TOKEN_PATH") ?? home + "/token")
            token = Self.clean(try? String(contentsOfFile: file, encoding: .utf8))
        }
    }

    /// A token goes into a header, where a line end would begin another one.
    private static func clean(_ token: String?) -> String? {
        guard let token = token?.trimmingCharacters(in: .whitespacesAndNewlines), !token.isEmpty,
            token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        return token
    }
}
