import ArgumentParser
import Engine
import Foundation
import Kernel
import Reports

/// Shows what was said to the supervisor.
struct Callbacks: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "callbacks",
    abstract: "Show what agents and people said to the supervisor, what waits for an answer first.")

  @Argument(help: "Only those of this session.")
  var session: String?
  @Flag(help: "As JSON.")
  var json = false

  func run() async throws {
    let wiring = try Wiring()
    let lookup = SessionLookup(journal: try wiring.journal())
    let open = try await lookup.named(session)
    let pairs = open.map(\.session).flatMap { session in session.callbacks.map { (session, $0) } }
    let waiting = pairs.filter { $0.standing(of: $1) == .open }
    let sorted = waiting + pairs.filter { $0.standing(of: $1) != .open }
    if json {
      say(JSONOutput.text(sorted.map { JSONOutput.callback($1, in: $0) }))
    } else if sorted.isEmpty {
      say("Nothing was said to the supervisor.")
    } else {
      for (session, callback) in sorted { tell(callback, in: session) }
      if let (session, callback) = waiting.first {
        say("reply with `signalbox reply \(session.id)/\(callback.id) TEXT`")
      }
    }
  }

  private func tell(_ callback: Callback, in session: Session) {
    let task = callback.task.map { ", task \($0)\(callback.attempt.map { ", attempt \($0)" } ?? "")" } ?? ""
    let urgency = callback.urgency == .normal ? "" : ", urgency \(callback.urgency.rawValue)"
    say("\(session.id)/\(callback.id)  \(callback.kind.rawValue), \(session.standing(of: callback).rawValue)")
    say("  \(callback.from) to \(callback.to), \(isoTime(callback.at))\(task)\(urgency)")
    for line in lines(callback.text) { say("  | \(line)") }
    for setting in callback.context { say("  \(oneLine(setting.name)): \(oneLine(setting.value))") }
    if !callback.missing.isEmpty { say("  missing: \(callback.missing.map(oneLine).joined(separator: ", "))") }
    if let answer = callback.answer {
      say("  answered by \(answer.by), \(isoTime(answer.at)):")
      for line in lines(answer.text) { say("  > \(line)") }
    }
    say("")
  }
}

/// Says something to the supervisor.
struct CallbackCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "callback", abstract: "Say something to the supervisor: a question, an obstacle, a word on progress.")

  @Argument(help: "The session.")
  var session: String
  @ArgumentParser.Option(help: "What is said, in full.")
  var text: String
  @ArgumentParser.Option(help: "query, blocker, clarification, error or progress.")
  var kind = Callback.Kind.query
  @ArgumentParser.Option(help: "Who says it (default: you).")
  var from: String?
  @ArgumentParser.Option(help: "To whom: person, manager, a role or an agent.")
  var to = "person"
  @ArgumentParser.Option(help: "low, normal or high.")
  var urgency = Callback.Urgency.normal
  @ArgumentParser.Option(help: "The task it is about.")
  var task: String?

  func run() async throws {
    let wiring = try Wiring()
    var open = try await SessionLookup(journal: try wiring.journal()).one(session)
    if let task, open.session.task(task) == nil {
      throw Told(
        .refused, why: "\(open.id) has no task \(task).",
        instead: "`signalbox show \(open.id) --json` lists its tasks; leave --task out for what belongs to none.")
    }
    if let from, from.allSatisfy(\.isWhitespace) || from.lowercased() == "engine" {
      throw Told(
        .refused, why: "--from: nobody but the engine speaks as the engine, and somebody has to.",
        instead: "Leave it out, or name an agent.")
    }
    let callback = Callback(
      kind: kind, from: from ?? wiring.person, to: to, text: text, urgency: urgency, task: task,
      attempt: task.flatMap { open.session.task($0)?.attempt })
    try await open.submit(
      Order(at: currentMoment(), by: wiring.person, demand: .raiseCallback(callback)),
      request: "callback-\(UUID().uuidString)")
    let taken = open.session.callbacks.last { $0.text == text && $0.from == callback.from }
    say("\(open.id)/\(taken?.id ?? "?") was taken in.")
    if case .gone = wiring.liveness(of: open.session), !open.session.outstanding.isEmpty {
      remark("No engine runs this session now; `signalbox attach \(open.id)` starts one.")
    }
  }
}

extension Callback.Kind: ExpressibleByArgument {}
extension Callback.Urgency: ExpressibleByArgument {}

