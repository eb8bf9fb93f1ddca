import Foundation
import Hub
import Testing

extension Samples {
    static func hub() throws -> Group {
        let gpt2 = try #require(RepositoryID("openai-community/gpt2"))
        let reference = ModelReference(repository: gpt2)
        let url = "https://huggingface.co/x"
        return Group(
            type: "HubError", file: "Sources/Hub/HubError.swift",
            errors: [
                ("badName", HubError.badName("../gpt2")), ("badRevision", HubError.badRevision("a b")),
                ("badEndpoint", HubError.badEndpoint("ftp://x")),
                ("noLibcurl", HubError.noLibcurl(reason: "libcurl.so.4: cannot open shared object file")),
                ("repositoryMissing", HubError.repositoryMissing(gpt2, endpoint: "https://huggingface.co", hasToken: false)),
                ("revisionMissing", HubError.revisionMissing(gpt2, .main)),
                ("fileMissing", HubError.fileMissing(gpt2, file: "vocab.json")),
                ("gated", HubError.gated(gpt2, page: url, hasToken: false)),
                ("tokenRefused", HubError.tokenRefused(endpoint: "https://huggingface.co")),
                ("forbidden", HubError.forbidden(gpt2, hasToken: true, message: "")),
                ("onlyPickledWeights", HubError.onlyPickledWeights(gpt2, file: "pytorch_model.bin")),
                ("noWeights", HubError.noWeights(gpt2)),
                ("noConfiguration", HubError.noConfiguration(gpt2)),
                ("badIndex", HubError.badIndex(gpt2, reason: "names no shard")),
                ("notSupported", HubError.notSupported(gpt2, reason: "its model_type is t5")),
                ("server", HubError.server(status: 503, url: url, message: "busy", retryAfter: nil)),
                ("askedToWait", HubError.askedToWait(seconds: 600, endpoint: "https://huggingface.co")),
                ("unreachable", HubError.unreachable(url: url, reason: "no route to host")),
                ("broken", HubError.broken(url: url, reason: "reset")),
                ("transfer", HubError.transfer(url: url, reason: "bad certificate")),
                ("redirect", HubError.redirect(url: url, reason: "leads to file:///")),
                ("notAHub", HubError.notAHub(url: url, reason: "no commit")),
                ("corrupt", HubError.corrupt(file: "vocab.json", expected: "aa", found: "bb")),
                ("noSpace", HubError.noSpace(needed: 500_000_000, free: 1_000_000, path: "/cache")),
                ("file", HubError.file(path: "/cache/x", action: "write", code: ENOSPC)),
                ("offline", HubError.offline(reference, cache: "/cache")),
                ("incomplete", HubError.incomplete(reference, missing: "vocab.json")), ("interrupted", HubError.interrupted),
            ])
    }
}
