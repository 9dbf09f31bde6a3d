import Engine
import Glibc
import Subprocess
import SystemPackage

/// Talks to git about objects and refs, and about nothing else.
///
/// Git never sees the workspace: it runs in an empty folder, with a built environment, on a git directory of the
/// engine's own, and gets file contents from the staging folder. So no setting, attribute, hook, filter or nested
/// repository that an agent left in the workspace can be obeyed.
struct GitStore: Sendable {
  /// The absolute path of the git program.
  let program: String
  let folder: StoreFolder

  /// The oldest git that syncs what it writes when told so (`core.fsync`).
  static let oldestVersion = [2, 36]

  /// Makes the places of objects durable, where git syncs only their bytes.
  ///
  /// Git renames a synced file into `objects/ab/`, but the new name is durable only once that folder is synced too.
  private func syncPlaces(of names: [ObjectName]) throws {
    for start in Set(names.map { $0.hex.prefix(2) }) { try syncFolder("\(folder.git)/objects/\(start)") }
    if !names.isEmpty { try syncFolder("\(folder.git)/objects") }
  }

  /// Makes or opens the git directory.
  init(program: String, folder: StoreFolder) async throws {
    self.program = program
    self.folder = folder
    try await checkVersion()
    for part in ["objects", "refs", "info"] { try makeFolders("\(folder.git)/\(part)", mode: 0o700) }
    try folder.replace("\(folder.git)/HEAD", with: Array("ref: refs/heads/none\n".utf8))
    try folder.replace(
      "\(folder.git)/config", with: Array("[core]\n\trepositoryformatversion = 0\n\tbare = true\n".utf8))
    // `.gitattributes` files inside a stored tree would otherwise change bytes on their way into an archive.
    try folder.replace(
      "\(folder.git)/info/attributes",
      with: Array(
        "* -text !eol -ident -filter !working-tree-encoding -diff -merge -export-ignore -export-subst\n".utf8))
  }

  private func checkVersion() async throws {
    let text = String(decoding: try await run(["version"]), as: UTF8.self)
    let numbers = text.split(whereSeparator: { !"0123456789.".contains($0) }).first?.split(separator: ".") ?? []
    let version = numbers.prefix(2).compactMap { Int($0) }
    guard version.count == 2, !version.lexicographicallyPrecedes(GitStore.oldestVersion) else {
      throw WorkspaceRefusal("\(program) says “\(text.prefix(60))”; checkpoints need git 2.36 or newer.")
    }
  }

  /// Finds git in the usual places, then in absolute folders of `PATH`.
  static func findProgram(notBelow root: String) throws -> String {
    var folders = ["/usr/bin", "/usr/local/bin", "/bin", "/opt/homebrew/bin"]
    if let path = getenv("PATH") {
      folders += String(cString: path).split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
    }
    for folder in folders where folder != root && !folder.hasPrefix(root + "/") {
      let candidate = folder + "/git"
      if access(candidate, X_OK) == 0 { return candidate }
    }
    throw WorkspaceRefusal("git was not found; install it (Debian: apt-get install git), then try again.")
  }

  // MARK: - Running

  private static let settings = [
    "core.fsync=all", "core.fsyncMethod=fsync", "core.hooksPath=/dev/null", "core.attributesFile=/dev/null",
    "core.protectNTFS=false", "core.protectHFS=false", "core.logAllRefUpdates=false", "gc.auto=0",
    "protocol.allow=never", "commit.gpgSign=false",
  ]

  /// Files by which git would take objects from elsewhere, hide some, or look for everything in another place. The engine
  /// never makes one, so whoever did means no good; what they lend could be gone when a checkpoint is to be restored.
  private static let lenders = [
    "objects/info/alternates", "objects/info/http-alternates", "info/grafts", "shallow", "commondir",
  ]

  private func refuseLenders() throws {
    for name in GitStore.lenders {
      var status = stat()
      guard lstat("\(folder.git)/\(name)", &status) == 0 else { continue }
      throw WorkspaceRefusal(
        "\(folder.git)/\(name) makes git use what is not in the store, and was not made by Signalbox; find out who made it, "
          + "remove it, then try again.")
    }
  }

