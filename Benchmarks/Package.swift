// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that who builds actrec never builds this.
let package = Package(
    name: "actrec-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "actrec", path: "..")],
    targets: [
        .executableTarget(
            name: "Engine",
            dependencies: [.product(name: "Transformer", package: "actrec"), .product(name: "Recording", package: "actrec")])
    ],
    swiftLanguageModes: [.v6]
)
