import Foundation

/// One repository's part of a cache.
struct RepositoryFolder: Sendable {
    let path: String

    var blobs: String { path + "/blobs" }
    var snapshots: String { path + "/snapshots" }
    var refs: String { path + "/refs" }

    func blob(_ checksum: Checksum) -> String { "\(blobs)/\(checksum)" }
    func snapshot(_ commit: String) -> String { snapshots + "/" + commit }

    /// The commit that a revision was last seen at.
    func commit(of revision: Revision) -> String? {
        if revision.isCommit { return revision.description }
        guard let text = try? String(contentsOfFile: "\(refs)/\(revision)", encoding: .utf8) else { return nil }
        let commit = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return Checksum.isHexadecimal(commit, count: 40) ? commit : nil
    }

    /// Every branch and tag that the cache knows.
    func references() -> [(revision: Revision, commit: String)] {
        let names = FileManager.default.enumerator(atPath: refs)?.compactMap { $0 as? String } ?? []
        return names.sorted().compactMap { name in
            guard let revision = Revision(name), let commit = commit(of: revision) else { return nil }
            return (revision, commit)
        }
    }

    /// Puts `name` into a commit's snapshot: a link to a blob that is there.
    func link(_ name: String, to checksum: Checksum, commit: String) throws(HubError) {
        let place = snapshot(commit) + "/" + name
        let target = "../../blobs/\(checksum)"
        if (try? FileManager.default.destinationOfSymbolicLink(atPath: place)) == target { return }
        try makeDirectory(snapshot(commit))
        // Made beside the blobs, where no program looks for a file of that name, and moved: never a moment without.
        let temporary = "\(blobs)/link-\(getpid()).incomplete"
        unlink(temporary)
        guard symlink(target, temporary) == 0 else { throw .file(path: temporary, action: "link", code: errno) }
        try move(temporary, to: place)
    }

    /// Notes the commit that a revision stands for now.
    func setReference(_ revision: Revision, to commit: String) throws(HubError) {
        if revision.isCommit || self.commit(of: revision) == commit { return }
        let place = "\(refs)/\(revision)"
        try makeDirectory((place as NSString).deletingLastPathComponent)
        let temporary = "\(blobs)/ref-\(getpid()).incomplete"
        guard FileManager.default.createFile(atPath: temporary, contents: Data(commit.utf8)) else {
            throw .file(path: temporary, action: "write", code: errno)
        }
        try move(temporary, to: place)
    }

    private func move(_ temporary: String, to place: String) throws(HubError) {
        guard rename(temporary, place) == 0 else {
            let code = errno
            unlink(temporary)
            throw .file(path: place, action: "write", code: code)
        }
    }
}

/// Makes a directory and those on the way to it.
func makeDirectory(_ path: String) throws(HubError) {
    do {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
        let code = ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError)?.code ?? Int(errno)
        throw .file(path: path, action: "make", code: Int32(code))
    }
}
