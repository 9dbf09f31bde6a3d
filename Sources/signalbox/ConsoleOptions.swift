import ArgumentParser
import Console
import Foundation
import Glibc

/// Writes what the console of lines would say to a file or FIFO beside the frames, for a reader of one's own.
struct Speaker {
  private var console: LinearConsole
  private let file: FileHandle

  init(model: Model, file: FileHandle) {
    console = LinearConsole(model)
    self.file = file
  }

  /// Says what happened since the last time.
  mutating func take(_ sessions: [SessionSnapshot], at now: Int64) {
    var output = console.take(.moment(now))
    output.lines += console.take(.sessions(sessions)).lines
    guard !output.lines.isEmpty else { return }
    // A reader that went away is no reason to stop.
    try? file.write(contentsOf: Data(output.lines.map { $0 + "\n" }.joined().utf8))
  }
}

/// How the console is shown.
struct ConsoleOptions: ParsableArguments {
  @Flag(help: "A console of lines, for screen readers, braille and bad connections.")
  var linear = false
  @ArgumentParser.Option(help: "A file or FIFO that the lines are written to beside the frames.")
  var announce: String?
  @Flag(help: "Only look: nothing is answered, ordered or started from this console.")
  var readOnly = false

  /// Whether lines are wanted, or nothing else is possible: a dumb terminal cannot show frames.
  func isLinear(_ environment: [String: String]) -> Bool { linear || environment["TERM"] == "dumb" }

  /// Where announcements go, opened so that a FIFO without a reader does not hold up anything.
  func announcements() throws -> FileHandle? {
    guard let announce else { return nil }
    let opened = open(announce, O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0o600)
    guard opened >= 0 else {
      throw Told(
        .refused, why: "\(announce) cannot be written: \(String(cString: strerror(errno))).",
        instead: "Name a file or FIFO that you may write with --announce.")
    }
    return FileHandle(fileDescriptor: opened, closeOnDealloc: true)
  }
}
