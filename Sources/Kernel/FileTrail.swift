// The audit trail of files: every operation by whom, and what the record says must be there now.

/// One thing that happened to one file.
public struct FileOperation: Codable, Equatable, Sendable {
  /// What happened.
  public enum Kind: String, CaseIterable, Codable, Equatable, Sendable {
    /// It came into being.
    case created
    /// Its bytes, its kind or its executability became others.
    case modified
    /// It is gone.
    case removed
    /// It was kept aside and never became part of the workspace.
    case rejected
    /// What somebody did to it was taken back.
    case reverted
  }

  /// What happened.
  public var kind: Kind
  /// Its path below the workspace.
  public var path: String
  /// Its size in bytes afterwards, or before it was removed.
  public var size: Int
  /// SHA-256 of its bytes before, lower-case hex.
  public var before: String?
  /// SHA-256 of its bytes afterwards, lower-case hex.
  public var after: String?
  /// Why, for people: what rejected it, who owns it.
  public var reason: String

  /// Makes an operation from its parts.
  public init(kind: Kind, path: String, size: Int, before: String?, after: String?, reason: String = "") {
    self.kind = kind
    self.path = path
    self.size = size
    self.before = before
    self.after = after
    self.reason = reason
  }
}

/// Who changed files.
public enum FileAuthor: Codable, Equatable, Sendable {
  /// An attempt of a task, by an agent.
  case task(String, attempt: Int, agent: String?)
  /// A gate that left its artefacts.
  case gate(String, attempt: Int)
  /// Somebody outside: a person, or a program the session did not begin.
  case outside
  /// A person whose edits were accepted, by name.
  case person(String)

  /// The author in one line.
  public var words: String {
    switch self {
    case .task(let id, let attempt, let agent): return "\(agent ?? "engine") (task \(id), attempt \(attempt))"
    case .gate(let id, _): return "gate \(id)"
    case .outside: return "someone outside the session's tasks"
    case .person(let name): return name
    }
  }
}

/// What one author did to files, at once.
public struct FileBatch: Equatable, Sendable {
  /// Who.
  public var author: FileAuthor
  /// What, in the order of the paths' bytes.
  public var operations: [FileOperation]

  /// Makes a batch from its parts.
  public init(author: FileAuthor, operations: [FileOperation]) {
    self.author = author
    self.operations = operations
  }
}

/// A file as the record has it.
public struct FileRecord: Codable, Equatable, Sendable {
  /// Whether the disk agrees with the record.
  public enum Integrity: String, CaseIterable, Codable, Equatable, Sendable {
    /// The bytes are those that were accepted.
    case intact = "ok"
    /// Somebody else changed it.
    case drifted
    /// It is not there any more.
    case missing
    /// Nobody who may has made it.
    case unexpected
    /// It is as it was accepted, a person approved it, and no agent may change it.
    case locked

    /// Whether the bytes are those that were accepted.
    public var isAsAccepted: Bool { self == .intact || self == .locked }
  }

  /// Its path below the workspace.
  public var path: String
  /// SHA-256 of the bytes that were accepted, lower-case hex; of those found, for an unexpected file.
  public var hash: String
  /// Its size in bytes.
  public var size: Int
  /// Who made it what it is.
  public var author: FileAuthor
  /// Who first made it.
  public var creator: FileAuthor
  /// When it was accepted.
  public var acceptedAt: Moment
  /// When it was last seen as it should be.
  public var seenAt: Moment
  /// Whether the disk agreed when somebody last looked.
  public var integrity: Integrity
  /// SHA-256 of what was found instead, when it drifted.
  public var found: String?

  /// Makes a record from its parts.
  public init(
    path: String, hash: String, size: Int, author: FileAuthor, creator: FileAuthor, acceptedAt: Moment,
    seenAt: Moment, integrity: Integrity = .intact, found: String? = nil
  ) {
    self.path = path
    self.hash = hash
    self.size = size
    self.author = author
    self.creator = creator
    self.acceptedAt = acceptedAt
    self.seenAt = seenAt
    self.integrity = integrity
    self.found = found
  }
}

/// Every file that the record knows, by path; paths are compared byte for byte.
public struct FileTable: Codable, Equatable, Sendable {
  /// The records, in the order of the paths' bytes.
  public private(set) var records: [FileRecord] = []
  /// When the whole workspace was last looked at.
  public var lookedAt: Moment = 0

  /// Makes an empty table.
  public init() {}

  /// The place of a path, or where it would stand.
  private func place(of path: String) -> (index: Int, isThere: Bool) {
    var low = 0
    var high = records.count
    while low < high {
      let middle = (low + high) / 2
      if records[middle].path.utf8.lexicographicallyPrecedes(path.utf8) { low = middle + 1 } else { high = middle }
    }
    return (low, low < records.count && records[low].path.utf8.elementsEqual(path.utf8))
  }

