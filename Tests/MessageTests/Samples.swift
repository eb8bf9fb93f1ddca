import Checkpoints
import Comparing
import Exporting
import Foundation
import Hub
import Output
import Parquet
import Queries
import Reading
import Recording
import Reporting
import Tokenizers
import Transformer

/// Every case of every error that a user can meet, once.
enum Samples {
    /// An enum by its name and its file, with an error for each of its cases.
    struct Group {
        let type: String
        let file: String
        let errors: [(name: String, error: any Error)]
    }

    static func all() throws -> [Group] {
        try [
            recording, edit, sweep, shard, input, query, report, parquetExport, output, parquet, carrier, carrierProblem,
            safetensors,
            json,
            gguf,
            checkpoint, configuration, tokenizer, tokenizerInput, forward, model, hub(), queryHeader,
        ]
    }

    private static let missing = FileError(path: "m/vocab.json", action: .open, code: ENOENT)
    private static let badJSON = JSONError(offset: 7, reason: .expected("':'"))

    private static let edit = Group(
        type: "EditError", file: "Sources/Recording/Edits/EditError.swift",
        errors: [
            ("syntax", EditError.syntax(text: "blocks.0.hook_mlp_out", expected: "=, +=, -= or *=", before: "")),
            (
                "noHookPoint",
                EditError.noHookPoint(
                    text: "blocks.99.hook_mlp_out = 0", hook: "blocks.99.hook_mlp_out", example: "blocks.0.hook_resid_pre")
            ),
            ("noHeads", EditError.noHeads(text: "blocks.0.hook_mlp_out[1] = 0", hook: "blocks.0.hook_mlp_out")),
            (
                "noSuchHead",
                EditError.noSuchHead(text: "blocks.0.attn.hook_z[9] = 0", hook: "blocks.0.attn.hook_z", head: 9, count: 4)
            ),
            ("noRun", EditError.noRun(text: "blocks.0.hook_mlp_out = run 7", run: 7, path: "run.db")),
            ("runNotUsable", EditError.runNotUsable(text: "blocks.0.hook_mlp_out = run 7", run: 7, reason: "is of another model")),
            ("notKept", EditError.notKept(text: "blocks.0.hook_mlp_out = run 1", run: 1, hook: "blocks.0.hook_mlp_out")),
            (
                "noToken",
                EditError.noToken(text: "blocks.0.hook_mlp_out = run 1 sequence 2 @ 40", run: 1, sequence: 2, place: "position 40")
            ),
            ("otherLength", EditError.otherLength(text: "blocks.0.hook_mlp_out = run 1", sequence: 2, tokens: 7, run: 1, its: 9)),
            (
                "otherWidth",
                EditError.otherWidth(
                    text: "blocks.0.hook_mlp_out += v.npy", hook: "blocks.0.hook_mlp_out", found: 64, expected: 128)
            ),
            ("noMean", EditError.noMean(text: "blocks.0.attn.hook_pattern = mean(run 1)", hook: "blocks.0.attn.hook_pattern")),
            ("file", EditError.file(path: "v.npy", reason: "it is not there, or not readable")),
            ("neverFired", EditError.neverFired(["blocks.0.hook_mlp_out@90 = 0"])),
            ("withShard", EditError.withShard), ("withParts", EditError.withParts(.shares)),
            ("noBase", EditError.noBase(run: 7, path: "run.db")), ("withScheme", EditError.withScheme("frozen")),
        ])

    private static let sweep = Group(
        type: "SweepError", file: "Sources/Recording/Sweeps/Sweep.swift",
        errors: [
            ("noHookPoint", SweepError.noHookPoint("hook_mpl_out")),
            ("noHeads", SweepError.noHeads(hook: "hook_mlp_out", point: "blocks.0.hook_mlp_out")),
            ("notOneToken", SweepError.notOneToken(option: "--answer", text: " Parisian", tokens: [" Paris", "ian"])),
            ("emptyText", SweepError.emptyText("clean")), ("lengths", SweepError.lengths(clean: ["a", " b"], corrupt: ["a"])),
            ("noPrediction", SweepError.noPrediction(model: "bert")), ("nothingPredicted", SweepError.nothingPredicted),
        ])

