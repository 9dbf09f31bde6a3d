// swift-tools-version: 6.2
import PackageDescription

// Targets and what they may import are drawn in the README; Tests/HouseTests holds the two against each other.

// Warnings are errors where every change is judged; a newer compiler's new warning must not stop a newcomer.
let isStrict = Context.environment["SIGNALBOX_WARNINGS_AS_ERRORS"] == "1"
let settings: [SwiftSetting] = [.swiftLanguageMode(.v6)] + (isStrict ? [.treatAllWarnings(as: .error)] : [])

/// Pure code is optimized in every build: the tests live tens of thousands of sessions through it.
let pure = settings + [.unsafeFlags(["-O"])]

let package = Package(
  name: "signalbox",
  products: [.executable(name: "signalbox", targets: ["signalbox"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: [
    // pure
    .target(name: "Kernel", swiftSettings: pure),
    .target(name: "Screen", swiftSettings: pure),
    .target(
      name: "CMarkdown",
      linkerSettings: [.linkedLibrary("cmark-gfm"), .linkedLibrary("cmark-gfm-extensions")]),
    .target(name: "Prose", dependencies: ["CMarkdown", "Screen"], swiftSettings: pure),
    .target(name: "Console", dependencies: ["Kernel", "Prose", "Screen"], swiftSettings: pure),
    // shell
    .target(
      name: "Engine",
      dependencies: ["Kernel", .product(name: "Crypto", package: "swift-crypto")], swiftSettings: pure),
    // data
    .target(
      name: "Playbooks",
      dependencies: ["Kernel", "Yams", .product(name: "Crypto", package: "swift-crypto")],
      resources: [.copy("Library")], swiftSettings: settings),
    .target(
      name: "Theming", dependencies: ["Screen", "Yams"], resources: [.copy("../../Themes")], swiftSettings: settings),
    // world
    .target(
      name: "Agents",
      dependencies: [
        "CSignalbox", "Engine", "Kernel", .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ], swiftSettings: settings),
    .target(
      name: "CNcurses", cSettings: [.define("_GNU_SOURCE"), .define("NCURSES_WIDECHAR", to: "1")],
      linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]),
    .target(name: "CSignalbox", cSettings: [.define("_GNU_SOURCE")]),
    .target(
      name: "Gates",
      dependencies: [
        "Engine", "Kernel", "Yams", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ], swiftSettings: settings),
    .target(
      name: "Generator", dependencies: ["Engine", "Kernel", .product(name: "Mustache", package: "swift-mustache")],
      resources: [.copy("Templates")], swiftSettings: settings),
    .target(
      name: "JournalSQLite",
      dependencies: [
        "CSignalbox", "Engine", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ], swiftSettings: settings),
    .target(name: "Reports", dependencies: ["Engine", "Kernel"], swiftSettings: settings),
    .target(name: "Terminal", dependencies: ["Screen", "CNcurses"], swiftSettings: settings),
    .target(
      name: "Workspaces",
      dependencies: [
        "CSignalbox", "Engine", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ], swiftSettings: settings),
    // main
    .executableTarget(
      name: "signalbox",
      dependencies: [
        "Agents", "CSignalbox", "Console", "Engine", "Gates", "Generator", "JournalSQLite", "Kernel", "Playbooks",
        "Reports", "Screen",
        "Terminal", "Theming", "Workspaces",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: settings),
    // tests
    .executableTarget(name: "Benchmark", path: "Tests/Benchmark", swiftSettings: settings),
    .executableTarget(
      name: "JournalProbe", dependencies: ["Engine", "JournalSQLite", "Kernel"], path: "Tests/JournalProbe",
      swiftSettings: settings),
    .executableTarget(
      name: "TerminalProbe", dependencies: ["Screen", "Terminal"], path: "Tests/TerminalProbe", swiftSettings: settings),
    .testTarget(
      name: "AgentsTests",
      dependencies: [
        "Agents", "CSignalbox", "Engine", "Kernel", "Workspaces", "signalbox",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ], exclude: ["Transcripts", "verify_acp.py", "verify_mcp.py", "verify_mcp_requirements.txt"],
      swiftSettings: settings),
    .testTarget(
      name: "ConsoleTests", dependencies: ["Console", "Kernel", "Prose", "Screen", "Terminal"], exclude: ["Goldens"],
      swiftSettings: settings),
    .testTarget(
      name: "EngineTests", dependencies: ["Engine", "Kernel", .product(name: "Crypto", package: "swift-crypto")],
      exclude: ["Fixtures"], swiftSettings: settings),
    .testTarget(
      name: "GatesTests", dependencies: ["Engine", "Gates", "Kernel", "Workspaces"], swiftSettings: settings),
    .testTarget(
      name: "GeneratorTests", dependencies: ["Engine", "Gates", "Generator", "Kernel"], swiftSettings: settings),
    .testTarget(name: "HouseTests", swiftSettings: settings),
    .testTarget(
      name: "JournalTests",
      dependencies: [
        "CSignalbox", "Engine", "JournalProbe", "JournalSQLite", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: settings),
    .testTarget(name: "KernelTests", dependencies: ["Kernel"], swiftSettings: settings),
    .testTarget(name: "PlaybooksTests", dependencies: ["Kernel", "Playbooks", "Yams"], swiftSettings: settings),
    .testTarget(
      name: "ReportsTests", dependencies: ["Engine", "Kernel", "Playbooks", "Reports"], swiftSettings: settings),
    .testTarget(name: "ScreenTests", dependencies: ["Screen"], swiftSettings: settings),
    .testTarget(
      name: "SignalboxTests",
      dependencies: [
        "Engine", "JournalProbe", "JournalSQLite", "Kernel", "signalbox",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ], exclude: ["red_team.py"], swiftSettings: settings),
    .testTarget(
      name: "SupervisionTests",
      dependencies: ["Agents", "Engine", "Gates", "Kernel", "Playbooks", "Reports", "Workspaces"],
      exclude: ["stub_agent.py"], swiftSettings: settings),
    .testTarget(
      name: "TerminalTests", dependencies: ["CNcurses", "Screen", "Terminal", "TerminalProbe"], swiftSettings: settings),
    .testTarget(name: "ThemingTests", dependencies: ["Screen", "Theming"], swiftSettings: settings),
    .testTarget(
      name: "WorkspacesTests",
      dependencies: [
        "Engine", "Workspaces", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ], swiftSettings: settings),
  ]
)
