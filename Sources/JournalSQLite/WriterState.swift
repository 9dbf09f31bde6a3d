import Engine
import Foundation
import GRDB

/// The one connection that writes, the lock around it, and the anchors behind it.
struct WriterState: ~Copyable {
  private let files: JournalFiles
  private let patience: Duration
  private var lock: LockFile
  private var anchors: AnchorCache
  private var connection: DatabaseQueue?
  private var identities: [FileIdentity?] = []
  /// Sessions that must prove themselves again after the storage failed, before anything is written.
  private var suspects: Set<String> = []
  private var mustHeal = false
  /// Sessions whose anchor was perhaps written but never synced; what is told of them next anchors them again.
  private var unsettled: Set<String> = []
  private var isClosed = false

  init(files: JournalFiles, patience: Duration) {
    self.files = files
    self.patience = patience
    lock = LockFile(path: files.lock)
    anchors = AnchorCache(files: files)
  }

  // MARK: Appending

  /// Commits appends together and returns what became of each.
  mutating func commit(_ batch: [JournalWriter.Append]) -> [Result<AppendOutcome, any Error>] {
    do {
      return try locked { state, queue in
        do {
          return try state.commit(batch, on: queue)
        } catch let error as DatabaseError where batch.count > 1 && !error.isStorageFailure {
          // One append that the database refuses must not take the others with it.
          return batch.map { state.commitAlone($0, on: queue) }
        }
      }
    } catch {
      let failure = note(error, batch)
      return batch.map { _ in .failure(failure) }
    }
  }

  private mutating func commitAlone(
    _ append: JournalWriter.Append, on queue: DatabaseQueue
  ) -> Result<AppendOutcome, any Error> {
    do {
      return try commit([append], on: queue)[0]
    } catch {
      return .failure(note(error, [append]))
    }
  }

  /// Remembers what a failure puts in doubt, and returns it in words.
  private mutating func note(_ error: any Error, _ batch: [JournalWriter.Append]) -> any Error {
    if let error = error as? DatabaseError, error.isStorageFailure || error.isDamage {
      distrust(batch.map(\.session), sync: error.isStorageFailure)
    }
    return journalFailure(error, path: files.database)
  }

  private mutating func commit(
    _ batch: [JournalWriter.Append], on queue: DatabaseQueue
  ) throws -> [Result<AppendOutcome, any Error>] {
    var draft = Draft(unsettled: unsettled)
    try queue.writeWithoutTransaction { database in
      try database.beginTransaction(.immediate)
      do {
        let table = EventTable(database: database)
        for append in batch { try draft.add(append, table, &anchors) }
        if draft.isNewSessionAmong { try synchronizeFolder(files.anchors) }
        if draft.hasRecords { try database.commit() } else { try database.rollback() }
      } catch {
        try? database.rollback()
        throw error
      }
    }
    try settle(draft)
    return draft.results
  }

  /// Anchors what was committed or repeated, before anybody hears of it.
  private mutating func settle(_ draft: Draft) throws {
    let heads = draft.unanchored
    if heads.isEmpty { return }
    // An event without its anchor may come from a process that died before its own sync.
    if draft.foundUnanchored { try files.synchronizeLog() }
    let sessions = heads.map(\.session)
    unsettled.formUnion(sessions)
    for head in heads {
      try anchors.write(Anchor(session: head.session, seq: head.seq, hash: head.hash))
    }
    try anchors.synchronize(sessions)
    unsettled.subtract(sessions)
  }

  // MARK: Checkpoints

