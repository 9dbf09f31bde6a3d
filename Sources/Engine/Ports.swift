import Foundation

// Engine never talks to a disk, a terminal or a program itself: it asks these ports, and world targets answer.

/// Says what a journal stores for one event, before it has a place in the order of history.
public struct JournalEntry: Equatable, Sendable {
  /// The stored name of the event's kind, e.g. `decision.answered`.
  public var type: String
  /// When it happened, in milliseconds since 1970 (UTC); for people, never compared for correctness.
  public var at: Int64
  /// Who caused it.
  public var by: String
  /// The decision this entry answers, when it is an answer: a journal stores at most one answer per decision.
  public var answers: String?
  /// The event's own data as JSON text (UTF-8).
  public var data: String

  /// Makes an entry from its parts.
  public init(type: String, at: Int64, by: String, answers: String? = nil, data: String) {
    self.type = type
    self.at = at
    self.by = by
    self.answers = answers
    self.data = data
  }
}

/// One event as the journal holds it.
public struct JournalRecord: Equatable, Sendable {
  /// Its place in the session's history, counted from 1 without gaps.
  public var seq: Int
  /// The session it belongs to.
  public var session: String
  /// The request that appended it; unique per session, shared by the entries of one append.
  public var request: String
  /// The lease epoch of the engine that appended it, or `nil` when a person's process did.
  public var epoch: Int?
  /// What was stored.
  public var entry: JournalEntry
  /// The hash of the record before it (lower-case hex), or 64 zeros for the first.
  public var previous: String
  /// SHA-256 over the canonical, length-prefixed bytes of everything above (lower-case hex).
  public var hash: String

  /// Makes a record from its parts.
  public init(
    seq: Int, session: String, request: String, epoch: Int?, entry: JournalEntry, previous: String, hash: String
  ) {
    self.seq = seq
    self.session = session
    self.request = request
    self.epoch = epoch
    self.entry = entry
    self.previous = previous
    self.hash = hash
  }
}

/// The last record of a session's history, and who holds its lease.
public struct JournalHead: Equatable, Sendable {
  /// The session.
  public var session: String
  /// The last record's place; 0 before the first.
  public var seq: Int
  /// The last record's hash.
  public var hash: String
  /// The highest lease epoch ever taken; 0 before the first.
  public var epoch: Int

  /// Makes a head from its parts.
  public init(session: String, seq: Int, hash: String, epoch: Int) {
    self.session = session
    self.seq = seq
    self.hash = hash
    self.epoch = epoch
  }
}

/// What became of an append.
public enum AppendOutcome: Equatable, Sendable {
  /// The records are stored, synced, anchored and hold from now on.
  case appended([JournalRecord])
  /// The same request was appended before; nothing was added, and these are the records it made then.
  case repeated([JournalRecord])
  /// The session's history is longer than expected; read on from there and decide again.
  case moved(to: Int)
  /// The decision already has an answer; nothing was added.
  case answered(JournalRecord)
  /// A newer engine holds the lease; whoever appends with `epoch` must stop.
  case fenced(by: Int)
}

/// Why a journal could not do what was asked, or why it cannot be trusted.
public enum JournalFailure: Error, Equatable, Sendable {
  /// The first event that does not hold, and how it shows.
  case broken(session: String, seq: Int, reason: String)
  /// The journal was made by a newer Signalbox; nothing was written.
  case newer(found: Int, known: Int)
  /// Storage refused: which path, and in which words.
  case storage(path: String, reason: String)
}

/// Keeps the append-only record of every session; the only truth.
///
/// Four methods wide on purpose: memory, SQLite and PostgreSQL pass one conformance suite.
public protocol Journal: Sendable {
  /// Appends entries as one unit, durably, or adds nothing.
  ///
  /// - Parameters:
  ///   - entries: What to store, in order; at least one.
  ///   - session: The session's identifier; its first append creates it.
  ///   - version: The `seq` the caller has read up to (compare-and-set).
  ///   - epoch: The caller's lease epoch, or `nil` for a person's process. An epoch lower than the highest the
  ///     session has seen is fenced; a higher one is taken (that is how a lease is won).
  ///   - request: The caller's own identifier of this append; repeating it returns the first result.
  func append(_ entries: [JournalEntry], to session: String, expecting version: Int, epoch: Int?, request: String)
    async throws -> AppendOutcome
  /// Reads records after `seq` in order, at most `limit` of them, each checked against the hash chain.
  func read(_ session: String, after seq: Int, limit: Int) async throws -> [JournalRecord]
  /// Lists the head of every session, or of one.
  func heads(of session: String?) async throws -> [JournalHead]
  /// Tells which session's history grew, whoever appended, without polling. Wake-ups may be spurious, never missing:
  /// the first element comes at once for every caller.
  func changes() -> AsyncStream<String?>
}

/// A journal of which parts can be read while somebody waits for the picture they belong to.
public protocol PagedJournal: Journal {
  /// Reads records after `seq` in order, at most `limit` of them, each checked against the one before it; blocks until
  /// they are there.
  func page(_ session: String, after seq: Int, limit: Int) throws -> [JournalRecord]
}

