import HookPoints

extension ModelConfiguration {
    /// Every normalization site; the index is the depth. First those of the residual stream and of what is added to it, in the
    /// order in which the data meets them; then those of queries and keys, which stand beside that way.
    public var sites: [NormSite] { streamSites + blockSites { $0.isOfQueriesOrKeys } }

    /// Those without the norms of queries and keys: each normalizes one vector of the stream's width a token.
    public var streamSites: [NormSite] {
        (normalizesEmbeddings ? [.embed] : []) + blockSites { !$0.isOfQueriesOrKeys } + (hasFinalNorm ? [.final] : [])
    }

    private func blockSites(where isWanted: (NormSite) -> Bool) -> [NormSite] {
        layers.enumerated().flatMap { index, layer in layer.norms.map { NormSite.block(index, $0.role) } }.filter(isWanted)
    }

    /// Where a site stands.
    public func placement(of site: NormSite) -> NormPlacement {
        switch site {
        case .embed: .embed
        case .final: .final
        case .block(let layer, let role): layers[layer].norms.first { $0.role == role }?.placement ?? .pre
        }
    }
}
