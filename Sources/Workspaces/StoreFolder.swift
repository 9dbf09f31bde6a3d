import CSignalbox
import Engine
import Glibc
import SystemPackage

/// Holds what the engine keeps about one workspace, in a folder outside it that only its owner may enter.
///
/// ```
/// git/              a bare git directory: objects and refs of checkpoints
/// home/             an empty home and working folder for git
/// staging/          bytes on their way into or out of git
/// lock              held while a checkpoint or a restore is under way
/// restore-intent    the tree a restore is making; present only until it is finished
/// ```
final class StoreFolder: Sendable {
  /// The folder's absolute path.
  let path: String
  private let lockFile: Int32

  var git: String { path + "/git" }
  var home: String { path + "/home" }
  var staging: String { path + "/staging" }
  private var intent: String { path + "/restore-intent" }

  /// Makes the folder, or takes one that belongs to this user and closes it to everybody else.
  init(path: String) throws {
    try makeFolders(path, mode: 0o700)
    for folder in [path, path + "/git", path + "/home", path + "/staging"] {
      guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
        throw WorkspaceRefusal("The store folder \(folder) cannot be made: \(words(errno)).")
      }
      var status = stat()
      guard lstat(folder, &status) == 0 else {
        throw WorkspaceRefusal("The store folder \(folder) cannot be examined: \(words(errno)).")
      }
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw WorkspaceRefusal("The store \(folder) is \(kind(status.st_mode)), not a folder; choose another place.")
      }
      guard status.st_uid == geteuid() else {
        throw WorkspaceRefusal("The store folder \(folder) belongs to another user; choose one of your own.")
      }
      guard status.st_mode & 0o777 == 0o700 || chmod(folder, 0o700) == 0 else {
        throw WorkspaceRefusal("The store folder \(folder) cannot be closed to others: \(words(errno)).")
      }
    }
    let opened = open(path + "/lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard opened >= 0 else { throw WorkspaceRefusal("The lock \(path)/lock cannot be opened: \(words(errno)).") }
    self.path = path
    self.lockFile = opened
  }

  deinit { close(lockFile) }

  /// Takes the lock against other processes, or returns `false` at once.
  func tryLock() -> Bool { workspace_lock(lockFile) == 0 }

  /// Gives the lock back.
  func unlock() { _ = workspace_unlock(lockFile) }

  /// Removes what an earlier process left between the workspace and git; only with the lock held.
  func clearStaging() throws {
    for name in try names(of: staging) {
      guard unlink(staging + "/" + name) == 0 || errno == ENOENT else {
        throw WorkspaceRefusal("\(staging)/\(name) cannot be removed: \(words(errno)).")
      }
    }
  }

  private func names(of folder: String) throws -> [String] {
    let opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else { throw WorkspaceRefusal("\(folder) cannot be listed: \(words(errno)).") }
    defer { close(opened) }
    var code: Int32 = 0
    guard let list = workspace_list_start(opened, &code) else {
      throw WorkspaceRefusal("\(folder) cannot be listed: \(words(code)).")
    }
    defer { workspace_list_end(list) }
    var names: [String] = []
    while let name = workspace_list_next(list, &code) { names.append(String(cString: name)) }
    return names
  }

  /// Makes a new file in the staging folder, open for writing and reading.
  func stage(_ name: String) throws -> StagedFile { try StagedFile(making: staging + "/" + name) }

  /// The tree of a restore that did not come to its end, or `nil`.
  func pendingRestore() throws -> String? {
    guard let bytes = try contents(of: intent, atMost: 64) else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.hasSuffix("\n"), ObjectName(hex: String(text.dropLast())) != nil else {
      throw WorkspaceRefusal("\(intent) does not name a tree; look at it, then remove it to go on.")
    }
    return String(text.dropLast())
  }

  /// Notes that a restore of `tree` begins, durably.
  func beginRestore(_ tree: String) throws { try replace(intent, with: Array((tree + "\n").utf8)) }

  /// Notes that the restore has come to its end, durably.
  func endRestore() throws {
    guard unlink(intent) == 0 || errno == ENOENT else {
      throw WorkspaceRefusal("\(intent) cannot be removed: \(words(errno)).")
    }
    try syncFolder(path)
  }

  /// Writes a file of the store so that it appears whole or not at all; untouched when it already says the same.
  func replace(_ file: String, with bytes: [UInt8]) throws {
    if try contents(of: file, atMost: bytes.count + 1) == bytes { return }
    let partial = file + ".partial"
    guard unlink(partial) == 0 || errno == ENOENT else {
      throw WorkspaceRefusal("\(partial) cannot be removed: \(words(errno)).")
    }
    let staged = try StagedFile(making: partial)
    try bytes.withUnsafeBytes { try staged.append($0) }
    try staged.sync()
    guard rename(partial, file) == 0 else {
      throw WorkspaceRefusal("\(file) cannot be put in place: \(words(errno)).")
    }
    try syncFolder(String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)]))
  }

  private func contents(of file: String, atMost limit: Int) throws -> [UInt8]? {
    let opened = open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    if opened < 0 && errno == ENOENT { return nil }
    guard opened >= 0 else { throw WorkspaceRefusal("\(file) cannot be read: \(words(errno)).") }
    defer { close(opened) }
    return try StagedFile.read(opened, atMost: limit, file)
  }
}

