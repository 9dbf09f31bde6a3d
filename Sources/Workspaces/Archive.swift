import Crypto
import Engine
import Glibc

extension GitWorkspace {
  /// Writes a zip of the current files and `extra` ones to an absolute path, and returns its SHA-256.
  ///
  /// Git makes the zip from a tree, with a fixed date: the same files give the same bytes. The zip appears whole or
  /// not at all.
  ///
  /// - Parameters:
  ///   - path: Where the zip goes: an absolute path in an existing folder outside the workspace.
  ///   - prefix: The folder inside the zip that holds everything; may be empty.
  ///   - extra: More files by path below `prefix`; one that the workspace holds too takes its place.
  ///   - paths: Files of the workspace that the zip does not hold.
  public func archive(to path: String, prefix: String, extra: [String: [UInt8]], leavingOut paths: [String])
    async throws -> String
  {
    let target = try GitWorkspace.checkedTarget(path, outside: root)
    let prefix = try prefix.isEmpty ? "" : String(decoding: ContainedPath(asked: prefix).bytes, as: UTF8.self) + "/"
    let added = try extra.map { (path: try ContainedPath(asked: $0.key), bytes: $0.value) }.sorted { $0.path < $1.path }
    return try await locked {
      var leaves = try await storeFiles()
      let replaced = Set(added.map(\.path) + (try paths.map { try ContainedPath(asked: $0) }))
      leaves.removeAll { replaced.contains($0.path) }
      leaves += try await storeExtra(added)
      let trees = try Tree.build(leaves)
      try await storeMissing(trees)
      guard let tree = trees.last?.name else { throw WorkspaceRefusal("The folder has no tree; this cannot be.") }
      let commit = try await git.storeCommit(tree: tree, message: "archive")
      let partial = target.folder + "/.signalbox-partial-\(getpid())-\(target.name)"
      guard unlink(partial) == 0 || errno == ENOENT else {
        throw WorkspaceRefusal("\(partial) cannot be removed: \(words(errno)).")
      }
      let staged = try StagedFile(making: partial)
      do {
        try await git.run(["archive", "--format=zip", "--prefix=\(prefix)", commit.hex], into: staged)
        try staged.sync()
        var hash = SHA256()
        try staged.forEachPiece { hash.update(bufferPointer: $0) }
        guard rename(partial, path) == 0 else {
          throw WorkspaceRefusal("\(path) cannot be put in place: \(words(errno)).")
        }
        try syncFolder(target.folder)
        return lowercaseHex(hash.finalize())
      } catch {
        staged.discard()
        throw error
      }
    }
  }

  private func storeExtra(_ added: [(path: ContainedPath, bytes: [UInt8])]) async throws -> [Tree.Leaf] {
    var leaves: [Tree.Leaf] = []
    for (index, file) in added.enumerated() {
      let staged = try store.stage("extra-\(getpid())-\(index)")
      defer { staged.discard() }
      try file.bytes.withUnsafeBytes { try staged.append($0) }
      let name = ObjectName(kind: "blob", content: file.bytes)
      guard try await git.storeBlobs([staged]) == [name] else { throw git.damaged(name) }
      leaves.append(Tree.Leaf(path: file.path, mode: .regular, object: name))
    }
    return leaves
  }

  private static func checkedTarget(_ path: String, outside root: String) throws -> (folder: String, name: String) {
    guard path.hasPrefix("/"), !path.utf8.contains(0), let slash = path.lastIndex(of: "/") else {
      throw WorkspaceRefusal("“\(path)” is not an absolute path; say where the archive goes.")
    }
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    let name = String(path[path.index(after: slash)...])
    guard !name.isEmpty, name != ".", name != ".." else {
      throw WorkspaceRefusal("“\(path)” names no file; say where the archive goes.")
    }
    let resolved = try realPath(folder)
    let workspace = try realPath(root)
    guard resolved != workspace, !resolved.hasPrefix(workspace + "/") else {
      throw WorkspaceRefusal("The archive \(path) would lie in the workspace it packs; choose a folder outside.")
    }
    return (resolved, name)
  }
}
