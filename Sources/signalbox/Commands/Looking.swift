import ArgumentParser
import Engine
import Foundation
import Kernel

/// Lists sessions, those that need a person first.
struct List: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List sessions, those that need a person first.")

  @Flag(help: "As JSON.")
  var json = false

  func run() async throws {
    let wiring = try Wiring()
    let (found, broken) = try await SessionLookup(journal: try wiring.journal()).all()
    let sessions = found.map(\.session).sorted { one, other in
      let first = (one.openDecisions.isEmpty ? 1 : 0, -one.updatedAt)
      return first < (other.openDecisions.isEmpty ? 1 : 0, -other.updatedAt)
    }
    if json {
      say(JSONOutput.text(sessions.map { JSONOutput.row($0, wiring: wiring) }))
    } else if sessions.isEmpty, broken.isEmpty {
      say("No sessions yet. `signalbox sample library --output brief.md`, then `signalbox run brief.md`.")
    } else {
      for session in sessions { say(line(session, wiring: wiring)) }
    }
    for (id, why) in broken { remark("\(id): \(why)") }
  }

  private func line(_ session: Session, wiring: Wiring) -> String {
    let stage = session.currentStage.map { "\($0.id) \($0.name)" } ?? "–"
    let needs = session.openDecisions.map { "\($0.id): \($0.title)" }.first ?? ""
    let word = wiring.word(for: session).rawValue
    func cell(_ text: String, _ width: Int) -> String {
      text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
    }
    return "\(cell(session.id, 24)) \(cell(word, 11)) \(cell(stage, 22)) \(needs)"
      .trimmingCharacters(in: .whitespaces)
  }
}

/// Shows one session.
struct Show: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show a session's state, now or at any past event.")

  @Argument(help: "The session.")
  var session: String
  @Flag(help: "As JSON.")
  var json = false
  @ArgumentParser.Option(help: "The state as it was after this event.")
  var at: Int?

  func run() async throws {
    let wiring = try Wiring()
    let journal = try wiring.journal()
    var open = try await SessionLookup(journal: journal).one(session)
    if let at {
      guard (1...open.session.version).contains(at) else {
        throw Told(
          .refused, why: "There is no event \(at).", instead: "Events go from 1 to \(open.session.version).")
      }
      open = try await OpenSession.open(open.id, in: journal, upTo: at)
    }
    if json {
      // A workspace that cannot be looked at must not hide the rest.
      let found = (try? await Integrity.look(at: open.session, wiring)) ?? Integrity(of: open.session, disk: [])
      say(JSONOutput.text(JSONOutput.whole(open, wiring: wiring, integrity: found)))
    } else {
      tell(open.session, wiring: wiring)
    }
  }

  private func tell(_ session: Session, wiring: Wiring) {
    say("\(session.title)  (\(session.id))")
    say("  state      \(wiring.word(for: session).rawValue)")
    let modules = session.modules.isEmpty ? "none" : session.modules.joined(separator: ", ")
    say("  level      \(session.level.map(String.init) ?? "not agreed yet")   modules \(modules)")
    say("  workspace  \(session.workspace)")
    for stage in session.stages {
      say("  \(mark(stage.state)) \(stage.id) \(stage.name)")
      for substage in stage.substages where stage.state != .todo {
        say("      \(mark(substage.state)) \(substage.id) \(substage.name)\(substage.reason.map { " (\($0))" } ?? "")")
      }
    }
    for gate in session.gates {
      // What does not block is told as a finding, not as a failure.
      let sign = gate.state == .failed && !gate.mandatory ? "!" : mark(gate.state)
      let why = gate.reason.map { " (\($0))" } ?? ""
      say("  \(sign) gate \(gate.title): required \(gate.required)\(why), achieved \(gate.achieved)")
    }
    for line in supervisionLines(session) { say("  \(line)") }
    for decision in session.openDecisions { say("  ?  \(decision.id): \(decision.title)") }
    if let decision = session.openDecisions.first { say("  answer with `signalbox answer \(decision.id) OPTION`") }
  }

  /// What supervision has to say in short; nothing for a session without it.
  private func supervisionLines(_ session: Session) -> [String] {
    guard session.workflow.supervision != nil else { return [] }
    var lines: [String] = []
    for callback in session.openCallbacks {
      lines.append("!  \(callback.id) \(callback.kind.rawValue) from \(callback.from): \(oneLine(callback.text))")
    }
    for record in session.blockerRecords where record.state != .resolved {
      let words =
        "\(record.id) \(session.state(of: record).rawValue), owner \(record.owner.isEmpty ? "nobody" : record.owner)"
      lines.append("X  \(words): \(oneLine(record.text))")
    }
    for task in session.tasks where !task.state.isOver {
      guard let last = task.escalations.last else { continue }
      lines.append("!  \(task.id) \(oneLine(last.words))")
    }
    for task in session.unassignedTasks { lines.append("!  nobody can do \(task.id) (role \(task.role))") }
    let checks = session.healthChecks == 1 ? "1 check" : "\(session.healthChecks) checks"
    lines.append("health \(session.metrics.health) of 100 after \(checks)")
    if let last = session.verifications.last {
      let failed = last.items.filter { !$0.passed }.count
      let accepted = session.verificationAccepted.map { "; a person went on without it: \(oneLine($0))" } ?? ""
      lines.append(
        last.passed
          ? "final verification \(last.number): PASS (\(last.items.count) hold)"
          : "final verification \(last.number): FAIL (\(failed) of \(last.items.count) do not hold)\(accepted)")
    }
    return lines
  }

  private func mark(_ state: Kernel.Progress) -> String {
    switch state {
    case .todo: return "."
    case .running: return ">"
    case .done: return "+"
    case .failed: return "X"
    case .skipped: return "-"
    case .waived: return "w"
    case .isolated: return "o"
    }
  }
}

