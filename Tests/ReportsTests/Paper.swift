import Engine
import Kernel
import Testing

@testable import Reports

/// A workspace of paper: files in a dictionary.
actor Paper: Workspace {
  nonisolated let root = "/paper"
  private(set) var held: [String: [UInt8]] = [:]
  private(set) var extra: [String: [UInt8]] = [:]
  private(set) var archived = ""

  func write(_ bytes: [UInt8], to path: String, executable: Bool) { held[path] = bytes }
  func read(_ path: String, limit: Int) -> [UInt8] { held[path] ?? [] }
  func remove(_ path: String) { held[path] = nil }
  func read(_ path: String, of tree: String, limit: Int) -> [UInt8]? { nil }
  func files() -> [WorkspaceFile] {
    held.sorted { $0.key < $1.key }.map {
      WorkspaceFile(path: $0.key, hash: sha256($0.value), size: $0.value.count, mode: "100644")
    }
  }
  func checkpoint(named name: String, message: String) -> String { "" }
  func restore(tree: String) -> RestoreSummary { RestoreSummary(restored: [], removed: []) }
  func files(of tree: String) -> [WorkspaceFile] { [] }
  func tree() -> String { "" }
  func changes(since tree: String) -> [WorkspaceChange] { [] }
  func archive(to path: String, prefix: String, extra: [String: [UInt8]], leavingOut paths: [String]) -> String {
    archived = path
    self.extra = extra
    return "zip"
  }
  func text(_ path: String) -> String { String(decoding: held[path] ?? [], as: UTF8.self) }
}

/// A session in a journal, as far as a rehearsal led it.
func journal(_ rehearsal: Rehearsal) async throws -> MemoryJournal {
  let journal = MemoryJournal()
  _ = try await journal.append(
    rehearsal.events.map(EventCoding.entry(for:)), to: rehearsal.session.id, expecting: 0, epoch: nil, request: "r")
  return journal
}

/// What a performer is given for a task of a rehearsed session.
func assignment(_ rehearsal: Rehearsal, _ task: String, _ paper: Paper) throws -> Assignment {
  Assignment(
    session: rehearsal.session, task: try #require(rehearsal.session.task(task)), workspace: paper,
    folder: SessionFolder(path: "/nowhere"), transcript: Transcript(path: "/nowhere/t"), note: { _, _ in })
}
