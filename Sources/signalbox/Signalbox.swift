import ArgumentParser
import Foundation
import Glibc

/// The program: every sub-command is one file in Commands and one line here.
@main
struct Signalbox: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "signalbox",
    abstract: "Supervise AI code-generation sessions: they stop where you are needed, and wait.",
    discussion: """
      Without a sub-command it opens the console on all sessions.
      Start with `signalbox sample library --output brief.md` and `signalbox run brief.md`.
      """,
    version: Version.words,
    subcommands: [
      Overview.self, Run.self, SampleCommand.self, Attach.self, EngineCommand.self, List.self, Show.self, Events.self,
      Decisions.self,
      AnswerCommand.self, Pause.self, Resume.self, Report.self, Export.self, Verify.self, Doctor.self,
    ],
    defaultSubcommand: Overview.self)

  static func main() async {
    // The defaults of these two end the process: a closed pipe or a file-size limit must be an error that is told.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      leave(with: error)
    }
  }

  /// Says why, and what to do instead, on standard error; ends with the status that commands.md gives it.
  private static func leave(with error: any Error) -> Never {
    if let told = Told(error) {
      told.print()
      Glibc.exit(told.status.rawValue)
    }
    exit(withError: error)
  }
}

/// What this build is.
enum Version {
  static let number = "0.1.0"
  static let words = "signalbox \(number)"
}
