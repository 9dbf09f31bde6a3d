import Engine
import Foundation
import GRDB
import Synchronization

/// Keeps histories in one SQLite file on this machine; any number of processes share it.
///
/// What an append promises: when it returns, its events are on the disk and an anchor beside the database proves them.
/// Every process writes through one lock, so answers, engines and consoles exclude each other there and nowhere else.
///
/// ```swift
/// let journal = try SQLiteJournal(path: home + "/journal.db")
/// let outcome = try await journal.append(entries, to: "S1", expecting: 0, epoch: 1, request: "r1")
/// ```
/// Files: `journal.db` with SQLite's `-wal` and `-shm`, `journal.db.lock`, and `journal.db.anchors/SESSION`; folders it
/// makes are 0700, files 0600.
public final class SQLiteJournal: PagedJournal {
  /// A write-ahead log of this many bytes (4 MiB) is worth a checkpoint.
  public static let worthACheckpoint = 4 << 20

  private let files: JournalFiles
  /// Gone once closed; a read that is under way keeps its connection until it is done.
  private let reader: Mutex<JournalReader?>
  private let writer: JournalWriter
  private let feed = ChangeFeed()
  private let watch = Mutex<FolderWatch?>(nil)

  /// Opens the journal at a path, making it and its folder when they are missing.
  ///
  /// - Parameters:
  ///   - path: The database file.
  ///   - patience: How long a write waits for another process before it says who holds the lock.
  /// - Throws: `JournalFailure`: `newer` before anything is written, `broken` when anchors prove events that the whole
  ///   file lacks, `storage` for everything that keeps the file from being used.
  public init(path: String, patience: Duration = .seconds(10)) throws {
    files = JournalFiles(path: path)
    writer = JournalWriter(files: files, patience: patience)
    do {
      reader = Mutex(try Self.open(files, writer, patience))
    } catch {
      throw journalFailure(error, path: files.database)
    }
  }

  deinit { close() }

  private static func open(
    _ files: JournalFiles, _ writer: JournalWriter, _ patience: Duration
  ) throws -> JournalReader {
    try files.makeFolders()
    if try files.isUnfinished() { try writer.performNow { try $0.create() } }
    _ = try files.identities()
    var queue = try Connection.reader(files, patience: patience)
    var content = try queue.read { try Schema.content($0) }
    if content == .nothing {
      // A process died between making the file and its tables, or somebody emptied it.
      try queue.close()
      try writer.performNow { try $0.create() }
      queue = try Connection.reader(files, patience: patience)
      content = try queue.read { try Schema.content($0) }
    }
    try Schema.check(content, path: files.database)
    return JournalReader(files: files, queue: queue)
  }

  private func openReader() throws -> JournalReader {
    guard let reader = reader.withLock({ $0 }) else { throw closedFailure(files.database) }
    return reader
  }

  // MARK: Journal

  public func append(
    _ entries: [JournalEntry], to session: String, expecting version: Int, epoch: Int?, request: String
  ) async throws -> AppendOutcome {
    let problem =
      JournalRules.problem(withSession: session) ?? JournalRules.problem(withEntries: entries, request: request)
    if let problem { throw JournalFailure.storage(path: files.database, reason: problem) }
    return try await writer.append(entries, to: session, expecting: version, epoch: epoch, request: request)
  }

  public func read(_ session: String, after seq: Int, limit: Int) async throws -> [JournalRecord] {
    if JournalRules.problem(withSession: session) != nil { return [] }
    return try await openReader().read(session, after: seq, limit: limit)
  }

  public func page(_ session: String, after seq: Int, limit: Int) throws -> [JournalRecord] {
    if JournalRules.problem(withSession: session) != nil { return [] }
    return try openReader().page(session, after: seq, limit: limit)
  }

  public func heads(of session: String?) async throws -> [JournalHead] {
    if let session, JournalRules.problem(withSession: session) != nil { return [] }
    return try await openReader().heads(of: session)
  }

  public func changes() -> AsyncStream<String?> {
    watch.withLock { watch in
      if watch == nil {
        watch = FolderWatch(folder: files.anchors) { [feed] in feed.announce($0) }
      }
    }
    return feed.listen()
  }

  // MARK: Looking after the file

  /// Moves the write-ahead log into the database; only the holder of a lease should call it.
  public func checkpoint() async throws {
    _ = try await writer.perform { try $0.checkpoint(ifLargerThan: 0) }
  }

  /// Moves the write-ahead log into the database when it has grown large, and returns whether it had.
  @discardableResult
  public func checkpointIfNeeded() async throws -> Bool {
    try await writer.perform { try $0.checkpoint(ifLargerThan: Self.worthACheckpoint) }
  }

  /// Walks a session's whole history with everything that proves it.
  ///
  /// - Throws: `JournalFailure.broken` with the first event that does not hold.
  public func verify(_ session: String) async throws -> JournalVerification {
    if let problem = JournalRules.problem(withSession: session) {
      throw JournalFailure.storage(path: files.database, reason: problem)
    }
    return try await openReader().verify(session)
  }

  /// Ends every stream of changes and closes the files; a later append throws.
  public func close() {
    watch.withLock { $0 = nil }
    feed.finish()
    // The writer first: as long as the reading connection is open, SQLite has no reason to checkpoint on closing.
    writer.performNow { $0.close() }
    reader.withLock { $0 = nil }
  }

  /// How commits are synced, read back from SQLite; 2 is FULL.
  func synchronous() async throws -> Int {
    try await writer.perform { try $0.synchronous() }
  }
}