    private static let recording = Group(
        type: "RecordingError", file: "Sources/Recording/Database/RecordingError.swift",
        errors: [
            ("notARecording", RecordingError.notARecording(path: "run.db", applicationID: 5, expected: 1)),
            ("otherVersion", RecordingError.otherVersion(path: "run.db", version: 9, supported: 1)),
            ("cannotOpen", RecordingError.cannotOpen(path: "run.db", reason: "unable to open; check that its directory exists")),
            ("notADatabase", RecordingError.notADatabase(path: "notes.txt")),
            ("damaged", RecordingError.damaged(path: "run.db", reason: "malformed page")),
            ("busy", RecordingError.busy(path: "run.db", run: 3, process: 4711, host: "here")),
            ("locked", RecordingError.locked(path: "run.db", holders: ["process 4711 (sqlite3)"])),
            ("diskFull", RecordingError.diskFull(path: "run.db")),
            ("writeFailed", RecordingError.writeFailed(path: "run.db")),
            ("sqlite", RecordingError.sqlite(path: "run.db", message: "no such table: runs")),
            ("nothingToRecord", RecordingError.nothingToRecord(input: "in.txt")),
            ("unknownCapture", RecordingError.unknownCapture("nrom", presets: ["norm", "stats"])),
            ("noHookPoint", RecordingError.noHookPoint(glob: "blocks.9.*", example: "blocks.0.ln1.hook_in")),
            ("noTokenizer", RecordingError.noTokenizer(model: "odd")),
            ("tooLong", RecordingError.tooLong(number: 2, tokens: 1025, context: 1024)),
            ("weightsChanged", RecordingError.weightsChanged(model: "odd")),
            ("noDigest", RecordingError.noDigest),
            ("tooLarge", RecordingError.tooLarge(model: "odd")),
            ("tooManyParts", RecordingError.tooManyParts(5000, capture: .shares)),
            ("sharesThroughNorm", RecordingError.sharesThroughNorm(scheme: "feature")),
            ("attributionThroughNorm", RecordingError.attributionThroughNorm(scheme: "feature")),
            ("predictsNothing", RecordingError.predictsNothing(capture: "loss")),
            ("frozenNeedsRun", RecordingError.frozenNeedsRun(path: "run.db", run: 2)),
            ("frozenMismatch", RecordingError.frozenMismatch(sites: 5, expected: 13)),
            ("resumeDiffers", RecordingError.resumeDiffers(path: "run.db", run: 1, what: "capture", was: "stats", now: "norm")),
            ("inputChanged", RecordingError.inputChanged(number: 7)),
            ("otherInput", RecordingError.otherInput(path: "run.db", run: 1)),
        ])

    private static let shard = Group(
        type: "ShardError", file: "Sources/Recording/Shards/Shard.swift",
        errors: [
            ("notAShard", ShardError.notAShard(path: "run.db")), ("noManifest", ShardError.noManifest(path: "run-1.db")),
            ("badManifest", ShardError.badManifest(path: "run-1.db.json")), ("changed", ShardError.changed(path: "run-1.db")),
            ("differs", ShardError.differs(path: "run-2.db", from: "run-1.db", what: "capture", was: "stats", now: "norm")),
            ("doubled", ShardError.doubled(shard: 1, path: "run-1.db", other: "copy.db")),
            ("missing", ShardError.missing(shards: [2, 4], count: 7)),
            ("damaged", ShardError.damaged(path: "run-1.db", reason: "malformed page")),
            ("outputExists", ShardError.outputExists(path: "all.db")),
            ("cannotWrite", ShardError.cannotWrite(path: "all.db", reason: "Permission denied")),
        ])

