import Engine
import Foundation
import JournalSQLite
import Testing

// covers LockFile.swift, FolderWatch.swift, AnchorCache.swift, system.c

/// What holds between processes, however they end.
@Suite("Processes", .serialized)
struct ProcessTests {
  @Test("200 processes killed while they append: everything acknowledged is there, and the chain holds")
  func kills() async throws {
    let folder = TemporaryFolder()
    let journal = try SQLiteJournal(path: folder.database)
    defer { journal.close() }
    var generator = SplitMix(seed: 42)
    var acknowledged = 0
    for number in 0..<200 {
      let probe = try Probe(["append", folder.database, "S1", "100000"], output: folder.path + "/out-\(number)")
      // Some die while they open the journal, most while they append.
      if number % 4 != 0 { #expect(await probe.says { _ in true }) }
      try await Task.sleep(for: .microseconds(Int(generator.next() % 20_000)))
      probe.signal(SIGKILL)
      #expect(probe.wait() == -SIGKILL)
      for line in probe.lines {
        let words = line.split(separator: " ")
        let seq = try #require(Int(words[0]))
        let record = try await journal.read("S1", after: seq - 1, limit: 1).first
        #expect(record?.hash == String(words[1]), "event \(seq) was acknowledged")
        acknowledged += 1
      }
      if number % 25 == 0, try await !journal.heads(of: "S1").isEmpty { _ = try await journal.verify("S1") }
    }
    #expect(acknowledged >= 150, "the processes must have come as far as appending")
    #expect(try await journal.verify("S1").events >= acknowledged)
  }

  @Test(
    "killed at each write and sync of an append, then asked again: nothing lost, nothing twice",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")),
    arguments: ["pwrite64", "fdatasync", "fsync", "rename"])
  func killedEverywhere(call: String) async throws {
    var killed = 0
    for number in 1...24 {
      let folder = TemporaryFolder()
      let first = try Probe(
        ["insist", folder.database, "S1", "4"],
        through: [
          "/usr/bin/strace", "-f", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
          "inject=\(call):signal=KILL:when=\(number)",
        ], output: folder.path + "/out")
      let isDone = first.wait() == 0
      if !isDone { killed += 1 }
      let journal = try SQLiteJournal(path: folder.database)
      let acknowledged = first.lines.compactMap(Int.init).last ?? 0
      #expect(try await journal.history("S1").count >= acknowledged)
      let second = try Probe(["insist", folder.database, "S1", "4"], output: folder.path + "/out")
      #expect(second.wait() == 0, "\(call) \(number): \(second.lines)")
      let verification = try await journal.verify("S1")
      #expect(verification.events == 4, "\(call) \(number)")
      #expect(verification.anchored == 4, "\(call) \(number)")
      journal.close()
      if isDone { break }
    }
    #expect(killed > 0)
  }

  @Test(
    "a sync that fails is not acknowledged; after it the journal proves itself and goes on",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")), arguments: ["fdatasync", "pwrite64"])
  func failingSyncs(call: String) async throws {
    var refused = 0
    for number in 1...30 {
      let folder = TemporaryFolder()
      // The tables are there: a failure while making them ends the probe, which is another promise.
      try SQLiteJournal(path: folder.database).close()
      let probe = try Probe(
        ["insist", folder.database, "S1", "8"],
        through: [
          "/usr/bin/strace", "-f", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
          "inject=\(call):error=EIO:when=\(number)",
        ], output: folder.path + "/out")
      if probe.wait() == 1, probe.lines.last?.hasPrefix("failed storage") == true {
        // The failure met the opening, before anything was asked.
        #expect(probe.lines.count == 1)
        continue
      }
      #expect(probe.wait() == 0, "\(call) \(number): \(probe.lines)")
      if probe.lines.contains(where: { $0.hasPrefix("refused") }) { refused += 1 }
      let journal = try SQLiteJournal(path: folder.database)
      let verification = try await journal.verify("S1")
      #expect(verification.events == 8)
      #expect(verification.anchored == 8)
      #expect(probe.lines.filter { !$0.hasPrefix("refused") } == (1...8).map(String.init))
      journal.close()
    }
    #expect(refused > 0, "no injected failure was met")
  }

  @Test(
    "before each acknowledgement: log written, log synced, anchor written, anchor synced",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")))
  func order() throws {
    let folder = TemporaryFolder()
    let trace = folder.path + "/trace"
    let probe = try Probe(
      ["append", folder.database, "S1", "10"],
      through: ["/usr/bin/strace", "-f", "-y", "-o", trace, "-e", "trace=pwrite64,fdatasync,write"],
      output: folder.path + "/out")
    #expect(probe.wait() == 0)
    var steps: [String] = []
    var acknowledged = 0
    for line in try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n") {
      let isAnchor = line.contains("journal.db.anchors/S1>")
      if line.contains("fdatasync("), isAnchor || line.contains("-wal>") {
        steps.append(isAnchor ? "anchor synced" : "log synced")
      } else if line.contains("pwrite64("), isAnchor || line.contains("-wal>") {
        steps.append(isAnchor ? "anchor written" : "log written")
      } else if line.contains("write(1<"), line.contains(" \"\(acknowledged + 1) ") {
        // Several writes to the log belong to one commit.
        let distinct = steps.indices.filter { $0 == 0 || steps[$0] != steps[$0 - 1] }.map { steps[$0] }
        #expect(distinct.suffix(4) == ["log written", "log synced", "anchor written", "anchor synced"])
        acknowledged += 1
        steps = []
      }
    }
    #expect(acknowledged == 10)
  }

  @Test(
    "after a failed sync, what it covered is written and synced anew before the next acknowledgement",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")))
  func healing() throws {
    var logs = 0
    var anchors = 0
    for number in 1...10 {
      let folder = TemporaryFolder()
      try SQLiteJournal(path: folder.database).close()
      let trace = folder.path + "/trace"
      let probe = try Probe(
        ["insist", folder.database, "S1", "4"],
        through: [
          "/usr/bin/strace", "-f", "-y", "-o", trace, "-e", "trace=pwrite64,fdatasync,write", "-e",
          "inject=fdatasync:error=EIO:when=\(number)",
        ], output: folder.path + "/out")
      #expect(probe.wait() == 0)
      let lines = try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n")
      guard let failed = lines.firstIndex(where: { $0.contains("(INJECTED)") }) else { continue }
      let next = lines[failed...].dropFirst()
        .prefix { !($0.contains("write(1<") && $0.contains(#"\n", "#) && !$0.contains("refused")) }
      func isAnew(_ file: String) -> Bool {
        guard let written = next.firstIndex(where: { $0.contains("pwrite64(") && $0.contains(file) }) else {
          return false
        }
        return next[written...].contains { $0.contains("fdatasync(") && $0.contains(file) }
      }
      if lines[failed].contains("-wal>") {
        logs += 1
        #expect(isAnew("/journal.db>"), "sync \(number): the log goes into the database")
      } else if lines[failed].contains(".anchors/S1>") {
        anchors += 1
        #expect(isAnew(".anchors/S1>"), "sync \(number)")
      }
    }
    #expect(logs > 1)
    #expect(anchors > 1)
  }

  @Test("storage that is full refuses in words, keeps what it acknowledged, and goes on when there is room")
  func full() async throws {
    let folder = TemporaryFolder()
    let probe = try Probe(["fill", folder.database, "S1", "0"], output: folder.path + "/out")
    #expect(probe.wait() == 0, "\(probe.lines)")
    let refusals = probe.lines.filter { $0.hasPrefix("refused") }
    #expect(refusals.count == 1)
    let acknowledged = probe.lines.compactMap(Int.init)
    #expect(acknowledged.count > 3)
    #expect(acknowledged == Array(1...acknowledged.count))
    let journal = try SQLiteJournal(path: folder.database)
    defer { journal.close() }
    #expect(try await journal.verify("S1").events == acknowledged.count)
  }

  @Test("eight processes answer the same decisions: each takes one answer")
  func answers() async throws {
    let folder = TemporaryFolder()
    let journal = try SQLiteJournal(path: folder.database)
    defer { journal.close() }
    let rounds = 20
    let probes = try (0..<8).map {
      try Probe(["answer", folder.database, "S1", "\(rounds)"], output: folder.path + "/out-\($0)")
    }
    for probe in probes { #expect(probe.wait() == 0, "\(probe.lines)") }
    let won = probes.flatMap(\.lines).sorted()
    #expect(won == (0..<rounds).map { "won \($0)" }.sorted())
    #expect(try await journal.verify("S1").events == rounds)
  }

  @Test("an append of one process wakes the other, which finds it")
  func changes() async throws {
    let folder = TemporaryFolder()
    let journal = try SQLiteJournal(path: folder.database)
    defer { journal.close() }
    let probe = try Probe(["listen", folder.database, "S1", "5"], output: folder.path + "/out")
    #expect(await probe.says { $0 == "0" }, "its first element comes at once")
    for number in 0..<5 {
      try await journal.fill("S1", 1, from: number)
      #expect(await probe.says { $0 == "\(number + 1)" })
    }
    #expect(probe.wait() == 0)
  }

  @Test("files and folders are closed to others whatever the umask", arguments: ["000", "077", "777"])
  func permissions(umask: String) throws {
    let folder = TemporaryFolder()
    let probe = try Probe(
      ["append", folder.database, "S1", "2"], through: ["/bin/sh", "-c", "umask \(umask); exec \"$@\"", "sh"],
      output: folder.path + "/out")
    #expect(probe.wait() == 0, "\(probe.lines)")
    for path in ["", "-wal", "-shm", ".lock", ".anchors/S1"].map({ folder.database + $0 }) {
      #expect(try mode(of: path) == 0o600, "\(path)")
    }
    for path in [folder.path + "/state", folder.database + ".anchors"] {
      #expect(try mode(of: path) == 0o700, "\(path)")
    }
  }

  private func mode(of path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require(attributes[.posixPermissions] as? Int)
  }

  @Test("a lock that another process keeps is waited for, and then named")
  func heldLock() async throws {
    let folder = TemporaryFolder()
    let journal = try SQLiteJournal(path: folder.database, patience: .milliseconds(100))
    defer { journal.close() }
    try await journal.fill("S1", 1)
    let holder = open(folder.database + ".lock", O_RDWR)
    defer { close(holder) }
    #expect(flock(holder, LOCK_EX) == 0)
    let refusal = await failure { try await journal.fill("S1", 1, from: 1) }
    #expect(refusal?.refusal?.contains("process \(getpid())") == true)
    #expect(try await journal.history("S1").count == 1, "reading needs no lock")
    #expect(flock(holder, LOCK_UN) == 0)
    try await journal.fill("S1", 1, from: 1)
    // A lock file that was removed excludes nobody, so it is not used any more.
    #expect(unlink(folder.database + ".lock") == 0)
    try await journal.fill("S1", 1, from: 2)
    #expect(FileManager.default.fileExists(atPath: folder.database + ".lock"))
  }
}
