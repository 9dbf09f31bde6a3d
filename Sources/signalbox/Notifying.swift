import Console
import Foundation
import Glibc
import Kernel
import Terminal

/// An alert as a person's own notifier gets it on standard input.
struct AlertLine: Encodable {
  var kind: String
  var session: String
  var text: String
  /// In milliseconds since 1970 (UTC).
  var at: Int64
  var waiting: Int

  init(_ note: AlertNote) {
    kind = note.kind.rawValue
    session = note.session
    text = note.text
    at = note.at
    waiting = note.waiting
  }
}

/// A program of the person's own that is given a text on standard input, such as a notifier or a clipboard.
///
/// Started by Foundation and not by the runner of the gates, because that one ends whatever a program leaves behind:
/// clipboard tools (xclip, wl-copy) live on in the background and are what holds the copied text.
struct OwnProgram: Sendable {
  let command: [String]
  let environment: [String: String]
  /// How long it may take, in seconds.
  var patience = 10.0

  /// Runs it; says how it went in a few words, and never waits longer than its time.
  func run(_ input: Data) async -> (isGood: Bool, words: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["--"] + command
    process.environment = environment
    let pipe = Pipe()
    process.standardInput = pipe
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let (ends, end) = AsyncStream.makeStream(of: Int32?.self)
    process.terminationHandler = { process in
      end.yield(process.terminationReason == .exit ? process.terminationStatus : nil)
      end.finish()
    }
    do { try process.run() } catch { return (false, "\(command[0]) could not be started") }
    // A program that reads nothing must not hold up or end the console.
    let handle = pipe.fileHandleForWriting
    Thread.detachNewThread {
      try? handle.write(contentsOf: input)
      try? handle.close()
    }
    let patience = patience
    let timer = Task {
      try? await Task.sleep(for: .seconds(patience))
      if !Task.isCancelled { kill(process.processIdentifier, SIGKILL) }
    }
    var status: Int32?
    for await ended in ends { status = ended }
    timer.cancel()
    switch status {
    case 0?: return (true, "\(command[0]): ok")
    case 127?: return (false, "\(command[0]): there is no such program")
    case let code?: return (false, "\(command[0]): ended with \(code)")
    case nil: return (false, "\(command[0]): was stopped")
    }
  }
}

/// The ways by which a copied text can reach a clipboard, the surest first.
struct Clipboard: Sendable {
  let environment: [String: String]
  let ownCommand: [String]?

  /// Puts a text on a clipboard and says in one sentence where it went and how sure that is.
  ///
  /// - Parameter terminal: The last way: the terminal is asked, which answers nothing.
  func copy(_ text: String, terminal: TerminalSession?) async -> String {
    let data = Data(text.utf8)
    if let ownCommand {
      let (isGood, words) = await OwnProgram(command: ownCommand, environment: environment).run(data)
      return isGood ? "Copied by \(ownCommand[0])." : "Not copied. \(words)."
    }
    if environment["TMUX"]?.isEmpty == false {
      // -w passes it on to the outer terminal as well, if that takes it.
      let tmux = OwnProgram(command: ["tmux", "load-buffer", "-w", "-"], environment: environment)
      if await tmux.run(data).isGood {
        return "In tmux's buffer (prefix ] pastes it); passed on to the terminal, not verified."
      }
    }
    for tool in tools where await OwnProgram(command: tool, environment: environment).run(data).isGood {
      return "Copied by \(tool[0])."
    }
    guard let terminal else { return "Not copied: no clipboard was found; config.yaml can name a program (copy:)." }
    let isSent = terminal.copy(text)
    return isSent
      ? "Sent to the terminal's clipboard (not verified)." : "Not copied: the text is too long for this terminal."
  }

  private var tools: [[String]] {
    var tools: [[String]] = []
    if environment["WAYLAND_DISPLAY"]?.isEmpty == false { tools.append(["wl-copy"]) }
    if environment["DISPLAY"]?.isEmpty == false {
      tools += [["xclip", "-selection", "clipboard"], ["xsel", "--clipboard", "--input"]]
    }
    return tools
  }
}
