import Engine

/// One folder as git stores it: names, modes and objects, in git's order.
struct Tree: Sendable {
  struct Entry: Sendable {
    let mode: String
    let name: [UInt8]
    let object: ObjectName
  }

  static let folderMode = "40000"

  let entries: [Entry]
  let name: ObjectName

  /// Sorts entries as git does (a folder as if its name ended in `/`) and names the tree.
  init(_ unsorted: [Entry]) {
    entries = unsorted.sorted { Tree.key($0).lexicographicallyPrecedes(Tree.key($1)) }
    var content: [UInt8] = []
    for entry in entries {
      content += Array("\(entry.mode) ".utf8) + entry.name + [0] + entry.object.bytes
    }
    name = ObjectName(kind: "tree", content: content)
  }

  private static func key(_ entry: Entry) -> [UInt8] {
    entry.mode == folderMode ? entry.name + [UInt8(ascii: "/")] : entry.name
  }

  /// Reads the bytes of a stored tree; `nil` when they are no tree.
  static func entries(in content: [UInt8]) -> [Entry]? {
    var entries: [Entry] = []
    var rest = content[...]
    while !rest.isEmpty {
      guard let blank = rest.firstIndex(of: UInt8(ascii: " ")), let end = rest[blank...].firstIndex(of: 0),
        rest.endIndex - end > 20
      else { return nil }
      entries.append(
        Entry(
          mode: String(decoding: rest[..<blank], as: UTF8.self), name: Array(rest[(blank + 1)..<end]),
          object: ObjectName(bytes: Array(rest[(end + 1)..<(end + 21)]))))
      rest = rest[(end + 21)...]
    }
    return entries
  }

  /// One file on its way into a tree.
  struct Leaf: Sendable {
    let path: ContainedPath
    let mode: FileMode
    let object: ObjectName
  }

  /// Builds the trees of a whole folder from its files; the root is the last.
  ///
  /// - Throws: a refusal when one path is given twice or is both a file and a folder.
  static func build(_ leaves: [Leaf]) throws -> [Tree] {
    let sorted = leaves.sorted { $0.path < $1.path }
    var files: Set<ContainedPath> = []
    for leaf in sorted where !files.insert(leaf.path).inserted {
      throw WorkspaceRefusal("\(leaf.path.shown) is given twice; each file needs a path of its own.")
    }
    var entries: [[UInt8]: [Entry]] = [[]: []]
    var folders: Set<ContainedPath> = []
    for leaf in sorted {
      for folder in leaf.path.ancestors {
        guard !files.contains(folder) else {
          throw WorkspaceRefusal("\(folder.shown) is both a file and a folder; rename one of them.")
        }
        folders.insert(folder)
      }
      entries[leaf.path.parent?.bytes ?? [], default: []].append(
        Entry(mode: leaf.mode.rawValue, name: leaf.path.name, object: leaf.object))
    }
    var trees: [Tree] = []
    // The deepest first, so that a folder's own tree is named before the folder that holds it needs the name.
    for folder in folders.sorted(by: { ($1.components.count, $0) < ($0.components.count, $1) }) {
      let tree = Tree(entries[folder.bytes] ?? [])
      trees.append(tree)
      entries[folder.parent?.bytes ?? [], default: []].append(
        Entry(mode: folderMode, name: folder.name, object: tree.name))
    }
    trees.append(Tree(entries[[]] ?? []))
    return trees
  }
}

/// The files of a stored tree, every tree object checked against its name.
struct Manifest: Sendable {
  /// Files and links, sorted by path bytes.
  let leaves: [Tree.Leaf]

  /// Reads a tree and everything below it, level by level.
  init(of root: ObjectName, from store: GitStore) async throws {
    var leaves: [Tree.Leaf] = []
    var level: [(folder: ContainedPath?, tree: ObjectName)] = [(nil, root)]
    var depth = 0
    while !level.isEmpty {
      depth += 1
      guard depth <= ContainedPath.deepest else {
        throw WorkspaceRefusal("The tree \(root.hex) is deeper than \(ContainedPath.deepest) folders; it is not ours.")
      }
      let names = Array(Set(level.map(\.tree)))
      let known = try await store.look(up: names)
      var total = 0
      for name in names {
        guard let entry = known[name] else { throw store.damaged(name) }
        guard entry.kind == "tree" else {
          throw WorkspaceRefusal("\(name.hex) is a \(entry.kind), not the tree of a checkpoint.")
        }
        total += entry.size
      }
      let contents = try await store.read(names, kind: "tree", totalSize: total)
      var next: [(folder: ContainedPath?, tree: ObjectName)] = []
      for (folder, tree) in level {
        guard let content = contents[tree], let entries = Tree.entries(in: content) else { throw store.damaged(tree) }
        for entry in entries {
          let path = folder?.appending(entry.name) ?? ContainedPath(listed: entry.name)
          guard !entry.name.isEmpty, !entry.name.contains(UInt8(ascii: "/")), entry.name != [UInt8(ascii: ".")],
            entry.name != Array("..".utf8), !ContainedPath.isPassedOver(entry.name)
          else { throw WorkspaceRefusal("The tree \(root.hex) holds \(path.shown), which no checkpoint keeps.") }
          if entry.mode == Tree.folderMode {
            next.append((path, entry.object))
          } else if let mode = FileMode(rawValue: entry.mode) {
            leaves.append(Tree.Leaf(path: path, mode: mode, object: entry.object))
          } else {
            throw WorkspaceRefusal("The tree \(root.hex) holds \(path.shown) with mode \(entry.mode); it is not ours.")
          }
        }
      }
      level = next
    }
    self.leaves = leaves.sorted { $0.path < $1.path }
  }
}
