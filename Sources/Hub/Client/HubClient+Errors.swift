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