/// Answers a callback.
struct Reply: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reply",
    abstract: "Answer a callback; whoever asked reads it with the next attempt.")

  @Argument(help: "The callback: C-1 where that is enough, or SESSION/C-1.")
  var callback: String
  @Argument(help: "The answer, in full.")
  var text: String
  @ArgumentParser.Option(help: "The session, where C-1 is not enough.")
  var session: String?

  func run() async throws {
    let wiring = try Wiring()
    try wiring.refuseInsideTask("Callbacks are not answered")
    let lookup = SessionLookup(journal: try wiring.journal())
    var (open, id) = try await lookup.callback(callback, session: session)
    try await open.submit(
      Order(at: currentMoment(), by: wiring.person, demand: .answerCallback(id, text: text)),
      request: "reply-\(UUID().uuidString)")
    say("\(open.id)/\(id) is answered.")
    if case .gone = wiring.liveness(of: open.session), !open.session.outstanding.isEmpty {
      remark("No engine runs this session now; `signalbox attach \(open.id)` starts one.")
    }
  }
}

/// Shows what stands in the way, and what did.
struct Blockers: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "blockers",
    abstract: "Show what stands in a session's way and what did, each with its owner and its history.")

  @Argument(help: "The session.")
  var session: String
  @Flag(help: "As JSON.")
  var json = false

  func run() async throws {
    let wiring = try Wiring()
    let session = try await SessionLookup(journal: try wiring.journal()).one(session).session
    if json { return say(JSONOutput.text(JSONOutput.blockers(of: session))) }
    guard session.workflow.supervision != nil else {
      for blocker in session.blockers { say("\(blocker.id)  owner \(blocker.owner): \(oneLine(blocker.text))") }
      if session.blockers.isEmpty { say("Nothing stands in the way.") }
      return
    }
    if session.blockerRecords.isEmpty { say("Nothing stands in the way, and nothing did.") }
    let isOver: (BlockerRecord) -> Bool = { $0.state == .resolved }
    for record in session.blockerRecords.filter({ !isOver($0) }) + session.blockerRecords.filter(isOver) {
      let task = record.task.map { ", task \($0)" } ?? ""
      let remedy = session.remedy(of: record).map { ", remedy \($0.id)" } ?? ""
      say(
        "\(record.id)  \(session.state(of: record).rawValue)  \(record.source), owner "
          + "\(record.owner.isEmpty ? "nobody" : record.owner)\(task)\(remedy)")
      for line in lines(record.text) { say("  | \(line)") }
      for step in record.history { say("  \(isoTime(step.at))  \(step.by)  \(oneLine(step.words))") }
      say("")
    }
  }
}

/// Shows the reports of sub-stages that failed as a whole.
struct Incidents: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "incidents",
    abstract: "Show the reports of sub-stages that failed as a whole, as Markdown.")

  @Argument(help: "The session.")
  var session: String
  @Argument(help: "Only this incident, e.g. I-1.")
  var id: String?
  @Flag(help: "As JSON.")
  var json = false

  func run() async throws {
    let wiring = try Wiring()
    let session = try await SessionLookup(journal: try wiring.journal()).one(session).session
    let found = session.incidents.filter { id == nil || $0.id == id }
    if let id, found.isEmpty {
      let known = session.incidents.map(\.id).joined(separator: ", ")
      throw Told(
        .refused, why: "\(session.id) has no incident \(id).",
        instead: known.isEmpty ? "It has none at all." : "Incidents: \(known).")
    }
    if json { return say(JSONOutput.text(found.map(JSONOutput.incident))) }
    if found.isEmpty { say("No sub-stage failed as a whole.") }
    for incident in found { say(Documents.incidentReport(incident, of: session)) }
  }
}

