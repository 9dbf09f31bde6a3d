import Crypto
import Engine
import Glibc

extension GitWorkspace {
  /// The tree of a restore that was interrupted, or `nil`; restoring that tree again finishes it.
  public var pendingRestore: String? {
    get throws { try store.pendingRestore() }
  }

  /// Makes the folder equal to a checkpoint's tree byte for byte, or refuses before touching anything.
  ///
  /// First every object of the tree is read and checked, and what is needed is laid ready outside the workspace; then
  /// the intent is noted; then files are removed and written, each whole or not at all; then the folder is walked
  /// again and compared. Caches and `.git` entries stay as they are.
  public func restore(tree: String) async throws -> RestoreSummary {
    let name = try GitWorkspace.object(tree)
    return try await locked {
      let manifest = try await Manifest(of: name, from: git)
      let inventory = try inventory()
      let plan = try RestorePlan(from: inventory, to: manifest)
      try await verify(manifest, keeping: Set(plan.writes.map(\.object)))
      defer { try? store.clearStaging() }
      try checkObstacles(plan)
      let pending = try store.pendingRestore()
      if plan.isEmpty && pending == nil { return RestoreSummary(restored: [], removed: []) }
      try folder.checkIdentity()
      try store.beginRestore(tree)
      try apply(plan)
      let rest = GitWorkspace.changes(from: manifest.leaves, to: try self.inventory())
      guard rest.isEmpty else {
        throw WorkspaceRefusal(
          "\(rest.count) files changed while the folder was restored, first “\(rest[0].path)”; stop what writes them, "
            + "then restore again.")
      }
      try folder.removeAbandoned(inventory.passedOver)
      try store.endRestore()
      return RestoreSummary(restored: plan.writes.map(\.path.listed), removed: plan.removals.map(\.listed))
    }
  }

  /// Reads every blob of a manifest, checks it against its name, and lays the needed ones ready in the staging folder.
  func verify(_ manifest: Manifest, keeping needed: Set<ObjectName>) async throws {
    var seen: Set<ObjectName> = []
    let blobs = manifest.leaves.map(\.object).filter { seen.insert($0).inserted }
    let known = try await git.look(up: blobs)
    var portion: [ObjectName] = []
    var size = 0
    for blob in blobs {
      guard let entry = known[blob], entry.kind == "blob" else { throw git.damaged(blob) }
      if entry.size > GitWorkspace.portionSize {
        try await verifyLarge(blob, size: entry.size, keep: needed.contains(blob))
        continue
      }
      if size + entry.size > GitWorkspace.portionSize || portion.count >= 5000 {
        try await verify(portion, totalSize: size, keeping: needed)
        portion = []
        size = 0
      }
      portion.append(blob)
      size += entry.size
    }
    try await verify(portion, totalSize: size, keeping: needed)
  }

  /// How many bytes of blobs are held in memory at once.
  static let portionSize = 16 << 20

  private func verify(_ portion: [ObjectName], totalSize: Int, keeping needed: Set<ObjectName>) async throws {
    let contents = try await git.read(portion, kind: "blob", totalSize: totalSize)
    for (blob, content) in contents {
      remember(blob, hash: lowercaseHex(SHA256.hash(data: content)), size: content.count)
      guard needed.contains(blob) else { continue }
      let staged = try store.stage(blob.hex)
      try content.withUnsafeBytes { try staged.append($0) }
    }
  }

  private func verifyLarge(_ blob: ObjectName, size: Int, keep: Bool) async throws {
    let staged = try store.stage(keep ? blob.hex : "check-\(blob.hex)")
    defer { if !keep { staged.discard() } }
    try await git.run(["cat-file", "blob", blob.hex], into: staged)
    var name = Insecure.SHA1()
    var hash = SHA256()
    name.update(data: Array("blob \(size)".utf8) + [0])
    try staged.forEachPiece {
      name.update(bufferPointer: $0)
      hash.update(bufferPointer: $0)
    }
    guard ObjectName(bytes: Array(name.finalize())) == blob else { throw git.damaged(blob) }
    remember(blob, hash: lowercaseHex(hash.finalize()), size: size)
  }

  /// Refuses while something would stop the restore half-way.
  private func checkObstacles(_ plan: RestorePlan) throws {
    for folder in plan.changedFolders { try self.folder.checkWritable(folder) }
  }

  /// Removes first and writes then, each path whole or not at all; doing it again does no harm.
  func apply(_ plan: RestorePlan) throws {
    for path in plan.removals { try folder.removeFile(path) }
    // The deepest first: a folder is empty only after the folders in it are gone.
    for path in plan.emptied { _ = try folder.removeFolderIfEmpty(path) }
    for leaf in plan.writes {
      let staged = try store.openStaged(leaf.object.hex)
      defer { close(staged) }
      let content: FileContent
      if leaf.mode == .link {
        content = .link(try StagedFile.read(staged, atMost: ContainedPath.longestPath, leaf.object.hex))
      } else {
        content = .file(staged)
      }
      try folder.write(content, to: leaf.path, executable: leaf.mode == .executable, replacing: true)
    }
  }
}

/// What a restore will do, settled before it does anything.
struct RestorePlan {
  /// Files that are missing or differ.
  var writes: [Tree.Leaf] = []
  /// Files the tree does not hold.
  var removals: [ContainedPath] = []
  /// Folders that the removals may leave empty, the deepest first.
  var emptied: [ContainedPath] = []
  /// Existing folders in which names come or go; `nil` stands for the workspace itself.
  var changedFolders: [ContainedPath?] = []

  var isEmpty: Bool { writes.isEmpty && removals.isEmpty }

  init(from inventory: Inventory, to manifest: Manifest) throws {
    let present = Dictionary(inventory.files.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    let wanted = Set(manifest.leaves.map(\.path))
    let wantedFolders = Set(manifest.leaves.flatMap(\.path.ancestors))
    writes = manifest.leaves.filter { leaf in
      present[leaf.path].map { $0.object != leaf.object || $0.mode != leaf.mode } ?? true
    }
    removals = inventory.files.map(\.path).filter { !wanted.contains($0) }
    // A folder that stands where the tree has a file must go, even when it was empty before.
    let inTheWay = inventory.folders.filter { folder in
      wanted.contains(folder) || folder.ancestors.contains(where: wanted.contains)
    }
    let candidates = Set(removals.flatMap(\.ancestors)).subtracting(wantedFolders).union(inTheWay)
    emptied = candidates.sorted { ($1.components.count, $0) < ($0.components.count, $1) }
    for path in inventory.passedOver {
      if let file = path.ancestors.first(where: wanted.contains) {
        throw WorkspaceRefusal(
          "\(file.shown) is a file in the checkpoint but now a folder that holds \(path.shown), which a restore never "
            + "removes; move it away, then restore again.")
      }
    }
    let folders = Set(inventory.folders)
    var changed: Set<ContainedPath> = []
    var changesRoot = false
    for path in writes.map(\.path) + removals + emptied {
      if let folder = path.ancestors.last(where: folders.contains) {
        changed.insert(folder)
      } else {
        changesRoot = true
      }
    }
    changedFolders = changed.sorted().map { $0 } + (changesRoot ? [nil] : [])
  }
}

extension StoreFolder {
  /// Opens a file that was laid ready.
  func openStaged(_ name: String) throws -> Int32 {
    let opened = open(staging + "/" + name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard opened >= 0 else { throw WorkspaceRefusal("\(staging)/\(name) cannot be read: \(words(errno)).") }
    return opened
  }
}
