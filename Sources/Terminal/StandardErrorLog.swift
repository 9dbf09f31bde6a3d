import Glibc
import Screen

/// Keeps standard error off the screen: it goes to a file meanwhile, and its last lines are shown afterwards.
///
/// Only a standard error that is a terminal is moved; one that goes to a file already is left there.
struct StandardErrorLog: Sendable {
  /// The real standard error, kept open.
  let original: Int32
  private let log: Int32
  private let start: off_t

  /// How many lines are shown afterwards, and at most how many bytes are read for them.
  static let lineLimit = 20
  private static let byteLimit: off_t = 16_384

  init?(path: String?, temporaryDirectory: String) {
    guard isatty(2) == 1 else { return nil }
    let opened: Int32
    if let path {
      opened = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    } else {
      opened = StandardErrorLog.openNameless(in: temporaryDirectory)
    }
    guard opened >= 0 else { return nil }
    let kept = fcntl(2, F_DUPFD_CLOEXEC, 3)
    guard kept >= 0 else {
      close(opened)
      return nil
    }
    log = opened
    original = kept
    start = lseek(opened, 0, SEEK_END)
    redirect()
  }

  func redirect() {
    dup2(log, 2)
  }

  func restore() {
    dup2(original, 2)
  }

  /// Restores standard error, shows the last lines and closes the file.
  func finish() {
    restore()
    let size = lseek(log, 0, SEEK_END)
    let from = max(start, size - StandardErrorLog.byteLimit)
    if size > from {
      var bytes = [UInt8](repeating: 0, count: Int(size - from))
      let count = pread(log, &bytes, bytes.count, from)
      var lines = Text.lines(bytes: bytes.prefix(max(0, count))).map(\.string)
      if from > start { lines.removeFirst() }
      let shown = lines.suffix(StandardErrorLog.lineLimit).map { $0 + "\n" }.joined()
      _ = shown.withCString { write(2, $0, strlen($0)) }
    }
    close(log)
    close(original)
  }

  private static func openNameless(in directory: String) -> Int32 {
    var template = Array("\(directory)/signalbox-XXXXXX".utf8CString)
    let opened = mkstemp(&template)
    guard opened >= 0 else { return -1 }
    unlink(template)
    _ = fcntl(opened, F_SETFD, FD_CLOEXEC)
    _ = fcntl(opened, F_SETFL, O_APPEND)
    return opened
  }
}