  /// Moves the write-ahead log into the database when it has at least `size` bytes; returns whether it did.
  mutating func checkpoint(ifLargerThan size: Int) throws -> Bool {
    guard files.usedLogSize() >= size else { return false }
    do {
      try locked { _, queue in
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)") }
      }
    } catch {
      if let error = error as? DatabaseError, error.isStorageFailure { distrust([], sync: true) }
      throw journalFailure(error, path: files.database)
    }
    return true
  }

  // MARK: Opening and closing

  /// Makes the tables in a new file, unless another process was faster.
  mutating func create() throws {
    try lock.acquire(patience: patience)
    defer { lock.release() }
    if let anchored = try anchoredSession() {
      throw JournalFailure.broken(
        session: anchored, seq: 1,
        reason: "the journal \(files.database) is missing or empty, but anchors prove events")
    }
    try files.makeDatabase()
    let queue = try Connection.writer(files, patience: patience)
    try queue.writeWithoutTransaction { database in
      guard try Schema.content(database) == .nothing else { return }
      try database.inTransaction(.immediate) {
        try Schema.create(database)
        return .commit
      }
    }
    try synchronizeFolder(files.folder)
    connection = queue
    identities = try files.identities()
  }

  /// Closes the connection. The caller's reading connection must still be open: then SQLite does not checkpoint.
  mutating func close() {
    isClosed = true
    anchors.close()
    guard let queue = connection else { return }
    connection = nil
    // Without the lock, too, nothing is written here; with it, that does not have to be argued.
    let hasLock = (try? lock.acquire(patience: .seconds(1))) != nil
    try? queue.close()
    if hasLock { lock.release() }
  }

  /// Reads back how commits are synced; 2 is FULL.
  mutating func synchronous() throws -> Int {
    try locked { _, queue in try queue.writeWithoutTransaction { try Connection.synchronous($0) } }
  }

  private func anchoredSession() throws -> String? {
    for session in try files.anchoredSessions() {
      if let anchor = try AnchorFile(session: session, files: files, forWriting: false)?.read(), anchor.seq > 0 {
        return session
      }
    }
    return nil
  }

  /// Runs a body with the connection, under the lock, after making sure that it writes where the path leads.
  private mutating func locked<Value>(
    _ body: (inout WriterState, DatabaseQueue) throws -> Value
  ) throws -> Value {
    if isClosed { throw closedFailure(files.database) }
    try lock.acquire(patience: patience)
    defer { lock.release() }
    let queue = try open()
    return try body(&self, queue)
  }

  private mutating func open() throws -> DatabaseQueue {
    if let connection, !mustHeal, suspects.isEmpty {
      try checkIdentities()
      return connection
    }
    if let connection {
      self.connection = nil
      try connection.close()
    }
    guard try files.identity(of: files.database) != nil else {
      throw JournalFailure.storage(path: files.database, reason: "it is missing")
    }
    _ = try files.identities()
    let queue = try Connection.writer(files, patience: patience)
    let content = try queue.writeWithoutTransaction { try Schema.content($0) }
    try Schema.check(content, path: files.database)
    try heal(queue)
    try files.closeToOthers()
    connection = queue
    identities = try files.identities()
    return queue
  }

  private func checkIdentities() throws {
    if try files.identities() != identities {
      throw JournalFailure.storage(
        path: files.database,
        reason: "the file, or what SQLite keeps beside it, was replaced or removed while it was open; open it again")
    }
  }

  // MARK: After the storage failed

  private mutating func distrust(_ sessions: [String], sync: Bool) {
    suspects.formUnion(sessions)
    mustHeal = mustHeal || sync
    anchors.close()
  }

  /// After a failed sync the system may take pages for written that never were. What they held is written again, into
  /// the database file, and the sessions concerned prove their chain and anchor before anything is added.
  private mutating func heal(_ queue: DatabaseQueue) throws {
    if mustHeal {
      let isBusy = try queue.writeWithoutTransaction {
        try Int.fetchOne($0, sql: "PRAGMA wal_checkpoint(TRUNCATE)") ?? 1
      }
      if isBusy != 0 {
        throw JournalFailure.storage(
          path: files.database, reason: "it must be written anew after a storage failure, but another process reads it")
      }
      mustHeal = false
    }
    for session in suspects.sorted() {
      let anchor = try anchors.read(session)
      try queue.writeWithoutTransaction { database in
        let table = EventTable(database: database)
        // What is broken stays refused, session by session, where it is used; the others go on.
        guard let head = try? Proof.head(of: session, in: table, anchor: anchor) else { return }
        var check = ChainCheck(session: session)
        try table.walk(&check) { _, _ in true }
        try Proof.end(check, of: head, expecting: head.seq)
      }
      suspects.remove(session)
    }
  }
}

extension DatabaseError {
  /// Whether the storage failed in a way that leaves open what reached it.
  fileprivate var isStorageFailure: Bool { resultCode == .SQLITE_IOERR }
}

