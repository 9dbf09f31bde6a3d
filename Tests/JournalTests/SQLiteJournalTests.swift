import Engine
import Foundation
import GRDB
import Testing

@testable import JournalSQLite

// covers JournalFiles.swift, Schema.swift, Anchor.swift, AnchorCache.swift, Failures.swift, SQLiteJournal.swift

/// What only the journal in a file promises.
@Suite("SQLite journal")
struct SQLiteJournalTests {
  let folder = TemporaryFolder()

  private func open() throws -> SQLiteJournal {
    try SQLiteJournal(path: folder.database, patience: .milliseconds(500))
  }

  /// Changes the file behind the journal's back, as a person with `sqlite3` could.
  private func tamper(_ sql: String, with folder: TemporaryFolder? = nil) throws {
    let queue = try DatabaseQueue(path: (folder ?? self.folder).database)
    try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    try queue.close()
  }

  @Test("every commit is synced: SQLite itself says FULL")
  func synchronous() async throws {
    let journal = try open()
    defer { journal.close() }
    try await journal.fill("S1", 1)
    #expect(try await journal.synchronous() == 2)
  }

  @Test("a history survives closing, and a request is still known")
  func reopened() async throws {
    let first = try open()
    let records = try await first.fill("S1", 3)
    first.close()
    let second = try open()
    defer { second.close() }
    #expect(try await second.history("S1") == records)
    let again = try await second.append([note()], to: "S1", expecting: 0, epoch: nil, request: "r1")
    #expect(again == .repeated([records[1]]))
    try await second.fill("S1", 1, from: 3)
  }

  @Test("a page read on the spot is what is read otherwise, and one that was changed is refused")
  func pages() async throws {
    let journal = try open()
    defer { journal.close() }
    try await journal.fill("S1", 30)
    for (after, limit) in [(0, 30), (0, 7), (7, 7), (29, 5), (30, 5), (-3, 4)] {
      let read = try await journal.read("S1", after: after, limit: limit)
      #expect(try journal.page("S1", after: after, limit: limit) == read)
    }
    #expect(try journal.page("none", after: 0, limit: 5).isEmpty)
    try tamper("DROP TRIGGER events_are_never_changed; UPDATE event SET data = '{}' WHERE seq = 12")
    #expect(try journal.page("S1", after: 0, limit: 11).count == 11)
    #expect(throws: JournalFailure.self) { try journal.page("S1", after: 10, limit: 5) }
  }

  @Test("two journals open on one file see each other's events")
  func shared() async throws {
    let first = try open()
    let second = try open()
    defer {
      first.close()
      second.close()
    }
    for number in 0..<6 { try await (number.isMultiple(of: 2) ? first : second).fill("S1", 1, from: number) }
    #expect(try await first.history("S1") == second.history("S1"))
    #expect(try await first.history("S1").count == 6)
  }

  @Test("a closed journal refuses in words, and its streams end")
  func closed() async throws {
    let journal = try open()
    try await journal.fill("S1", 1)
    var changes = journal.changes().makeAsyncIterator()
    #expect(await changes.next() == .some(nil))
    journal.close()
    #expect(await changes.next() == nil)
    #expect(await failure { try await journal.fill("S1", 1, from: 1) }?.refusal == "the journal was closed")
    #expect(await failure { _ = try await journal.history("S1") }?.refusal == "the journal was closed")
  }