    private static let input = Group(
        type: "InputError", file: "Sources/Recording/Input/InputPlace.swift",
        errors: [
            ("cannotRead", InputError.cannotRead(file: "in.txt", reason: "No such file or directory")),
            ("notUTF8", InputError.notUTF8(input: "in.txt", offset: 6)),
            ("badJSON", InputError.badJSON(file: "in.jsonl", line: 2, reason: "expected a JSON object")),
            ("badTokenIDs", InputError.badTokenIDs("5 x")),
            ("unknownToken", InputError.unknownToken(id: 50257, number: 1, position: 1, vocabulary: 50257)),
            ("noEmbedding", InputError.noEmbedding(token: "<pad>", id: 50257, number: 1, position: 1, vocabulary: 50257)),
        ])

    private static let query = Group(
        type: "QueryError", file: "Sources/Reading/Database/QueryError.swift",
        errors: [
            ("cannotOpen", QueryError.cannotOpen(path: "run.db", reason: "No such file or directory")),
            ("notARecording", QueryError.notARecording(path: "run.db", applicationID: 5, expected: 1)),
            ("otherVersion", QueryError.otherVersion(path: "run.db", version: 9, supported: 1)),
            ("damaged", QueryError.damaged(path: "run.db", reason: "it has 100 bytes, its header says 16384")),
            ("unfinishedWrite", QueryError.unfinishedWrite(path: "run.db")),
            ("locked", QueryError.locked(path: "run.db")),
            ("noStatement", QueryError.noStatement),
            ("severalStatements", QueryError.severalStatements(second: "DROP TABLE runs")),
            ("refused", QueryError.refused(what: "ATTACH")),
            ("statement", QueryError.statement(message: "no such column: nonesuch", line: 2, column: 8)),
            ("failed", QueryError.failed(message: "integer overflow")),
            ("tooLarge", QueryError.tooLarge(limit: 100_000_000)),
            ("outOfMemory", QueryError.outOfMemory(limit: 1 << 30)),
            ("timeout", QueryError.timeout(seconds: 60)),
            ("unknownParameter", QueryError.unknownParameter("word", known: ["tokens", "run"])),
            ("wrongValue", QueryError.wrongValue(parameter: "run", expected: "an integer", found: "last")),
        ])

    private static let report = Group(
        type: "ReportError", file: "Sources/Reporting/Report.swift",
        errors: [
            ("nothingRecorded", ReportError.nothingRecorded(path: "run.db")),
            ("noSuchRun", ReportError.noSuchRun(7, path: "run.db")),
            ("tokenLimit", ReportError.tokenLimit(0)),
            ("hashFailed", ReportError.hashFailed),
        ])

    private static let parquetExport = Group(
        type: "ParquetExportError", file: "Sources/Exporting/ParquetExport.swift",
        errors: [
            ("wrongType", ParquetExportError.wrongType(column: "mean", expected: "REAL", found: "TEXT")),
            ("mixedTypes", ParquetExportError.mixedTypes(column: "x", found: ["REAL", "TEXT"])),
            ("brokenVector", ParquetExportError.brokenVector(column: "vector", bytes: 7)),
            ("notADirectory", ParquetExportError.notADirectory(path: "out")),
            ("notEmpty", ParquetExportError.notEmpty(path: "out")),
            ("notAnExport", ParquetExportError.notAnExport(path: "out", entry: "letters")),
            ("cancelled", ParquetExportError.cancelled),
        ])

    private static let output = Group(
        type: "OutputError", file: "Sources/Output/OutputSink.swift",
        errors: [
            ("readerGone", OutputError.readerGone), ("cannotWrite", OutputError.cannotWrite(target: "t.csv", errno: ENOSPC)),
            ("notAnOutput", OutputError.notAnOutput(path: "t.csv")), ("isTheRecording", OutputError.isTheRecording(path: "run.db")),
            ("wrongColumnCount", OutputError.wrongColumnCount(expected: 3, found: 2)),
        ])

