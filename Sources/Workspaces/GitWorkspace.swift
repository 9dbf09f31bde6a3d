// Workspaces keeps a folder in which agents work: it writes and reads below it, takes checkpoints, restores them, and
// packs archives. It never runs anything that lies in the workspace, never obeys a setting found there, never follows
// a symbolic link, and never touches a `.git` of the person's own.

import Crypto
import Engine
import Glibc
import Subprocess
import SystemPackage

/// Keeps one workspace with contained writes and with checkpoints in a git directory of the engine's own.
///
/// Calls are answered one at a time, in order of arrival; checkpoints, restores and archives also keep other
/// processes out. Every refusal is a `WorkspaceRefusal`.
///
/// What is not kept: caches (`__pycache__`, `.venv`, `node_modules`, …), coverage data (`.coverage`), `.git` entries,
/// empty folders, and of permissions only whether the owner may execute a file. Named pipes, sockets, devices, hard
/// links and mounts are refused by name, because they could not be restored.
public actor GitWorkspace: Workspace {
  /// The folder's absolute path.
  public nonisolated let root: String

  let folder: ContainedFolder
  let store: StoreFolder
  let git: GitStore
  let limits: WorkspaceLimits
  private var busy = false
  private var waiting: [CheckedContinuation<Void, Never>] = []
  /// SHA-256 and size of blobs met before; an object's name is its content, so this never grows stale.
  var digests: [ObjectName: (hash: String, size: Int)] = [:]

  /// Opens a workspace; the folder and the store are made when missing.
  ///
  /// - Parameters:
  ///   - root: The folder's absolute path. Not `/`, not a home folder or one above it, not a symbolic link.
  ///   - store: The absolute path of a folder of the engine's own, outside the workspace.
  /// - Throws: `WorkspaceRefusal` that says what to do instead.
  public init(root: String, store: String) async throws {
    try await self.init(root: root, store: store, limits: WorkspaceLimits())
  }

  /// Opens a workspace with other limits.
  init(root: String, store: String, limits: WorkspaceLimits) async throws {
    let root = try GitWorkspace.checkedRoot(root)
    let storePath = try GitWorkspace.checked(store, as: "store")
    try GitWorkspace.checkApart(root, storePath)
    try makeFolders(root, mode: 0o755)
    self.root = root
    self.limits = limits
    self.folder = try ContainedFolder(path: root)
    self.store = try StoreFolder(path: storePath)
    // Asked again now that both exist: a symbolic link on the way may lead one into the other.
    try GitWorkspace.checkApart(try realPath(root), try realPath(storePath))
    self.git = try await GitStore(program: GitStore.findProgram(notBelow: root), folder: self.store)
    if self.store.tryLock() {
      defer { self.store.unlock() }
      try self.store.clearStaging()
    }
  }

  private static func checked(_ path: String, as role: String) throws -> String {
    guard path.hasPrefix("/"), !path.utf8.contains(0) else {
      throw WorkspaceRefusal("The \(role) folder “\(path)” is not an absolute path; give one that begins with “/”.")
    }
    let components = path.utf8.split(separator: UInt8(ascii: "/"))
    guard !components.contains(where: { $0.elementsEqual("..".utf8) || $0.elementsEqual(".".utf8) }) else {
      throw WorkspaceRefusal("The \(role) folder “\(path)” holds “.” or “..”; give the plain path.")
    }
    guard !path.utf8.contains(UInt8(ascii: "\n")) else {
      throw WorkspaceRefusal("The \(role) folder's path holds a line break; choose another name.")
    }
    return "/" + components.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
  }

  private static func checkedRoot(_ path: String) throws -> String {
    let root = try checked(path, as: "workspace")
    guard root != "/" else {
      throw WorkspaceRefusal("“/” cannot be a workspace; make a folder for it.")
    }
    var status = stat()
    if lstat(root, &status) == 0 {
      guard status.st_mode & S_IFMT != S_IFLNK else {
        throw WorkspaceRefusal("The workspace \(root) is a symbolic link; give the folder it leads to.")
      }
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw WorkspaceRefusal("The workspace \(root) is \(kind(status.st_mode)), not a folder; choose another path.")
      }
    }
    for home in homes() {
      guard root != home, !home.hasPrefix(root + "/") else {
        throw WorkspaceRefusal("The workspace \(root) would hold your whole home folder; make a folder for it.")
      }
      guard let existing = try? realPath(root), existing == home || home.hasPrefix(existing + "/") else { continue }
      throw WorkspaceRefusal("The workspace \(root) would hold your whole home folder; make a folder for it.")
    }
    return root
  }

  private static func homes() -> [String] {
    var homes: [String] = []
    if let home = getenv("HOME") { homes.append(String(cString: home)) }
    if let entry = getpwuid(getuid()), let home = entry.pointee.pw_dir { homes.append(String(cString: home)) }
    return homes.filter { $0.hasPrefix("/") && $0 != "/" }.flatMap { [$0, (try? realPath($0)) ?? $0] }
  }

  private static func checkApart(_ root: String, _ store: String) throws {
    guard root != store, !root.hasPrefix(store + "/"), !store.hasPrefix(root + "/") else {
      throw WorkspaceRefusal(
        "The workspace \(root) and the engine's store \(store) must not lie in one another; move one of them.")
    }
  }

  // MARK: - One at a time

  /// Runs `body` when every call before it is done; an actor alone would let others in at each `await`.
  func alone<Result>(_ body: () async throws -> Result) async throws -> Result {
    if busy { await withCheckedContinuation { waiting.append($0) } }
    busy = true
    defer {
      if waiting.isEmpty { busy = false } else { waiting.removeFirst().resume() }
    }
    try folder.checkIdentity()
    return try await body()
  }

  /// Runs `body` when no other call and no other process changes the store or restores the workspace.
  func locked<Result>(_ body: () async throws -> Result) async throws -> Result {
    try await alone {
      var attempts = 0
      while !store.tryLock() {
        attempts += 1
        guard attempts < 200 else {
          throw WorkspaceRefusal("Another Signalbox is working on \(root); wait until it is done, then try again.")
        }
        // No event tells when another process lets go of a file lock.
        try await Task.sleep(for: .milliseconds(25))
      }
      defer { store.unlock() }
      return try await body()
    }
  }

  // MARK: - Files

  /// Writes a file so that it appears whole or not at all; refuses anything that would leave the folder.
  public func write(_ bytes: [UInt8], to path: String, executable: Bool) async throws {
    let path = try ContainedPath(asked: path)
    guard bytes.count <= limits.fileSize else {
      throw WorkspaceRefusal("\(path.shown) would be \(bytes.count) bytes long; the limit is \(limits.fileSize).")
    }
    try await alone { try folder.write(.bytes(bytes), to: path, executable: executable) }
  }

  /// Reads a regular file with one link below the folder, at most `limit` bytes of it.
  public func read(_ path: String, limit: Int) async throws -> [UInt8] {
    let path = try ContainedPath(asked: path)
    return try await alone { try folder.read(path, limit: limit) }
  }

  /// Removes a regular file, or a symbolic link itself; one that is not there is no fault.
  public func remove(_ path: String) async throws {
    let path = try ContainedPath(asked: path)
    try await alone { try folder.removeFile(path) }
  }

  /// Lists every file below the folder with its hash, sorted by path bytes.
  public func files() async throws -> [WorkspaceFile] { try await look().files }

  /// Lists every file below the folder, and every `.git` entry, which is passed over.
  public func look() async throws -> WorkspaceLook {
    try await alone {
      let found = try inventory(listsAll: true)
      return WorkspaceLook(files: found.files.map(\.listed), repositories: found.repositories.map(\.listed))
    }
  }

  /// Walks the folder and remembers what each content hashes to.
  func inventory(listsAll: Bool = false) throws -> Inventory {
    let inventory = try folder.inventory(limits: limits, listsAll: listsAll)
    for file in inventory.files where file.mode != .other { remember(file.object, hash: file.hash, size: file.size) }
    return inventory
  }

  func remember(_ object: ObjectName, hash: String, size: Int) {
    if digests.count > 100_000 { digests.removeAll() }
    digests[object] = (hash, size)
  }

  // MARK: - Checkpoints

  /// Keeps the whole folder as a checkpoint and returns its tree (a git object name); the same files, the same tree.
  ///
  /// - Parameters:
  ///   - name: Up to 100 letters, digits, `.`, `_` and `-`, as in `stage-4.attempt-2`. Taking a checkpoint again under
  ///     one name keeps the earlier one reachable under another.
  ///   - message: Words for people; kept with the checkpoint.
  public func checkpoint(named name: String, message: String) async throws -> String {
    let ref = try GitWorkspace.checkpointPrefix + GitWorkspace.checkedName(name)
    return try await locked {
      let leaves = try await storeFiles()
      let trees = try Tree.build(leaves)
      try await storeMissing(trees)
      guard let tree = trees.last?.name else { throw WorkspaceRefusal("The folder has no tree; this cannot be.") }
      let commit = try await git.storeCommit(tree: tree, message: message)
      let existing = try await git.refs(below: ref)[ref]
      if existing?.commit != commit {
        var moves = [(ref: ref, to: commit, from: existing?.commit)]
        if let earlier = existing?.commit {
          let kept = GitWorkspace.earlierPrefix + earlier.hex
          if try await git.refs(below: kept)[kept] == nil { moves.append((kept, earlier, nil)) }
        }
        try await git.moveRefs(moves)
      }
      return tree.hex
    }
  }

  /// Lists the trees of all checkpoints by name.
  public func checkpoints() async throws -> [String: String] {
    try await alone {
      let refs = try await git.refs(below: GitWorkspace.checkpointPrefix)
      return Dictionary(
        uniqueKeysWithValues: refs.map { ref, kept in
          (String(ref.dropFirst(GitWorkspace.checkpointPrefix.count)), kept.tree.hex)
        })
    }
  }

  static let checkpointPrefix = "refs/signalbox/checkpoints/"
  static let earlierPrefix = "refs/signalbox/earlier/"

  private static func checkedName(_ name: String) throws -> String {
    let bytes = Array(name.utf8)
    let letters = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-".utf8)
    guard (1...100).contains(bytes.count), bytes.allSatisfy(letters.contains), !name.hasPrefix("."),
      !name.hasPrefix("-"), !name.hasSuffix("."), !name.hasSuffix(".lock"), !name.contains("..")
    else {
      throw WorkspaceRefusal(
        "\(ContainedPath(listed: bytes).shown) cannot name a checkpoint; use up to 100 letters, digits, “.”, “_”, “-”.")
    }
    return name
  }

  /// Makes sure that git holds every file of the folder, and returns them as leaves of a tree.
  func storeFiles() async throws -> [Tree.Leaf] {
    for _ in 0..<3 {
      let files = try inventory().files
      if try await storeMissing(files) {
        return files.map { Tree.Leaf(path: $0.path, mode: $0.mode, object: $0.object) }
      }
    }
    throw WorkspaceRefusal("Files changed while the checkpoint was taken; stop what writes them, then try again.")
  }

  /// Stores what git does not hold yet; `false` when a file changed since the walk.
  private func storeMissing(_ files: [InventoryFile]) async throws -> Bool {
    let known = try await git.look(up: Array(Set(files.map(\.object))))
    var missing: [InventoryFile] = []
    var seen: Set<ObjectName> = []
    for file in files where known[file.object] == nil && seen.insert(file.object).inserted { missing.append(file) }
    // In portions, so that few descriptors are open at once.
    for start in stride(from: 0, to: missing.count, by: 100) {
      let portion = missing[start..<min(start + 100, missing.count)]
      var staged: [StagedFile] = []
      defer { for file in staged { file.discard() } }
      for (index, file) in portion.enumerated() {
        let target = try store.stage("in-\(getpid())-\(start + index)")
        staged.append(target)
        guard try folder.copy(file, to: target) else { return false }
      }
      guard try await git.storeBlobs(staged) == portion.map(\.object) else { return false }
    }
    return true
  }

  /// Stores the trees git does not hold yet.
  func storeMissing(_ trees: [Tree]) async throws {
    let known = try await git.look(up: Array(Set(trees.map(\.name))))
    var seen: Set<ObjectName> = []
    try await git.storeTrees(trees.filter { known[$0.name] == nil && seen.insert($0.name).inserted })
  }

  /// Lists the files of a checkpoint's tree.
  public func files(of tree: String) async throws -> [WorkspaceFile] {
    let tree = try GitWorkspace.object(tree)
    return try await alone {
      let manifest = try await Manifest(of: tree, from: git)
      try await verify(manifest, keeping: [])
      return try manifest.leaves.map { leaf in
        guard let digest = digests[leaf.object] else { throw git.damaged(leaf.object) }
        return WorkspaceFile(
          path: leaf.path.listed, hash: digest.hash, size: digest.size, mode: leaf.mode.rawValue)
      }
    }
  }

  /// Reads one file of a checkpoint's tree, at most `limit` bytes of it; `nil` when the tree does not hold it.
  public func read(_ path: String, of tree: String, limit: Int) async throws -> [UInt8]? {
    let tree = try GitWorkspace.object(tree)
    let path = try ContainedPath(asked: path)
    return try await alone {
      guard let leaf = try await Manifest(of: tree, from: git).leaves.first(where: { $0.path == path }) else {
        return nil
      }
      guard let known = try await git.look(up: [leaf.object])[leaf.object] else { throw git.damaged(leaf.object) }
      let content = try await git.read([leaf.object], kind: "blob", totalSize: known.size)[leaf.object] ?? []
      return Array(content.prefix(limit))
    }
  }

  static func object(_ text: String) throws -> ObjectName {
    guard let name = ObjectName(hex: text) else {
      throw WorkspaceRefusal(
        "\(ContainedPath(listed: Array(text.utf8)).shown) is not the name of a tree (40 hexadecimal digits).")
    }
    return name
  }

  // MARK: - Changes

  /// The tree that a checkpoint taken now would have; nothing is stored.
  public func tree() async throws -> String {
    try await alone {
      let leaves = try inventory().files.map { Tree.Leaf(path: $0.path, mode: $0.mode, object: $0.object) }
      guard let tree = try Tree.build(leaves).last?.name else {
        throw WorkspaceRefusal("The folder has no tree; this cannot be.")
      }
      return tree.hex
    }
  }

  /// Compares the folder with a checkpoint's tree, sorted by path bytes; empty when nothing changed.
  public func changes(since tree: String) async throws -> [WorkspaceChange] {
    let tree = try GitWorkspace.object(tree)
    return try await alone {
      let leaves = try await Manifest(of: tree, from: git).leaves
      return GitWorkspace.changes(from: leaves, to: try inventory())
    }
  }

  static func changes(from leaves: [Tree.Leaf], to inventory: Inventory) -> [WorkspaceChange] {
    let before = Dictionary(leaves.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    var found: [(ContainedPath, WorkspaceChange.Kind)] = []
    var met: Set<ContainedPath> = []
    for file in inventory.files {
      met.insert(file.path)
      if let leaf = before[file.path] {
        if leaf.object != file.object || leaf.mode != file.mode { found.append((file.path, .modified)) }
      } else {
        found.append((file.path, .added))
      }
    }
    for leaf in leaves where !met.contains(leaf.path) { found.append((leaf.path, .removed)) }
    return found.sorted { $0.0 < $1.0 }.map { WorkspaceChange(path: $0.0.listed, kind: $0.1) }
  }
}

extension ContainedFolder {
  /// Copies a file's bytes, or a link's target, as a walk met them; `false` when it is gone or differs now.
  func copy(_ file: InventoryFile, to target: StagedFile) throws -> Bool {
    let content: [UInt8]?
    switch file.mode {
    case .link: content = try? link(file.path)
    case .regular, .executable: content = try? read(file.path, limit: file.size + 1)
    case .other: content = nil
    }
    guard let content, content.count == file.size else { return false }
    try content.withUnsafeBytes { try target.append($0) }
    return true
  }

  /// Reads a symbolic link's target.
  func link(_ path: ContainedPath) throws -> [UInt8] {
    try withFolder(path.parent) { try linkTarget(path, in: $0) }
  }
}

/// A path with every symbolic link resolved.
func realPath(_ path: String) throws -> String {
  guard let resolved = realpath(path, nil) else {
    throw WorkspaceRefusal("\(path) cannot be resolved: \(words(errno)).")
  }
  defer { free(resolved) }
  return String(cString: resolved)
}