  @Test("a newer journal is refused before anything is written")
  func newer() async throws {
    let journal = try open()
    try await journal.fill("S1", 2)
    journal.close()
    try tamper("PRAGMA user_version = 7")
    let before = try Data(contentsOf: URL(fileURLWithPath: folder.database))
    let log = try? Data(contentsOf: URL(fileURLWithPath: folder.database + "-wal"))
    #expect(await failure { _ = try open() } == .newer(found: 7, known: 1))
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.database)) == before)
    #expect((try? Data(contentsOf: URL(fileURLWithPath: folder.database + "-wal"))) ?? Data() == log ?? Data())
  }

  @Test("another program's database, and what is no database, are refused and left alone")
  func foreign() async throws {
    try FileManager.default.createDirectory(atPath: folder.path + "/state", withIntermediateDirectories: true)
    try tamper("CREATE TABLE mine (x)")
    #expect(await failure { _ = try open() }?.refusal == "it is a database of another program")
    try Data("this is not a database, only some text that is longer than a header".utf8)
      .write(to: URL(fileURLWithPath: folder.database))
    #expect(await failure { _ = try open() }?.refusal?.contains("damaged") == true)
    try FileManager.default.removeItem(atPath: folder.database)
    try FileManager.default.createDirectory(atPath: folder.database, withIntermediateDirectories: false)
    #expect(await failure { _ = try open() }?.refusal == "it is not a regular file")
  }

  @Test("an empty file, and one whose maker died, become a journal")
  func unfinished() async throws {
    try FileManager.default.createDirectory(atPath: folder.path + "/state", withIntermediateDirectories: true)
    #expect(FileManager.default.createFile(atPath: folder.database, contents: nil))
    let journal = try open()
    defer { journal.close() }
    try await journal.fill("S1", 1)
  }

  @Test("links and second names are refused", arguments: ["", "-wal", "-shm", ".lock", ".anchors/S1", ".anchors"])
  func links(suffix: String) async throws {
    let journal = try open()
    try await journal.fill("S1", 2)
    journal.close()
    let path = folder.database + suffix
    let elsewhere = folder.path + "/elsewhere"
    let append = {
      let journal = try open()
      defer { journal.close() }
      try await journal.fill("S1", 1, from: 2)
    }
    #expect(rename(path, elsewhere) == 0)
    #expect(symlink(elsewhere, path) == 0)
    #expect(await failure { try await append() }?.refusal != nil)
    #expect(unlink(path) == 0)
    if suffix != ".anchors" {
      #expect(link(elsewhere, path) == 0)
      #expect(await failure { try await append() }?.refusal != nil)
      #expect(unlink(path) == 0)
    }
    #expect(rename(elsewhere, path) == 0)
    try await append()
  }

  @Test("a file replaced while it is open is not written to")
  func replaced() async throws {
    for suffix in ["", "-wal", "-shm"] {
      let journal = try open()
      let count = try await journal.history("S1").count
      try await journal.fill("S1", 1, from: count)
      let path = folder.database + suffix
      try FileManager.default.copyItem(atPath: path, toPath: folder.path + "/copy")
      #expect(rename(folder.path + "/copy", path) == 0)
      #expect(await failure { try await journal.fill("S1", 1, from: count + 1) }?.refusal?.contains("replaced") == true)
      journal.close()
    }
  }

  // MARK: Anchors

  @Test("an anchor left behind by a crash is no fault; the next append and the next answer bring it forward")
  func anchorBehind() async throws {
    let journal = try open()
    defer { journal.close() }
    try await journal.fill("S1", 2)
    let old = try Data(contentsOf: URL(fileURLWithPath: folder.anchor("S1")))
    func setBack() throws {
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.anchor("S1")))
      try handle.write(contentsOf: old)
      try handle.close()
    }
    let third = try await journal.fill("S1", 1, from: 2)
    try setBack()
    #expect(try await journal.history("S1").count == 3)
    #expect(try await journal.verify("S1").anchored == 2)
    let again = try await journal.append([note()], to: "S1", expecting: 0, epoch: nil, request: "r2")
    #expect(again == .repeated(third))
    #expect(try await journal.verify("S1").anchored == 3)
    try setBack()
    try await journal.fill("S1", 1, from: 3)
    #expect(try await journal.verify("S1").anchored == 4)
  }

  @Test("a history without its anchor is broken, and does not hold up the others")
  func anchorMissing() async throws {
    let journal = try open()
    defer { journal.close() }
    try await journal.fill("S1", 2)
    try await journal.fill("S2", 2)
    #expect(unlink(folder.anchor("S1")) == 0)
    #expect(await failure { _ = try await journal.history("S1") }?.brokenSeq == 2)
    #expect(await failure { _ = try await journal.verify("S1") }?.brokenSeq == 2)
    #expect(await failure { _ = try await journal.heads(of: "S1") }?.brokenSeq == 2)
    #expect(await failure { try await journal.fill("S1", 1, from: 2) }?.brokenSeq == 2)
    #expect(try await journal.heads(of: nil).map(\.session) == ["S1", "S2"])
    try await journal.fill("S2", 1, from: 2)
  }

  @Test("an anchor of another session, of rubbish, or of nothing is not believed")
  func anchorForged() async throws {
    let journal = try open()
    defer { journal.close() }
    try await journal.fill("S1", 3)
    try await journal.fill("S2", 3)
    let good = try Data(contentsOf: URL(fileURLWithPath: folder.anchor("S1")))
    for bytes in [try Data(contentsOf: URL(fileURLWithPath: folder.anchor("S2"))), Data(), Data(count: 8192)] {
      try bytes.write(to: URL(fileURLWithPath: folder.anchor("S1")))
      #expect(await failure { _ = try await journal.history("S1") }?.brokenSeq == 1)
      #expect(await failure { try await journal.fill("S1", 1, from: 3) }?.brokenSeq == 1)
    }
    try good.write(to: URL(fileURLWithPath: folder.anchor("S1")))
    try await journal.fill("S1", 1, from: 3)
  }

  @Test("an anchor's form: the newest slot that holds wins, and no changed byte is accepted")
  func anchorForm() throws {
    let anchors = (1...2).map { Anchor(session: "S1", seq: $0, hash: String(repeating: "\($0)", count: 64)) }
    var file = [UInt8](repeating: 0, count: AnchorForm.fileSize)
    #expect(AnchorForm.newest(in: file, session: "S1") == nil)
    for (anchor, offset) in zip(anchors, AnchorForm.slotOffsets) {
      let slot = AnchorForm.encode(anchor)
      #expect(slot.count == AnchorForm.slotSize)
      #expect(AnchorForm.decode(slot[...]) == anchor)
      file.replaceSubrange(offset..<offset + slot.count, with: slot)
    }
    #expect(AnchorForm.newest(in: file, session: "S1")?.anchor == anchors[1])
    #expect(AnchorForm.newest(in: file, session: "S1")?.next == 0)
    #expect(AnchorForm.newest(in: file, session: "S2") == nil)
    for offset in 0..<AnchorForm.slotSize {
      var changed = file
      changed[4096 + offset] ^= 1
      #expect(AnchorForm.newest(in: changed, session: "S1")?.anchor == anchors[0], "byte \(offset)")
      #expect(AnchorForm.newest(in: changed, session: "S1")?.next == 4096)
    }
    // The longest name and the largest number still fit.
    let longest = Anchor(session: String(repeating: "x", count: 100), seq: .max, hash: HashChain.start)
    #expect(AnchorForm.decode(AnchorForm.encode(longest)[...]) == longest)
  }

  @Test("a missing or emptied database beside anchors is broken, and nothing is made in its place")
  func databaseMissing() async throws {
    let journal = try open()
    try await journal.fill("S1", 2)
    journal.close()
    for suffix in ["-wal", "-shm"] { #expect(unlink(folder.database + suffix) == 0) }
    #expect(unlink(folder.database) == 0)
    #expect(await failure { _ = try open() }?.brokenSeq == 1)
    #expect(!FileManager.default.fileExists(atPath: folder.database))
    #expect(FileManager.default.createFile(atPath: folder.database, contents: nil))
    #expect(await failure { _ = try open() }?.brokenSeq == 1)
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.database)).isEmpty)
  }

  // MARK: Checkpoints

  @Test("the write-ahead log moves only when asked, not by closing")
  func checkpoints() async throws {
    let journal = try open()
    let records = try await journal.fill("S1", 20)
    #expect(try await !journal.checkpointIfNeeded(), "it is small")
    let size = { (path: String) in
      try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }
    let small = try size(folder.database)
    journal.close()
    #expect(try size(folder.database) == small)
    let files = JournalFiles(path: folder.database)
    #expect((20 * 4096...40 * 3 * 4120).contains(files.usedLogSize()))
    let again = try open()
    defer { again.close() }
    #expect(try await again.history("S1") == records)
    try await again.checkpoint()
    #expect(try size(folder.database) > small)
    let megabyte = String(repeating: "x", count: 1 << 20)
    for number in 20..<25 {
      let big = JournalEntry(type: "note", at: 0, by: "a", data: "\"\(megabyte)\"")
      _ = try await again.append([big], to: "S1", expecting: number, epoch: nil, request: "r\(number)").added()
    }
    #expect(files.usedLogSize() > 5 << 20)
    #expect(try await again.checkpointIfNeeded())
    #expect(try size(folder.database) > 5 << 20)
    try await again.fill("S1", 1, from: 25)
    #expect(files.usedLogSize() < 20 * 4120, "the log starts again at its beginning")
    #expect(try await !again.checkpointIfNeeded())
    #expect(try await again.history("S1").count == 26)
    _ = try await again.verify("S1")
  }

  @Test("a person with sqlite3 cannot change or delete an event by mistake")
  func triggers() async throws {
    let journal = try open()
    try await journal.fill("S1", 2)
    journal.close()
    for sql in ["UPDATE event SET by = 'mallory'", "DELETE FROM event", "DELETE FROM session"] {
      #expect(throws: DatabaseError.self) { try tamper(sql) }
    }
    let again = try open()
    defer { again.close() }
    #expect(try await again.verify("S1").events == 2)
  }

  /// D12: whoever reaches the file as the engine does, with SQLite's whole language: each try is refused by the database
  /// or noticed by the journal, and none passes in silence.
  @Test("no statement changes the history unnoticed")
  func statements() async throws {
    let journal = try open()
    try await journal.fill("S1", 3)
    try await journal.checkpoint()
    journal.close()
    let columns = "session, seq, request, ordinal, epoch, type, at, by, answers, data, hash"
    func copied(_ seq: String, _ changes: [String: String] = [:]) -> String {
      let values = columns.split(separator: ", ").map { changes[String($0)] ?? ($0 == "seq" ? seq : String($0)) }
      return "(\(columns)) SELECT \(values.joined(separator: ", ")) FROM event WHERE seq = 3"
    }
    let unguarded = """
      DROP TRIGGER events_are_never_changed; DROP TRIGGER events_are_never_deleted; DROP TRIGGER sessions_are_never_deleted;
      """
    let forged = ["by": "'mallory'", "type": "'decision.answered'", "answers": "'D1'", "request": "'forged'"]
    var (refused, noticed) = (0, 0)
    for sql in [
      "UPDATE event SET by = 'mallory'", "UPDATE OR REPLACE event SET seq = 1 WHERE seq = 2", "DELETE FROM event",
      "DELETE FROM event WHERE seq = 3", "DELETE FROM session", "UPDATE session SET id = 'S2'",
      "UPDATE session SET head = 2", "UPDATE session SET head = 0", "UPDATE session SET head_hash = randomblob(32)",
      "UPDATE session SET epoch = -1", "INSERT INTO event \(copied("3"))", "INSERT INTO event \(copied("4"))",
      "INSERT INTO event \(copied("4", forged))", "INSERT OR REPLACE INTO event \(copied("3", forged))",
      "REPLACE INTO event \(copied("2", forged))", "INSERT OR IGNORE INTO event \(copied("4", forged))",
      "INSERT INTO event \(copied("9", forged))", "INSERT INTO event \(copied("4", ["seq": "'x'"]))",
      "INSERT INTO event \(copied("3", forged)) ON CONFLICT DO UPDATE SET by = 'mallory'",
      "REPLACE INTO session VALUES ('S1', 2, randomblob(32), 0)", "DROP TABLE event", "DROP TABLE session",
      "ALTER TABLE event RENAME TO other", "ALTER TABLE event DROP COLUMN data",
      "ALTER TABLE event RENAME COLUMN by TO who",
      "PRAGMA user_version = 99", "PRAGMA application_id = 1",
      "PRAGMA ignore_check_constraints = ON; \(unguarded) UPDATE session SET head = -1",
      "\(unguarded) UPDATE event SET by = 'mallory' WHERE seq = 2",
      "\(unguarded) UPDATE event SET data = '{}' WHERE seq = 1",
      "\(unguarded) UPDATE event SET at = at + 1 WHERE seq = 3",
      "\(unguarded) UPDATE event SET answers = 'D1' WHERE seq = 3",
      "\(unguarded) UPDATE event SET epoch = 7 WHERE seq = 3",
      "\(unguarded) UPDATE event SET request = 'x' WHERE seq = 3",
      "\(unguarded) UPDATE event SET type = 'x' WHERE seq = 3", "\(unguarded) DELETE FROM event WHERE seq = 1",
      "\(unguarded) DELETE FROM event WHERE seq = 3; UPDATE session SET head = 2, head_hash = (SELECT hash FROM event WHERE seq = 2)",
      "\(unguarded) DELETE FROM event; DELETE FROM session",
      "\(unguarded) UPDATE event SET seq = seq + 10; UPDATE event SET seq = CASE seq WHEN 11 THEN 2 WHEN 12 THEN 1 ELSE 3 END",
      "\(unguarded) CREATE TRIGGER forge AFTER INSERT ON event BEGIN UPDATE event SET by = 'mallory' WHERE seq = 1; END; UPDATE event SET by = by; DELETE FROM event WHERE seq = 2",
      "CREATE VIEW v AS SELECT 1; PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'event'",
    ] {
      let copy = TemporaryFolder()
      try FileManager.default.copyItem(atPath: folder.path + "/state", toPath: copy.path + "/state")
      do {
        try tamper(sql, with: copy)
      } catch is DatabaseError {
        refused += 1
        let same = try SQLiteJournal(path: copy.database)
        #expect(try await same.verify("S1").events == 3, "\(sql)")
        same.close()
        continue
      }
      noticed += 1
      let found = await failure {
        let other = try SQLiteJournal(path: copy.database)
        defer { other.close() }
        _ = try await other.verify("S1")
      }
      #expect(found != nil, "Passed in silence: \(sql)")
    }
    #expect(refused >= 8 && noticed >= 20, "\(refused) refused, \(noticed) noticed")
  }
}