/// Shows how a session fares.
struct Health: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "health",
    abstract: "Show a session's health: score, findings, what was healed and what needs you.")

  @Argument(help: "The session.")
  var session: String
  @Flag(help: "As JSON.")
  var json = false
  @Flag(help: "Check now, and heal what can be healed without asking.")
  var check = false

  func run() async throws {
    let wiring = try Wiring()
    var open = try await SessionLookup(journal: try wiring.journal()).one(session)
    if check { try await checkNow(&open, wiring) }
    let session = open.session
    if json {
      var all: [String: Any] = JSONOutput.health(of: session)
      all["session"] = session.id
      all["alerts"] = JSONOutput.alerts(of: session)
      all["healings"] = JSONOutput.healings(of: session)
      all["metrics"] = JSONOutput.metrics(of: session)
      return say(JSONOutput.text(all))
    }
    guard session.workflow.supervision != nil else {
      return say("The workflow of \(session.id) says nothing of supervision, so nothing watches its health.")
    }
    say("health \(session.metrics.health) of 100")
    guard let last = session.health else { return say("  not checked yet; `signalbox health \(session.id) --check`") }
    say("  last check \(isoTime(last.at)), number \(session.healthChecks), found \(last.score) of 100")
    for (words, found) in last.findings where !found.isEmpty { say("  ! \(words): \(found.joined(separator: ", "))") }
    for alert in session.alerts {
      say(
        "  \(isoTime(alert.at))  \(alert.kind.rawValue)\(alert.needsPerson ? " (yours)" : "")  \(oneLine(alert.words))")
    }
    for healing in session.healings { say("  \(isoTime(healing.at))  healed: \(oneLine(healing.words))") }
  }

  private func checkNow(_ open: inout OpenSession, _ wiring: Wiring) async throws {
    guard open.session.workflow.supervision != nil else {
      throw Told(
        .refused, why: "The workflow of \(open.id) says nothing of supervision, so there is nothing to check.",
        instead: "`signalbox show \(open.id)` tells how it stands.")
    }
    guard open.session.standing == .active else {
      throw Told(
        .refused, why: "\(open.id) is \(open.session.state.rawValue); nothing is healed then.",
        instead: "Look without --check.")
    }
    try await open.submit(
      Order(at: currentMoment(), by: wiring.person, demand: .checkHealth), request: "health-\(UUID().uuidString)")
  }
}

/// Shows every file of a session against the disk.
struct Files: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "files",
    abstract: "Show every file with who made it and whether the disk agrees with the record.")

  @Argument(help: "The session.")
  var session: String
  @ArgumentParser.Option(
    help: ArgumentHelp(
      "Show what changed in one file: what its author changed, or how it differs from what was accepted.",
      valueName: "path"))
  var diff: String?
  @Flag(help: "As JSON.")
  var json = false

  func run() async throws {
    let wiring = try Wiring()
    let session = try await SessionLookup(journal: try wiring.journal()).one(session).session
    if let diff { return try await compare(diff, in: session, wiring) }
    let found = try await Integrity.look(at: session, wiring)
    if json {
      return say(
        JSONOutput.text([
          "session": session.id, "integrity": JSONOutput.integrity(found), "files": found.rows.map(JSONOutput.file),
        ]))
    }
    for row in found.rows {
      let word = row.state.rawValue.padding(toLength: 10, withPad: " ", startingAt: 0)
      let author = row.record?.author.words ?? FileAuthor.outside.words
      say("\(word)  \(row.hash.prefix(12))  \(oneLine(row.path))  \(oneLine(author))")
    }
    let counts = FileRecord.Integrity.allCases.compactMap { state -> String? in
      let count = found.rows(state).count
      return count == 0 ? nil : "\(count) \(state.rawValue)"
    }
    say(counts.isEmpty ? "No task has left a file yet." : counts.joined(separator: ", "))
  }

  private func compare(_ path: String, in session: Session, _ wiring: Wiring) async throws {
    let found = try await FileComparison(wiring: wiring, session: session).compare(path)
    if json {
      return say(
        JSONOutput.text([
          "session": session.id, "path": path, "integrity": found.now.rawValue, "before": found.before,
          "after": found.after, "lines": found.lines,
          "note": found.note,
        ]))
    }
    say("--- \(oneLine(path))  \(found.before)")
    say("+++ \(oneLine(path))  \(found.after)")
    if !found.note.isEmpty { say(found.note) }
    for line in found.lines { say(oneLine(line)) }
  }
}

/// A text on one line, without what steers a terminal.
func oneLine(_ text: String) -> String { lines(text).joined(separator: " ") }

/// The lines of a text, without what steers a terminal.
private func lines(_ text: String) -> [String] {
  text.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline).map { line in
    String(
      String.UnicodeScalarView(
        line.unicodeScalars.map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .format, .lineSeparator, .paragraphSeparator: return scalar == "\t" ? " " : "\u{FFFD}"
          default: return scalar
          }
        }))
  }
}
