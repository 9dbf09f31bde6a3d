import Testing

@testable import Workspaces

@Suite("ContainedPath")
struct ContainedPathTests {
  @Test(arguments: [
    "", "/etc/passwd", "../x", "a/../../x", "a/..", ".", "./a", "a//b", "a/", "/", "ok\0.evil", ".git", ".git/config",
    "a/.git/hooks/pre-commit", ".GIT/config", ".Git", "git~1/x", ".git /x", ".git./x", ".git::$INDEX_ALLOCATION/x",
    ".g\u{200C}it/x", ".git\u{FEFF}", "__pycache__/x.pyc", "a/.venv/bin/python", "node_modules/x", ".coverage",
    String(repeating: "n", count: 256), String(repeating: "d/", count: 2500) + "x",
  ])
  func refusesWhatCouldLeaveOrCannotBeKept(_ text: String) async {
    await expectRefusal { _ = try ContainedPath(asked: text) }
  }

  @Test(arguments: [
    "a", "a/b/c.py", ".gitignore", ".gitattributes", ".github/workflows/ci.yml", "-rf", "line\nbreak", "caf\u{e9}",
    ".env", ".coveragerc", "git", "a.git", "dots...", "..x", String(repeating: "n", count: 255),
  ])
  func takesPlainNames(_ text: String) throws {
    #expect(try ContainedPath(asked: text).bytes == Array(text.utf8))
  }

  @Test func twoSpellingsOfOneWordAreTwoPaths() throws {
    let composed = try ContainedPath(asked: "caf\u{e9}")
    let decomposed = try ContainedPath(asked: "cafe\u{301}")
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed]).count == 2)
  }

  @Test func listsBytesThatAreNotTextWithoutCollisions() {
    let broken = ContainedPath(listed: [0x63, 0xE9])
    let literal = ContainedPath(listed: Array("c\\xE9".utf8))
    let brokenWithBackslash = ContainedPath(listed: [0x63, 0x5C, 0xE9])
    #expect(broken.listed == "./c\\xE9")
    #expect(literal.listed == "c\\xE9")
    #expect(brokenWithBackslash.listed == "./c\\\\\\xE9")
  }

  @Test func showsNoControlCharacters() {
    #expect(ContainedPath(listed: Array("a\u{1B}[2J\nb".utf8)).shown == "“a\\x1B[2J\\x0Ab”")
  }

  @Test func knowsItsFolders() throws {
    let path = try ContainedPath(asked: "a/b/c")
    #expect(path.ancestors.map(\.listed) == ["a", "a/b"])
    #expect(path.parent?.listed == "a/b")
    #expect(path.name == Array("c".utf8))
    #expect(path.isBelow(try ContainedPath(asked: "a/b")))
    #expect(!path.isBelow(try ContainedPath(asked: "a/b/c")))
    #expect(!(try ContainedPath(asked: "ab").isBelow(try ContainedPath(asked: "a"))))
  }
}
