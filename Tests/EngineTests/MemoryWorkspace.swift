import Crypto
import Engine
import Kernel
import Synchronization

/// A workspace in memory; the real one is tested in WorkspacesTests and in the whole-program tests.
final class MemoryWorkspace: Workspace {
  let root = "/memory"
  private let contents = Mutex<[String: [UInt8]]>([:])
  private let trees = Mutex<[String: [String: [UInt8]]]>([:])

  func write(_ bytes: [UInt8], to path: String, executable: Bool) async throws {
    contents.withLock { $0[path] = bytes }
  }

  func read(_ path: String, limit: Int) async throws -> [UInt8] {
    guard let bytes = contents.withLock({ $0[path] }) else { throw WorkspaceRefusal("no \(path)") }
    return bytes
  }

  func remove(_ path: String) async throws { contents.withLock { $0[path] = nil } }

  func read(_ path: String, of tree: String, limit: Int) async throws -> [UInt8]? {
    trees.withLock { $0[tree] }?[path]
  }

  func files() async throws -> [WorkspaceFile] { Self.list(contents.withLock { $0 }) }

  func checkpoint(named name: String, message: String) async throws -> String {
    let now = contents.withLock { $0 }
    let tree = Self.hex(Self.list(now).flatMap { Array("\($0.path)\0\($0.hash)\n".utf8) })
    trees.withLock { $0[tree] = now }
    return tree
  }

  func restore(tree: String) async throws -> RestoreSummary {
    guard let then = trees.withLock({ $0[tree] }) else { throw WorkspaceRefusal("no \(tree)") }
    contents.withLock { $0 = then }
    return RestoreSummary(restored: then.keys.sorted(), removed: [])
  }

  func files(of tree: String) async throws -> [WorkspaceFile] { Self.list(trees.withLock { $0[tree] } ?? [:]) }
  func tree() async throws -> String {
    Self.hex(Self.list(contents.withLock { $0 }).flatMap { Array("\($0.path)\0\($0.hash)\n".utf8) })
  }
  func changes(since tree: String) async throws -> [WorkspaceChange] {
    guard let then = trees.withLock({ $0[tree] }) else { throw WorkspaceRefusal("no \(tree)") }
    let now = contents.withLock { $0 }
    return Set(then.keys).union(now.keys).sorted().compactMap { path in
      guard let old = then[path] else { return WorkspaceChange(path: path, kind: .added) }
      guard let new = now[path] else { return WorkspaceChange(path: path, kind: .removed) }
      return old == new ? nil : WorkspaceChange(path: path, kind: .modified)
    }
  }
  func archive(to path: String, prefix: String, extra: [String: [UInt8]], leavingOut paths: [String]) async throws
    -> String
  { "" }

  private static func list(_ files: [String: [UInt8]]) -> [WorkspaceFile] {
    files.map { WorkspaceFile(path: $0.key, hash: hex($0.value), size: $0.value.count, mode: "100644") }
      .sorted { $0.path < $1.path }
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}

/// Says at once that everything answers.
struct Answering: DependencyProbe {
  func look(for dependency: Dependency) async throws -> String? { "\(dependency.title) answers." }
}