/// Prints the journal of a session.
struct Events: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events", abstract: "Print a session's journal, as text or JSON lines.")

  @Argument(help: "The session.")
  var session: String
  @Flag(help: "As JSON lines.")
  var json = false
  @ArgumentParser.Option(help: "Only events after this one.")
  var after = 0
  @Flag(help: "Go on with what is added.")
  var follow = false

  func run() async throws {
    let wiring = try Wiring()
    let journal = try wiring.journal()
    let id = try await SessionLookup(journal: journal).one(session).id
    var printer = EventPrinter(journal: journal, session: id, json: json, position: after)
    try await printer.printNew()
    guard follow else { return }
    for await changed in journal.changes() where changed == nil || changed == id { try await printer.printNew() }
  }
}

/// Prints events in order, each once.
struct EventPrinter {
  let journal: any Journal
  let session: String
  let json: Bool
  var position: Int

  mutating func printNew() async throws {
    while true {
      let records = try await journal.read(session, after: position, limit: 1_000)
      if records.isEmpty { return }
      for record in records {
        if json {
          say(JSONOutput.text(JSONOutput.event(record), pretty: false))
        } else {
          say(
            "\(record.seq)  \(isoTime(record.entry.at))  \(record.entry.type)  \(record.entry.by)  \(record.entry.data)"
          )
        }
        position = record.seq
      }
    }
  }
}

/// Shows open decisions.
struct Decisions: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decisions",
    abstract: "Show open decisions with their options and what each will do.")

  @Argument(help: "Only those of this session.")
  var session: String?
  @Flag(help: "As JSON.")
  var json = false

  func run() async throws {
    let wiring = try Wiring()
    let lookup = SessionLookup(journal: try wiring.journal())
    let open = try await lookup.named(session)
    let pairs = open.flatMap { one in one.session.openDecisions.map { (one.session, $0) } }
    if json {
      var rows: [[String: Any]] = []
      for (session, decision) in pairs {
        var options: [[String: Any]] = []
        for option in decision.options {
          options.append(JSONOutput.option(option, await wiring.foreseen(option, of: decision, in: session)))
        }
        rows.append(JSONOutput.decision(decision, in: session, options: options))
      }
      say(JSONOutput.text(rows))
    } else if pairs.isEmpty {
      say("No decision is open.")
    } else {
      for (session, decision) in pairs { await tell(decision, in: session, wiring) }
    }
  }

  private func tell(_ decision: Decision, in session: Session, _ wiring: Wiring) async {
    say("\(decision.id)  \(decision.title)")
    say("")
    for line in decision.body.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) { say("  \(line)") }
    say("")
    if !decision.changes.isEmpty {
      say("  Changed since it was asked before: \(decision.changes.joined(separator: ", "))")
      say("")
    }
    for field in decision.fields {
      say("  fill in  \(field.name)\(field.isOptional ? " (may stay empty)" : ""): \(field.why) \(field.format)")
    }
    for option in decision.options {
      let mark = option.id == decision.recommended ? "  (recommended)" : ""
      say("  \(option.key)  \(option.id): \(option.title)\(mark)")
      say("       \(option.says)")
      for line in await wiring.foreseen(option, of: decision, in: session).lines { say("       - \(line)") }
      if !option.fields.isEmpty, option.effect != .amend {
        say("       takes \(option.fields.map { "--set '\($0)=…'" }.joined(separator: " "))")
      }
      if option.noteRequired { say("       needs --note TEXT") }
      if let word = option.confirm { say("       needs --confirm \(word)") }
    }
    say("")
    let amends = decision.options.first { $0.effect == .amend && !decision.fields.isEmpty }
    let sets = amends == nil ? "" : decision.fields.map { " --set '\($0.name)=…'" }.joined()
    say("  signalbox answer \(decision.id) \(amends?.id ?? decision.recommended ?? "OPTION")\(sets)")
    say("")
  }
}