  private var environment: Environment {
    .custom([
      "GIT_DIR": folder.git, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_ATTR_NOSYSTEM": "1",
      "GIT_NO_REPLACE_OBJECTS": "1", "GIT_TERMINAL_PROMPT": "0", "HOME": folder.home, "XDG_CONFIG_HOME": folder.home,
      "PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC",
      "GIT_AUTHOR_NAME": "Signalbox", "GIT_AUTHOR_EMAIL": "signalbox@invalid",
      "GIT_COMMITTER_NAME": "Signalbox", "GIT_COMMITTER_EMAIL": "signalbox@invalid",
      // A fixed date makes the same files the same commit and the same archive; when it happened, the journal knows.
      "GIT_AUTHOR_DATE": "946684800 +0000", "GIT_COMMITTER_DATE": "946684800 +0000",
    ])
  }

  private var platformOptions: PlatformOptions {
    var options = PlatformOptions()
    options.createSession = true
    options.teardownSequence = [
      .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .milliseconds(500))
    ]
    return options
  }

  private func arguments(_ words: [String]) -> Arguments {
    Arguments(GitStore.settings.flatMap { ["-c", $0] } + words)
  }

  /// Runs one git command to its end and returns what it wrote.
  func run(_ words: [String], input: [UInt8] = [], limit: Int = 64 << 20) async throws -> [UInt8] {
    try refuseLenders()
    do {
      let result = try await Subprocess.run(
        .path(FilePath(program)), arguments: arguments(words), environment: environment,
        workingDirectory: FilePath(folder.home), platformOptions: platformOptions,
        input: .array(input), output: .bytes(limit: limit), error: .string(limit: 1 << 16))
      try check(result.terminationStatus, words, result.standardError)
      return result.standardOutput
    } catch let error as SubprocessError {
      throw WorkspaceRefusal("git \(words.first ?? "") could not be run: \(error.description)")
    }
  }

  /// Runs one git command to its end, its output going to a file.
  func run(_ words: [String], into file: StagedFile) async throws {
    try refuseLenders()
    do {
      let result = try await Subprocess.run(
        .path(FilePath(program)), arguments: arguments(words), environment: environment,
        workingDirectory: FilePath(folder.home), platformOptions: platformOptions, input: .none,
        output: .fileDescriptor(FileDescriptor(rawValue: file.descriptor), closeAfterSpawningProcess: false),
        error: .string(limit: 1 << 16))
      try check(result.terminationStatus, words, result.standardError)
    } catch let error as SubprocessError {
      throw WorkspaceRefusal("git \(words.first ?? "") could not be run: \(error.description)")
    }
  }

  private func check(_ status: TerminationStatus, _ words: [String], _ complaint: String) throws {
    guard !status.isSuccess else { return }
    try Task.checkCancellation()
    let line = complaint.split(whereSeparator: \.isNewline).last.map(String.init) ?? "no reason given"
    throw WorkspaceRefusal("git \(words.first ?? "") failed (\(status)): \(line.prefix(300))")
  }

  // MARK: - Objects

  /// What git knows about one object.
  struct Known { let kind: String, size: Int }

  /// Asks which of many objects exist.
  func look(up names: [ObjectName]) async throws -> [ObjectName: Known] {
    guard !names.isEmpty else { return [:] }
    let input = Array((names.map(\.hex).joined(separator: "\n") + "\n").utf8)
    let output = try await run(["cat-file", "--batch-check"], input: input, limit: names.count * 80 + 1024)
    var known: [ObjectName: Known] = [:]
    for line in output.split(separator: UInt8(ascii: "\n")) {
      let fields = String(decoding: line, as: UTF8.self).split(separator: " ")
      guard fields.count == 3, let name = ObjectName(hex: String(fields[0])), let size = Int(fields[2]) else {
        continue
      }
      known[name] = Known(kind: String(fields[1]), size: size)
    }
    return known
  }

  /// Reads objects whole; each must be there, be of the kind and have the bytes its name says.
  func read(_ names: [ObjectName], kind: String, totalSize: Int) async throws -> [ObjectName: [UInt8]] {
    guard !names.isEmpty else { return [:] }
    let input = Array((names.map(\.hex).joined(separator: "\n") + "\n").utf8)
    let output = try await run(["cat-file", "--batch"], input: input, limit: totalSize + names.count * 100 + 1024)
    var result: [ObjectName: [UInt8]] = [:]
    var rest = output[...]
    for name in names {
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { throw damaged(name) }
      let fields = String(decoding: rest[..<end], as: UTF8.self).split(separator: " ")
      guard fields.count == 3, fields[0] == name.hex, fields[1] == kind, let size = Int(fields[2]), size >= 0,
        rest.distance(from: end, to: rest.endIndex) >= size + 2
      else { throw damaged(name) }
      let content = Array(rest[(end + 1)..<(end + 1 + size)])
      guard ObjectName(kind: kind, content: content) == name else { throw damaged(name) }
      result[name] = content
      rest = rest[(end + 2 + size)...]
    }
    return result
  }

  /// The refusal for an object that is missing or not what its name says.
  func damaged(_ name: ObjectName) -> WorkspaceRefusal {
    WorkspaceRefusal(
      "The kept object \(name.hex) is missing or damaged, so nothing was changed; choose another checkpoint.")
  }

  /// Stores staged files as blobs and returns their names in order.
  func storeBlobs(_ files: [StagedFile]) async throws -> [ObjectName] {
    guard !files.isEmpty else { return [] }
    let input = Array((files.map(\.path).joined(separator: "\n") + "\n").utf8)
    let output = try await run(["hash-object", "-w", "-t", "blob", "--no-filters", "--stdin-paths"], input: input)
    let lines = output.split(separator: UInt8(ascii: "\n"))
    let names = lines.compactMap { ObjectName(hex: String(decoding: $0, as: UTF8.self)) }
    try syncPlaces(of: names)
    return names
  }

  /// Stores trees; each must come out under the name it was computed to have.
  func storeTrees(_ trees: [Tree]) async throws {
    guard !trees.isEmpty else { return }
    var input: [UInt8] = []
    for tree in trees {
      for entry in tree.entries {
        let kind = entry.mode == Tree.folderMode ? "tree" : "blob"
        input += Array("\(entry.mode) \(kind) \(entry.object.hex)\t".utf8) + entry.name + [0]
      }
      input.append(0)
    }
    let output = try await run(["mktree", "-z", "--missing", "--batch"], input: input)
    let names = output.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    guard names == trees.map(\.name.hex) else {
      throw WorkspaceRefusal("git stored a folder under another name than its contents have; nothing was kept.")
    }
    // Git knows the empty tree without storing it, so it has no place of its own.
    try syncPlaces(of: trees.filter { !$0.entries.isEmpty }.map(\.name))
  }

  // MARK: - Commits and refs

  /// Stores a commit without a parent and returns its name.
  func storeCommit(tree: ObjectName, message: String) async throws -> ObjectName {
    let text = Array(message.utf8).filter { $0 != 0 }
    let output = try await run(["commit-tree", tree.hex], input: text + [UInt8(ascii: "\n")])
    guard let name = ObjectName(hex: String(String(decoding: output, as: UTF8.self).prefix(40))) else {
      throw WorkspaceRefusal("git did not say how it named the checkpoint; nothing was kept.")
    }
    try syncPlaces(of: [name])
    return name
  }

  /// What every ref below a prefix points to: commit and its tree.
  func refs(below prefix: String) async throws -> [String: (commit: ObjectName, tree: ObjectName)] {
    let format = "%(refname)%00%(objectname)%00%(tree)"
    let output = try await run(["for-each-ref", "--format=\(format)", prefix])
    var result: [String: (commit: ObjectName, tree: ObjectName)] = [:]
    for line in output.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: 0, omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
      }
      guard fields.count == 3, let commit = ObjectName(hex: fields[1]), let tree = ObjectName(hex: fields[2]) else {
        continue
      }
      result[fields[0]] = (commit, tree)
    }
    return result
  }

  /// Moves refs as one unit; each only from the value it is known to have (`nil`: it must not exist).
  func moveRefs(_ moves: [(ref: String, to: ObjectName, from: ObjectName?)]) async throws {
    let zero = String(repeating: "0", count: 40)
    var input: [UInt8] = []
    for move in moves {
      removeStaleLock(of: move.ref)
      input += Array("update \(move.ref)".utf8) + [0] + Array(move.to.hex.utf8) + [0]
      input += Array((move.from?.hex ?? zero).utf8) + [0]
    }
    _ = try await run(["update-ref", "--stdin", "-z"], input: input)
    for move in moves {
      let place = "\(folder.git)/\(move.ref)"
      try syncFolder(String(place[..<(place.lastIndex(of: "/") ?? place.endIndex)]))
    }
  }

  /// Removes the lock a killed git left on a ref.
  ///
  /// Refs are moved only by a process that holds the store's own lock, so a lock file found here has no living owner
  /// except a git that outlived its engine; ten seconds are far more than such a one needs.
  private func removeStaleLock(of ref: String) {
    let path = "\(folder.git)/\(ref).lock"
    var status = stat()
    guard lstat(path, &status) == 0, time(nil) - status.st_mtim.tv_sec > 10 else { return }
    unlink(path)
  }
}
