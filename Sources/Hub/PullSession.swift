import Foundation

extension Pull {
    /// The downloads of one pull.
    struct Session {
        let pull: Pull
        let client: HubClient
        let listing: RepositoryListing
        /// Files that are in the cache now, in the order in which they came.
        private(set) var fetched: [RemoteFile] = []
        private(set) var downloads = 0
        private(set) var bytes = 0

        private var cache: HubCache { pull.environment.cache }
        private var folder: RepositoryFolder { cache.folder(of: listing.repository) }

        init(pull: Pull, client: HubClient, listing: RepositoryListing) {
            (self.pull, self.client, self.listing) = (pull, client, listing)
        }

        /// Fetches a small file that says what else to fetch.
        @discardableResult
        mutating func fetch(_ name: String) throws(HubError) -> RemoteFile {
            let file = try RemoteFile(name, of: listing, from: client)
            if !isHere(file) {
                try checkSpace(for: file.size ?? 0)
                try download(file) { _ in }
            }
            fetched.append(file)
            return file
        }

        mutating func fetch(all names: [String]) throws(HubError) {
            var files: [RemoteFile] = []
            for name in names { files.append(try RemoteFile(name, of: listing, from: client)) }
            let missing = files.filter { !isHere($0) }
            let total = missing.reduce(0) { $0 + ($1.size ?? 0) }
            let left = missing.reduce(0) { $0 + PartialBlob.bytesLeft(of: $1.checksum, in: folder.blobs) }
            try checkSpace(for: total - left)
            let pull = pull
            var done = 0
            for file in missing {
                let before = done
                try download(file) { pull.onProgress(before + $0, total) }
                done += file.size ?? 0
            }
            fetched += files
        }

        /// A small file's bytes.
        func content(of file: RemoteFile) throws(HubError) -> Data {
            let path = folder.blob(file.checksum)
            do {
                return try Data(contentsOf: URL(fileURLWithPath: path))
            } catch { throw .file(path: path, action: "read", code: errno) }
        }

        private func isHere(_ file: RemoteFile) -> Bool {
            var status = stat()
            guard stat(folder.blob(file.checksum), &status) == 0 else { return false }
            return file.size == nil || Int(status.st_size) == file.size
        }

        private mutating func download(_ file: RemoteFile, onProgress: @escaping (Int) -> Void) throws(HubError) {
            let pull = pull
            let lock = try BlobLock(path: cache.lock(of: file.checksum, in: listing.repository), mayGoOn: pull.mayGoOn) {
                pull.note("another program is downloading \(file.name); waiting for it")
            }
            defer { withExtendedLifetime(lock) {} }
            if isHere(file) { return }
            let partial = try PartialBlob(of: file.checksum, in: folder.blobs)
            let adopted = partial.isAdopted ? partial.count : 0
            do throws(HubError) {
                do throws(HubError) {
                    try finish(file, partial, onProgress)
                } catch {
                    // What an earlier pull left may have been wrong: once more, from the beginning.
                    guard adopted > 0, case .corrupt = error else { throw error }
                    try partial.restart()
                    try finish(file, partial, onProgress)
                }
            } catch { throw keep(partial, after: error) }
            downloads += 1
            bytes += partial.count - (partial.isAdopted ? adopted : 0)
        }

        private func finish(_ file: RemoteFile, _ partial: PartialBlob, _ onProgress: @escaping (Int) -> Void) throws(HubError) {
            try file.download(into: partial, from: client, onProgress: onProgress)
            try partial.place(at: folder.blob(file.checksum), name: file.name, mayGoOn: pull.mayGoOn)
        }

        /// Leaves what arrived for a later pull to go on from, where that can help. Returns the error.
        private func keep(_ partial: PartialBlob, after error: HubError) -> HubError {
            if partial.count == 0 || !(error == .interrupted || error.isTransient) { partial.discard() }
            return error
        }

        private func checkSpace(for needed: Int) throws(HubError) {
            try makeDirectory(folder.blobs)
            var status = statvfs()
            guard statvfs(folder.blobs, &status) == 0 else { return }  // not every file system says
            let (free, overflow) = Int(clamping: status.f_bavail).multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
            guard overflow || needed <= free else { throw .noSpace(needed: needed, free: free, path: cache.path) }
        }
    }
}
