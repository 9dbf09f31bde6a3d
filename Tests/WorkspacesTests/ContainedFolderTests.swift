import Foundation
import Glibc
import Testing

@testable import Workspaces

// covers ContainedFolder.swift and ContainedWrite.swift
@Suite("ContainedFolder")
struct ContainedFolderTests {
  let temporary: TemporaryFolder
  let workspace: GitWorkspace
  var root: String { temporary.workspace }

  init() async throws {
    temporary = try TemporaryFolder()
    workspace = try await temporary.open()
  }

  func mode(_ path: String) -> mode_t {
    var status = stat()
    return lstat(root + "/" + path, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  @Test func writesMakesFoldersAndReadsBack() async throws {
    try await workspace.write(Array("one".utf8), to: "services/a/b/main.py", executable: false)
    try await workspace.write(Array("run".utf8), to: "services/run.sh", executable: true)
    #expect(try await workspace.read("services/a/b/main.py", limit: 100) == Array("one".utf8))
    #expect(try await workspace.read("services/a/b/main.py", limit: 2) == Array("on".utf8))
    #expect(mode("services/a/b/main.py") & 0o111 == 0)
    #expect(mode("services/run.sh") & 0o100 != 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: root + "/services/a/b") == ["main.py"])
  }

  @Test func keepsThePermissionsAPersonSet() async throws {
    try await workspace.write([1], to: ".env", executable: false)
    #expect(chmod(root + "/.env", 0o600) == 0)
    try await workspace.write([2], to: ".env", executable: false)
    #expect(mode(".env") == 0o600)
    try await workspace.write([3], to: ".env", executable: true)
    #expect(mode(".env") == 0o700)
  }

  @Test func refusesSymbolicLinksAnywhereOnTheWay() async throws {
    try await shell(
      "mkdir out; echo secret > out/file; ln -s ../out workspace/door; ln -s ../out/file workspace/link",
      in: temporary.path)
    await expectRefusal("symbolic link") { try await workspace.write([1], to: "door/new", executable: false) }
    await expectRefusal("symbolic link") { try await workspace.write([1], to: "link", executable: false) }
    await expectRefusal("symbolic link") { _ = try await workspace.read("door/file", limit: 10) }
    await expectRefusal("symbolic link") { _ = try await workspace.read("link", limit: 10) }
    #expect(try await shell("cat out/file; ls out", in: temporary.path) == "secret\nfile\n")
  }

  @Test func refusesHardLinksPipesAndFolders() async throws {
    try await shell(
      "echo secret > outside; ln outside workspace/hard; mkfifo workspace/pipe; mkdir workspace/folder",
      in: temporary.path)
    await expectRefusal("hard", "hard links") { try await workspace.write([1], to: "hard", executable: false) }
    await expectRefusal("hard links") { _ = try await workspace.read("hard", limit: 10) }
    await expectRefusal("named pipe") { try await workspace.write([1], to: "pipe", executable: false) }
    await expectRefusal("named pipe") { _ = try await workspace.read("pipe", limit: 10) }
    await expectRefusal("folder") { try await workspace.write([1], to: "folder", executable: false) }
    await expectRefusal("named pipe") { try await workspace.write([1], to: "pipe/below", executable: false) }
    #expect(try await shell("cat outside", in: temporary.path) == "secret\n")
  }

  @Test func refusesPathsThatLeave() async throws {
    for path in ["../x", "/tmp/x", "a/../../x", "proc/../../x", ".git/config", "ok\0x"] {
      await expectRefusal { try await workspace.write([1], to: path, executable: false) }
      await expectRefusal { _ = try await workspace.read(path, limit: 1) }
    }
    #expect(try await picture(of: root).isEmpty)
  }

  @Test func leavesNothingBehindWhenAWriteFails() async throws {
    try await shell("mkdir workspace/full", in: temporary.path)
    // A folder in the place of the file makes the write fail after its checks have seen a free name.
    await expectRefusal { try await workspace.write([1], to: "full", executable: false) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: root) == ["full"])
  }

  @Test func noticesThatTheFolderWasReplaced() async throws {
    try await workspace.write([1], to: "a", executable: false)
    try await shell("mv workspace moved; mkdir workspace", in: temporary.path)
    await expectRefusal("no longer the folder") { try await workspace.write([2], to: "a", executable: false) }
    await expectRefusal("no longer the folder") { _ = try await workspace.files() }
    try await shell("rmdir workspace; ln -s moved workspace", in: temporary.path)
    await expectRefusal("no longer the folder") { _ = try await workspace.checkpoint(named: "c", message: "") }
    try await shell("rm workspace", in: temporary.path)
    await expectRefusal("is gone") { _ = try await workspace.read("a", limit: 1) }
    try await shell("mv moved workspace", in: temporary.path)
    #expect(try await workspace.read("a", limit: 1) == [1])
  }

  @Test(.timeLimit(.minutes(1))) func neverFollowsALinkThatComesAndGoes() async throws {
    try await shell("mkdir out workspace/real; ln -s ../out workspace/fake", in: temporary.path)
    let script = """
      import ctypes, os
      exchange = ctypes.CDLL(None).renameat2
      while not os.path.exists('../stop'):
          for _ in range(100): exchange(-100, b'real', -100, b'fake', 2)
      print('swapped')
      """
    async let swapped = shell("python3 -c \"\(script)\"", in: root)
    var written = 0
    var refused = 0
    while written < 100 || refused < 100 {
      do {
        try await workspace.write([1], to: "real/\(written)", executable: false)
        written += 1
      } catch {
        refused += 1
      }
    }
    try await shell("touch stop", in: temporary.path)
    #expect(try await swapped == "swapped\n")
    #expect(try await shell("ls out", in: temporary.path) == "")
  }

  @Test func manyWritersAtOnceEachLeaveAWholeFile() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<40 {
        group.addTask {
          let bytes = Array(repeating: UInt8(number), count: 10_000)
          try await workspace.write(bytes, to: "shared/\(number % 4)", executable: false)
        }
      }
      group.addTask { _ = try await workspace.checkpoint(named: "during", message: "") }
      try await group.waitForAll()
    }
    for number in 0..<4 {
      let bytes = try await workspace.read("shared/\(number)", limit: 20_000)
      #expect(bytes.count == 10_000)
      #expect(Set(bytes).count == 1)
    }
  }
}