  /// The record of a path; setting `nil` takes it out.
  public subscript(path: String) -> FileRecord? {
    get {
      let (index, isThere) = place(of: path)
      return isThere ? records[index] : nil
    }
    set {
      let (index, isThere) = place(of: path)
      if let newValue {
        if isThere { records[index] = newValue } else { records.insert(newValue, at: index) }
      } else if isThere {
        records.remove(at: index)
      }
    }
  }

  /// Takes in what an author did; what somebody outside did is noticed and not accepted.
  mutating func take(_ batch: FileBatch, at: Moment) {
    for operation in batch.operations {
      let old = self[operation.path]
      if case .outside = batch.author {
        notice(operation, of: old, at: at)
        continue
      }
      switch operation.kind {
      case .created, .modified:
        self[operation.path] = FileRecord(
          path: operation.path, hash: operation.after ?? "", size: operation.size, author: batch.author,
          creator: old?.creator ?? batch.author, acceptedAt: at, seenAt: at)
      case .removed: self[operation.path] = nil
      case .rejected: continue
      case .reverted:
        // What was taken back left the accepted bytes.
        guard var record = old else { continue }
        record.integrity = .intact
        record.found = nil
        record.seenAt = at
        self[operation.path] = record
      }
    }
  }

  private mutating func notice(_ operation: FileOperation, of old: FileRecord?, at: Moment) {
    switch operation.kind {
    case .created where old == nil, .modified where old == nil:
      self[operation.path] = FileRecord(
        path: operation.path, hash: operation.after ?? "", size: operation.size, author: .outside, creator: .outside,
        acceptedAt: at, seenAt: at, integrity: .unexpected)
    case .created, .modified:
      guard var record = old else { return }
      if record.integrity == .unexpected {
        record.hash = operation.after ?? record.hash
        record.size = operation.size
      } else {
        record.integrity = operation.after == record.hash ? .intact : .drifted
        record.found = operation.after == record.hash ? nil : operation.after
      }
      self[operation.path] = record
    case .removed:
      guard var record = old else { return }
      if record.integrity == .unexpected {
        self[operation.path] = nil
      } else {
        record.integrity = .missing
        record.found = nil
        self[operation.path] = record
      }
    case .rejected, .reverted: return
    }
  }

  /// What a whole look at the workspace finds to be other than the record says, as operations of somebody outside.
  func differences(from files: [FileClaim]) -> [FileOperation] {
    var found: [FileOperation] = []
    var seen: Set<[UInt8]> = []
    for file in files {
      seen.insert(Array(file.path.utf8))
      guard let record = self[file.path] else { continue }
      let known = record.integrity == .drifted ? record.found : record.integrity == .missing ? nil : record.hash
      guard known != file.hash else { continue }
      found.append(
        FileOperation(
          kind: known == nil ? .created : .modified, path: file.path, size: record.size, before: known,
          after: file.hash, reason: file.hash == record.hash ? "as it was accepted again" : "not by a task"))
    }
    for record in records where record.integrity != .missing && !seen.contains(Array(record.path.utf8)) {
      found.append(
        FileOperation(
          kind: .removed, path: record.path, size: record.size,
          before: record.integrity == .drifted ? record.found : record.hash, after: nil,
          reason: "last seen by the session before this look"))
    }
    return found
  }

  /// Marks what a person approved: no agent may change it.
  mutating func lock(_ path: String) {
    guard var record = self[path], record.integrity == .intact else { return }
    record.integrity = .locked
    self[path] = record
  }

  /// Marks that a whole look found everything that is not known to differ.
  mutating func look(at: Moment) {
    lookedAt = at
    for index in records.indices where [.intact, .locked].contains(records[index].integrity) {
      records[index].seenAt = at
    }
  }
}

/// A file that was kept aside instead of becoming part of the workspace.
public struct FileRejection: Codable, Equatable, Sendable {
  /// Its path below the workspace.
  public var path: String
  /// Why, each in one or two sentences with the line where there is one.
  public var reasons: [String]
  /// Where it is kept, as an absolute path, if it is.
  public var keptAt: String?

  /// Makes a rejection from its parts.
  public init(path: String, reasons: [String], keptAt: String? = nil) {
    self.path = path
    self.reasons = reasons
    self.keptAt = keptAt
  }
}

extension Checkpoint {
  /// Whether the picture holds a file as it was accepted.
  public func holds(_ file: FileRecord) -> Bool { record[file.path]?.hash == file.hash }
}
