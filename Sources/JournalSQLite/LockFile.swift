import Engine
import Foundation

/// The one lock through which all processes write and checkpoint.
///
/// SQLite 3.7.0–3.51.2 can damage a database when two connections write or checkpoint at the same instant (the
/// "WAL-reset" fault), so SQLite's own locking is not relied on. The lock (`flock`) goes away with its holder, and its
/// file holds the holder's process id, so that a wait that takes too long can name whom it waits for.
struct LockFile: ~Copyable {
  let path: String
  private var descriptor: Int32 = -1

  init(path: String) { self.path = path }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Takes the lock, waiting at most `patience`.
  mutating func acquire(patience: Duration) throws(JournalFailure) {
    let clock = ContinuousClock()
    let deadline = clock.now + patience
    // Only a lock that somebody holds is asked for again: at first quickly, as writers hold it for under a millisecond.
    var pause: UInt32 = 50
    while true {
      if descriptor < 0 { try openFile() }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
        if isStillThere() {
          writeHolder()
          return
        }
        // Somebody removed the file; a lock on a file without a name excludes nobody.
        close(descriptor)
        descriptor = -1
        continue
      }
      if errno != EWOULDBLOCK && errno != EINTR { throw storageFailure(path, errno) }
      if clock.now >= deadline {
        throw .storage(path: path, reason: "\(holder()) has been writing to the journal for more than \(patience)")
      }
      usleep(pause)
      pause = min(pause * 2, 2_000)
    }
  }

  /// Gives the lock back.
  func release() {
    if descriptor >= 0 { _ = flock(descriptor, LOCK_UN) }
  }

  private mutating func openFile() throws(JournalFailure) {
    let opened = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    if opened < 0 { throw storageFailure(path, errno) }
    var status = stat()
    if fstat(opened, &status) != 0 || status.st_mode & S_IFMT != S_IFREG || status.st_nlink > 1 {
      close(opened)
      throw .storage(path: path, reason: "it is not a regular file with one name")
    }
    if status.st_mode & 0o777 != 0o600 { _ = fchmod(opened, 0o600) }
    descriptor = opened
  }

  private func isStillThere() -> Bool {
    var held = stat()
    var named = stat()
    return fstat(descriptor, &held) == 0 && lstat(path, &named) == 0 && held.st_ino == named.st_ino
      && held.st_dev == named.st_dev
  }

  private func writeHolder() {
    // For people only: a lock without its holder's name is still a lock. Writing it each time would cost every commit.
    let text = Array("\(getpid())\n".utf8)
    if content() != text, pwrite(descriptor, text, text.count, 0) == text.count {
      _ = ftruncate(descriptor, off_t(text.count))
    }
  }

  private func holder() -> String {
    let digits = content().prefix { $0 != UInt8(ascii: "\n") }
    return Int32(String(decoding: digits, as: UTF8.self)).map { "process \($0)" } ?? "another process"
  }

  private func content() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 20)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return Array(bytes.prefix(max(count, 0)))
  }
}
