import Engine
import Foundation
import GRDB
import Testing

@testable import JournalSQLite

// covers Verification.swift, HashChain.swift, JournalVerification.swift, JournalReader.swift

/// A damaged journal is never taken for a shorter or a different one.
@Suite("Damage")
struct DamageTests {
  /// A closed journal with events in the database file and, after a checkpoint, in the write-ahead log.
  struct Original {
    let folder = TemporaryFolder()
    let records: [JournalRecord]

    init() async throws {
      let journal = try SQLiteJournal(path: folder.database)
      var records = try await journal.fill("S1", 15)
      try await journal.checkpoint()
      records += try await journal.fill("S1", 15, from: 15)
      self.records = records
      journal.close()
    }

    /// Opens a copy in which something was changed, and says what became of the history.
    func examine(_ change: (String) throws -> Void) async throws -> Examination {
      let copy = TemporaryFolder()
      try FileManager.default.copyItem(atPath: folder.path + "/state", toPath: copy.path + "/state")
      // What a running process had mapped is not part of what lies on the disk.
      try? FileManager.default.removeItem(atPath: copy.database + "-shm")
      // Nor does damage to the log's unused end say anything.
      let used = JournalFiles(path: copy.database).usedLogSize()
      #expect(used > 15 * 4096 && truncate(copy.database + "-wal", 32 + used) == 0)
      try change(copy.database)
      var examination = Examination(folder: copy)
      do {
        let journal = try SQLiteJournal(path: copy.database)
        defer { journal.close() }
        examination.read = await Result.catching { try await journal.history("S1", page: 7) }
        examination.verified = await Result.catching { try await journal.verify("S1").events }
        examination.appended = await Result.catching {
          try await journal.append([note("new")], to: "S1", expecting: 30, epoch: nil, request: "new")
        }
      } catch let failure as JournalFailure {
        examination.read = .failure(failure)
        examination.verified = .failure(failure)
        examination.appended = .failure(failure)
      }
      return examination
    }
  }

  struct Examination {
    let folder: TemporaryFolder
    var read: Result<[JournalRecord], JournalFailure> = .success([])
    var verified: Result<Int, JournalFailure> = .success(0)
    var appended: Result<AppendOutcome, JournalFailure> = .success(.moved(to: 0))
  }

