import Crypto
import Engine
import Foundation
import Testing

@testable import Workspaces

@Suite("Archive")
struct ArchiveTests {
  let temporary: TemporaryFolder
  let workspace: GitWorkspace

  init() async throws {
    temporary = try TemporaryFolder()
    workspace = try await temporary.open()
    try await shell(
      "mkdir -p services .venv; echo code > services/main.py; echo run > run.sh; chmod +x run.sh; echo x > .venv/y; echo old > REPORT.md",
      in: temporary.workspace)
  }

  func entries(_ zip: String) async throws -> [String] {
    try await shell(
      "python3 -c \"import zipfile; z=zipfile.ZipFile('\(zip)'); assert z.testzip() is None; [print(i.filename, oct(i.external_attr >> 16), i.file_size) for i in z.infolist() if not i.is_dir()]\"",
      in: temporary.path
    ).split(separator: "\n").map(String.init)
  }

  @Test func holdsTheFilesAndTheExtraOnes() async throws {
    let zip = temporary.path + "/package.zip"
    let digest = try await workspace.archive(
      to: zip, prefix: "handoff-1", extra: ["REPORT.md": Array("new!".utf8), "docs/x/y.md": []])
    #expect(
      try await entries(zip) == [
        "handoff-1/REPORT.md 0o0 4", "handoff-1/docs/x/y.md 0o0 0", "handoff-1/run.sh 0o100755 4",
        "handoff-1/services/main.py 0o0 5",
      ])
    let bytes = try Data(contentsOf: URL(fileURLWithPath: zip))
    #expect(digest == lowercaseHex(SHA256.hash(data: bytes)))
    #expect(try await shell("cat workspace/REPORT.md; ls store/staging", in: temporary.path) == "old\n")
  }

  @Test func theSameFilesGiveTheSameBytes() async throws {
    let first = try await workspace.archive(to: temporary.path + "/1.zip", prefix: "p", extra: ["e": [1, 2]])
    try await shell("touch services/main.py; sleep 0.01", in: temporary.workspace)
    let other = try await temporary.open()
    let second = try await other.archive(to: temporary.path + "/2.zip", prefix: "p", extra: ["e": [1, 2]])
    #expect(first == second)
    let third = try await workspace.archive(to: temporary.path + "/1.zip", prefix: "p", extra: ["e": [1, 3]])
    #expect(third != first)
    #expect(try await shell("ls", in: temporary.path) == "1.zip\n2.zip\nstore\nworkspace\n")
  }

  @Test func refusesPlacesAndPathsThatAreNotIts() async throws {
    let path = temporary.path
    await expectRefusal("in the workspace it packs") {
      _ = try await workspace.archive(to: path + "/workspace/x.zip", prefix: "", extra: [:])
    }
    await expectRefusal("not an absolute path") { _ = try await workspace.archive(to: "x.zip", prefix: "", extra: [:]) }
    await expectRefusal("resolved") { _ = try await workspace.archive(to: path + "/no/x.zip", prefix: "", extra: [:]) }
    for prefix in ["../up", "/abs", "a/../b"] {
      await expectRefusal { _ = try await workspace.archive(to: path + "/x.zip", prefix: prefix, extra: [:]) }
    }
    for extra in ["../up", "/abs", ".git/config"] {
      await expectRefusal { _ = try await workspace.archive(to: path + "/x.zip", prefix: "", extra: [extra: []]) }
    }
    await expectRefusal("both a file and a folder") {
      _ = try await workspace.archive(to: path + "/x.zip", prefix: "", extra: ["run.sh/x": []])
    }
    #expect(try await shell("ls", in: path) == "store\nworkspace\n")
  }
}
