import ArgumentParser
import Terminal

/// Puts a terminal in order that a killed program left behind.
struct RestoreTerminal: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore-terminal",
    abstract: "Put a terminal in order that a killed program left behind.",
    discussion: """
      Only a kill that cannot be caught leaves a terminal without echo or cursor. What is typed is not seen then, and Enter
      may do nothing: type the command blindly and press Ctrl-J.
      """)

  @ArgumentParser.Option(name: .customLong("tty"), help: "The terminal to put in order, instead of this one.")
  var path: String = "/dev/tty"

  func run() throws {
    do {
      let name = try TerminalRepair.repair(path)
      let words = name == "/dev/tty" ? "This terminal" : name
      say("\(words) is in order: modes off, title and cursor back, the usual screen, echo and lines as shells expect.")
    } catch {
      throw Told(
        .refused, why: "Nothing was put in order: \(error.reason).",
        instead: error.hint.asSentence)
    }
  }
}
