import Foundation

/// Downloads a model into the cache. Every file is checked before it takes its place, and the revision is noted last, so
/// that a pull that ends early leaves nothing for a loader to find. A later one goes on from what arrived.
public struct Pull {
    /// What was done.
    public struct Summary: Sendable {
        public let snapshot: Snapshot
        /// Files downloaded, and their bytes as far as they were not here from an earlier pull.
        public let files: Int, bytes: Int
    }

    public var environment = HubEnvironment()
    public var policy = RetryPolicy()
    /// Who asks, in the requests' `User-Agent`.
    public var agent = "actrec"
    /// Looks at `config.json` before anything large is fetched; throws when the model cannot run here.
    public var checkConfiguration: (Data) throws -> Void = { _ in }
    /// Messages on the way, such as a wait before another attempt.
    public var note: (String) -> Void = { _ in }
    /// Bytes so far, of how many in all.
    public var onProgress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    /// Asked several times a second; false stops the pull.
    public var mayGoOn: () -> Bool = { true }

    public init() {}

    public func callAsFunction(_ model: ModelReference) throws(HubError) -> Summary {
        if environment.isOffline { return try cached(model) }
        let client = try HubClient(environment, policy: policy, agent: agent, note: note, mayGoOn: mayGoOn)
        let listing = try RepositoryListing(of: model, from: client)
        guard listing.files.contains(ModelFiles.configuration) else { throw .noConfiguration(model.repository) }
        var session = Session(pull: self, client: client, listing: listing)

        let configuration = try session.fetch(ModelFiles.configuration)
        do {
            try checkConfiguration(try session.content(of: configuration))
        } catch let error as HubError {
            throw error
        } catch { throw .notSupported(model.repository, reason: "\(error)") }

        let tokenizer = ModelFiles.tokenizer.filter(listing.files.contains)
        let weights = try weights(in: listing, &session)
        try session.fetch(all: weights + tokenizer)

        // config.json last: no loader takes a directory without it for a model.
        let folder = environment.cache.folder(of: model.repository)
        for file in session.fetched.reversed() { try folder.link(file.name, to: file.checksum, commit: listing.commit) }
        try folder.setReference(model.revision, to: listing.commit)
        let snapshot = Snapshot(reference: model, commit: listing.commit, path: folder.snapshot(listing.commit))
        return Summary(snapshot: snapshot, files: session.downloads, bytes: session.bytes)
    }

    private func cached(_ model: ModelReference) throws(HubError) -> Summary {
        guard let snapshot = environment.cache.snapshot(of: model) else { throw .offline(model, cache: environment.cache.path) }
        if let missing = snapshot.missingFile { throw .incomplete(model, missing: missing) }
        return Summary(snapshot: snapshot, files: 0, bytes: 0)
    }

    /// The names of the weights' files.
    private func weights(in listing: RepositoryListing, _ session: inout Session) throws(HubError) -> [String] {
        let repository = listing.repository
        if listing.files.contains(ModelFiles.weights) { return [ModelFiles.weights] }
        guard listing.files.contains(ModelFiles.index) else {
            let pickled = listing.files.filter { $0.hasSuffix(".bin") || $0.hasSuffix(".pt") || $0.hasSuffix(".ckpt") }
            if let file = pickled.sorted().first { throw .onlyPickledWeights(repository, file: file) }
            throw .noWeights(repository)
        }
        let file = try session.fetch(ModelFiles.index)
        let index = try session.content(of: file)
        let shards: [String]
        do throws(ShardIndex.Unusable) {
            shards = try ShardIndex.shards(index)
        } catch { throw .badIndex(repository, reason: error.description) }
        if let missing = shards.first(where: { !listing.files.contains($0) }) { throw .fileMissing(repository, file: missing) }
        return shards
    }
}
