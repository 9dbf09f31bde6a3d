import Engine
import Glibc
import Testing

@testable import Workspaces

// covers GitWorkspace.swift, GitStore.swift and StoreFolder.swift
@Suite("GitWorkspace")
struct GitWorkspaceTests {
  let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  @Test func theSameFilesAreTheSameTree() async throws {
    let first = try await temporary.open()
    try await first.write(Array("x".utf8), to: "a/b", executable: false)
    let one = try await first.checkpoint(named: "one", message: "first")
    let again = try await first.checkpoint(named: "again", message: "other words")
    #expect(one == again)
    let other = try TemporaryFolder()
    let second = try await other.open()
    try await second.write(Array("x".utf8), to: "a/b", executable: false)
    #expect(try await second.checkpoint(named: "one", message: "") == one)
    try await second.write(Array("x".utf8), to: "a/b", executable: true)
    #expect(try await second.checkpoint(named: "two", message: "") != one)
    #expect(try await first.checkpoints() == ["one": one, "again": one])
  }

  @Test func anEmptyFolderIsACheckpointToo() async throws {
    let workspace = try await temporary.open()
    let tree = try await workspace.checkpoint(named: "empty", message: "")
    #expect(tree == "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
    #expect(try await workspace.files(of: tree) == [])
    try await workspace.write([1], to: "a", executable: false)
    #expect(try await workspace.restore(tree: tree) == RestoreSummary(restored: [], removed: ["a"]))
  }

  @Test func gitItselfFindsNothingWrongWithTheStore() async throws {
    let workspace = try await temporary.open()
    var generator = TreeGenerator(seed: 11, root: temporary.workspace)
    generator.disturb(times: 60)
    _ = try await workspace.checkpoint(named: "c", message: "hostile\0message\n\u{1B}[2J")
    let report = try await shell(
      "GIT_DIR=store/git git fsck --full 2>&1; GIT_DIR=store/git git for-each-ref --format='%(refname)'",
      in: temporary.path)
    #expect(report.split(separator: "\n").last == "refs/signalbox/checkpoints/c")
    #expect(!report.contains("missing") && !report.contains("corrupt"))
  }

  @Test func aNameTakenAgainKeepsTheEarlierCheckpoint() async throws {
    let workspace = try await temporary.open()
    try await workspace.write([1], to: "a", executable: false)
    let first = try await workspace.checkpoint(named: "c", message: "m")
    try await workspace.write([2], to: "a", executable: false)
    let second = try await workspace.checkpoint(named: "c", message: "m")
    #expect(try await workspace.checkpoint(named: "c", message: "m") == second)
    #expect(try await workspace.checkpoints() == ["c": second])
    let trees = try await shell(
      "GIT_DIR=store/git git for-each-ref --format='%(tree)' refs/signalbox/earlier", in: temporary.path)
    #expect(trees == first + "\n")
  }

  @Test(arguments: [
    "", "a/b", "../x", "a/../b", "-x", "--upload-pack=x", ".x", "a..b", "x.lock", "a b", "x.", "@", "@{", "@{-1}",
    "x@{0}",
    "x^", "x~1", "x:y", "x?", "x*", "x[", "x\\y", "x\ny", "x\0y", "ä", String(repeating: "n", count: 101),
    String(repeating: "n", count: 300),
  ])
  // X12, X13
  func refusesNamesThatAreNoCheckpointNames(name: String) async throws {
    let workspace = try await temporary.open()
    await expectRefusal("cannot name a checkpoint") { _ = try await workspace.checkpoint(named: name, message: "") }
  }

  @Test(arguments: ["", "--output=/tmp/x", "HEAD", "4b825dc6", String(repeating: "Z", count: 40)])
  func refusesTreesThatAreNoNames(tree: String) async throws {
    let workspace = try await temporary.open()
    await expectRefusal("not the name of a tree") { _ = try await workspace.restore(tree: tree) }
    await expectRefusal("not the name of a tree") { _ = try await workspace.files(of: tree) }
  }

  @Test func listsTheFilesOfATreeAsTheyWere() async throws {
    let workspace = try await temporary.open()
    var generator = TreeGenerator(seed: 5, root: temporary.workspace)
    generator.disturb(times: 80)
    let before = try await workspace.files()
    let tree = try await workspace.checkpoint(named: "c", message: "")
    generator.disturb(times: 80)
    #expect(try await workspace.files() != before)
    #expect(try await workspace.files(of: tree) == before)
    // A fresh process has met none of these blobs and must read them.
    #expect(try await temporary.open().files(of: tree) == before)
  }

  @Test func readsOldBytes() async throws {
    let workspace = try await temporary.open()
    try await workspace.write(Array("before".utf8), to: "a", executable: false)
    let tree = try await workspace.checkpoint(named: "c", message: "")
    try await workspace.write(Array("after".utf8), to: "a", executable: false)
    #expect(try await workspace.read("a", of: tree, limit: 100) == Array("before".utf8))
    #expect(try await workspace.read("a", of: tree, limit: 2) == Array("be".utf8))
    #expect(try await workspace.read("b", of: tree, limit: 2) == nil)
  }

