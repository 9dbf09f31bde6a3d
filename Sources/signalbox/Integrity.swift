import Engine
import Foundation
import Kernel

/// The files that the record knows, held against the disk.
struct Integrity {
  /// One file.
  struct Row {
    var path: String
    /// SHA-256 of the accepted bytes; of those found, where nobody accepted any.
    var hash: String
    var size: Int
    /// What the record says; `nil` for a file that only the disk has.
    var record: FileRecord?
    var state: FileRecord.Integrity
    /// SHA-256 of what lies there instead, where it drifted.
    var found: String?

    /// What is wrong, who made it and when it was last seen, in one line.
    var words: String {
      guard let record, record.integrity != .unexpected else { return "\(path) (by nobody who may)" }
      let word = state == .missing ? "gone" : state == .drifted ? "changed" : state.rawValue
      let seen = record.seenAt > 0 ? ", last seen \(isoTime(record.seenAt))" : ""
      return "\(path) (\(word)), made by \(record.creator.words)\(seen)"
    }
  }

  /// Every file, in the order of the paths' bytes.
  let rows: [Row]
  /// How many of them the record knows.
  let recorded: Int

  /// The rows in a state.
  func rows(_ state: FileRecord.Integrity) -> [Row] { rows.filter { $0.state == state } }

  /// Holds the record of a session against files.
  init(of session: Session, disk: [WorkspaceFile]) {
    // Paths are compared byte for byte: two that only look the same are two files.
    var left: [[UInt8]: WorkspaceFile] = [:]
    for file in disk { left[Array(file.path.utf8)] = file }
    var rows: [Row] = []
    let records = Integrity.records(of: session)
    for record in records {
      let found = left.removeValue(forKey: Array(record.path.utf8))
      var state = record.integrity
      if record.integrity == .unexpected {
        guard let found else { continue }
        rows.append(Row(path: record.path, hash: found.hash, size: found.size, record: record, state: .unexpected))
        continue
      }
      switch found?.hash {
      case nil: state = .missing
      case record.hash: state = record.integrity == .locked ? .locked : .intact
      default: state = .drifted
      }
      rows.append(
        Row(
          path: record.path, hash: record.hash, size: record.size, record: record, state: state,
          found: state == .drifted ? found?.hash : nil))
    }
    for file in left.values {
      rows.append(Row(path: file.path, hash: file.hash, size: file.size, record: nil, state: .unexpected))
    }
    self.rows = rows.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    recorded = records.count { $0.integrity != .unexpected }
  }

  /// Looks at the workspace of a session; a workspace that is gone has no files.
  static func look(at session: Session, _ wiring: Wiring) async throws -> Integrity {
    guard FileManager.default.fileExists(atPath: session.workspace) else { return Integrity(of: session, disk: []) }
    return Integrity(of: session, disk: try await wiring.workspace(of: session).files())
  }

  /// What a session's record holds; without supervision, what its tasks said they left.
  private static func records(of session: Session) -> [FileRecord] {
    guard session.workflow.supervision == nil else { return session.files.records }
    var table = FileTable()
    for task in session.tasks {
      let author = FileAuthor.task(task.id, attempt: task.attempt, agent: task.performer)
      for claim in task.files {
        table[claim.path] = FileRecord(
          path: claim.path, hash: claim.hash, size: 0, author: author, creator: table[claim.path]?.creator ?? author,
          acceptedAt: task.endedAt ?? 0, seenAt: task.endedAt ?? 0)
      }
    }
    return table.records
  }
}
