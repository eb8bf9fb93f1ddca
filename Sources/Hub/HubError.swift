import Foundation

/// Why a model could not be had from the hub, or from its cache.
public enum HubError: Error, Equatable, CustomStringConvertible {
    /// Neither a repository's name nor a known model's.
    case badName(String)
    case badRevision(String)
    /// `HF_ENDPOINT` is not an http or https address.
    case badEndpoint(String)
    /// The library that downloads need is not on this machine.
    case noLibcurl(reason: String)

    case repositoryMissing(RepositoryID, endpoint: String, hasToken: Bool)
    case revisionMissing(RepositoryID, Revision)
    case fileMissing(RepositoryID, file: String)
    /// Access must be asked for on the repository's page.
    case gated(RepositoryID, page: String, hasToken: Bool)
    case tokenRefused(endpoint: String)
    case forbidden(RepositoryID, hasToken: Bool, message: String)
    /// The repository has weights that can run code when they are read, and no others.
    case onlyPickledWeights(RepositoryID, file: String)
    case noWeights(RepositoryID)
    case noConfiguration(RepositoryID)
    /// The index of a sharded checkpoint cannot be used.
    case badIndex(RepositoryID, reason: String)
    /// The configuration is of a model that cannot run here.
    case notSupported(RepositoryID, reason: String)

    /// The server answered with an error.
    case server(status: Int, url: String, message: String, retryAfter: Int?)
    /// The server asks for a longer wait than a program should take.
    case askedToWait(seconds: Int, endpoint: String)
    /// No connection came about.
    case unreachable(url: String, reason: String)
    /// The connection broke before the answer was whole.
    case broken(url: String, reason: String)
    /// A transfer that no other try would help.
    case transfer(url: String, reason: String)
    case redirect(url: String, reason: String)
    /// An answer that a hub does not give.
    case notAHub(url: String, reason: String)
    /// The bytes are not those that the hub has.
    case corrupt(file: String, expected: String, found: String)

    case noSpace(needed: Int, free: Int, path: String)
    case file(path: String, action: String, code: Int32)
    /// Asked not to use the network, and the cache does not have it.
    case offline(ModelReference, cache: String)
    /// The cache has the model, but not all of it.
    case incomplete(ModelReference, missing: String)
    case interrupted

    /// Whether the same request may succeed a little later.
    var isTransient: Bool {
        switch self {
        case .server(let status, _, _, _): status == 408 || status == 429 || status >= 500
        case .unreachable, .broken: true
        default: false
        }
    }

    public var description: String {
        switch self {
        case .badName(let name):
            "'\(name)' is not the name of a model on the hub, such as gpt2 or openai-community/gpt2"
        case .badRevision(let text): "'\(text)' is not a revision: give a branch, a tag or a commit"
        case .badEndpoint(let text): "HF_ENDPOINT is '\(text)', expected an address such as https://huggingface.co"
        case .noLibcurl(let reason):
            "downloads need libcurl, which cannot be loaded (\(reason)); install it (Debian, Ubuntu: apt install libcurl4), "
                + "or fetch the model's files by other means and give their directory"
        case .repositoryMissing(let repository, let endpoint, let hasToken):
            "\(endpoint) has no model \(repository)"
                + (hasToken ? " that your token may see" : "; if it is a private one, set HF_TOKEN to a token that may read it")
        case .revisionMissing(let repository, let revision): "\(repository) has no branch, tag or commit '\(revision)'"
        case .fileMissing(let repository, let file): "\(repository) has no file \(file)"
        case .gated(let repository, let page, let hasToken):
            "\(repository) is gated: ask for access on \(page), then "
                + (hasToken ? "try again; the token in use has no access yet" : "set HF_TOKEN to your token (\(Self.tokens))")
        case .tokenRefused(let endpoint):
            "\(endpoint) does not know the token; set HF_TOKEN to a valid one (\(Self.tokens)), or unset it for public models"
        case .forbidden(let repository, let hasToken, let message):
            "access to \(repository) was refused\(message.isEmpty ? "" : " (\(message))"); "
                + (hasToken ? "the token in use may not read it" : "set HF_TOKEN to a token that may read it (\(Self.tokens))")
        case .onlyPickledWeights(let repository, let file):
            "\(repository) has its weights only as \(file), which is code as much as data and is not read here; "
                + "look for a copy with model.safetensors, or convert it with transformers' save_pretrained"
        case .noWeights(let repository): "\(repository) has no model.safetensors and no model.safetensors.index.json"
        case .noConfiguration(let repository): "\(repository) has no config.json: it is not a model in Hugging Face layout"
        case .badIndex(let repository, let reason): "\(repository): model.safetensors.index.json \(reason)"
        case .notSupported(let repository, let reason): "\(repository) cannot run here: \(reason)"
        case .server(let status, let url, let message, _):
            "\(url) answered with HTTP status \(status)\(message.isEmpty ? "" : ": \(message)")"
        case .askedToWait(let seconds, let endpoint):
            "\(endpoint) asks to wait \(seconds) s before the next request; try again then"
        case .unreachable(let url, let reason): "cannot reach \(url): \(reason)"
        case .broken(let url, let reason): "the connection to \(url) broke: \(reason)"
        case .transfer(let url, let reason): "cannot fetch \(url): \(reason)"
        case .redirect(let url, let reason): "\(url) \(reason)"
        case .notAHub(let url, let reason): "\(url) does not answer as a hub does: \(reason)"
        case .corrupt(let file, let expected, let found):
            "\(file) arrived with checksum \(found), expected \(expected); nothing of it was kept"
        case .noSpace(let needed, let free, let path):
            "\(Self.megabytes(needed)) are to be fetched and \(path) has \(Self.megabytes(free)) free"
        case .file(let path, let action, let code): "cannot \(action) \(path): \(String(cString: strerror(code)))"
        case .offline(let model, let cache):
            "\(model) is not in \(cache), and HF_HUB_OFFLINE asks not to use the network"
        case .incomplete(let model, let missing):
            "\(model) is in the cache without its \(missing); type 'actrec model pull \(model.shortest)' to fetch the rest"
        case .interrupted: "interrupted"
        }
    }

    private static let tokens = "from https://huggingface.co/settings/tokens"

    private static func megabytes(_ count: Int) -> String { String(format: "%.1f MB", Double(count) / 1e6) }
}
