import Engine
import Glibc
import Testing

@testable import Workspaces

// covers Restore.swift
@Suite("Restore")
struct RestoreTests {
  let temporary: TemporaryFolder
  let workspace: GitWorkspace
  var root: String { temporary.workspace }

  init() async throws {
    temporary = try TemporaryFolder()
    workspace = try await temporary.open()
  }

  @Test(arguments: Array(1...6) as [UInt64])
  func bringsRandomTreesBackByteForByte(seed: UInt64) async throws {
    var generator = TreeGenerator(seed: seed, root: root)
    var kept: [(tree: String, picture: [String])] = []
    for step in 0..<3 {
      generator.disturb(times: 60)
      kept.append((try await workspace.checkpoint(named: "c\(step)", message: ""), try await picture(of: root)))
    }
    generator.disturb(times: 60)
    for state in [kept[0], kept[2], kept[1]] {
      _ = try await workspace.restore(tree: state.tree)
      #expect(try await picture(of: root) == state.picture)
      #expect(try await workspace.changes(since: state.tree) == [])
    }
    #expect(try await workspace.pendingRestore == nil)
    #expect(try await shell("ls store/staging", in: temporary.path) == "")
  }

  @Test func saysWhatItDidAndLeavesTheRest() async throws {
    try await shell(
      "mkdir -p keep/empty .git __pycache__; echo 1 > a; echo 2 > b; echo 3 > .git/config; echo 4 > __pycache__/x",
      in: root)
    let tree = try await workspace.checkpoint(named: "c", message: "")
    try await shell(
      "echo 9 > a; rm b; mkdir -p new/deep; echo 5 > new/deep/file; mkdir -p half/__pycache__; echo 6 > half/f; echo 7 > half/__pycache__/y",
      in: root)
    #expect(
      try await workspace.restore(tree: tree)
        == RestoreSummary(restored: ["a", "b"], removed: ["half/f", "new/deep/file"]))
    #expect(
      try await shell("find . | sort", in: root) == """
        .
        ./.git
        ./.git/config
        ./__pycache__
        ./__pycache__/x
        ./a
        ./b
        ./half
        ./half/__pycache__
        ./half/__pycache__/y
        ./keep
        ./keep/empty

        """)
    #expect(try await workspace.restore(tree: tree) == RestoreSummary(restored: [], removed: []))
  }

  @Test func turnsFilesIntoFoldersAndBack() async throws {
    try await shell("mkdir x; echo 1 > x/inner; echo 2 > y; ln -s x z", in: root)
    let first = try await workspace.checkpoint(named: "first", message: "")
    let before = try await picture(of: root)
    try await shell("rm -r x y z; echo 3 > x; mkdir -p y/deep z/empty; echo 4 > y/deep/f; echo 5 > z/g", in: root)
    let second = try await workspace.checkpoint(named: "second", message: "")
    let after = try await picture(of: root)
    _ = try await workspace.restore(tree: first)
    #expect(try await picture(of: root) == before)
    _ = try await workspace.restore(tree: second)
    #expect(try await picture(of: root) == after)
  }

  @Test func anEmptyFolderInTheWayGoes() async throws {
    try await shell("echo 1 > x", in: root)
    let tree = try await workspace.checkpoint(named: "c", message: "")
    try await shell("rm x; mkdir -p x/y/z", in: root)
    #expect(try await workspace.restore(tree: tree) == RestoreSummary(restored: ["x"], removed: []))
    #expect(try await shell("cat x", in: root) == "1\n")
  }

  @Test func neverRemovesARepositoryThatStandsInTheWay() async throws {
    try await shell("echo 1 > x; echo 2 > y", in: root)
    let tree = try await workspace.checkpoint(named: "c", message: "")
    try await shell("rm x y; mkdir -p x/.git; echo precious > x/.git/HEAD", in: root)
    await expectRefusal("“x/.git”", "move it away") { _ = try await workspace.restore(tree: tree) }
    #expect(try await shell("cat x/.git/HEAD; ls", in: root) == "precious\nx\n")
    #expect(try await workspace.pendingRestore == nil)
  }

  @Test func aLinkIsReplacedNotFollowed() async throws {
    try await shell("echo inside > f; mkdir d; echo 1 > d/g", in: root)
    let tree = try await workspace.checkpoint(named: "c", message: "")
    try await shell(
      "mkdir out; echo outside > out/f; echo 2 > out/g; cd workspace; rm -r f d; ln -s ../out/f f; ln -s ../out d",
      in: temporary.path)
    _ = try await workspace.restore(tree: tree)
    #expect(
      try await shell("cat out/f out/g workspace/f workspace/d/g; ls out", in: temporary.path)
        == "outside\n2\ninside\n1\nf\ng\n")
  }

  /// The loose object of a file's current bytes.
  func object(of file: String) async throws -> String {
    let name = try await shell("git hash-object --no-filters \(file)", in: root).dropLast()
    return "\(temporary.store)/git/objects/\(name.prefix(2))/\(name.dropFirst(2))"
  }

  @Test(arguments: ["rm -f", "truncate -s 0", "sh -c 'chmod u+w $0; printf X | dd of=$0 bs=1 seek=9 conv=notrunc'"])
  func refusesBeforeTouchingWhenAnObjectIsMissingOrDamaged(harm: String) async throws {
    try await shell("echo untouched > a; seq 1 500 > b; seq 1 900 > c", in: root)
    let object = try await object(of: "b")
    let tree = try await workspace.checkpoint(named: "c", message: "")
    try await shell("rm a; echo other > b; echo extra > d", in: root)
    let before = try await picture(of: root)
    try await shell("chmod u+w \(object); \(harm) \(object) 2>/dev/null", in: temporary.path)
    await expectRefusal { _ = try await workspace.restore(tree: tree) }
    #expect(try await picture(of: root) == before)
    #expect(try await workspace.pendingRestore == nil)
  }

  @Test func refusesAnObjectThatIsAnotherOnesBytes() async throws {
    try await shell("echo good > a; echo evil > b", in: root)
    let good = try await object(of: "a")
    let evil = try await object(of: "b")
    let tree = try await workspace.checkpoint(named: "c", message: "")
    try await shell("echo changed > a", in: root)
    try await shell("chmod u+w \(good); cp \(evil) \(good)", in: temporary.path)
    await expectRefusal("missing or damaged") { _ = try await workspace.restore(tree: tree) }
    #expect(try await shell("cat a", in: root) == "changed\n")
    // `files(of:)` must not believe it either, in a process that never met the true bytes.
    await expectRefusal("missing or damaged") { _ = try await temporary.open().files(of: tree) }
  }

  @Test func refusesATreeThatIsNotThere() async throws {
    try await shell("echo 1 > a", in: root)
    let commit = try await workspace.checkpoint(named: "c", message: "")
    await expectRefusal("missing or damaged") {
      _ = try await workspace.restore(tree: String(commit.reversed()))
    }
    let blob = try await shell("git hash-object a", in: root).dropLast()
    await expectRefusal("is a blob") { _ = try await workspace.restore(tree: String(blob)) }
  }

  @Test func anInterruptedRestoreIsKnownAndFinished() async throws {
    try await shell("mkdir d; for n in 1 2 3 4 5; do echo $n > d/$n; done", in: root)
    let tree = try await workspace.checkpoint(named: "c", message: "")
    let wanted = try await picture(of: root)
    try await shell("rm d/1 d/2; echo x > d/3; echo y > d/more", in: root)
    // As a kill in the middle leaves it: the intent noted, one file back, one half-written, one not yet removed.
    let store = try StoreFolder(path: temporary.store)
    try store.beginRestore(tree)
    try await shell(
      "echo 1 > d/1; echo half > d/.signalbox-partial-2147483647-1; echo half > ../store/staging/\(tree)", in: root)
    let reopened = try await temporary.open()
    #expect(try await reopened.pendingRestore == tree)
    _ = try await reopened.restore(tree: tree)
    #expect(try await reopened.pendingRestore == nil)
    #expect(try await picture(of: root) == wanted)
    #expect(try await shell("ls -A d ../store/staging", in: root) == "../store/staging:\n\nd:\n1\n2\n3\n4\n5\n")
  }

  @Test func aRestoreKilledAtAnyStepFinishesAtTheNextStart() async throws {
    try await shell("mkdir d; for n in 1 2 3; do echo $n > d/$n; done; echo x > f; ln -s d link", in: root)
    let tree = try await workspace.checkpoint(named: "c", message: "")
    let wanted = try await picture(of: root)
    var steps = 0
    var done = 0
    repeat {
      try await shell("rm -rf d f link; mkdir -p f/deep; echo y > f/deep/z; echo 9 > d; echo w > more", in: root)
      steps = try await workspace.abandonRestore(of: tree, after: done)
      let reopened = try await temporary.open()
      #expect(try await reopened.pendingRestore == tree)
      _ = try await reopened.restore(tree: tree)
      #expect(try await reopened.pendingRestore == nil)
      #expect(try await picture(of: root) == wanted)
      done += 1
    } while done <= steps
    // Three removals, two folders in the way, five files and links to write.
    #expect(steps == 10)
  }

  @Test func aRestoreThatDoesNotGetToItsEndStaysPending() async throws {
    try await shell("touch a b c d e", in: root)
    let tree = try await workspace.checkpoint(named: "c", message: "")
    try await shell("rm b c d e", in: root)
    // It may not look at more than three entries, so it cannot see that its own work is right.
    let blinkered = try await GitWorkspace(
      root: root, store: temporary.store, limits: WorkspaceLimits(fileSize: 100, entries: 3))
    await expectRefusal("more than 3 entries") { _ = try await blinkered.restore(tree: tree) }
    #expect(try await workspace.pendingRestore == tree)
    #expect(try await workspace.restore(tree: tree) == RestoreSummary(restored: [], removed: []))
    #expect(try await workspace.pendingRestore == nil)
  }

  @Test func finishesWhenOnlyTheLastStepIsMissing() async throws {
    try await shell("echo 1 > a", in: root)
    let tree = try await workspace.checkpoint(named: "c", message: "")
    try StoreFolder(path: temporary.store).beginRestore(tree)
    #expect(try await workspace.pendingRestore == tree)
    #expect(try await workspace.restore(tree: tree) == RestoreSummary(restored: [], removed: []))
    #expect(try await workspace.pendingRestore == nil)
  }

  @Test func bringsBackAFileTooLargeForMemoryPortions() async throws {
    try await shell("head -c 40000000 /dev/urandom > big; echo small > s", in: root)
    let before = try await picture(of: root)
    let tree = try await workspace.checkpoint(named: "c", message: "")
    try await shell("rm big s", in: root)
    #expect(try await workspace.restore(tree: tree) == RestoreSummary(restored: ["big", "s"], removed: []))
    #expect(try await picture(of: root) == before)
  }

  @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
  func refusesBeforeTouchingWhenAFolderIsClosed() async throws {
    try await shell("mkdir d; echo 1 > a; echo 2 > d/b", in: root)
    let tree = try await workspace.checkpoint(named: "c", message: "")
    try await shell("echo 3 > a; echo 4 > d/b; chmod 500 d", in: root)
    await expectRefusal("“d”") { _ = try await workspace.restore(tree: tree) }
    #expect(try await shell("cat a d/b", in: root) == "3\n4\n")
  }
}

extension GitWorkspace {
  /// Does a restore's first steps and then nothing more, as a killed process does; says how many steps there are.
  fileprivate func abandonRestore(of tree: String, after done: Int) async throws -> Int {
    let manifest = try await Manifest(of: try GitWorkspace.object(tree), from: git)
    let whole = try RestorePlan(from: try inventory(), to: manifest)
    var part = whole
    part.removals = Array(whole.removals.prefix(done))
    part.emptied = Array(whole.emptied.prefix(max(done - whole.removals.count, 0)))
    part.writes = Array(whole.writes.prefix(max(done - whole.removals.count - whole.emptied.count, 0)))
    try await verify(manifest, keeping: Set(whole.writes.map(\.object)))
    try store.beginRestore(tree)
    try apply(part)
    return whole.removals.count + whole.emptied.count + whole.writes.count
  }
}
