import Foundation

/// A real terminal in a box: tmux, seen and driven through its own commands.
final class Multiplexer {
  private let socket: String

  static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/tmux")

  init() throws {
    socket = FileManager.default.temporaryDirectory.appending(path: "probe-\(UUID().uuidString.prefix(8))").path
    // Nothing of the environment of the tests may decide what the program finds.
    let shell = "exec env -i PATH=\"$PATH\" TERM=\"$TERM\" PS1=: /bin/bash --norc --noprofile"
    run(["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", shell])
    guard waits({ screen().contains(":") }) else { throw CocoaError(.executableLoad) }
  }

  deinit {
    run(["kill-server"])
    try? FileManager.default.removeItem(atPath: socket)
  }

  /// Runs a command of tmux and returns what it prints.
  @discardableResult
  func run(_ arguments: [String]) -> String {
    // Not Foundation's Process: it waits for ever when the program leaves a server behind.
    let quoted = (["/usr/bin/tmux", "-S", socket] + arguments).map { argument in
      "'" + argument.replacing("'", with: "'\\''") + "'"
    }
    let isServer = arguments.contains("new-session")
    let command = quoted.joined(separator: " ") + " </dev/null 2>/dev/null" + (isServer ? " >/dev/null" : "")
    guard let pipe = popen(command, "r") else { return "" }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, pipe)
      guard count > 0 else { break }
      text += buffer.prefix(count)
    }
    pclose(pipe)
    return String(decoding: text, as: UTF8.self)
  }

  func type(_ line: String) {
    run(["send-keys", "-l", line])
    run(["send-keys", "Enter"])
  }

  func press(_ keys: String...) {
    for key in keys { run(["send-keys", key]) }
  }

  func screen() -> String {
    run(["capture-pane", "-p"])
  }

  func value(_ name: String) -> String {
    run(["display-message", "-p", "#{\(name)}"]).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// The terminal is as a shell expects it: the usual screen, no mouse, a visible cursor, echo.
  var isSane: Bool {
    guard value("alternate_on") == "0", value("mouse_any_flag") == "0", value("cursor_flag") == "1" else {
      return false
    }
    type("stty -a | grep -o ' echo ' | tr -d ' ' | sed s/^/modes-/")
    return shows("modes-echo\n")
  }

  func shows(_ text: String) -> Bool {
    waits { screen().contains(text) }
  }

  /// Asks again and again until the condition holds, for ten seconds at most.
  func waits(_ condition: () -> Bool) -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while !condition() {
      guard ContinuousClock.now < deadline else { return false }
      usleep(10_000)
    }
    return true
  }
}
