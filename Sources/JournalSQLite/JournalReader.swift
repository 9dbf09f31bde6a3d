import Engine
import Foundation
import GRDB

/// Reads histories through a connection that cannot write.
///
/// Every read is one snapshot, checked against the chain and against the anchor that was read just before it: as a
/// writer commits first and anchors then, a snapshot that lacks what the anchor proves has lost it.
struct JournalReader: Sendable {
  let files: JournalFiles
  let queue: DatabaseQueue

  func read(_ session: String, after seq: Int, limit: Int) async throws -> [JournalRecord] {
    let anchor = try anchor(of: session)
    return try await snapshot { table in
      guard let head = try provenHead(of: session, in: table, anchor: anchor) else { return [] }
      let start = max(seq, 0)
      guard limit > 0, start < head.seq else { return [] }
      let (records, check) = try Self.records(of: session, in: table, after: start, limit: limit)
      try Proof.end(check, of: head, expecting: min(head.seq, start.addingReportingOverflow(limit).partialValue))
      return records
    }
  }

  /// Reads as ``read(_:after:limit:)`` does, for whoever waits for it on the spot; the chain alone is checked, since the
  /// anchor is about the end of the history.
  func page(_ session: String, after seq: Int, limit: Int) throws -> [JournalRecord] {
    let start = max(seq, 0)
    guard limit > 0 else { return [] }
    do {
      return try queue.read { database in
        let table = EventTable(database: database)
        guard let head = try table.head(of: session), start < head.seq else { return [] }
        return try Self.records(of: session, in: table, after: start, limit: limit).records
      }
    } catch {
      throw journalFailure(error, path: files.database)
    }
  }

  /// Walks a part of a history, each record checked against the one before it.
  private static func records(
    of session: String, in table: EventTable, after seq: Int, limit: Int
  ) throws -> (records: [JournalRecord], check: ChainCheck) {
    var records: [JournalRecord] = []
    var check = try Proof.start(of: session, in: table, after: seq)
    try table.walk(&check, limit: limit) { record, _ in
      records.append(record)
      return true
    }
    return (records, check)
  }

  func heads(of session: String?) async throws -> [JournalHead] {
    if let session {
      let anchor = try anchor(of: session)
      return try await snapshot { table in
        try provenHead(of: session, in: table, anchor: anchor).map { [$0] } ?? []
      }
    }
    let anchored = try files.anchoredSessions()
    let heads = try await snapshot { try $0.heads() }
    // A session that only its anchor remembers is listed all the same: reading it then says what is missing.
    let known = Set(heads.map(\.session))
    let lost = anchored.filter { !known.contains($0) }.compactMap { session -> JournalHead? in
      guard let anchor = try? anchor(of: session), anchor.seq > 0 else { return nil }
      return JournalHead(session: session, seq: anchor.seq, hash: anchor.hash, epoch: 0)
    }
    return lost.isEmpty ? heads : (heads + lost).sorted { $0.session < $1.session }
  }

  /// Reads a session's anchor, or `nil` when it has none.
  func anchor(of session: String) throws(JournalFailure) -> Anchor? {
    try AnchorFile(session: session, files: files, forWriting: false)?.read()
  }

  /// Returns the head of a session in a snapshot that was taken after its anchor was read.
  func provenHead(of session: String, in table: EventTable, anchor: Anchor?) throws -> JournalHead? {
    try Proof.head(of: session, in: table, anchor: anchor) { try self.anchor(of: session) != nil }
  }

  /// Runs a body in one snapshot.
  func snapshot<Value: Sendable>(_ body: @escaping @Sendable (EventTable) throws -> Value) async throws -> Value {
    do {
      // `read` wraps its body in a transaction, which is the snapshot.
      return try await queue.read { try body(EventTable(database: $0)) }
    } catch {
      throw journalFailure(error, path: files.database)
    }
  }
}

/// The checks that every use of a history makes, in the snapshot it uses.
enum Proof {
  /// Returns the head of a session that holds against its anchor, or `nil` for a session without history.
  ///
  /// Whoever reads without the lock may look for the anchor just before a session's first append makes it; `appeared`
  /// then looks again.
  static func head(
    of session: String, in table: EventTable, anchor: Anchor?, appeared: () throws -> Bool = { false }
  ) throws -> JournalHead? {
    guard let head = try table.head(of: session) else {
      if let anchor, anchor.seq > 0 {
        throw JournalFailure.broken(
          session: session, seq: 1, reason: "it is missing; the anchor proves \(anchor.seq) events")
      }
      if try table.hasEvents(session) {
        throw JournalFailure.broken(session: session, seq: 1, reason: "the session's head is missing")
      }
      return nil
    }
    guard let anchor = try anchor ?? (appeared() ? Anchor(session: session, seq: 0, hash: HashChain.start) : nil) else {
      throw JournalFailure.broken(
        session: session, seq: head.seq, reason: "the anchor is missing, so nothing proves where the history ends")
    }
    if anchor.seq > head.seq {
      try firstBreak(of: session, in: table, upTo: head)
      throw JournalFailure.broken(
        session: session, seq: head.seq + 1, reason: "it is missing; the anchor proves \(anchor.seq) events")
    }
    if anchor.seq > 0, try table.hash(of: session, seq: anchor.seq) != anchor.hash {
      try firstBreak(of: session, in: table, upTo: head)
      throw JournalFailure.broken(
        session: session, seq: anchor.seq, reason: "it is not the event that the anchor proves")
    }
    if try table.hash(of: session, seq: head.seq) != head.hash {
      try firstBreak(of: session, in: table, upTo: head)
      throw JournalFailure.broken(session: session, seq: head.seq, reason: "it is not the event that the head names")
    }
    return head
  }

  /// Starts a check after a stored event.
  static func start(of session: String, in table: EventTable, after seq: Int) throws -> ChainCheck {
    if seq == 0 { return ChainCheck(session: session) }
    guard let hash = try table.hash(of: session, seq: seq) else {
      throw JournalFailure.broken(session: session, seq: seq, reason: "it is missing")
    }
    return ChainCheck(session: session, after: seq, hash: hash)
  }

  /// Throws unless a walk came as far as it had to.
  static func end(_ check: ChainCheck, of head: JournalHead, expecting seq: Int) throws {
    if check.seq < seq { throw check.broken("it is missing; the history has \(head.seq) events") }
    if check.seq > head.seq {
      throw JournalFailure.broken(
        session: head.session, seq: head.seq + 1, reason: "it lies beyond the session's head")
    }
    if check.seq == head.seq, check.hash != head.hash {
      throw JournalFailure.broken(
        session: head.session, seq: head.seq, reason: "it is not the event that the head names")
    }
  }

  /// Walks a history that is known to be broken, and throws at its first event that does not hold, if one shows.
  private static func firstBreak(of session: String, in table: EventTable, upTo head: JournalHead) throws {
    var check = ChainCheck(session: session)
    try table.walk(&check) { _, _ in true }
    if check.seq < head.seq { throw check.broken("it is missing; the history has \(head.seq) events") }
  }
}