    private static let parquet = Group(
        type: "ParquetError", file: "Sources/Parquet/ParquetWriter.swift",
        errors: [
            ("noColumns", ParquetError.noColumns), ("duplicateColumn", ParquetError.duplicateColumn("mean")),
            ("pageTooLarge", ParquetError.pageTooLarge(column: "vector", bytes: 1 << 31)),
            ("compressionFailed", ParquetError.compressionFailed(reason: "no memory")),
        ])

    private static let carrier = Group(
        type: "CarrierError", file: "Sources/Comparing/Carrier.swift",
        errors: [
            ("badLine", CarrierError.badLine(file: "c.txt", line: 2, .noSpace)), ("none", CarrierError.none(file: "c.txt")),
        ])

    private static let carrierProblem = Group(
        type: "Problem", file: "Sources/Comparing/Carrier.swift",
        errors: ([("gaps", .gaps(2)), ("noSpace", .noSpace), ("atStart", .atStart), ("repeats", .repeats(line: 1))]
            as [(String, CarrierError.Problem)]).map { ($0.0, CarrierError.badLine(file: "c.txt", line: 2, $0.1)) })

    private static let safetensors = Group(
        type: "Rule", file: "Sources/Checkpoints/Safetensors/SafetensorsError.swift",
        errors: ([
            ("tooShort", .tooShort(size: 3)), ("headerTooLarge", .headerTooLarge(length: .max)),
            ("headerPastEnd", .headerPastEnd(length: 9, available: 2)), ("headerNotUTF8", .headerNotUTF8(offset: 4)),
            ("headerNotJSON", .headerNotJSON(badJSON)), ("duplicateKey", .duplicateKey("a")),
            ("missingField", .missingField(tensor: "a", field: "dtype")), ("unknownDType", .unknownDType(tensor: "a", dtype: "F7")),
            ("negative", .negative(tensor: "a", field: "shape", value: -1)), ("overflow", .overflow(tensor: "a", field: "shape")),
            ("badOffsets", .badOffsets(tensor: "a", offsets: [4, 0])),
            ("sizeMismatch", .sizeMismatch(tensor: "a", shape: [2], expected: 8, found: 4)),
            ("overlap", .overlap(tensor: "b", offset: 3, expected: 4)), ("hole", .hole(tensor: "b", offset: 5, expected: 4)),
            ("dataPastEnd", .dataPastEnd(expected: 8, found: 6)), ("trailingBytes", .trailingBytes(expected: 8, found: 9)),
        ] as [(String, SafetensorsError.Rule)]).map { ($0.0, SafetensorsError(file: "model.safetensors", rule: $0.1)) })

    private static let json = Group(
        type: "Reason", file: "Sources/Checkpoints/JSON/JSONScanner.swift",
        errors: ([
            ("expected", .expected("':'")), ("unexpectedEnd", .unexpectedEnd), ("trailingBytes", .trailingBytes),
            ("controlCharacter", .controlCharacter), ("badEscape", .badEscape), ("badNumber", .badNumber),
            ("numberTooLarge", .numberTooLarge),
            ("nestedTooDeeply", .nestedTooDeeply), ("notUTF8", .notUTF8), ("duplicateKey", .duplicateKey("a")),
        ] as [(String, JSONError.Reason)]).map { ($0.0, JSONError(offset: 7, reason: $0.1)) })

