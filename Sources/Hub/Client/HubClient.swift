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
