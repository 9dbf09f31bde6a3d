import Engine
import Foundation
import GRDB

/// The tables, and how the file says which version of them it holds.
enum Schema {
  /// "Sgbx": tells `file` and other programs whose database this is.
  static let application = 0x5367_6278
  /// The version of the tables that this program writes.
  static let version = 1

  /// What a database file holds.
  enum Content: Equatable {
    case nothing
    case journal(version: Int)
    case somethingElse
  }

  static func content(_ database: Database) throws -> Content {
    let application = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
    let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    if application == Self.application { return .journal(version: version) }
    let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
    return application == 0 && version == 0 && tables == 0 ? .nothing : .somethingElse
  }

  /// Throws unless the file holds a journal of a version this program knows.
  static func check(_ content: Content, path: String) throws(JournalFailure) {
    switch content {
    case .journal(let found) where found > version: throw .newer(found: found, known: version)
    case .journal(version): return
    case .journal(let found): throw .storage(path: path, reason: "its version \(found) was never published")
    case .nothing: throw .storage(path: path, reason: "it holds no journal")
    case .somethingElse: throw .storage(path: path, reason: "it is a database of another program")
    }
  }

  /// Makes the tables.
  ///
  /// An event's previous hash is not stored: it is the hash of the row before, and the chain is checked with it.
  /// `ordinal` counts within one append, so that a repeated request finds the first of its events.
  static func create(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE session (
          id TEXT PRIMARY KEY NOT NULL,
          head INTEGER NOT NULL CHECK (head > 0),
          head_hash BLOB NOT NULL CHECK (length(head_hash) = 32),
          epoch INTEGER NOT NULL CHECK (epoch >= 0)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE event (
          session TEXT NOT NULL,
          seq INTEGER NOT NULL CHECK (seq > 0),
          request TEXT NOT NULL,
          ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
          epoch INTEGER,
          type TEXT NOT NULL,
          at INTEGER NOT NULL,
          by TEXT NOT NULL,
          answers TEXT,
          data TEXT NOT NULL,
          hash BLOB NOT NULL CHECK (length(hash) = 32),
          PRIMARY KEY (session, seq)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX one_answer_per_decision ON event (session, answers) WHERE answers IS NOT NULL;
        CREATE UNIQUE INDEX one_append_per_request ON event (session, request) WHERE ordinal = 0;
        CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON event
          BEGIN SELECT raise(ABORT, 'events are never changed'); END;
        CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON event
          BEGIN SELECT raise(ABORT, 'events are never deleted'); END;
        CREATE TRIGGER sessions_are_never_deleted BEFORE DELETE ON session
          BEGIN SELECT raise(ABORT, 'sessions are never deleted'); END;
        PRAGMA application_id = \(application);
        PRAGMA user_version = \(version);
        """)
  }
}

/// How connections are opened.
enum Connection {
  /// Opens the connection that reads; it cannot write and never checkpoints.
  static func reader(_ files: JournalFiles, patience: Duration) throws -> DatabaseQueue {
    var configuration = configuration(label: "signalbox.journal.reader", patience: patience)
    configuration.readonly = true
    return try DatabaseQueue(path: files.database, configuration: configuration)
  }

  /// Opens the connection that writes, and proves that every commit will be synced.
  static func writer(_ files: JournalFiles, patience: Duration) throws -> DatabaseQueue {
    let queue = try DatabaseQueue(
      path: files.database, configuration: configuration(label: "signalbox.journal.writer", patience: patience))
    try queue.writeWithoutTransaction { database in
      let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
      try database.execute(sql: "PRAGMA wal_autocheckpoint = 0")
      try database.execute(sql: "PRAGMA foreign_keys = ON")
      // Last, because whoever sets up WAL may lower it: with NORMAL an acknowledged commit can be lost with the power.
      try database.execute(sql: "PRAGMA synchronous = FULL")
      let synchronous = try synchronous(database)
      guard mode == "wal", synchronous == 2 else {
        throw JournalFailure.storage(
          path: files.database,
          reason: "SQLite does not sync every commit (journal mode \(mode ?? "unknown"), synchronous \(synchronous))")
      }
    }
    return queue
  }

  /// Reads back how commits are synced; 2 is FULL.
  static func synchronous(_ database: Database) throws -> Int {
    try Int.fetchOne(database, sql: "PRAGMA synchronous") ?? -1
  }

  private static func configuration(label: String, patience: Duration) -> Configuration {
    var configuration = Configuration()
    configuration.label = label
    configuration.busyMode = .timeout(TimeInterval(patience / .seconds(1)))
    // A transaction that the storage itself ended must not end the process.
    configuration.allowsUnsafeTransactions = true
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA trusted_schema = OFF")
      try database.execute(sql: "PRAGMA cell_size_check = ON")
      // A read error of a mapped file would be a signal, not an error.
      try database.execute(sql: "PRAGMA mmap_size = 0")
      try database.execute(sql: "PRAGMA temp_store = MEMORY")
    }
    return configuration
  }
}
