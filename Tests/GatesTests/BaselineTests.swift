import Engine
import Foundation
import Glibc
import Kernel
import Testing

@testable import Gates

// covers Baseline.swift and every kind whose findings are the verdict
@Suite("Baselines")
struct BaselineTests {
  static let late = "x = 1\n# TODO: one\n# TODO: one\n# FIXME: two\n"

  @Test func whatWasKnownDoesNotBlock() async throws {
    let folder = try await GateWorkspace()
    try await folder.add(Self.late, to: "services/late.py")
    let first = try await folder.run("placeholders", tools: false)
    #expect(first.achieved == "3 placeholders")
    let bytes = try Baseline.json(of: first.findings)
    try await folder.workspace.write(bytes, to: "baseline.json", executable: false)
    // Lines move; the findings stay the same.
    try await folder.add("y = 0\n\n" + Self.late, to: "services/late.py")
    let known = try await folder.run("placeholders", settings: ["baseline": "baseline.json"], tools: false)
    #expect(known.passed)
    #expect(known.achieved == "3 placeholders, 3 known")
    #expect(known.baselined == 3 && known.findings.isEmpty)
    known.expectEvidence()
    let record = try String(contentsOfFile: try #require(known.evidence), encoding: .utf8)
    #expect(record.contains("baseline: \(sha256(bytes)) baseline.json\n"))
    // Two were known; the third is new, though it reads the same.
    try await folder.add(Self.late + "# TODO: one\n", to: "services/late.py")
    try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/outside.json"))
    let more = try await folder.run("placeholders", settings: ["baseline": folder.path + "/outside.json"], tools: false)
    #expect(!more.passed)
    #expect(more.achieved == "4 placeholders, 3 known")
    #expect(more.places == ["services/late.py:5 TODO"])
  }

  @Test func aBaselineThatIsNoneDoesNotPass() async throws {
    let folder = try await GateWorkspace()
    for (text, path) in [("{}", "a.json"), ("[{\"file\": 1}]", "b.json"), ("", "c.json")] {
      try await folder.add(text, to: path)
      let result = try await folder.run("naming", settings: ["baseline": path], tools: false)
      #expect(!result.passed && result.unavailable?.contains("is broken") == true)
    }
    #expect(symlink("/etc/hostname", folder.root + "/link.json") == 0)
    for path in ["absent.json", "/no/such.json", "link.json", "/etc", "../outside.json"] {
      let result = try await folder.run("naming", settings: ["baseline": path], tools: false)
      #expect(!result.passed && result.unavailable?.contains("cannot be read") == true, "\(path) \(result)")
    }
    let tests = try await folder.run("tests", settings: ["baseline": "a.json"], tools: false)
    #expect(tests.unavailable?.contains("takes no baseline") == true)
    #expect(try await folder.run("documents", settings: ["baseline": "services/sums.py"], tools: false).passed)
  }

  @Test func toolsThatBreakAreNeverKnown() async throws {
    let folder = try await GateWorkspace()
    try await folder.add("[tool.ruff]\nno-such-setting = 1\n", to: "pyproject.toml")
    let broken = try await folder.run("lint")
    try Data(try Baseline.json(of: broken.findings)).write(to: URL(fileURLWithPath: folder.path + "/known.json"))
    let again = try await folder.run("lint", settings: ["baseline": folder.path + "/known.json"])
    #expect(!again.passed && again.achieved.hasPrefix("ruff failed") && again.baselined == 0)
    // Nor are files that could not be read.
    let unread = Finding(file: "a.py", line: 0, code: "unread", message: "m")
    let baseline = try #require(Baseline(json: try Baseline.json(of: [unread])))
    #expect(baseline.split([unread]).new == [unread])
  }

  @Test(arguments: ["lint", "types", "security"])
  func everyToolsFindingsCanBeKnown(kind: String) async throws {
    let folder = try await GateWorkspace()
    try await folder.add(
      "import os\nimport subprocess\n\n\ndef f(x: str) -> int:\n    subprocess.call(x, shell=True)\n    return x\n",
      to: "services/bad.py")
    let first = try await folder.run(kind)
    #expect(!first.passed)
    #expect(first.findings.allSatisfy { $0.line > 0 && !$0.file.hasPrefix("/") })
    try Data(try Baseline.json(of: first.findings)).write(to: URL(fileURLWithPath: folder.path + "/known.json"))
    let known = try await folder.run(kind, settings: ["baseline": folder.path + "/known.json"])
    #expect(known.passed, "\(known)")
    #expect(known.achieved == "\(first.achieved), \(first.findings.count) known")
    known.expectEvidence()
  }
}
