import CTransfer
import Foundation

/// The head of an HTTP answer.
struct HTTPResponse: Sendable {
    var status = 0
    /// By name in lower case; of a repeated one the last.
    var headers: [String: String] = [:]
    /// The absolute address that a redirect leads to.
    var redirect: String?
    /// Seconds that the server asks to wait.
    var retryAfter: Int?

    var isSuccess: Bool { (200..<300).contains(status) }
}

/// Exchanges with HTTP servers, one after another, over connections that stay open in between.
final class HTTPTransfer {
    struct Request {
        var url: String
        var headersOnly = false
        var headers: [(name: String, value: String)] = []
        var agent: String
        var connectTimeout = 20
        var stallTimeout: Int
    }

    typealias Body = (HTTPResponse, UnsafeRawBufferPointer) throws(HubError) -> Void

    private let handle: OpaquePointer

    init() throws(HubError) {
        guard transfer_is_possible() != 0 else { throw .noLibcurl(reason: String(cString: transfer_fault())) }
        guard let handle = transfer_new() else { throw .noLibcurl(reason: "there is no memory for it") }
        self.handle = handle
    }

    deinit { transfer_free(handle) }

    /// Runs one exchange. `body` gets the answer's content in pieces, whatever its status.
    func run(_ request: Request, mayGoOn: @escaping () -> Bool, body: @escaping Body) throws(HubError) -> HTTPResponse {
        let exchange = Exchange(mayGoOn: mayGoOn, body: body)
        var answer = transfer_answer()
        let headers = request.headers.map { "\($0.name): \($0.value)" }
        let outcome = Self.withCStrings(headers) { lines in
            request.url.withCString { url in
                request.agent.withCString { agent in
                    var raw = transfer_request(
                        url: url, headers: lines, header_count: headers.count, agent: agent,
                        head_only: request.headersOnly ? 1 : 0, connect_timeout: request.connectTimeout,
                        stall_timeout: request.stallTimeout, context: Unmanaged.passUnretained(exchange).toOpaque(),
                        on_header: { Exchange.of($0).take(header: UnsafeRawBufferPointer(start: $1, count: $2)) },
                        on_body: { Exchange.of($0).take(body: UnsafeRawBufferPointer(start: $1, count: $2)) },
                        may_go_on: { Exchange.of($0).mayGoOn() ? 1 : 0 })
                    return withExtendedLifetime(exchange) { transfer_run(handle, &raw, &answer) }
                }
            }
        }
        if let failure = exchange.failure { throw failure }
        let reason = withUnsafeBytes(of: answer.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let url = HubClient.shown(request.url)
        switch outcome {
        case TRANSFER_DONE: break
        case TRANSFER_STOPPED: throw .interrupted
        case TRANSFER_UNREACHABLE: throw .unreachable(url: url, reason: reason)
        case TRANSFER_BROKEN: throw .broken(url: url, reason: reason)
        default: throw .transfer(url: url, reason: reason)
        }
        var response = exchange.response
        response.status = answer.status
        response.redirect = answer.redirect.map { String(cString: $0) }
        response.retryAfter = answer.retry_after > 0 ? answer.retry_after : nil
        return response
    }

    /// Calls `body` with C copies of the strings; there is no address for none.
    private static func withCStrings<Result>(_ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>>?) -> Result)
        -> Result
    {
        let copies = strings.compactMap { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return copies.map { UnsafePointer($0) }.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}

/// What an exchange under way calls back to.
private final class Exchange {
    let mayGoOn: () -> Bool
    private let body: HTTPTransfer.Body
    private(set) var response = HTTPResponse()
    private(set) var failure: HubError?

    init(mayGoOn: @escaping () -> Bool, body: @escaping HTTPTransfer.Body) {
        (self.mayGoOn, self.body) = (mayGoOn, body)
    }

    static func of(_ context: UnsafeMutableRawPointer) -> Exchange {
        Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
    }

    func take(header bytes: UnsafeRawBufferPointer) -> Int32 {
        // Control bytes have no business in a header, and none in a message made of one.
        let line = String(decoding: bytes.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }, as: UTF8.self)
        if line.hasPrefix("HTTP/") {  // another answer begins: the one before said 100
            response = HTTPResponse()
            response.status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        } else if let colon = line.firstIndex(of: ":") {
            let name = line[..<colon].lowercased()
            response.headers[name] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return 1
    }

    func take(body bytes: UnsafeRawBufferPointer) -> Int32 {
        do throws(HubError) {
            try body(response, bytes)
            return 1
        } catch {
            failure = error
            return 0
        }
    }
}
