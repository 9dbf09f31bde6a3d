import Testing

@testable import Workspaces

@Suite("Tree")
struct TreeTests {
  func leaf(_ path: String, _ mode: FileMode = .regular) -> Tree.Leaf {
    Tree.Leaf(
      path: ContainedPath(listed: Array(path.utf8)), mode: mode,
      object: ObjectName(kind: "blob", content: Array(path.utf8)))
  }

  @Test func namesTreesAsGitDoes() async throws {
    // Names around "/" in byte order, where git sorts folders as if their names ended in a slash.
    let paths = ["a", "a-b", "a.b/c", "a0", "b/c/d", "b/c-d", "b.c", "deep/er/est/x", "z"]
    let temporary = try TemporaryFolder()
    try await shell("git init -q .", in: temporary.path)
    for path in paths {
      try await shell("mkdir -p \"$(dirname \(path))\"; printf '%s' '\(path)' > \(path)", in: temporary.path)
    }
    try await shell("chmod +x z; git add -A", in: temporary.path)
    let expected = try await shell("git write-tree", in: temporary.path)
    let trees = try Tree.build(paths.map { leaf($0, $0 == "z" ? .executable : .regular) }.shuffled())
    #expect(trees.last?.name.hex == String(expected.dropLast()))
    #expect(trees.count == 7)
  }

  @Test func nothingIsTheEmptyTree() throws {
    // The well-known name of the empty tree.
    #expect(try Tree.build([]).map(\.name.hex) == ["4b825dc642cb6eb9a060e54bf8d69288fbee4904"])
  }

  @Test func refusesAPathTwiceOrAFileThatIsAFolder() async {
    await expectRefusal("“a” is given twice") { _ = try Tree.build([leaf("a"), leaf("a")]) }
    await expectRefusal("“a/b” is both a file and a folder") { _ = try Tree.build([leaf("a/b"), leaf("a/b/c/d")]) }
  }

  @Test func readsBackWhatItWrote() throws {
    let tree = try #require(try Tree.build([leaf("b", .executable), leaf("a", .link)]).last)
    var content: [UInt8] = []
    for entry in tree.entries { content += Array("\(entry.mode) ".utf8) + entry.name + [0] + entry.object.bytes }
    let entries = try #require(Tree.entries(in: content))
    #expect(entries.map(\.mode) == ["120000", "100755"])
    #expect(entries.map(\.name) == [Array("a".utf8), Array("b".utf8)])
    #expect(entries.map(\.object) == tree.entries.map(\.object))
    #expect(Tree.entries(in: Array(content.dropLast())) == nil)
    #expect(Tree.entries(in: Array("100644".utf8)) == nil)
  }
}