  @Test func tellsWhatChanged() async throws {
    let workspace = try await temporary.open()
    try await shell(
      "mkdir d; echo 1 > d/same; echo 2 > edited; echo 3 > gone; echo 4 > mode; ln -s a link",
      in: temporary.workspace)
    let tree = try await workspace.checkpoint(named: "c", message: "")
    #expect(try await workspace.changes(since: tree) == [])
    try await shell(
      "echo 5 > d/new; echo 6 > edited; rm gone; chmod +x mode; ln -sfn b link; touch d/same; mkdir __pycache__; echo x > __pycache__/y",
      in: temporary.workspace)
    #expect(
      try await workspace.changes(since: tree) == [
        WorkspaceChange(path: "d/new", kind: .added), WorkspaceChange(path: "edited", kind: .modified),
        WorkspaceChange(path: "gone", kind: .removed), WorkspaceChange(path: "link", kind: .modified),
        WorkspaceChange(path: "mode", kind: .modified),
      ])
  }

  @Test func seesAnEditThatKeepsSizeAndTime() async throws {
    let workspace = try await temporary.open()
    try await shell("echo aaaa > f; touch -d '2020-01-01' f", in: temporary.workspace)
    let tree = try await workspace.checkpoint(named: "c", message: "")
    try await shell("echo bbbb > f; touch -d '2020-01-01' f", in: temporary.workspace)
    #expect(try await workspace.changes(since: tree) == [WorkspaceChange(path: "f", kind: .modified)])
  }

  @Test func theStoreIsForItsOwnerAlone() async throws {
    _ = try await temporary.open()
    for folder in ["", "/git", "/home", "/staging"] {
      var status = stat()
      #expect(lstat(temporary.store + folder, &status) == 0)
      #expect(status.st_mode & 0o777 == 0o700)
    }
  }

  @Test func refusesFoldersThatAreNoWorkspace() async throws {
    func refused(_ root: String, _ store: String, _ words: String, line: Int = #line) async {
      await expectRefusal(words) { _ = try await GitWorkspace(root: root, store: store) }
    }
    let path = temporary.path
    await refused("/", path + "/store", "cannot be a workspace")
    await refused("relative", path + "/store", "not an absolute path")
    await refused(path + "/a/../b", path + "/store", "plain path")
    await refused(path + "/w", path + "/w/store", "must not lie in one another")
    await refused(path + "/s/w", path + "/s", "must not lie in one another")
    await refused(path + "/w", path + "/w", "must not lie in one another")
    if let home = getenv("HOME").map({ String(cString: $0) }), home.hasPrefix("/"), home != "/" {
      await refused(home, path + "/store", "home folder")
      await refused(home + "/", path + "/store", "home folder")
    }
    try await shell(
      "mkdir real; ln -s real link; echo x > file; mkdir workspace; ln -s workspace/inner sneaky; mkdir workspace/inner",
      in: path)
    await refused(path + "/link", path + "/store", "symbolic link")
    await refused(path + "/file", path + "/store", "not a folder")
    await refused(path + "/workspace", path + "/file", "store")
    await refused(path + "/workspace", path + "/sneaky/store", "must not lie in one another")
  }

  @Test func aStaleLockOfAKilledGitDoesNotStopCheckpoints() async throws {
    let workspace = try await temporary.open()
    _ = try await workspace.checkpoint(named: "c", message: "")
    try await shell("touch -d '1 hour ago' store/git/refs/signalbox/checkpoints/c.lock", in: temporary.path)
    try await workspace.write([1], to: "a", executable: false)
    let tree = try await workspace.checkpoint(named: "c", message: "")
    #expect(try await workspace.checkpoints() == ["c": tree])
  }

  @Test func twoProcessesTakeTurns() async throws {
    // Two workspaces over one folder stand for two processes: each has an open lock file of its own.
    let first = try await temporary.open()
    let second = try await temporary.open()
    try await first.write(Array(repeating: 7, count: 100_000), to: "a", executable: false)
    try await withThrowingTaskGroup(of: String.self) { group in
      for number in 0..<6 {
        group.addTask {
          try await (number.isMultiple(of: 2) ? first : second).checkpoint(named: "c\(number)", message: "")
        }
      }
      var trees: Set<String> = []
      for try await tree in group { trees.insert(tree) }
      #expect(trees.count == 1)
    }
    #expect(try await first.checkpoints().count == 6)
  }

  @Test func anUnchangedWorkspaceAddsNothingButItsCommit() async throws {
    let workspace = try await temporary.open()
    for number in 0..<200 {
      try await workspace.write(Array("file \(number)".utf8), to: "part\(number % 10)/\(number).py", executable: false)
    }
    let clock = ContinuousClock()
    let first = try await clock.measure { _ = try await workspace.checkpoint(named: "first", message: "") }
    let count = "find store/git/objects -type f | wc -l"
    let before = try await shell(count, in: temporary.path)
    // 200 files, ten folders, the root and a commit.
    #expect(before == "212\n")
    let second = try await clock.measure { _ = try await workspace.checkpoint(named: "second", message: "other") }
    #expect(try await shell(count, in: temporary.path) == "213\n")
    print("checkpoint of 200 files: first \(first), unchanged \(second)")
  }
}
