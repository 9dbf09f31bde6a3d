import Engine
import Testing

@testable import Workspaces

// covers Difference.swift
@Suite("Difference")
struct DifferenceTests {
  let temporary: TemporaryFolder
  let workspace: GitWorkspace

  init() async throws {
    temporary = try TemporaryFolder()
    workspace = try await temporary.open()
  }

  private func difference(_ old: String, _ new: String) async throws -> Difference {
    try await workspace.difference(from: Array(old.utf8), to: Array(new.utf8))
  }

  @Test func tellsTheLinesAsGitDoes() async throws {
    #expect(try await difference("a\nb\nc\n", "a\nB\nc\n") == .lines(["@@ -1,3 +1,3 @@", " a", "-b", "+B", " c"]))
    #expect(try await difference("", "a\n") == .lines(["@@ -0,0 +1 @@", "+a"]))
    #expect(try await difference("a\n", "") == .lines(["@@ -1 +0,0 @@", "-a"]))
    #expect(
      try await difference("a", "a\n")
        == .lines(["@@ -1 +1 @@", "-a", "\\ No newline at end of file", "+a"]))
  }

  @Test func sameIsNoneAndBytesAreNoText() async throws {
    #expect(try await difference("a\n", "a\n") == .none)
    #expect(try await difference("a\n", "a\0\n") == .binary)
    // A zero byte after the first 8,000 is text to git, and so to us.
    let long = String(repeating: "x\n", count: 5_000)
    #expect(try await difference(long, long + "\0\n") != .binary)
  }

  @Test func nothingInTheWorkspaceSaysHowToCompare() async throws {
    let root = temporary.workspace
    try await shell(
      "printf '* binary diff=evil\n' > .gitattributes; git init -q .; git config diff.evil.command 'touch ran'",
      in: root)
    #expect(try await difference("a\n", "b\n") == .lines(["@@ -1 +1 @@", "-a", "+b"]))
    #expect(try await workspace.files().map(\.path) == [".gitattributes"])
  }
}
