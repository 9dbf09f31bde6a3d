import CSignalbox
import Crypto
import Engine
import Glibc

/// Names a git object by the SHA-1 of its kind, size and bytes.
struct ObjectName: Hashable, Sendable {
  /// The twenty bytes.
  let bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// Reads forty lower-case hexadecimal digits; `nil` for anything else.
  init?(hex: String) {
    let digits = Array(hex.utf8)
    guard digits.count == 40 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 40, by: 2) {
      guard let high = ObjectName.value(digits[index]), let low = ObjectName.value(digits[index + 1]) else {
        return nil
      }
      bytes.append(high << 4 | low)
    }
    self.bytes = bytes
  }

  /// The name of an object whose bytes are at hand.
  init(kind: String, content: [UInt8]) {
    var hash = Insecure.SHA1()
    hash.update(data: Array("\(kind) \(content.count)".utf8) + [0])
    hash.update(data: content)
    bytes = Array(hash.finalize())
  }

  /// Forty lower-case hexadecimal digits.
  var hex: String { lowercaseHex(bytes) }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}

/// What git can say about a file besides its bytes.
enum FileMode: String, Sendable {
  case regular = "100644"
  case executable = "100755"
  case link = "120000"
  /// What git cannot keep, or what would not be one file: see `WorkspaceFile.unkeepable`.
  case other
}

/// One file as a walk met it.
struct InventoryFile: Equatable, Sendable {
  let path: ContainedPath
  let mode: FileMode
  let size: Int
  /// The name git gives its bytes.
  let object: ObjectName
  /// SHA-256 of its bytes, lower-case hex.
  let hash: String

  /// The description other targets see.
  var listed: WorkspaceFile { WorkspaceFile(path: path.listed, hash: hash, size: size, mode: mode.rawValue) }
}

/// Everything a walk met.
struct Inventory: Sendable {
  /// Files and links, sorted by path bytes.
  var files: [InventoryFile] = []
  /// Caches, `.git` entries and half-written files, which were not looked into.
  var passedOver: [ContainedPath] = []
  /// Folders other than those.
  var folders: [ContainedPath] = []

  /// The `.git` entries among what was passed over, sorted.
  var repositories: [ContainedPath] { passedOver.filter { $0.name == Array(".git".utf8) }.sorted() }
}

/// How much a workspace may hold before a walk refuses; so that no planted file can hold the engine for ever.
struct WorkspaceLimits: Sendable {
  /// The largest file, in bytes.
  var fileSize = 256 << 20
  /// The most files and folders.
  var entries = 200_000
}

extension ContainedFolder {
  /// Reads every file below the folder, names it as git would, and hashes it.
  ///
  /// Nothing is remembered from the walk before: sizes and times can be forged, bytes cannot.
  /// - Parameter listsAll: Whether what no checkpoint can keep is named too, instead of refusing everything for it.
  func inventory(limits: WorkspaceLimits, listsAll: Bool = false) throws -> Inventory {
    var inventory = Inventory()
    var pending: [ContainedPath?] = [nil]
    var count = 0
    while let folder = pending.popLast() {
      try withFolder(folder) { opened in
        for name in try names(in: opened, folder) {
          count += 1
          guard count <= limits.entries else {
            throw WorkspaceRefusal(
              "The workspace holds more than \(limits.entries) entries; remove what is not needed.")
          }
          let path = folder?.appending(name) ?? ContainedPath(listed: name)
          if ContainedPath.isPassedOver(name) {
            inventory.passedOver.append(path)
            continue
          }
          try visit(path, in: opened, limits, listsAll, &inventory, &pending)
        }
      }
    }
    inventory.files.sort { $0.path < $1.path }
    return inventory
  }