/// A file of the store that is open for writing and reading; closed with this object, and left on disk.
final class StagedFile: Sendable {
  let path: String
  let descriptor: Int32

  /// Makes a file that must not exist yet, for the owner alone.
  init(making path: String) throws {
    let opened = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard opened >= 0 else { throw WorkspaceRefusal("\(path) cannot be made: \(words(errno)).") }
    self.path = path
    self.descriptor = opened
  }

  deinit { close(descriptor) }

  /// Adds bytes at the end.
  func append(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw WorkspaceRefusal("\(path) cannot be written: \(words(errno)).")
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Makes the bytes durable.
  func sync() throws {
    guard fsync(descriptor) == 0 else { throw WorkspaceRefusal("\(path) cannot be synced: \(words(errno)).") }
  }

  /// Calls `body` with the file's bytes, a piece at a time, from its start.
  func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try withUnsafeTemporaryAllocation(byteCount: 1 << 17, alignment: 16) { buffer in
      var offset: off_t = 0
      while true {
        let count = pread(descriptor, buffer.baseAddress, buffer.count, offset)
        if count == 0 { return }
        guard count > 0 else {
          if errno == EINTR { continue }
          throw WorkspaceRefusal("\(path) cannot be read: \(words(errno)).")
        }
        try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]))
        offset += off_t(count)
      }
    }
  }

  /// Removes the file's name; for a file that was only on its way.
  func discard() { unlink(path) }

  /// Reads at most `limit` bytes of an open file.
  static func read(_ opened: Int32, atMost limit: Int, _ path: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try withUnsafeTemporaryAllocation(byteCount: min(max(limit, 1), 1 << 16), alignment: 16) { buffer in
      while bytes.count < limit {
        let count = Glibc.read(opened, buffer.baseAddress, min(buffer.count, limit - bytes.count))
        if count == 0 { return }
        guard count > 0 else {
          if errno == EINTR { continue }
          throw WorkspaceRefusal("\(path) cannot be read: \(words(errno)).")
        }
        bytes.append(contentsOf: buffer[..<count])
      }
    }
    return bytes
  }
}

/// Makes a folder and what is missing above it.
func makeFolders(_ path: String, mode: mode_t) throws {
  let components = path.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
  var made = ""
  for component in components {
    made += "/" + component
    guard mkdir(made, mode) == 0 || errno == EEXIST || errno == EISDIR else {
      throw WorkspaceRefusal("The folder \(made) cannot be made: \(words(errno)).")
    }
  }
}

/// Makes the names in a folder durable.
func syncFolder(_ path: String) throws {
  let opened = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard opened >= 0 else { throw WorkspaceRefusal("The folder \(path) cannot be opened: \(words(errno)).") }
  defer { close(opened) }
  guard fsync(opened) == 0 else { throw WorkspaceRefusal("The folder \(path) cannot be synced: \(words(errno)).") }
}