/// What one commit is about to do.
private struct Draft {
  private(set) var results: [Result<AppendOutcome, any Error>] = []
  private(set) var hasRecords = false
  private(set) var isNewSessionAmong = false
  private(set) var foundUnanchored = false
  private var checked: [String: JournalHead?] = [:]
  private var behind: Set<String> = []
  private var mustAnchor: [String: JournalHead] = [:]
  private let unsettled: Set<String>

  init(unsettled: Set<String>) { self.unsettled = unsettled }

  /// The heads whose anchors must be written, sorted by session.
  var unanchored: [JournalHead] { mustAnchor.values.sorted { $0.session < $1.session } }

  /// Decides one append; only `DatabaseError` and failures of the lock or the disk are thrown, the rest is its result.
  mutating func add(_ append: JournalWriter.Append, _ table: EventTable, _ anchors: inout AnchorCache) throws {
    do {
      results.append(.success(try decide(append, table, &anchors)))
    } catch let failure as JournalFailure {
      results.append(.failure(failure))
    }
  }

  private mutating func decide(
    _ append: JournalWriter.Append, _ table: EventTable, _ anchors: inout AnchorCache
  ) throws -> AppendOutcome {
    let session = append.session
    let head = try provenHead(of: session, table, &anchors)
    if let first = try table.firstSeq(ofRequest: append.request, in: session) {
      anchorLater(head)
      return .repeated(try records(of: append.request, session, from: first, table))
    }
    if let epoch = append.epoch, let head, epoch < head.epoch { return .fenced(by: head.epoch) }
    for decision in append.entries.compactMap(\.answers) {
      guard let seq = try table.seq(ofAnswerTo: decision, in: session) else { continue }
      anchorLater(head)
      return .answered(try record(session, seq: seq, table))
    }
    let seq = head?.seq ?? 0
    if append.version > seq { throw JournalRules.cut(session, head: seq, read: append.version) }
    if append.version < seq { return .moved(to: seq) }
    let records = HashChain.link(
      append.entries, session: session, after: seq, hash: head?.hash ?? HashChain.start, request: append.request,
      epoch: append.epoch)
    guard let last = records.last else { return .moved(to: seq) }
    if seq == 0, try anchors.makeIfMissing(session) { isNewSessionAmong = true }
    for (ordinal, record) in records.enumerated() { try table.insert(record, ordinal: ordinal) }
    let newHead = JournalHead(
      session: session, seq: last.seq, hash: last.hash, epoch: max(head?.epoch ?? 0, append.epoch ?? 0))
    try table.setHead(newHead, from: seq)
    hasRecords = true
    checked[session] = newHead
    mustAnchor[session] = newHead
    return .appended(records)
  }

  /// Returns the head of a session after checking, once per commit, that it holds against the anchor.
  private mutating func provenHead(
    of session: String, _ table: EventTable, _ anchors: inout AnchorCache
  ) throws -> JournalHead? {
    if let head = checked[session] { return head }
    let anchor = try anchors.read(session)
    let head = try Proof.head(of: session, in: table, anchor: anchor)
    if let head, let anchor, anchor.seq < head.seq || unsettled.contains(session) {
      foundUnanchored = true
      behind.insert(session)
    }
    checked[session] = .some(head)
    return head
  }

  /// What is told again must be anchored as well as what is told the first time.
  private mutating func anchorLater(_ head: JournalHead?) {
    if let head, behind.contains(head.session) { mustAnchor[head.session] = head }
  }

  private func records(
    of request: String, _ session: String, from first: Int, _ table: EventTable
  ) throws -> [JournalRecord] {
    var check = try Proof.start(of: session, in: table, after: first - 1)
    var records: [JournalRecord] = []
    try table.walk(&check) { record, _ in
      guard record.request.utf8.elementsEqual(request.utf8) else { return false }
      records.append(record)
      return true
    }
    return records
  }

  private func record(_ session: String, seq: Int, _ table: EventTable) throws -> JournalRecord {
    var check = try Proof.start(of: session, in: table, after: seq - 1)
    var found: JournalRecord?
    try table.walk(&check, limit: 1) { record, _ in
      found = record
      return true
    }
    guard let found else { throw check.broken("it is missing") }
    return found
  }
}
