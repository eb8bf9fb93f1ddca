import Foundation

/// What a repository holds at one commit.
struct RepositoryListing: Sendable {
    let repository: RepositoryID
    let commit: String
    let files: Set<String>

    private struct Answer: Decodable {
        struct File: Decodable { let rfilename: String }
        let sha: String
        let siblings: [File]
    }

    private static let mostBytes = 64 << 20

    init(of model: ModelReference, from client: HubClient) throws(HubError) {
        let url = "\(client.environment.endpoint)/api/models/\(model.repository)/revision/\(model.revision.escaped)"
        let body = try client.retrying { () throws(HubError) in
            let content = Content()
            let answer =
                try client.request(url) { (_, bytes) throws(HubError) in
                    guard content.bytes.count + bytes.count <= Self.mostBytes else {
                        throw .notAHub(url: url, reason: "its listing is longer than \(Self.mostBytes >> 20) MB")
                    }
                    content.bytes.append(contentsOf: bytes)
                }.last ?? HTTPResponse()
            guard answer.isSuccess else {
                throw client.error(of: answer, url: url, repository: model.repository, revision: model.revision, file: nil)
            }
            return content.bytes
        }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: body), Checksum.isHexadecimal(answer.sha, count: 40) else {
            throw .notAHub(url: url, reason: "its listing has no commit and no files")
        }
        repository = model.repository
        commit = answer.sha
        files = Set(answer.siblings.map(\.rfilename))
    }
}

private final class Content {
    var bytes = Data()
}
