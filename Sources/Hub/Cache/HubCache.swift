import Foundation

/// Hugging Face's cache of repositories, which Python programs share:
///
///     models--organization--name/
///       blobs/<checksum>                      the content of files
///       refs/<revision>                       the commit that a branch or tag was last seen at
///       snapshots/<commit>/<file>             relative links to blobs
public struct HubCache: Hashable, Sendable {
    public let path: String

    public init(path: String) { self.path = path }

    /// The model's snapshot: the commit that its revision was last seen at. Nil where the cache has none.
    /// A repository that was downloaded by its short name, as older programs do, is found too.
    public func snapshot(of model: ModelReference) -> Snapshot? {
        for name in KnownModel.names(of: model.repository) {
            let folder = self.folder(of: name)
            guard let commit = folder.commit(of: model.revision) else { continue }
            let snapshot = Snapshot(reference: model, commit: commit, path: folder.snapshot(commit))
            if snapshot.exists { return snapshot }
        }
        return nil
    }

    /// Every snapshot of a repository that has a `config.json`, in the order of names; one for each revision that stands
    /// for it, or one under its commit's name where none does.
    public func snapshots() -> [Snapshot] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.sorted().compactMap { RepositoryID(folder: $0) }.flatMap { repository -> [Snapshot] in
            let folder = self.folder(of: repository)
            let references = folder.references()
            let commits = (try? FileManager.default.contentsOfDirectory(atPath: folder.snapshots)) ?? []
            return commits.sorted().flatMap { commit in
                let revisions = references.filter { $0.commit == commit }.map(\.revision)
                return (revisions.isEmpty ? [Revision(commit)].compactMap(\.self) : revisions).map {
                    Snapshot(
                        reference: ModelReference(repository: repository, revision: $0), commit: commit,
                        path: folder.snapshot(commit))
                }
            }
        }.filter { $0.has("config.json") }
    }

    func folder(of repository: RepositoryID) -> RepositoryFolder { RepositoryFolder(path: path + "/" + repository.folder) }

    /// The file whose lock Python's huggingface_hub holds while it downloads a blob.
    func lock(of checksum: Checksum, in repository: RepositoryID) -> String {
        "\(path)/.locks/\(repository.folder)/\(checksum).lock"
    }
}
