import Foundation

/// A file of a repository at a commit: its checksum and size, from the head of the answer to where it lies.
struct RemoteFile: Sendable {
    let name: String
    let checksum: Checksum
    /// Nil where the server does not say.
    let size: Int?
    private let repository: RepositoryID
    private let commit: String
    private let url: String

    init(_ name: String, of listing: RepositoryListing, from client: HubClient) throws(HubError) {
        let url = "\(client.environment.endpoint)/\(listing.repository)/resolve/\(listing.commit)/\(name)"
        let answers = try client.retrying { () throws(HubError) in
            let answers = try client.request(url, headersOnly: true) { (_, _) in }
            guard let last = answers.last, last.status < 400 else {
                throw Self.error(answers, client, url, listing.repository, listing.commit, name)
            }
            return answers
        }
        // The hub says on its own redirect what the file behind the link is; without one, the last answer is the file's.
        func first(_ header: String) -> String? { answers.lazy.compactMap { $0.headers[header] }.first }
        let last = answers.last.flatMap { $0.isSuccess ? $0.headers : nil } ?? [:]
        guard first("x-repo-commit") == listing.commit else {
            throw .notAHub(
                url: url, reason: "its X-Repo-Commit is \(first("x-repo-commit") ?? "missing"), expected \(listing.commit)")
        }
        guard let etag = first("x-linked-etag") ?? last["etag"], let checksum = Checksum(etag: etag) else {
            throw .notAHub(url: url, reason: "its ETag is no checksum to check the file by")
        }
        (self.name, self.checksum, self.url) = (name, checksum, url)
        (repository, commit) = (listing.repository, listing.commit)
        size = (first("x-linked-size") ?? last["content-length"]).flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
    }

    /// Fetches what `partial` lacks of the file, over as many connections as it takes.
    func download(into partial: PartialBlob, from client: HubClient, onProgress: @escaping (Int) -> Void) throws(HubError) {
        let served = ServedTag()
        try client.retrying(progress: { partial.count }) { () throws(HubError) in
            let start = partial.count
            if start > 0, start == size { return }
            var headers: [(name: String, value: String)] = []
            if start > 0 {
                headers.append(("Range", "bytes=\(start)-"))
                if let tag = served.value { headers.append(("If-Range", tag)) }
            }
            let isFirst = Once()
            let answers = try client.request(url, headers: headers) { (response, bytes) throws(HubError) in
                guard response.isSuccess else { return }
                if isFirst.take() { try begin(response, at: start, in: partial, served) }
                if let size, partial.count + bytes.count > size {
                    try partial.restart()
                    throw .corrupt(file: name, expected: "\(checksum) of \(size) bytes", found: "of more bytes than that")
                }
                try partial.append(bytes)
                onProgress(partial.count)
            }
            guard let last = answers.last, last.isSuccess else {
                if answers.last?.status == 416 {  // what is here is not the beginning of what is there
                    try partial.restart()
                    throw .broken(url: HubClient.shown(url), reason: "the server has no more than what is here")
                }
                throw Self.error(answers, client, url, repository, commit, name)
            }
            if let size, partial.count < size {
                throw .broken(url: HubClient.shown(url), reason: "it ended after \(partial.count) of \(size) bytes")
            }
        }
    }

    /// Looks at the head of an answer before its first byte is taken.
    private func begin(_ response: HTTPResponse, at start: Int, in partial: PartialBlob, _ served: ServedTag) throws(HubError) {
        if response.status == 206 {
            guard response.headers["content-range"]?.hasPrefix("bytes \(start)-") == true else {
                try partial.restart()
                throw .broken(url: HubClient.shown(url), reason: "the server sent another part than was asked for")
            }
        } else if start > 0 {  // the whole file in answer to a request for its rest
            try partial.restart()
        }
        // A weak tag does not promise the same bytes.
        served.value = response.headers["etag"].flatMap { $0.hasPrefix("\"") ? $0 : nil }
    }

    private static func error(
        _ answers: [HTTPResponse], _ client: HubClient, _ url: String, _ repository: RepositoryID, _ commit: String, _ name: String
    ) -> HubError {
        client.error(
            of: answers.last ?? HTTPResponse(), url: url, repository: repository, revision: Revision(commit) ?? .main, file: name)
    }
}

/// The tag under which the content was served the last time.
private final class ServedTag {
    var value: String?
}

private final class Once {
    private var isTaken = false

    func take() -> Bool {
        defer { isTaken = true }
        return !isTaken
    }
}
