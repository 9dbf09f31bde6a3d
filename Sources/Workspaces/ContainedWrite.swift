import Engine
import Glibc
import Synchronization

/// What a file is filled with.
enum FileContent {
  /// Bytes in memory.
  case bytes([UInt8])
  /// Everything from the start of an open file, which stays the caller's.
  case file(Int32)
  /// A symbolic link's target.
  case link([UInt8])
}

/// Numbers half-written files, so that two writers of one process never share a name.
private let partialNumber = Atomic<UInt64>(0)

extension ContainedFolder {
  /// Writes a file so that it appears whole or not at all: a new file beside it, synced, then renamed over it.
  ///
  /// Missing folders are made one by one. What is replaced must be a regular file with one link, unless `replacing`
  /// says that a symbolic link may go too (a restore does).
  func write(_ content: FileContent, to path: ContainedPath, executable: Bool, replacing: Bool = false) throws {
    for folder in path.ancestors { try makeFolder(folder) }
    try withFolder(path.parent) { folder in
      var permissions: mode_t?
      if let status = try status(of: path, in: folder) {
        if !(replacing && status.st_mode & S_IFMT == S_IFLNK) { try checkPlain(status, path) }
        if status.st_mode & S_IFMT == S_IFREG { permissions = status.st_mode & 0o777 }
      }
      let number = partialNumber.add(1, ordering: .relaxed).newValue
      let partial = ContainedPath.partialPrefix + Array("\(getpid())-\(number)".utf8)
      do {
        try fill(partial, in: folder, with: content, permissions: permissions, executable: executable, path)
        let renamed = withName(partial) { from in withName(path.name) { to in renameat(folder, from, folder, to) } }
        guard renamed == 0 else { throw refusal(path, errno, doing: "put in place") }
      } catch {
        _ = withName(partial) { unlinkat(folder, $0, 0) }
        throw error
      }
      guard fsync(folder) == 0 else { throw refusal(path.parent, errno, doing: "synced") }
    }
  }

  private func makeFolder(_ folder: ContainedPath) throws {
    try withFolder(folder.parent) { parent in
      if let status = try status(of: folder, in: parent) {
        guard status.st_mode & S_IFMT == S_IFDIR else {
          throw WorkspaceRefusal("\(folder.shown) is \(kind(status.st_mode)), so nothing can be written below it.")
        }
        return
      }
      guard withName(folder.name, { mkdirat(parent, $0, 0o777) }) == 0 || errno == EEXIST else {
        throw refusal(folder, errno, doing: "made")
      }
      guard fsync(parent) == 0 else { throw refusal(folder.parent, errno, doing: "synced") }
    }
  }

  private func fill(
    _ name: [UInt8], in folder: Int32, with content: FileContent, permissions: mode_t?, executable: Bool,
    _ path: ContainedPath
  ) throws {
    if case .link(let target) = content {
      guard withName(target, { target in withName(name) { symlinkat(target, folder, $0) } }) == 0 else {
        throw refusal(path, errno, doing: "linked")
      }
      return
    }
    let opened = withName(name) {
      openat(folder, $0, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, executable ? 0o777 : 0o666)
    }
    guard opened >= 0 else { throw refusal(path, errno, doing: "written") }
    defer { close(opened) }
    if var permissions {
      // Keeps what a person set on the file that is replaced; only the question "may it run?" is answered anew.
      permissions &= 0o666
      if executable { permissions |= (permissions & 0o444) >> 2 | 0o100 }
      guard fchmod(opened, permissions) == 0 else { throw refusal(path, errno, doing: "given its mode") }
    }
    switch content {
    case .bytes(let bytes): try bytes.withUnsafeBytes { try writeAll($0, to: opened, path) }
    case .file(let source): try copy(from: source, to: opened, path)
    case .link: break
    }
    guard fsync(opened) == 0 else { throw refusal(path, errno, doing: "synced") }
  }

  private func copy(from source: Int32, to target: Int32, _ path: ContainedPath) throws {
    try withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 16) { buffer in
      var offset: off_t = 0
      while true {
        let count = pread(source, buffer.baseAddress, buffer.count, offset)
        if count == 0 { return }
        guard count > 0 else {
          if errno == EINTR { continue }
          throw refusal(path, errno, doing: "copied")
        }
        try writeAll(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]), to: target, path)
        offset += off_t(count)
      }
    }
  }

  private func writeAll(_ bytes: UnsafeRawBufferPointer, to opened: Int32, _ path: ContainedPath) throws {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(opened, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw refusal(path, errno, doing: "written")
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Removes a file or a symbolic link, never what it points to; a missing one is fine.
  func removeFile(_ path: ContainedPath) throws {
    try withFolder(path.parent) { folder in
      guard withName(path.name, { unlinkat(folder, $0, 0) }) == 0 || errno == ENOENT else {
        throw refusal(path, errno, doing: "removed")
      }
      guard fsync(folder) == 0 else { throw refusal(path.parent, errno, doing: "synced") }
    }
  }

  /// Removes a folder when it is empty, and tells whether it did.
  func removeFolderIfEmpty(_ path: ContainedPath) throws -> Bool {
    try withFolder(path.parent) { folder in
      if withName(path.name, { unlinkat(folder, $0, AT_REMOVEDIR) }) == 0 { return true }
      guard errno == ENOTEMPTY || errno == EEXIST || errno == ENOENT else {
        throw refusal(path, errno, doing: "removed")
      }
      return false
    }
  }

  /// Removes half-written files whose writer is gone.
  func removeAbandoned(_ passedOver: [ContainedPath]) throws {
    for path in passedOver where path.name.starts(with: ContainedPath.partialPrefix) {
      let rest = path.name.dropFirst(ContainedPath.partialPrefix.count)
      guard let writer = Int32(String(decoding: rest.prefix { $0 != UInt8(ascii: "-") }, as: UTF8.self)), writer > 0,
        kill(writer, 0) != 0, errno == ESRCH
      else { continue }
      try removeFile(path)
    }
  }

  /// Refuses unless entries of a folder can be added and removed.
  func checkWritable(_ folder: ContainedPath?) throws {
    try withFolder(folder) { opened in
      guard faccessat(opened, ".", W_OK | X_OK, AT_EACCESS) == 0 else {
        throw refusal(folder, errno, doing: "changed")
      }
    }
  }
}
