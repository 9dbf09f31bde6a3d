import ArgumentParser
import Engine
import Foundation
import Kernel
import Playbooks

/// Rehearses a scenario on the real engine with a scripted fault.
struct DrillCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drill",
    abstract: "Rehearse a scenario on the real engine with a scripted fault, in a throw-away workspace.",
    discussion: "Without a scenario it lists them. At the end it shows what the QA report would say.")

  @Argument(help: "The scenario, 1–10, or a drill's name.")
  var scenario: String?
  @Flag(help: "Play it without a console, with the answers of the script.")
  var headless = false
  @ArgumentParser.Option(help: "Answers that a named person gives in advance (YAML), instead of the script's.")
  var answers: String?
  @Flag(help: "Leave the throw-away folder where it is.")
  var keep = false
  @OptionGroup var options: ConsoleOptions

  func run() async throws {
    let real = try Wiring()
    guard let scenario else { return try list(real.library) }
    let drill = try real.library.drill(scenario)
    if !headless { try ConsoleHost.requireTerminal(options, real.environment) }
    let workflow = try real.library.workflow(drill.workflow)
    var given: [AdvanceAnswer] = []
    if let answers {
      given = try AnswersFile.read(path: StateFolder.absolute(answers), for: workflow)
    } else if headless {
      given = drill.answers.map { answer in
        var own = answer
        own.by = real.person
        return own
      }
    }
    let stage = try DrillStage(drill, from: real)
    let journal = try stage.wiring.journal()
    let session = try await stage.begin(journal, answers: given)
    do {
      try await play(stage, journal, session)
      try await tell(stage, journal, session)
    } catch {
      if !keep { await stage.clear(journal, session: session) }
      throw error
    }
    if keep { remark("Kept in \(stage.folder).") } else { await stage.clear(journal, session: session) }
  }

  private func list(_ library: Library) throws {
    for name in library.drillNames {
      let drill = try library.drill(name)
      say("\(drill.scenario < 10 ? " " : "")\(drill.scenario)  \(drill.title)")
      say("    \(drill.says)")
    }
    say()
    say("`signalbox drill N` plays one in the console, `signalbox drill N --headless` without.")
  }

  private func play(_ stage: DrillStage, _ journal: any PagedJournal, _ session: String) async throws {
    guard headless else {
      try EngineLaunch.start(session, wiring: stage.wiring)
      try await ConsoleHost.run(wiring: stage.wiring, journal: journal, focus: session, options: options)
      return
    }
    remark("Drill \(stage.drill.scenario): \(stage.drill.title). \(stage.drill.says)")
    let person = ScriptedPerson(stage.drill, name: stage.wiring.person, journal: journal)
    let supervisor = try stage.wiring.supervisor(of: session, journal: journal, waitsForPersons: false) {
      events, now in
      for event in events { Self.show(event, in: now) }
      await person.look(at: now)
    }
    // An answer taken back, or a wish, may leave work to do after a rest; each run goes on where the last one ended.
    for _ in 0..<8 {
      _ = try await supervisor.run(session)
      let now = try await OpenSession.open(session, in: journal).session
      guard !now.outstanding.isEmpty else { break }
    }
  }

  private static func show(_ event: Event, in session: Session) {
    switch event.fact {
    case .decisionRaised(let decision): remark("  asked     \(decision.title)")
    case .decisionAnswered(let answer):
      let title = session.decision(answer.decision)?.option(answer.option)?.title ?? answer.option
      remark("  answered  \(title) (\(answer.by))\(answer.note.isEmpty ? "" : ": \(answer.note)")")
    case .requested(let request): remark("  wished    \(request.words)")
    case .taskFailed(let task, let attempt, _): remark("  failed    \(task), attempt \(attempt)")
    case .gateReported(let gate, let attempt, let result) where !result.passed:
      remark("  failed    gate \(gate), attempt \(attempt): \(result.achieved)")
    case .dependencyRestored(let id, _, _): remark("  restored  \(id)")
    case .filesRestored(_, _, let restored, let removed):
      remark("  files     \(restored) put back, \(removed) removed")
    case .undone(let record): remark("  undone    \(record.decision)")
    default: break
    }
  }

  private func tell(_ stage: DrillStage, _ journal: any Journal, _ session: String) async throws {
    let open = try await OpenSession.open(session, in: journal).session
    let (told, missing) = try await stage.report(journal, session: session)
    say(told)
    guard open.state == stage.drill.ends else {
      guard headless else {
        remark("The session is \(open.state.rawValue); the whole drill ends as \(stage.drill.ends.rawValue).")
        return
      }
      let asked = open.openDecisions.map { "\($0.id) (\($0.title))" }.joined(separator: ", ")
      throw Told(
        open.state == .waiting ? .waiting : .failed,
        why: "The drill ended as \(open.state.rawValue), not as \(stage.drill.ends.rawValue). \(asked)",
        instead: "Look at its script: `signalbox playbooks check`.")
    }
    guard missing.isEmpty else {
      throw Told(
        .unverified, why: "The report does not tell: \(missing.joined(separator: "; ")).",
        instead: "Play it with --keep and look at `signalbox report`.")
    }
    remark("The drill ended as \(open.state.rawValue), and the report tells all of it.")
  }
}
