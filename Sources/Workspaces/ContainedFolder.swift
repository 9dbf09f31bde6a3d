import CSignalbox
import Engine
import Glibc
import SystemPackage

/// Holds a folder open by descriptor and touches nothing that is not truly below it.
///
/// Every path is resolved by the kernel with `openat2` beneath the held descriptor: a symbolic link, `..`, a magic
/// link or another file system on the way is refused, whoever put it there and however late.
final class ContainedFolder: Sendable {
  /// The folder's absolute path, for words and for the identity check only.
  let path: String
  /// The held descriptor; closed with this object.
  let descriptor: Int32
  /// Which folder it was at the start.
  let identity: FileIdentity

  /// Opens a folder; its last name must not be a symbolic link.
  init(path: String) throws {
    let opened = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard opened >= 0 else {
      throw WorkspaceRefusal("The workspace folder \(path) cannot be opened: \(words(errno)).")
    }
    var status = stat()
    guard fstat(opened, &status) == 0 else {
      let code = errno
      close(opened)
      throw WorkspaceRefusal("The workspace folder \(path) cannot be examined: \(words(code)).")
    }
    self.path = path
    self.descriptor = opened
    self.identity = FileIdentity(status)
  }

  deinit { close(descriptor) }

  /// Refuses when the path no longer leads to the folder that was opened.
  func checkIdentity() throws {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      throw WorkspaceRefusal(
        "The workspace folder \(path) is gone (\(words(errno))); put it back or start from a checkpoint elsewhere.")
    }
    guard FileIdentity(status) == identity else {
      throw WorkspaceRefusal(
        "\(path) is no longer the folder this session works in; somebody replaced it. Put the original back.")
    }
  }

  /// Opens a folder below, or the folder itself for `nil`, for as long as `body` runs.
  func withFolder<Result>(_ folder: ContainedPath?, _ body: (Int32) throws -> Result) throws -> Result {
    let opened = openBeneath(folder, O_RDONLY | O_DIRECTORY)
    guard opened >= 0 else { throw refusal(folder, -opened, doing: "opened as a folder") }
    defer { close(opened) }
    return try body(opened)
  }

  private func openBeneath(_ path: ContainedPath?, _ flags: Int32) -> Int32 {
    withName(path?.bytes ?? [UInt8(ascii: ".")]) { workspace_open_beneath(descriptor, $0, flags, 0) }
  }

  /// Words for a failed system call on one path.
  func refusal(_ path: ContainedPath?, _ code: Int32, doing action: String) -> WorkspaceRefusal {
    let name = path?.shown ?? "the workspace folder"
    switch code {
    case ELOOP:
      return WorkspaceRefusal("\(name) is or passes through a symbolic link and was not \(action).")
    case EXDEV:
      return WorkspaceRefusal("\(name) lies outside the workspace or on another file system and was not \(action).")
    case ENOSYS:
      return WorkspaceRefusal("Keeping a workspace safe needs openat2, so Linux 5.6 or newer.")
    default:
      return WorkspaceRefusal("\(name) could not be \(action): \(words(code)).")
    }
  }

  /// Reads at most `limit` bytes of a regular file that has one link.
  func read(_ path: ContainedPath, limit: Int) throws -> [UInt8] {
    let opened = openBeneath(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
    guard opened >= 0 else { throw refusal(path, -opened, doing: "read") }
    defer { close(opened) }
    var status = stat()
    guard fstat(opened, &status) == 0 else { throw refusal(path, errno, doing: "examined") }
    try checkPlain(status, path)
    return try readAll(opened, atMost: min(limit, Int(status.st_size)), path)
  }

  private func readAll(_ opened: Int32, atMost limit: Int, _ path: ContainedPath) throws -> [UInt8] {
    try Array(unsafeUninitializedCapacity: limit) { buffer, filled in
      while filled < limit {
        let count = Glibc.read(opened, buffer.baseAddress?.advanced(by: filled), limit - filled)
        if count == 0 { return }
        guard count > 0 else {
          if errno == EINTR { continue }
          throw refusal(path, errno, doing: "read")
        }
        filled += count
      }
    }
  }

  /// Refuses what is not a regular file with exactly one name.
  func checkPlain(_ status: stat, _ path: ContainedPath) throws {
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw WorkspaceRefusal("\(path.shown) is \(kind(status.st_mode)), not a regular file; remove it or move it away.")
    }
    guard status.st_nlink == 1 else {
      throw WorkspaceRefusal(
        "\(path.shown) has \(status.st_nlink) hard links, so it may be a file outside; replace it by a copy of its own."
      )
    }
  }

  /// Examines one entry of an open folder without following it; `nil` when there is none.
  func status(of path: ContainedPath, in folder: Int32) throws -> stat? {
    var status = stat()
    let result = withName(path.name) { fstatat(folder, $0, &status, AT_SYMLINK_NOFOLLOW) }
    if result == 0 { return status }
    if errno == ENOENT { return nil }
    throw refusal(path, errno, doing: "examined")
  }
}

/// Tells one file from another, whatever it is called.
struct FileIdentity: Equatable {
  let device: UInt
  let inode: UInt

  init(_ status: stat) {
    device = UInt(status.st_dev)
    inode = UInt(status.st_ino)
  }
}

/// The system's words for an error number.
func words(_ code: Int32) -> String { Errno(rawValue: code).description }

/// What an entry is, in words.
func kind(_ mode: mode_t) -> String {
  switch mode & S_IFMT {
  case S_IFREG: "a regular file"
  case S_IFDIR: "a folder"
  case S_IFLNK: "a symbolic link"
  case S_IFIFO: "a named pipe"
  case S_IFSOCK: "a socket"
  case S_IFCHR, S_IFBLK: "a device"
  default: "no file"
  }
}

/// Calls `body` with bytes as a C string.
func withName<Result>(_ name: [UInt8], _ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
  // The closing NUL makes the buffer non-empty, so it always has a base address; the fallback is never taken.
  try (name + [0]).withUnsafeBufferPointer { pointer in
    try pointer.withMemoryRebound(to: CChar.self) { text in
      if let base = text.baseAddress { return try body(base) }
      return try "".withCString(body)
    }
  }
}
