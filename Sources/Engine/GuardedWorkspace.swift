import Kernel

/// Lets a workspace be changed only while its engine's lease holds, so that an engine that was frozen and woken changes
/// nothing before it notices.
struct GuardedWorkspace: Workspace {
  let inner: any Workspace
  let isHeld: @Sendable () async -> Bool

  var root: String { inner.root }

  func write(_ bytes: [UInt8], to path: String, executable: Bool) async throws {
    try await check()
    try await inner.write(bytes, to: path, executable: executable)
  }

  func read(_ path: String, limit: Int) async throws -> [UInt8] { try await inner.read(path, limit: limit) }
  func read(_ path: String, of tree: String, limit: Int) async throws -> [UInt8]? {
    try await inner.read(path, of: tree, limit: limit)
  }
  func files() async throws -> [WorkspaceFile] { try await inner.files() }
  func look() async throws -> WorkspaceLook { try await inner.look() }
  func files(of tree: String) async throws -> [WorkspaceFile] { try await inner.files(of: tree) }
  func tree() async throws -> String { try await inner.tree() }
  func changes(since tree: String) async throws -> [WorkspaceChange] { try await inner.changes(since: tree) }

  func remove(_ path: String) async throws {
    try await check()
    try await inner.remove(path)
  }

  func checkpoint(named name: String, message: String) async throws -> String {
    try await check()
    return try await inner.checkpoint(named: name, message: message)
  }

  func restore(tree: String) async throws -> RestoreSummary {
    try await check()
    return try await inner.restore(tree: tree)
  }

  func archive(to path: String, prefix: String, extra: [String: [UInt8]], leavingOut paths: [String]) async throws
    -> String
  {
    try await check()
    return try await inner.archive(to: path, prefix: prefix, extra: extra, leavingOut: paths)
  }

  private func check() async throws {
    guard await isHeld() else { throw WorkspaceRefusal("Another engine has taken the session; nothing was changed.") }
  }
}
