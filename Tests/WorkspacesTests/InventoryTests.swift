import Glibc
import Testing

@testable import Workspaces

@Suite("Inventory")
struct InventoryTests {
  let temporary: TemporaryFolder

  init() throws {
    temporary = try TemporaryFolder()
    #expect(mkdir(temporary.workspace, 0o755) == 0)
  }

  func walk(_ limits: WorkspaceLimits = WorkspaceLimits()) throws -> Inventory {
    try ContainedFolder(path: temporary.workspace).inventory(limits: limits)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func seesWhatPythonSees(seed: UInt64) async throws {
    var generator = TreeGenerator(seed: seed, root: temporary.workspace)
    generator.disturb(times: 120)
    let inventory = try walk()
    #expect(inventory.files.count > 30)
    #expect(picture(of: inventory.files) == (try await picture(of: temporary.workspace)))
    #expect(inventory.files.map(\.path) == inventory.files.map(\.path).sorted())
  }

  @Test func namesObjectsAsGitDoes() async throws {
    try await shell("printf 'one\\r\\n' > a; : > empty; ln -s nowhere link", in: temporary.workspace)
    let names = try walk().files.map(\.object.hex)
    let expected = try await shell(
      "git hash-object --no-filters a empty; printf nowhere | git hash-object --stdin",
      in: temporary.workspace)
    #expect(names == expected.split(separator: "\n").map(String.init))
    // The well-known name of the empty blob.
    #expect(names[1] == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
    #expect(ObjectName(hex: names[0])?.hex == names[0])
    #expect(ObjectName(hex: "E69DE29BB2D1D6434B8B29AE775AD8C2E48C5391") == nil)
    #expect(ObjectName(hex: "e69d") == nil)
  }

  @Test func passesCachesAndGitOver() async throws {
    try await shell(
      """
      mkdir -p .git/x a/.git __pycache__ .venv/bin .mypy_cache .ruff_cache a/.pytest_cache node_modules/m htmlcov
      for f in .git/x/1 a/.git/2 __pycache__/3 .venv/bin/4 .mypy_cache/5 .ruff_cache/6 a/.pytest_cache/7 \
        node_modules/m/8 .coverage .coverage.host.1 htmlcov/index.html coverage.xml .coveragerc a/code.py \
        .signalbox-partial-1-1; do echo x > $f; done
      """, in: temporary.workspace)
    let inventory = try walk()
    #expect(inventory.files.map(\.path.listed) == [".coveragerc", "a/code.py", "coverage.xml", "htmlcov/index.html"])
    #expect(inventory.folders.map(\.listed).sorted() == ["a", "htmlcov"])
    #expect(inventory.passedOver.count == 11)
    #expect(inventory.repositories.map(\.listed) == [".git", "a/.git"])
  }

  @Test(arguments: [
    ("mkfifo pipe", "“pipe” is a named pipe"),
    ("python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")'", "“sock” is a socket"),
    ("echo x > one; ln one two", "hard links"), ("mkdir .GIT; touch .GIT/config", "“.GIT”"),
    ("mkfifo \"$(printf 'a\\033b')\"", "“a\\x1Bb” is a named pipe"),
    ("truncate -s 1T huge", "“huge” is 1099511627776 bytes long"),
    ("python3 -c 'import os\nfor i in range(260): os.mkdir(\"d\"); os.chdir(\"d\")'", "deeper than 256"),
  ])
  func refusesWhatItCannotKeep(command: String, words: String) async throws {
    try await shell(command, in: temporary.workspace)
    await expectRefusal(words) { _ = try walk() }
  }

  @Test func refusesTooManyEntries() async throws {
    try await shell("touch a b c d", in: temporary.workspace)
    await expectRefusal("more than 3 entries") { _ = try walk(WorkspaceLimits(fileSize: 10, entries: 3)) }
    #expect(try walk(WorkspaceLimits(fileSize: 10, entries: 4)).files.count == 4)
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func namesTheFileItMayNotRead() async throws {
    try await shell("echo x > closed; chmod 000 closed", in: temporary.workspace)
    await expectRefusal("“closed”", "ermission") { _ = try walk() }
  }
}