  @Test("one changed bit of the database or its log: the identical history, or a failure in words")
  func flips() async throws {
    let original = try await Original()
    var generator = SplitMix(seed: 7)
    var noticed = ["": 0, "-wal": 0]
    for suffix in ["", "-wal"] {
      for _ in 0..<150 {
        let bit = UInt8(1) << UInt8(generator.next() % 8)
        let draw = generator.next()
        var offset = 0
        let found = try await original.examine { database in
          var bytes = try Data(contentsOf: URL(fileURLWithPath: database + suffix))
          offset = Int(draw % UInt64(bytes.count))
          bytes[offset] ^= bit
          try bytes.write(to: URL(fileURLWithPath: database + suffix))
        }
        let place = Comment(rawValue: "byte \(offset) of journal.db\(suffix), bit \(bit)")
        switch found.read {
        case .success(let records): #expect(records == original.records, place)
        case .failure: noticed[suffix, default: 0] += 1
        }
        if case .success(let events) = found.verified {
          #expect(events == 30, place)
          #expect((try? found.read.get()) != nil, place)
        }
        if case .success(let outcome) = found.appended {
          if case .appended(let records) = outcome {
            #expect(records.first?.previous == original.records.last?.hash, place)
          } else {
            Issue.record("\(outcome)", sourceLocation: #_sourceLocation)
          }
        }
      }
    }
    for (suffix, count) in noticed { #expect(count > 5, "flips in journal.db\(suffix) must have met something") }
  }

  @Test("a log cut short, or removed, is named by its first missing event")
  func truncated() async throws {
    let original = try await Original()
    var generator = SplitMix(seed: 8)
    for number in 0..<60 {
      let draw = generator.next()
      let found = try await original.examine { database in
        let log = database + "-wal"
        if number == 0 {
          try FileManager.default.removeItem(atPath: log)
        } else {
          let size = try Data(contentsOf: URL(fileURLWithPath: log)).count
          #expect(truncate(log, Int(draw % UInt64(size))) == 0)
        }
      }
      guard case .failure(.broken(let session, let seq, let reason)) = found.verified else {
        Issue.record("not noticed: \(found.verified)")
        continue
      }
      #expect(session == "S1")
      #expect((16...30).contains(seq), "the first half was moved into the database")
      #expect(reason.contains("30 events"))
      #expect((try? found.read.get()) == nil)
      #expect((try? found.appended.get()) == nil)
    }
  }

  @Test("an older copy, and another journal's file, are not taken for this one")
  func swapped() async throws {
    let original = try await Original()
    for (count, by, seq, reason) in [
      (10, "alice", 11, "it is missing; the anchor proves 30 events"),
      (30, "mallory", 30, "it is not the event that the anchor proves"),
      (40, "mallory", 30, "it is not the event that the anchor proves"),
    ] {
      let other = TemporaryFolder()
      let journal = try SQLiteJournal(path: other.database)
      for number in 0..<count {
        var entry = note("\(number)")
        entry.by = by
        _ = try await journal.append([entry], to: "S1", expecting: number, epoch: nil, request: "r\(number)").added()
      }
      journal.close()
      let found = try await original.examine { database in
        for suffix in ["", "-wal"] {
          try FileManager.default.removeItem(atPath: database + suffix)
          try FileManager.default.copyItem(atPath: other.database + suffix, toPath: database + suffix)
        }
      }
      #expect(found.verified == .failure(.broken(session: "S1", seq: seq, reason: reason)))
      #expect((try? found.read.get()) == nil)
      #expect((try? found.appended.get()) == nil)
    }
  }

  static let tampering: [(String, Int)] = [
    ("UPDATE event SET data = replace(data, '4', '5') WHERE seq = 5", 5),
    ("UPDATE event SET by = 'mallory' WHERE seq = 20", 20),
    ("UPDATE event SET at = at + 1 WHERE seq = 1", 1),
    ("UPDATE event SET type = 'decision.answered' WHERE seq = 30", 30),
    ("UPDATE event SET answers = 'D1' WHERE seq = 12", 12),
    ("UPDATE event SET epoch = 9 WHERE seq = 12", 12),
    ("UPDATE event SET hash = zeroblob(32) WHERE seq = 7", 7),
    ("DELETE FROM event WHERE seq = 9", 9),
    ("DELETE FROM event WHERE seq > 25", 26),
    (
      """
      DELETE FROM event WHERE seq > 25;
      UPDATE session SET head = 25, head_hash = (SELECT hash FROM event WHERE seq = 25)
      """, 26
    ),
    (
      """
      UPDATE event SET seq = 1000 WHERE seq = 3;
      UPDATE event SET seq = 3 WHERE seq = 4;
      UPDATE event SET seq = 4 WHERE seq = 1000
      """, 3
    ),
    ("UPDATE session SET head = 29, head_hash = (SELECT hash FROM event WHERE seq = 29)", 30),
    ("UPDATE session SET head = 31", 31), ("UPDATE session SET head_hash = zeroblob(32)", 30),
    ("DELETE FROM session", 1), ("DELETE FROM event", 1), ("DELETE FROM event; DELETE FROM session", 1),
    (
      """
      INSERT INTO event
      SELECT session, 31, 'r31', 0, NULL, type, at, by, NULL, data, hash FROM event WHERE seq = 30
      """, 31
    ),
  ]

  @Test("whoever edits the tables is found out, and the first wrong event is named", arguments: tampering)
  func tampered(sql: String, seq: Int) async throws {
    let original = try await Original()
    let found = try await original.examine { try Self.edit($0, sql) }
    #expect(found.verified.brokenSeq == seq, "\(found.verified)")
    #expect(found.read.brokenSeq == seq, "\(found.read)")
  }

  @Test("what reading does not use, verifying still checks")
  func marks() async throws {
    let original = try await Original()
    let epoch = try await original.examine { try Self.edit($0, "UPDATE session SET epoch = 0, head = head") }
    #expect(epoch.verified == .success(30))
    let raised = try await original.examine { try Self.edit($0, "UPDATE session SET epoch = 4") }
    #expect(raised.verified.brokenSeq == 30)
    let ordinal = try await original.examine { try Self.edit($0, "UPDATE event SET ordinal = 1 WHERE seq = 8") }
    #expect(ordinal.verified.brokenSeq == 8)
  }

  @Test("a history chained anew after an edit is caught by the anchor")
  func rechained() async throws {
    let original = try await Original()
    let found = try await original.examine { database in
      let queue = try DatabaseQueue(path: database)
      try queue.write { database in
        try database.execute(sql: "DROP TRIGGER events_are_never_changed")
        var check = ChainCheck(session: "S1")
        for var record in original.records {
          if record.seq == 10 { record.entry.by = "mallory" }
          record.previous = check.hash
          record.hash = HashChain.hash(of: record)
          try check.accept(record)
          let hash = stride(from: 0, to: 64, by: 2).map { offset in
            UInt8(String(Array(record.hash)[offset...offset + 1]), radix: 16) ?? 0
          }
          try database.execute(
            sql: "UPDATE event SET by = ?, hash = ? WHERE seq = ?",
            arguments: [record.entry.by, Data(hash), record.seq])
          try database.execute(sql: "UPDATE session SET head_hash = ?", arguments: [Data(hash)])
        }
      }
      try queue.close()
    }
    #expect(
      found.verified
        == .failure(.broken(session: "S1", seq: 30, reason: "it is not the event that the anchor proves")))
    #expect((try? found.read.get()) == nil)
    #expect((try? found.appended.get()) == nil)
  }

  @Test("a damaged index is found by verifying")
  func index() async throws {
    let original = try await Original()
    let found = try await original.examine {
      try Self.edit(
        $0,
        """
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, 'ordinal = 0', 'ordinal = 5') WHERE name = 'one_append_per_request'
        """)
    }
    guard case .failure = found.verified else {
      Issue.record("not noticed")
      return
    }
  }

  private static func edit(_ path: String, _ sql: String) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { database in
      for name in try String.fetchAll(database, sql: "SELECT name FROM sqlite_schema WHERE type = 'trigger'") {
        try database.execute(sql: "DROP TRIGGER \(name)")
      }
      try database.execute(sql: "PRAGMA foreign_keys = OFF")
      try database.execute(sql: sql)
    }
    try queue.close()
  }
}

extension Result where Failure == JournalFailure {
  /// Runs a body; anything but a `JournalFailure` is a failed test.
  static func catching(_ body: () async throws -> Success) async -> Self {
    do {
      return .success(try await body())
    } catch let failure as JournalFailure {
      return .failure(failure)
    } catch {
      Issue.record("not a JournalFailure: \(error)")
      return .failure(.storage(path: "", reason: "\(error)"))
    }
  }

  var brokenSeq: Int? { if case .failure(let failure) = self { failure.brokenSeq } else { nil } }
}
