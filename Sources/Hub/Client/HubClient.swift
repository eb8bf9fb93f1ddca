import CTransfer
import Foundation

/// Requests to the hub: redirects, the token, waiting and trying again.
final class HubClient {
    let environment: HubEnvironment
    let mayGoOn: () -> Bool
    private let policy: RetryPolicy
    private let note: (String) -> Void
    private let agent: String
    private let transfer: HTTPTransfer
    private let home: String
    /// Before the first answer of any kind, a host that cannot be reached is more likely misspelt or cut off than busy.
    private var hasAnswered = false

    init(
        _ environment: HubEnvironment, policy: RetryPolicy, agent: String, note: @escaping (String) -> Void,
        mayGoOn: @escaping () -> Bool
    ) throws(HubError) {
        transfer = try HTTPTransfer()
        guard let home = Self.origin(of: environment.endpoint) else { throw .badEndpoint(environment.endpoint) }
        (self.environment, self.policy, self.agent) = (environment, policy, agent)
        (self.note, self.mayGoOn, self.home) = (note, mayGoOn, home)
    }

    /// Makes a request and follows its redirects. The token goes to the hub's own host only, and no more once a redirect
    /// has left it. Calls `body` with the content of the last answer.
    ///
    /// With `headersOnly`, a redirect that leaves the host is the last answer.
    /// - Returns: the answers of every step, the last one last.
    func request(
        _ url: String, headers: [(name: String, value: String)] = [], headersOnly: Bool = false, body: @escaping HTTPTransfer.Body
    ) throws(HubError) -> [HTTPResponse] {
        var answers: [HTTPResponse] = []
        var address = url
        var isHome = true
        while true {
            isHome = isHome && Self.origin(of: address) == home
            var request = HTTPTransfer.Request(
                url: address, headersOnly: headersOnly, agent: agent, stallTimeout: environment.stallTimeout)
            request.headers = headers + [("Accept-Encoding", "identity")]  // sizes and ranges are those of the file
            if isHome, let token = environment.token { request.headers.append(("Authorization", "Bearer \(token)")) }
            let answer = try transfer.run(request, mayGoOn: mayGoOn) { (response, bytes) throws(HubError) in
                if !(300..<400).contains(response.status) { try body(response, bytes) }
            }
            hasAnswered = true
            answers.append(answer)
            guard (300..<400).contains(answer.status) else { return answers }
            guard let next = answer.redirect, let origin = Self.origin(of: next) else {
                throw .redirect(url: Self.shown(address), reason: "redirects to no http or https address")
            }
            if address.lowercased().hasPrefix("https:"), !origin.hasPrefix("https:") {
                throw .redirect(url: Self.shown(address), reason: "redirects to \(Self.shown(next)), which is not encrypted")
            }
            if headersOnly, origin != home { return answers }
            guard answers.count <= 10 else { throw .redirect(url: Self.shown(url), reason: "redirects more than 10 times") }
            address = next
        }
    }

    /// Runs `attempt` again after failures that may pass. `progress` says how many bytes have arrived so far.
    func retrying<Value>(
        progress: () -> Int = { 0 }, _ attempt: () throws(HubError) -> Value
    ) throws(HubError) -> Value {
        var failures = 0
        var arrived = progress()
        while true {
            do throws(HubError) {
                return try attempt()
            } catch {
                var wait = 0.0
                switch error {
                case .unreachable where !hasAnswered: throw error
                case .server(_, _, _, let seconds?) where error.isTransient:
                    guard seconds <= policy.longestRequestedWait else {
                        throw .askedToWait(seconds: seconds, endpoint: environment.endpoint)
                    }
                    wait = Double(seconds)
                default: guard error.isTransient else { throw error }
                }
                if progress() - arrived >= 1 << 20 { failures = 0 }
                arrived = progress()
                failures += 1
                guard failures < policy.attempts else { throw error }
                wait = max(wait, policy.wait(afterFailures: failures))
                note("\(error); trying again in \(String(format: "%.3g", wait)) s")
                try sleep(wait)
            }
        }
    }

    private func sleep(_ seconds: Double) throws(HubError) {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            guard mayGoOn() else { throw .interrupted }
            usleep(useconds_t(min(max(seconds, 0.001), 0.05) * 1e6))
        }
    }

    /// `scheme://host:port`; nil for an address that is not http or https.
    static func origin(of url: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 1024)
        guard transfer_origin(url, &buffer, buffer.count) != 0 else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// An address for a message: what follows a `?` may be a signature that gives access.
    static func shown(_ url: String) -> String { String(url.prefix { $0 != "?" && $0 != "#" }) }
}

extension HubClient {
    /// What an answer other than a success means; the hub says more than the status in `X-Error-Code`.
    func error(of answer: HTTPResponse, url: String, repository: RepositoryID, revision: Revision, file: String?) -> HubError {
        let message = answer.headers["x-error-message"] ?? ""
        let hasToken = environment.token != nil
        switch (answer.status, answer.headers["x-error-code"]) {
        case (_, "GatedRepo"):
            return .gated(repository, page: "\(environment.endpoint)/\(repository)", hasToken: hasToken)
        case (_, "RevisionNotFound"): return .revisionMissing(repository, revision)
        case (_, "EntryNotFound"): return .fileMissing(repository, file: file ?? "of that name")
        case (401, _) where message.hasPrefix("Invalid credentials"): return .tokenRefused(endpoint: environment.endpoint)
        // To those who may not know of it, the hub does not tell a private repository from none.
        case (_, "RepoNotFound"), (401, _):
            return .repositoryMissing(repository, endpoint: environment.endpoint, hasToken: hasToken)
        case (404, _):
            if let file { return .fileMissing(repository, file: file) }
            return .repositoryMissing(repository, endpoint: environment.endpoint, hasToken: hasToken)
        case (403, _): return .forbidden(repository, hasToken: hasToken, message: message)
        default:
            return .server(status: answer.status, url: HubClient.shown(url), message: message, retryAfter: answer.retryAfter)
        }
    }
}

/// How often a request is made again after a failure that may pass, and how long to wait before.
public struct RetryPolicy: Sendable {
    /// In all, the first included. Counted anew whenever another megabyte has arrived.
    public var attempts = 5
    /// Seconds before the second attempt; each wait is twice the one before, up to `longestWait`.
    public var firstWait = 1.0
    public var longestWait = 8.0
    /// The longest wait that a server may ask for, in seconds.
    public var longestRequestedWait = 120

    public init() {}

    /// Seconds to wait after the given number of failures in a row.
    func wait(afterFailures failures: Int) -> Double {
        var wait = firstWait
        for _ in 1..<max(failures, 1) { wait = min(wait * 2, longestWait) }
        return wait
    }
}