    private static let gguf = Group(
        type: "Rule", file: "Sources/Checkpoints/GGUF/GGUFError.swift",
        errors: ([
            ("badMagic", .badMagic), ("bigEndian", .bigEndian), ("version", .version(9)),
            ("pastEnd", .pastEnd(what: "a key", offset: 32, needed: 64, available: 16)),
            ("tooMany", .tooMany(what: "tensors", count: .max, available: 0)), ("notUTF8", .notUTF8(what: "a key", offset: 24)),
            ("unknownValueType", .unknownValueType(key: "k", type: 13)), ("badBool", .badBool(key: "k", found: 2)),
            ("nestedTooDeeply", .nestedTooDeeply(key: "k")), ("duplicateKey", .duplicateKey("k")),
            ("duplicateTensor", .duplicateTensor("t")),
            ("alignment", .alignment(found: "48")), ("extentCount", .extentCount(tensor: "t", found: 5)),
            ("overflow", .overflow(tensor: "t", field: "shape")), ("unknownTensorType", .unknownTensorType(tensor: "t", type: 99)),
            ("brokenBlocks", .brokenBlocks(tensor: "t", rowWidth: 33, type: .q8_0)),
            ("misaligned", .misaligned(tensor: "t", offset: 8, alignment: 32)),
            ("overlap", .overlap(tensor: "t", offset: 32, expected: 64)),
            ("dataPastEnd", .dataPastEnd(tensor: "t", end: 68, available: 64)),
        ] as [(String, GGUFError.Rule)]).map { ($0.0, GGUFError(file: "model.gguf", rule: $0.1)) })

    private static let checkpoint = Group(
        type: "CheckpointError", file: "Sources/Checkpoints/CheckpointError.swift",
        errors: [
            ("file", CheckpointError.file(missing)),
            ("container", CheckpointError.container(SafetensorsError(file: "model.safetensors", rule: .tooShort(size: 3)))),
            ("noWeights", CheckpointError.noWeights(directory: "m")),
            ("index", CheckpointError.index(file: "m/index.json", reason: "it has no object")),
            ("shardOutside", CheckpointError.shardOutside(file: "m/index.json", shard: "../x.safetensors")),
            ("notInShard", CheckpointError.notInShard(tensor: "wte.weight", shard: "1.safetensors")),
            ("missing", CheckpointError.missing(tensors: ["wpe.weight", "ln_f.bias"], file: "model.safetensors")),
            ("shape", CheckpointError.shape(tensor: "h.0.attn.c_attn.weight", expected: [12, 36], found: [36, 12])),
            ("dtype", CheckpointError.dtype(tensor: "wte.weight", found: .i32)),
            ("gguf", CheckpointError.gguf(GGUFError(file: "model.gguf", rule: .badMagic))),
            ("quantization", CheckpointError.quantization(tensor: "t", found: .q8_0)),
        ])

    private static let configuration = Group(
        type: "Problem", file: "Sources/Transformer/Configuration/ConfigurationReader.swift",
        errors: ([
            ("file", .file(missing)), ("notJSON", .notJSON(badJSON)), ("notObject", .notObject(found: "an array")),
            ("missing", .missing(key: "n_layer")),
            ("wrongType", .wrongType(key: "n_layer", expected: "a whole number", found: "\"2\"")),
            ("outOfRange", .outOfRange(key: "layer_norm_epsilon", found: "0", expected: "above 0 and at most 1")),
            ("doesNotDivide", .doesNotDivide(key: "n_head", value: 5, ofKey: "n_embd", of: 12)),
            ("unsupported", .unsupported(key: "model_type", found: "t5")),
        ] as [(String, ConfigurationError.Problem)]).map { ($0.0, ConfigurationError(file: "config.json", problem: $0.1)) })

