import Engine
import Foundation
import JournalSQLite
import Testing

/// A folder that goes away with its owner.
final class TemporaryFolder: Sendable {
  let path: String

  init() {
    var template = Array((NSTemporaryDirectory() + "/journal-XXXXXX").utf8CString)
    path = template.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress, let made = mkdtemp(start) else {
        fatalError("no temporary folder: \(errno)")
      }
      return String(cString: made)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var database: String { path + "/state/journal.db" }
  func anchor(_ session: String) -> String { database + ".anchors/" + session }
}

/// The journals that must not differ.
enum Kind: CaseIterable, CustomTestStringConvertible {
  case memory, sqlite
  var testDescription: String { self == .memory ? "memory" : "SQLite" }
}

/// Opens an empty journal of a kind and closes it afterwards.
func withJournal(_ kind: Kind, _ body: (any Journal) async throws -> Void) async throws {
  switch kind {
  case .memory: try await body(MemoryJournal())
  case .sqlite:
    let folder = TemporaryFolder()
    let journal = try SQLiteJournal(path: folder.database)
    defer { journal.close() }
    try await body(journal)
  }
}

func note(_ text: String = "hello", answers: String? = nil) -> JournalEntry {
  JournalEntry(
    type: answers == nil ? "note" : "decision.answered", at: 1_700_000_000_123, by: "alice", answers: answers,
    data: "{\"text\":\"\(text)\"}")
}

extension AppendOutcome {
  /// The records of an append that added some, or fails the test.
  func added(_ location: SourceLocation = #_sourceLocation) throws -> [JournalRecord] {
    guard case .appended(let records) = self else {
      Issue.record("expected .appended, got \(self)", sourceLocation: location)
      throw CancellationError()
    }
    return records
  }
}

extension Journal {
  /// Appends events one by one.
  @discardableResult
  func fill(_ session: String, _ count: Int, from start: Int = 0) async throws -> [JournalRecord] {
    var records: [JournalRecord] = []
    for number in start..<start + count {
      records += try await append(
        [note("\(number)")], to: session, expecting: number, epoch: nil, request: "r\(number)"
      ).added()
    }
    return records
  }

  /// Reads a whole history page by page.
  func history(_ session: String, page: Int = 100) async throws -> [JournalRecord] {
    var records: [JournalRecord] = []
    while true {
      let next = try await read(session, after: records.count, limit: page)
      if next.isEmpty { return records }
      records += next
    }
  }
}

/// Runs a body and returns the journal failure it throws, or fails the test.
func failure(
  _ location: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> JournalFailure? {
  do {
    try await body()
    Issue.record("expected a failure", sourceLocation: location)
  } catch let failure as JournalFailure {
    return failure
  } catch {
    Issue.record("expected a JournalFailure, got \(error)", sourceLocation: location)
  }
  return nil
}

extension JournalFailure {
  /// The event a broken history names.
  var brokenSeq: Int? { if case .broken(_, let seq, _) = self { seq } else { nil } }
  /// Why the storage refused.
  var refusal: String? { if case .storage(_, let reason) = self { reason } else { nil } }
}
