import Foundation
import Glibc

/// Finds and kills what a command left running.
///
/// A descendant is known by the session it was started in, or by the command's mark in its environment; the second
/// also finds daemons that made a session of their own. One that cleared its environment and made a session of its own
/// is not found.
public struct ProcessSweep: Sendable {
  /// The environment variable that holds the mark.
  let variable: String
  /// The command's own mark.
  let mark: String
  /// The command's session, which has the number of its first process.
  let session: Int32?

  /// Makes a sweep from what a command can be known by.
  public init(variable: String, mark: String, session: Int32?) {
    self.variable = variable
    self.mark = mark
    self.session = session
  }

  /// Kills until nothing is found any more, for at most two seconds.
  public func run() async {
    for _ in 0..<100 {
      let found = ProcessSweep.processes().filter(belongs)
      if found.isEmpty { return }
      for process in found { kill(process, SIGKILL) }
      // A killed process shows no event here; it is gone within a scheduler's turn.
      try? await Task.sleep(for: .milliseconds(20))
      if Task.isCancelled { usleep(20_000) }
    }
  }

  private static func processes() -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.filter { $0 != getpid() }
  }

  private func belongs(_ process: Int32) -> Bool {
    guard let status = ProcessSweep.read("/proc/\(process)/stat"),
      let end = status.lastIndex(of: UInt8(ascii: ")"))
    else { return false }
    // After the name in parentheses: state, parent, group, session.
    let fields = status[(end + 1)...].split(separator: UInt8(ascii: " ")).prefix(4).map {
      String(decoding: $0, as: UTF8.self)
    }
    guard fields.count == 4, fields[0] != "Z", fields[0] != "X" else { return false }
    if let session, Int32(fields[3]) == session { return true }
    guard let environment = ProcessSweep.read("/proc/\(process)/environ") else { return false }
    let wanted = Array("\(variable)=\(mark)".utf8)
    return environment.split(separator: 0).contains { $0.elementsEqual(wanted) }
  }

  private static func read(_ path: String) -> [UInt8]? {
    let opened = open(path, O_RDONLY | O_CLOEXEC)
    guard opened >= 0 else { return nil }
    defer { close(opened) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    while bytes.count < 1 << 20 {
      let count = Glibc.read(opened, &buffer, buffer.count)
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return bytes
  }
}