    private static let tokenizer = Group(
        type: "Problem", file: "Sources/Tokenizers/TokenizerLoadError.swift",
        errors: ([
            ("file", .file(missing)), ("noTokenizer", .noTokenizer), ("tooLarge", .tooLarge(size: 1 << 30)),
            ("notUTF8", .notUTF8(offset: 1)),
            ("notJSON", .notJSON(badJSON)), ("missingMember", .missingMember("model.vocab")),
            ("unsupported", .unsupported(member: "normalizer", found: "\"Nmt\"")),
            ("unsupported", .unsupported(member: "model.dropout", found: "0.1")),
            ("unsupported", .unsupported(member: "model.end_of_word_suffix", found: "\"</w>\"")),
            ("unsupported", .unsupported(member: "pre_tokenizer.pretokenizers[0].behavior", found: "\"Apart\"")),
            ("unsupported", .unsupported(member: "pre_tokenizer.pattern", found: "\"(\" (missing closing parenthesis)")),
            ("idOutOfRange", .idOutOfRange(token: "a", id: -1)),
            ("duplicateID", .duplicateID(token: "b", id: 3)), ("duplicateToken", .duplicateToken("a")),
            ("notByteLevel", .notByteLevel(token: "語")),
            ("malformedMerge", .malformedMerge(number: 2, text: "ab")), ("unknownToken", .unknownToken(merge: 1, token: "xy")),
            ("missingToken", .missingToken("[UNK]")),
            ("needsConversion", .needsConversion(name: "tokenizer.model")),
        ] as [(String, TokenizerLoadError.Problem)]).map { ($0.0, TokenizerLoadError(file: "vocab.json", problem: $0.1)) })

    private static let tokenizerInput = Group(
        type: "TokenizerInputError", file: "Sources/Tokenizers/Tokenizer.swift",
        errors: [
            ("notUTF8", TokenizerInputError.notUTF8(offset: 3)), ("tooLong", TokenizerInputError.tooLong(size: 1 << 31)),
            ("unknownID", TokenizerInputError.unknownID(60_000, index: 2, vocabularySize: 50_257)),
        ])

    private static let forward = Group(
        type: "ForwardError", file: "Sources/Transformer/Forward/ForwardError.swift",
        errors: [
            ("emptyBatch", ForwardError.emptyBatch), ("emptySequence", ForwardError.emptySequence(index: 1)),
            ("tooLong", ForwardError.tooLong(sequence: 0, tokens: 1025, context: 1024)),
            ("unknownToken", ForwardError.unknownToken(id: 97, sequence: 0, position: 1, vocabulary: 97)),
            ("frozenScales", ForwardError.frozenScales(given: 3, site: 4)),
            ("instructionSet", ForwardError.instructionSet(asked: "avx1024", available: ["baseline", "avx2"])),
            ("start", ForwardError.start(layer: 3, layers: 2, values: 8, tokens: 4)),
            ("outOfMemory", ForwardError.outOfMemory),
        ])

    private static let model = Group(
        type: "ModelError", file: "Sources/Transformer/Model.swift",
        errors: [
            ("notFound", ModelError.notFound(name: "gpt5", known: ["gpt2-micro"])), ("file", ModelError.file(missing)),
            ("configuration", ModelError.configuration(ConfigurationError(file: "config.json", problem: .missing(key: "n_layer")))),
            ("checkpoint", ModelError.checkpoint(.noWeights(directory: "m"))),
            ("tokenizer", ModelError.tokenizer(TokenizerLoadError(file: "vocab.json", problem: .notUTF8(offset: 1)))),
            ("noConfiguration", ModelError.noConfiguration(directory: "/models/x", ggufFiles: ["a.gguf", "b.gguf"])),
            ("noTokenizer", ModelError.noTokenizer(model: "odd")),
        ])

    private static let queryHeader = Group(
        type: "QueryHeaderError", file: "queries/QueryHeader.swift",
        errors: [
            ("missing", QueryHeaderError.missing(file: "q", what: "a question on line 2")),
            (
                "malformed",
                QueryHeaderError.malformed(
                    file: "q", line: 3, expected: "--   :name  text, what it is; what stands for it", found: ":x")
            ),
            ("parametersDiffer", QueryHeaderError.parametersDiffer(file: "q", signature: ["a"], listed: ["b"])),
        ])
}
