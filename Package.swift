// swift-tools-version: 6.1
import PackageDescription

// Each target depends only on those above it: text -> forward pass -> hook points -> rows -> queries -> output.
let package = Package(
    name: "actrec",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Transformer", targets: ["Transformer"]),
        .library(name: "Recording", targets: ["Recording"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        // The engine. It knows no SQLite.
        .target(
            name: "CKernels",
            linkerSettings: [
                .linkedLibrary("dnnl", .when(platforms: [.linux])),
                .linkedLibrary("gomp", .when(platforms: [.linux])),
                .linkedFramework("Accelerate", .when(platforms: [.macOS])),
            ]),
        .target(name: "CDigest", linkerSettings: [.linkedLibrary("crypto", .when(platforms: [.linux]))]),
        .target(name: "EmbeddedModel", exclude: ["gpt2-micro"]),
        .target(
            name: "Transformer",
            dependencies: [
                "CKernels", "CDigest", "EmbeddedModel",
                .product(name: "HeapModule", package: "swift-collections"),
            ]),

        // The contract of the file, and the questions asked of it.
        .target(name: "Schema", path: "schema", exclude: ["README.md"], resources: [.embedInCode("schema.sql")]),

        .target(name: "CSQLite"),
        .target(
            name: "Recording",
            dependencies: ["Transformer", "Schema", "CSQLite", .product(name: "GRDB", package: "GRDB.swift")]),

        // Tests run in release mode: the kernels and the embedded model are slow without optimization.
        .testTarget(name: "TransformerTests", dependencies: ["Transformer", "CKernels"]),
    ],
    swiftLanguageModes: [.v6]
)
