import ArgumentParser
import Engine
import Foundation
import Glibc
import Kernel
import Playbooks
import Screen

/// The program's exit status, as commands.md lists them.
enum Status: Int32 {
  case done = 0
  case refused = 3
  case waiting = 4
  case failed = 5
  case unverified = 6
}

/// Something that was not done: why, and what to do instead.
struct Told: Error {
  var status: Status
  var why: String
  var instead: String

  init(_ status: Status, why: String, instead: String) {
    self.status = status
    self.why = why
    self.instead = instead
  }

  /// What any error means to a person, or `nil` when it belongs to the argument parser.
  init?(_ error: any Error) {
    switch error {
    case let told as Told: self = told
    case let refusal as Refusal: self.init(.refused, why: refusal.words.why, instead: refusal.words.instead)
    case let failure as JournalFailure: self.init(failure)
    case let refusal as WorkspaceRefusal:
      self.init(.refused, why: refusal.description, instead: "Nothing was changed.")
    case let failure as LibraryFailure:
      self.init(
        .refused, why: "\(failure)", instead: "Correct the file; nothing was started with it.")
    case let held as LeaseHeld:
      let who = held.process.map { "process \($0)" } ?? "another process"
      self.init(
        .refused, why: "An engine already holds this session (\(who)).",
        instead: "`signalbox attach` looks at it; answering works without holding it.")
    case let cocoa as CocoaError:
      self.init(
        .refused, why: "\(cocoa.filePath.map { $0 + ": " } ?? "")\(cocoa.localizedDescription)",
        instead: "Look at the path and its permissions; nothing was changed.")
    case is ExitCode, is CleanExit, is ValidationError: return nil
    default:
      guard !"\(type(of: error))".contains("CommandError") else { return nil }
      self.init(.refused, why: "\(error)", instead: "`signalbox doctor` looks for what is wrong with this machine.")
    }
  }

  private init(_ failure: JournalFailure) {
    switch failure {
    case .broken(let session, let seq, let reason):
      self.init(
        .unverified, why: "The journal of \(session) does not hold at event \(seq): \(reason)",
        instead: "Nothing was changed. Keep the state folder as it is, and look at `signalbox verify \(session)`.")
    case .newer(let found, let known):
      self.init(
        .refused, why: "The journal was written by a newer Signalbox (format \(found); this one knows \(known)).",
        instead: "Use the newer program; nothing was written.")
    case .storage(let path, let reason):
      self.init(
        .refused, why: "\(reason) (\(path))".asSentence,
        instead: "Mend that and try again; nothing that was confirmed is lost.")
    }
  }

  func print() {
    let text = shown("signalbox: \(why)\n  \(instead)\n")
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}

/// A text as it may reach a terminal: what would steer one, or hides, has become visible marks; line ends stay.
///
/// Names, questions and messages come from agents and repositories, and everything that is printed goes through here.
func shown(_ text: String) -> String {
  guard text.utf8.contains(where: { $0 < 0x20 && $0 != 0x0A || $0 >= 0x7F }) else { return text }
  let lines = Screen.Text.lines(text).map(\.string).joined(separator: "\n")
  return text.utf8.last == 0x0A && lines.utf8.last != 0x0A ? lines + "\n" : lines
}

/// Writes a line to standard output.
///
/// A reader that has seen enough (`| head`) ends the program quietly; a disk that is full ends it with a word.
func say(_ line: String = "") {
  do {
    try FileHandle.standardOutput.write(contentsOf: Data((shown(line) + "\n").utf8))
  } catch {
    if errno == EPIPE { exit(Status.done.rawValue) }
    remark("signalbox: standard output cannot be written: \(error.localizedDescription)")
    exit(Status.refused.rawValue)
  }
}

/// Writes a line about results to standard error.
func remark(_ line: String) {
  try? FileHandle.standardError.write(contentsOf: Data((shown(line) + "\n").utf8))
}

extension String {
  /// Words as a sentence: with a capital and a full stop.
  var asSentence: String { prefix(1).uppercased() + dropFirst() + "." }
}
