import Foundation
import Testing

/// A `JournalProbe` process whose standard output goes to a file.
final class Probe {
  private let pid: pid_t
  private let output: String
  private var status: Int32?

  static var path: String { Bundle.main.bundlePath + "/JournalProbe" }

  /// Starts a probe, or, with `through`, another program that ends by becoming one.
  init(_ arguments: [String], through: [String] = [], output: String) throws {
    self.output = output
    let words = through + [Self.path] + arguments
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    var pointers = words.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    var pid: pid_t = 0
    let code = posix_spawnp(&pid, words[0], &actions, nil, pointers, environ)
    guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
    self.pid = pid
  }

  deinit {
    if status == nil {
      _ = kill(pid, SIGKILL)
      _ = wait()
    }
  }

  func signal(_ number: Int32) { _ = kill(pid, number) }

  /// Waits for the end and returns the exit status, or the negated signal.
  func wait() -> Int32 {
    if let status { return status }
    var raw: Int32 = 0
    while waitpid(pid, &raw, 0) < 0 && errno == EINTR {}
    let ended = raw & 0x7f == 0 ? (raw >> 8) & 0xff : -(raw & 0x7f)
    status = ended
    return ended
  }

  /// What it has said so far; a last line without its end was not said.
  var lines: [String] {
    let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  /// Waits until it has said a line that fits, and returns whether it did.
  func says(within seconds: Double = 20, _ fits: (String) -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
      if lines.contains(where: fits) { return true }
      try? await Task.sleep(for: .milliseconds(2))
    }
    return false
  }
}
