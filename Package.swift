// swift-tools-version: 6.1
import PackageDescription

// Tools/build-static sets it: the products are to need nothing but the C library, and to leave out what Foundation has for them.
let standsAlone = Context.environment["ACTREC_STANDALONE"] == "1"

// `make api` builds the libraries' documentation with it; nothing links to it.
let documentation = Package.Dependency.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0")

// Each target depends only on those above it: text -> forward pass -> hook points -> rows -> queries -> output.
let package = Package(
    name: "actrec",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Transformer", targets: ["Transformer", "HookPoints"]),
        .library(name: "Recording", targets: ["Recording", "Schema"]),
        .library(name: "Reading", targets: ["Reading", "Output", "Queries"]),
        .executable(name: "actrec", targets: ["Main"]),
        // What the Python package calls in its own process.
        .library(name: "actrecengine", type: .dynamic, targets: ["EngineInterface"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ] + (standsAlone ? [] : [documentation]),
    targets: [
        // The engine. It knows no SQLite.
        .target(name: "CKernels"),
        .target(name: "CDigest", linkerSettings: [.linkedLibrary("crypto", .when(platforms: [.linux]))]),
        .target(name: "Digest", dependencies: ["CDigest"]),
        // What the system says of files: links followed.
        .target(name: "Files"),
        .target(name: "EmbeddedModel", exclude: ["gpt2-micro"]),
        // Threads and instruction sets.
        .target(name: "Processor", dependencies: ["CKernels"]),
        // Files to tensors by name. It knows no model.
        .target(name: "Checkpoints", dependencies: ["CKernels", "Processor"]),
        // Text to token ids. It knows no model.
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"]), .brew(["pcre2"])]),
        .target(
            name: "Tokenizers", dependencies: ["Checkpoints", "CPCRE2", .product(name: "HeapModule", package: "swift-collections")]),
        // The names of the places in a forward pass.
        .target(name: "HookPoints"),
        // A model as a plan, the pass that walks it, and what can be seen and changed on the way.
        .target(
            name: "Transformer",
            dependencies: ["CKernels", "Checkpoints", "Digest", "EmbeddedModel", "HookPoints", "Processor", "Tokenizers"]),

        // Models from the Hugging Face hub. It knows neither the engine nor SQLite.
        // libcurl is opened when a model is pulled: nothing links to it.
        .target(name: "CTransfer"),
        .target(name: "Hub", dependencies: ["CTransfer", "Digest"]),

        // Models by what a user calls them: the embedded one, directories, the hub's cache.
        .target(name: "Models", dependencies: ["Hub", "Transformer"]),

        // The contract of the file, and the questions asked of it.
        .target(name: "Schema", path: "schema", exclude: ["README.md"], resources: [.embedInCode("schema.sql")]),
        .target(
            name: "Queries", path: "queries", exclude: ["README.md"],
            resources: [
                .embedInCode("how_many_statistics.sql"), .embedInCode("normalization_axis.sql"),
                .embedInCode("token_variance.sql"), .embedInCode("spikiest_tokens.sql"),
                .embedInCode("variance_by_depth.sql"), .embedInCode("gain_and_bias.sql"), .embedInCode("head_writes.sql"),
                .embedInCode("context_independence.sql"), .embedInCode("position_zero.sql"),
                .embedInCode("massive_dimensions.sql"), .embedInCode("information_kept.sql"),
                .embedInCode("mean_direction.sql"), .embedInCode("attention_sink.sql"),
                .embedInCode("variance_shares.sql"), .embedInCode("runs_compared.sql"),
                .embedInCode("normalization_schemes.sql"), .embedInCode("nearest_tokens.sql"),
                .embedInCode("before_and_after.sql"), .embedInCode("direction_of_difference.sql"), .embedInCode("edit_effects.sql"),
                .embedInCode("who_uses_it.sql"), .embedInCode("lens.sql"), .embedInCode("lens_path.sql"),
                .embedInCode("attribution.sql"), .embedInCode("logit_by_layer.sql"),
            ]),

        .target(name: "CSQLite"),
        .target(
            name: "Recording",
            dependencies: [
                "Transformer", "Processor", "Digest", "Files", "Schema", "CSQLite", .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        // Parquet files, written from columns. It knows no SQLite.
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
        .target(name: "Parquet", dependencies: ["CZstd"]),
        // Rows as text: tables, JSON, CSV, Markdown; what a terminal can show.
        .target(name: "Output", dependencies: ["Digest", "Files"]),
        // SQLite's own calls and no more between a foreign file and the user: what is allowed is decided here.
        .target(
            name: "Reading", dependencies: ["Schema", "Queries", "CSQLite", "Files", "Output"],
            linkerSettings: [.linkedLibrary("sqlite3")]),
        // What is asked of a recording. None of these knows another.
        .target(name: "Verifying", dependencies: ["Reading", "Schema", "HookPoints", "Output", "Digest"]),
        .target(name: "Exporting", dependencies: ["Reading", "Parquet"]),
        .target(name: "Comparing", dependencies: ["Reading"], resources: [.embedInCode("carriers.txt")]),
        .target(
            name: "Reporting", dependencies: ["Reading", "Comparing"],
            resources: [
                .embedInCode("SQL/report_run.sql"), .embedInCode("SQL/report_text.sql"), .embedInCode("SQL/report_tokens.sql"),
                .embedInCode("SQL/report_surprise.sql"), .embedInCode("SQL/report_attention.sql"),
                .embedInCode("SQL/report_before_and_after.sql"), .embedInCode("SQL/report_shares.sql"),
                .embedInCode("SQL/report_edits.sql"), .embedInCode("SQL/report_effects.sql"),
                .embedInCode("SQL/report_sweep.sql"),
                .embedInCode("Page/page.html"), .embedInCode("Page/page.css"), .embedInCode("Page/data.js"),
                .embedInCode("Page/colour.js"), .embedInCode("Page/chart.js"), .embedInCode("Page/point.js"),
                .embedInCode("Page/depth.js"), .embedInCode("Page/bars.js"), .embedInCode("Page/tables.js"),
                .embedInCode("Page/text.js"), .embedInCode("Page/heatmap.js"), .embedInCode("Page/curves.js"),
                .embedInCode("Page/questions.js"), .embedInCode("Page/heads.js"), .embedInCode("Page/shares.js"),
                .embedInCode("Page/sweeps.js"),
                .embedInCode("Page/main.js"),
            ]),
        // The command line, which the program and the Python package's library share.
        .target(
            name: "actrec",
            dependencies: [
                "Transformer", "Hub", "Models", "Files", "Recording", "Reading", "Verifying", "Exporting", "Comparing", "Reporting",
                "Schema", "Queries",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ] + (standsAlone ? ["CNoICUData"] : [])),

        .executableTarget(name: "Main", dependencies: ["actrec"]),
        .target(name: "CNoICUData"),

        // A small C interface to the engine, for hooks in other languages.
        .target(name: "CEngine"),
        .target(name: "EngineInterface", dependencies: ["CEngine", "Models", "Transformer", "actrec"]),

        // A program for each library: what its documentation shows.
        .executableTarget(name: "OwnHook", dependencies: ["Transformer"], path: "Examples/OwnHook"),
        .executableTarget(name: "RecordTexts", dependencies: ["Recording", "Transformer"], path: "Examples/RecordTexts"),
        .executableTarget(name: "ReadRecording", dependencies: ["Reading", "Queries", "Output"], path: "Examples/ReadRecording"),

        // Tests run in release mode: the kernels and the embedded model are slow without optimization.
        .testTarget(name: "HubTests", dependencies: ["Hub", "Digest", "TestSupport", "actrec"]),
        .testTarget(name: "TransformerTests", dependencies: ["Transformer", "CKernels"]),
        .testTarget(
            name: "AnalysisTests",
            dependencies: [
                "Verifying", "Exporting", "Comparing", "Reporting", "Parquet", "Queries", "Schema", "CSQLite", "TestSupport",
            ],
            exclude: ["Queries/Snapshots"]),
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        // What reads files from elsewhere, and a mutator that lies to it: briefly in the tests, longer with `make fuzz`.
        .target(
            name: "FuzzTargets", dependencies: ["Transformer", "Recording", "Verifying", "Reporting", "Queries", "Schema"],
            path: "Fuzz/Targets"),
        .executableTarget(name: "fuzz", dependencies: ["FuzzTargets"], path: "Fuzz/Run"),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"], path: "Fuzz/Tests", exclude: ["Found"]),
        .testTarget(
            name: "MessageTests",
            dependencies: [
                "Transformer", "Recording", "Verifying", "Exporting", "Comparing", "Reporting", "Hub", "Parquet", "Queries",
                "TestSupport",
            ],
            exclude: ["messages.txt"]),
        .testTarget(name: "ParquetTests", dependencies: ["Parquet", "CZstd"]),
        .testTarget(
            name: "RecordingTests",
            dependencies: [
                "Recording", "Transformer", "Schema", "Queries", "TestSupport", "actrec",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "DocumentationTests",
            dependencies: ["TestSupport", "Transformer", "actrec", "OwnHook", "RecordTexts", "ReadRecording"]),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "Verifying", "Exporting", "Comparing", "Reporting", "Digest", "Queries", "TestSupport", "Transformer", "actrec",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            exclude: ["Snapshots"]),
    ],
    swiftLanguageModes: [.v6]
)

if standsAlone {
    // A source distribution has neither tests nor examples.
    let apart: Set = ["TestSupport", "FuzzTargets", "fuzz", "OwnHook", "RecordTexts", "ReadRecording"]
    package.targets.removeAll { $0.type == .test || apart.contains($0.name) }
}
