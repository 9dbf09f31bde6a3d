import Console
import Foundation
import Glibc
import Screen
import Terminal

/// Gives the terminal to the person's editor or pager and takes it back.
struct Lent {
  let terminal: TerminalSession
  let environment: [String: String]

  /// The text as the person left it, or `nil` when the editor could not be used.
  func edit(_ text: String) -> String? {
    let path = NSTemporaryDirectory() + "/signalbox-\(UUID().uuidString).md"
    defer { unlink(path) }
    guard keep(text, at: path) else { return nil }
    let editor = environment["VISUAL"] ?? environment["EDITOR"] ?? "vi"
    guard run(editor, path, environment) == 0 else { return nil }
    return try? String(contentsOfFile: path, encoding: .utf8)
  }

  /// Shows a text in the pager, cleaned, with links where the pager passes them; why it could not, or `nil`.
  func page(_ paged: PagerText, linking folders: NamedFolders) -> String? {
    let path = NSTemporaryDirectory() + "/signalbox-\(UUID().uuidString).txt"
    defer { unlink(path) }
    let pager = Pager(environment)
    let hasLinks = terminal.capabilities.ignoresUnknown && pager.passesLinks
    let text =
      hasLinks
      ? LinkedText.linked(paged.text, columns: paged.columns, host: machine, file: folders.file)
      : LinkedText.plain(paged.text)
    guard keep(text + "\n", at: path) else { return "The text could not be kept for your pager: \(path)." }
    let status = run(pager.command, path, environment.merging(pager.variables) { own, _ in own })
    // 126 and 127 are the shell's own words for a program that cannot be started.
    guard status != -1, ![126, 127].contains((status >> 8) & 0xFF) else {
      return "Your pager could not be started: \(pager.command)."
    }
    return nil
  }

  private func keep(_ text: String, at path: String) -> Bool {
    FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
  }

  /// The name of this machine, as file addresses need it.
  private var machine: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Runs a command line the person configured, with the file as its last argument, on this terminal.
  private func run(_ command: String, _ path: String, _ environment: [String: String]) -> Int32 {
    terminal.lend {
      let words = ["/bin/sh", "-c", "exec \(command) \"$1\"", "signalbox", path]
      let copies = words.map { strdup($0) }
      defer { for copy in copies { free(copy) } }
      let variables = environment.map { strdup("\($0.key)=\($0.value)") }
      defer { for variable in variables { free(variable) } }
      var process = pid_t()
      guard posix_spawn(&process, "/bin/sh", nil, nil, copies + [nil], variables + [nil]) == 0 else { return -1 }
      var status: Int32 = 0
      while waitpid(process, &status, 0) < 0, errno == EINTR {}
      return status
    }
  }
}

extension Pager {
  /// Whether links reach the terminal: the program that is there is asked for its version.
  fileprivate var passesLinks: Bool {
    guard letsLinksThrough else { return false }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["timeout", "2", program, "--version"]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    let printed = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Pager.passesLinks(version: String(decoding: printed.prefix(200), as: UTF8.self))
  }
}
