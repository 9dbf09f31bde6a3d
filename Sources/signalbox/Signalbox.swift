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
      AnswerCommand.self, Pause.self, Resume.self, Abort.self, Rollback.self, Change.self, Undo.self, Report.self,
      DrillCommand.self, PlaybooksCommand.self,
      Permissions.self, Revoke.self, Callbacks.self, CallbackCommand.self, Reply.self, Blockers.self, Incidents.self,
      Health.self, Files.self,
      Export.self, Verify.self, Doctor.self, RestoreTerminal.self, KeysCommand.self, Screenshots.self,
      LaunchCommand.self,
      MCPCommand.self,
    ],
    defaultSubcommand: Overview.self)

  static func main() async {
    // The defaults of these two end the process: a closed pipe or a file-size limit must be an error that is told.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    quietBacktraces()
    refuseUnknownCommand()
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

  /// A mistyped command must not be taken for an argument of the console.
  private static func refuseUnknownCommand() {
    guard let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-"), word != "help" else { return }
    // Each is named where it is configured: to find a name, the language would look through the whole program.
    let names = configuration.subcommands.compactMap { $0.configuration.commandName }
    guard !names.contains(word) else { return }
    let near = names.filter { $0.first == word.first || $0.contains(word) || word.contains($0) }
    let hint =
      near.isEmpty ? "`signalbox --help` lists the commands." : "Did you mean: \(near.joined(separator: ", "))?"
    remark("signalbox: There is no command `\(word)`.\n  \(hint)")
    Glibc.exit(64)
  }

  /// Becomes this program again with Swift's backtracer told not to ask questions: after a crash it would wait for a key
  /// in a terminal that was just given back. It reads its settings before `main`, so setting them here would be too late.
  private static func quietBacktraces() {
    guard isatty(1) == 1, getenv("SWIFT_BACKTRACE") == nil else { return }
    setenv("SWIFT_BACKTRACE", "interactive=no,color=no", 1)
    execv(Bundle.main.executablePath ?? "/proc/self/exe", CommandLine.unsafeArgv)
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
