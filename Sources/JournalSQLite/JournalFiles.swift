import Engine
import Foundation

// JournalSQLite keeps histories in one SQLite file with its anchors beside it. It never decides what an event means,
// never deletes or rewrites an event, and never opens a file through a symbolic link or with a second name.

/// Which file a path led to; replaced files have another identity.
struct FileIdentity: Equatable, Sendable {
  var device: UInt64
  var inode: UInt64
}

/// The files of one journal: the database, what SQLite keeps beside it, the lock and the anchors.
struct JournalFiles: Sendable {
  let database: String
  let folder: String

  var log: String { database + "-wal" }
  var sharedMemory: String { database + "-shm" }
  var lock: String { database + ".lock" }
  var anchors: String { database + ".anchors" }

  init(path: String) {
    let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    database = absolute
    let folder = absolute[..<(absolute.lastIndex(of: "/") ?? absolute.startIndex)]
    self.folder = folder.isEmpty ? "/" : String(folder)
  }

  func anchor(of session: String) -> String { anchors + "/" + session }

  // MARK: Making

  /// Makes the folders that are missing, closed to everybody else (0700) whatever the umask.
  func makeFolders() throws(JournalFailure) {
    try makeFolder(folder)
    try makeFolder(anchors)
    var status = stat()
    guard lstat(anchors, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw .storage(path: anchors, reason: "it is not a folder")
    }
    if status.st_mode & 0o077 != 0, chmod(anchors, 0o700) != 0 { throw storageFailure(anchors, errno) }
  }

  private func makeFolder(_ path: String) throws(JournalFailure) {
    if mkdir(path, 0o700) == 0 {
      // The umask may have taken more than asked.
      if chmod(path, 0o700) != 0 { throw storageFailure(path, errno) }
      try synchronizeFolder(parent(of: path))
      return
    }
    switch errno {
    case EEXIST: return
    case ENOENT:
      let parent = parent(of: path)
      guard parent != path else { throw storageFailure(path, ENOENT) }
      try makeFolder(parent)
      try makeFolder(path)
    case let code: throw storageFailure(path, code)
    }
  }

  /// Makes the empty database file (0600), or does nothing when it exists.
  ///
  /// It never opens an existing file: closing a second descriptor would drop SQLite's locks of this process.
  func makeDatabase() throws(JournalFailure) {
    let descriptor = open(database, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    if descriptor < 0 {
      if errno == EEXIST { return }
      throw storageFailure(database, errno)
    }
    defer { close(descriptor) }
    if fchmod(descriptor, 0o600) != 0 { throw storageFailure(database, errno) }
    try synchronizeFolder(folder)
  }

  /// Takes rights away from the group and from others, where somebody gave them.
  func closeToOthers() throws(JournalFailure) {
    for path in [database, log, sharedMemory] {
      var status = stat()
      guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0 else { continue }
      if chmod(path, 0o600) != 0, errno != EPERM, errno != EROFS { throw storageFailure(path, errno) }
    }
  }

  // MARK: Looking

  /// Returns which file a path leads to, or `nil` when there is none; refuses links, second names and special files.
  func identity(of path: String) throws(JournalFailure) -> FileIdentity? {
    var status = stat()
    if lstat(path, &status) != 0 {
      if errno == ENOENT { return nil }
      throw storageFailure(path, errno)
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFLNK: throw .storage(path: path, reason: "it is a symbolic link; put the file itself there")
    default: throw .storage(path: path, reason: "it is not a regular file")
    }
    if status.st_nlink != 1 {
      throw .storage(path: path, reason: "it has \(status.st_nlink) names (hard links); remove the others")
    }
    return FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }

  /// Whether there is no database yet, or a process died while it made one and left SQLite's rollback journal behind.
  ///
  /// The finished database has a write-ahead log and never a rollback journal.
  func isUnfinished() throws(JournalFailure) -> Bool {
    if try identity(of: database) == nil { return true }
    if try identity(of: database + "-journal") == nil { return false }
    return try anchoredSessions().isEmpty
  }

  /// Returns the identities of the three files SQLite holds open.
  func identities() throws(JournalFailure) -> [FileIdentity?] {
    [try identity(of: database), try identity(of: log), try identity(of: sharedMemory)]
  }

  /// Lists the sessions that have an anchor, sorted.
  func anchoredSessions() throws(JournalFailure) -> [String] {
    guard let stream = opendir(anchors) else {
      if errno == ENOENT { return [] }
      throw storageFailure(anchors, errno)
    }
    defer { closedir(stream) }
    var sessions: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if JournalRules.problem(withSession: name) == nil { sessions.append(name) }
    }
    return sessions.sorted()
  }

  /// How many bytes of the write-ahead log are in use.
  ///
  /// The file's length says nothing: it stays after a checkpoint, and the log starts again at its beginning with new
  /// salts. Frames that carry the header's salts come first; where they end is found by halving.
  ///
  /// ```
  /// header (32 bytes)  … page size at 8, salts at 16 …
  /// frame              header (24 bytes) with salts at 8, then a page
  /// ```
  func usedLogSize() -> Int {
    let descriptor = open(log, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    if descriptor < 0 { return 0 }
    defer { close(descriptor) }
    func bytes(at offset: Int, _ count: Int) -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: count)
      let found = pread(descriptor, &bytes, count, off_t(offset))
      return found == count ? bytes : []
    }
    let header = bytes(at: 0, 32)
    guard header.count == 32, header[16..<24].contains(where: { $0 != 0 }) else { return 0 }
    let frame = 24 + header[8..<12].reduce(0) { $0 << 8 | Int($1) }
    var status = stat()
    guard frame > 24, fstat(descriptor, &status) == 0 else { return 0 }
    var used = 0
    var end = (Int(status.st_size) - 32) / frame
    while used < end {
      let middle = (used + end) / 2
      if bytes(at: 32 + middle * frame + 8, 8).elementsEqual(header[16..<24]) {
        used = middle + 1
      } else {
        end = middle
      }
    }
    return used * frame
  }

  // MARK: Syncing

  /// Syncs the write-ahead log's bytes, whoever wrote them.
  ///
  /// SQLite holds no lock on this file, so opening and closing it again is safe (unlike the database).
  func synchronizeLog() throws(JournalFailure) {
    let descriptor = open(log, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
    if descriptor < 0 {
      if errno == ENOENT { return }
      throw storageFailure(log, errno)
    }
    defer { close(descriptor) }
    if fdatasync(descriptor) != 0 { throw storageFailure(log, errno) }
  }
}

/// Syncs a folder, so that names made in it survive power loss.
func synchronizeFolder(_ path: String) throws(JournalFailure) {
  let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  if descriptor < 0 { throw storageFailure(path, errno) }
  defer { close(descriptor) }
  // Some file systems cannot sync a folder and say EINVAL; their names are as safe as they get.
  if fsync(descriptor) != 0, errno != EINVAL { throw storageFailure(path, errno) }
}

private func parent(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
  return String(path[..<slash])
}