/// One file of a workspace.
public struct WorkspaceFile: Equatable, Sendable {
  /// Path below the workspace, with `/`, without a leading one; bytes, not normalised.
  public var path: String
  /// SHA-256 of its bytes, lower-case hex (of the link's target for a symbolic link).
  public var hash: String
  /// Its size in bytes.
  public var size: Int
  /// `100644`, `100755` or `120000`, as git writes modes, or ``unkeepable``.
  public var mode: String

  /// The mode of what no checkpoint can keep: pipes, sockets, devices, files with a second name, far too large ones.
  /// It has no hash, and counts as empty.
  public static let unkeepable = "other"

  /// Makes a file description from its parts.
  public init(path: String, hash: String, size: Int, mode: String) {
    self.path = path
    self.hash = hash
    self.size = size
    self.mode = mode
  }
}

/// What one look at a workspace found.
public struct WorkspaceLook: Equatable, Sendable {
  /// Every file, as ``Workspace/files()`` lists them.
  public var files: [WorkspaceFile]
  /// Every `.git` entry by its path: no checkpoint holds it, and nothing looks into it.
  public var repositories: [String]

  /// Makes a look from its parts.
  public init(files: [WorkspaceFile], repositories: [String] = []) {
    self.files = files
    self.repositories = repositories
  }
}

/// What a restore did.
public struct RestoreSummary: Equatable, Sendable {
  /// Paths written back.
  public var restored: [String]
  /// Paths removed because the checkpoint does not hold them.
  public var removed: [String]

  /// Makes a summary from its parts.
  public init(restored: [String], removed: [String]) {
    self.restored = restored
    self.removed = removed
  }
}

/// One difference between a workspace and a checkpoint.
public struct WorkspaceChange: Equatable, Sendable {
  /// How a file differs.
  public enum Kind: String, Equatable, Sendable {
    /// The checkpoint does not hold it.
    case added
    /// Its bytes, its kind or its executability differ.
    case modified
    /// The workspace does not hold it any more.
    case removed
  }

  /// Path below the workspace, as `WorkspaceFile.path` writes it.
  public var path: String
  /// How it differs.
  public var kind: Kind

  /// Makes a change from its parts.
  public init(path: String, kind: Kind) {
    self.path = path
    self.kind = kind
  }
}

/// Why a workspace refused.
public struct WorkspaceRefusal: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was refused, where, and what to do instead; one or two sentences.
  public var description: String

  /// Makes a refusal from its words.
  public init(_ description: String) { self.description = description }
}

/// A folder in which agents work, watched and kept by the engine.
public protocol Workspace: Sendable {
  /// The folder's absolute path.
  var root: String { get }
  /// Writes a file so that it appears whole or not at all; refuses anything that would leave the folder.
  func write(_ bytes: [UInt8], to path: String, executable: Bool) async throws
  /// Reads a regular file with one link below the folder, at most `limit` bytes of it.
  func read(_ path: String, limit: Int) async throws -> [UInt8]
  /// Removes a regular file, or a symbolic link itself; one that is not there is no fault.
  func remove(_ path: String) async throws
  /// Reads a file as a checkpoint's tree holds it, at most `limit` bytes of it; `nil` when it holds none of that path.
  func read(_ path: String, of tree: String, limit: Int) async throws -> [UInt8]?
  /// Lists every file below the folder with its hash, sorted by path bytes. Caches and virtual environments that
  /// tools leave (`__pycache__`, `.venv`, `.mypy_cache`, …) are passed over.
  func files() async throws -> [WorkspaceFile]
  /// Lists the same files, and what is left out of every checkpoint because it is a repository of its own.
  func look() async throws -> WorkspaceLook
  /// Keeps the whole folder as a checkpoint and returns its tree (a git object name); the same files, the same tree.
  func checkpoint(named name: String, message: String) async throws -> String
  /// Makes the folder equal to a checkpoint's tree byte for byte, or refuses before touching anything.
  func restore(tree: String) async throws -> RestoreSummary
  /// Lists the files of a checkpoint's tree.
  func files(of tree: String) async throws -> [WorkspaceFile]
  /// The tree (a git object name) that a checkpoint taken now would have; nothing is stored.
  func tree() async throws -> String
  /// Compares the folder with a checkpoint's tree, sorted by path bytes; empty when nothing changed.
  func changes(since tree: String) async throws -> [WorkspaceChange]
  /// Writes a zip of the current files, without those left out, and `extra` ones to an absolute path, and returns its
  /// SHA-256.
  func archive(to path: String, prefix: String, extra: [String: [UInt8]], leavingOut paths: [String]) async throws
    -> String
}

extension Workspace {
  /// A folder that holds no repository has only files.
  public func look() async throws -> WorkspaceLook { WorkspaceLook(files: try await files()) }

  /// Writes a zip of all current files and `extra` ones to an absolute path, and returns its SHA-256.
  public func archive(to path: String, prefix: String, extra: [String: [UInt8]]) async throws -> String {
    try await archive(to: path, prefix: prefix, extra: extra, leavingOut: [])
  }
}