  private func visit(
    _ path: ContainedPath, in folder: Int32, _ limits: WorkspaceLimits, _ listsAll: Bool,
    _ inventory: inout Inventory,
    _ pending: inout [ContainedPath?]
  ) throws {
    guard path.name.map(ContainedPath.lowercased) != Array(".git".utf8) else {
      throw WorkspaceRefusal("\(path.shown) is “.git” in other letters, which other systems would obey; remove it.")
    }
    guard let status = try status(of: path, in: folder) else { return }
    guard UInt(status.st_dev) == identity.device else {
      throw WorkspaceRefusal(
        "\(path.shown) is a mount of another file system; a checkpoint cannot keep it. Unmount it.")
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      guard path.bytes.count < ContainedPath.longestPath, path.components.count < ContainedPath.deepest else {
        throw WorkspaceRefusal("\(path.shown) lies deeper than \(ContainedPath.deepest) folders; flatten it.")
      }
      inventory.folders.append(path)
      pending.append(path)
    case S_IFLNK:
      let target = try linkTarget(path, in: folder)
      inventory.files.append(
        InventoryFile(
          path: path, mode: .link, size: target.count, object: ObjectName(kind: "blob", content: target),
          hash: lowercaseHex(SHA256.hash(data: target))))
    case S_IFREG where !listsAll || (status.st_nlink == 1 && status.st_size <= limits.fileSize):
      inventory.files.append(try examine(path, in: folder, limits))
    default:
      if listsAll {
        let nothing = ObjectName(bytes: [])
        inventory.files.append(InventoryFile(path: path, mode: .other, size: 0, object: nothing, hash: ""))
        return
      }
      throw WorkspaceRefusal(
        "\(path.shown) is \(kind(status.st_mode)), which a checkpoint cannot keep; remove it or move it away.")
    }
  }

  private func names(in opened: Int32, _ folder: ContainedPath?) throws -> [[UInt8]] {
    var code: Int32 = 0
    guard let list = workspace_list_start(opened, &code) else { throw refusal(folder, code, doing: "listed") }
    defer { workspace_list_end(list) }
    var names: [[UInt8]] = []
    while let name = workspace_list_next(list, &code) {
      names.append(Array(UnsafeRawBufferPointer(start: name, count: strlen(name))))
    }
    guard code == 0 else { throw refusal(folder, code, doing: "listed") }
    return names.sorted { $0.lexicographicallyPrecedes($1) }
  }

  func linkTarget(_ path: ContainedPath, in folder: Int32) throws -> [UInt8] {
    try withUnsafeTemporaryAllocation(of: CChar.self, capacity: ContainedPath.longestPath) { buffer in
      guard let start = buffer.baseAddress else { return [] }
      let count = withName(path.name) { readlinkat(folder, $0, start, buffer.count) }
      guard count >= 0 else { throw refusal(path, errno, doing: "read as a link") }
      return buffer[..<count].map { UInt8(bitPattern: $0) }
    }
  }

  private func examine(_ path: ContainedPath, in folder: Int32, _ limits: WorkspaceLimits) throws -> InventoryFile {
    for _ in 0..<5 {
      if let file = try examineOnce(path, in: folder, limits) { return file }
    }
    throw WorkspaceRefusal("\(path.shown) changed whenever it was read; stop what writes it, then try again.")
  }

  private func examineOnce(
    _ path: ContainedPath, in folder: Int32, _ limits: WorkspaceLimits
  ) throws -> InventoryFile? {
    let opened = withName(path.name) { openat(folder, $0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) }
    guard opened >= 0 else { throw refusal(path, errno, doing: "read") }
    defer { close(opened) }
    var before = stat()
    guard fstat(opened, &before) == 0 else { throw refusal(path, errno, doing: "examined") }
    try checkPlain(before, path)
    guard before.st_size <= limits.fileSize else {
      throw WorkspaceRefusal(
        "\(path.shown) is \(before.st_size) bytes long; a checkpoint keeps files of up to \(limits.fileSize) bytes.")
    }
    let size = Int(before.st_size)
    var names = Insecure.SHA1()
    var hash = SHA256()
    names.update(data: Array("blob \(size)".utf8) + [0])
    var total = 0
    try withUnsafeTemporaryAllocation(byteCount: 1 << 17, alignment: 16) { buffer in
      while total <= size {
        let count = Glibc.read(opened, buffer.baseAddress, buffer.count)
        if count == 0 { break }
        guard count > 0 else {
          if errno == EINTR { continue }
          throw refusal(path, errno, doing: "read")
        }
        let piece = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])
        names.update(bufferPointer: piece)
        hash.update(bufferPointer: piece)
        total += count
      }
    }
    var after = stat()
    guard fstat(opened, &after) == 0 else { throw refusal(path, errno, doing: "examined") }
    guard total == size, after.st_size == before.st_size, after.st_mtim == before.st_mtim else { return nil }
    return InventoryFile(
      path: path, mode: before.st_mode & 0o100 == 0 ? .regular : .executable, size: size,
      object: ObjectName(bytes: Array(names.finalize())), hash: lowercaseHex(hash.finalize()))
  }
}

extension timespec {
  fileprivate static func == (left: timespec, right: timespec) -> Bool {
    left.tv_sec == right.tv_sec && left.tv_nsec == right.tv_nsec
  }
}

extension ContainedPath {
  /// An ASCII letter in lower case, any other byte as it is.
  static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
  }
}
