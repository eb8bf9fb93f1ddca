// swift-tools-version: 6.1
import PackageDescription

// Each target depends only on those above it: text -> forward pass -> hook points -> rows -> queries -> output.
let package = Package(
    name: "actrec",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Transformer", targets: ["Transformer"]),
    ],
    dependencies: [
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
    ],
    swiftLanguageModes: [.v6]
)
