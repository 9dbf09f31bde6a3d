import ArgumentParser
import Engine
import Foundation
import Kernel

/// Answers one decision.
struct AnswerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "answer", abstract: "Answer a decision; the first answer wins, a second one is told who and what.")

  @Argument(help: "The decision, as `signalbox decisions` names it.")
  var decision: String
  @Argument(help: "The option, by name or key.")
  var option: String
  @ArgumentParser.Option(help: "Why; some options need it.")
  var note: String?
  @ArgumentParser.Option(
    name: .customLong("set"), help: "FIELD=VALUE, for a decision that asks for fields; repeatable.")
  var fields: [String] = []
  @ArgumentParser.Option(help: "The word that an option asks for.")
  var confirm: String?
  @ArgumentParser.Option(help: "The digest of what was looked at; without it, of what is open now.")
  var digest: String?

  func run() async throws {
    let wiring = try Wiring()
    try wiring.refuseInsideTask("Decisions are not answered")
    let values = try fields.map { text in
      guard let equals = text.firstIndex(of: "=") else {
        throw Told(.refused, why: "--set \(text): there is no `=`.", instead: "Write --set 'FIELD=VALUE'.")
      }
      return FieldValue(field: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
    }
    var (open, found) = try await SessionLookup(journal: try wiring.journal()).decision(decision)
    let answer = Answer(
      decision: found.id, option: option, digest: digest ?? found.digest, note: note ?? "", fields: values,
      confirmation: confirm ?? "", origin: wiring.origin(client: "command line"))
    do {
      try await wiring.answers.submit(
        answer, to: &open, by: wiring.person, at: currentMoment(), request: "answer-\(UUID().uuidString)")
    } catch Refusal.filesMoved(let id, _, _) {
      let again = open.session.openDecisions.first { $0.subject == found.subject }
      let changes = again?.changes.prefix(5).joined(separator: ", ") ?? ""
      throw Told(
        .refused,
        why: "Files have changed since \(id) was asked\(changes.isEmpty ? "" : ": \(changes)"). Nothing was answered.",
        instead: again.map { "Look at them and at `signalbox decisions \(open.id)`, then answer \($0.id)." }
          ?? "It is asked again as soon as its engine works: `signalbox attach \(open.id)`.")
    }
    let chosen = open.session.decision(found.id)?.answer?.option ?? option
    say("\(found.id) answered with \(chosen).")
    if case .gone = wiring.liveness(of: open.session), !open.session.outstanding.isEmpty {
      remark("No engine runs this session now; `signalbox attach \(open.id)` starts one.")
    }
  }
}

/// Lets a session rest.
struct Pause: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Let a session rest; nothing is lost.")

  @Argument(help: "The session.")
  var session: String
  @ArgumentParser.Option(help: "Why, for the report.")
  var reason: String?

  func run() async throws {
    try await order(.pause(reason: reason ?? ""), session: session, done: "rests. `signalbox resume` goes on")
  }
}

/// Lets a session work again.
struct Resume: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "resume", abstract: "Let a session work again.")

  @Argument(help: "The session.")
  var session: String
  @ArgumentParser.Option(help: "Why, for the report.")
  var reason: String?

  func run() async throws {
    let wiring = try Wiring()
    try wiring.refuseInsideTask("Orders are not given")
    let open = try await SessionLookup(journal: try wiring.journal()).one(session)
    if open.session.standing == .active, wiring.liveness(of: open.session) == .gone {
      // Nobody paused it: its engine is gone, and what it needs is a new one.
      try EngineLaunch.start(open.id, wiring: wiring)
      say("\(open.id) had no engine; one goes on with it now.")
      return
    }
    let id = try await order(.resume, session: session, done: "works again")
    try EngineLaunch.start(id, wiring: wiring)
  }
}

/// Ends a session, or asks whether to.
struct Abort: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "abort",
    abstract: "Ask whether to end a session: a decision says what is saved and what is lost.",
    discussion: """
      With --confirm SESSION it ends at once, also while it rests. Either way the files, the journal, a partial QA report
      and a partial package stay.
      """)

  @Argument(help: "The session.")
  var session: String
  @ArgumentParser.Option(help: "Why, for the report.")
  var reason: String?
  @ArgumentParser.Option(help: "The session's name, to end it without being asked.")
  var confirm: String?

  func run() async throws {
    let wiring = try Wiring()
    guard let confirm else {
      return try await ask(.requestAbort(reason: reason ?? ""), session: session, wiring: wiring)
    }
    let id = try await order(
      .abort(reason: reason ?? "", confirmation: confirm), session: session, done: "has ended")
    let open = try await OpenSession.open(id, in: try wiring.journal())
    // What is still made after the end needs an engine: the last picture, the partial report and package.
    if wiring.liveness(of: open.session) == .gone, !open.session.outstanding.isEmpty {
      try EngineLaunch.start(id, wiring: wiring)
      remark(
        "A partial QA report and a partial package are being made; `signalbox show \(id)` tells when they are there.")
    }
  }
}

/// Asks to go back to a stage or to sub-stages.
struct Rollback: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Ask to go back to a stage: a decision says what is kept and what is discarded.")

  @Argument(help: "The session.")
  var session: String
  @ArgumentParser.Option(help: "The stage to go back to.")
  var to: Int
  @ArgumentParser.Option(help: "Sub-stages to run again, comma separated; without it all of that stage.")
  var substages: String?
  @ArgumentParser.Option(help: "Why, for the report.")
  var reason: String?

  func run() async throws {
    let names = (substages ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    try await ask(
      .rollBack(to: to, substages: names.filter { !$0.isEmpty }, reason: reason ?? ""), session: session,
      wiring: try Wiring())
  }
}

/// Asks for something else than was agreed.
struct Change: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "change",
    abstract: "Ask for a changed requirement: a decision says what it costs now, later, or after going back.")

  @Argument(help: "The session.")
  var session: String
  @ArgumentParser.Option(help: "What shall be different; it joins the functional requirements.")
  var text: String
  @ArgumentParser.Option(help: "The field of the brief that the text replaces as a whole.")
  var field: String?

  func run() async throws {
    try await ask(.change(text: text, field: field), session: session, wiring: try Wiring())
  }
}

/// Takes the last answer back.
struct Undo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "undo",
    abstract: "Take the last answer or rollback back: state and files are as they were before it.")

  @Argument(help: "The session.")
  var session: String
  @ArgumentParser.Option(help: "Why, for the report.")
  var reason: String?
  @Flag(help: "Only say what would be undone.")
  var dryRun = false

  func run() async throws {
    let wiring = try Wiring()
    if !dryRun { try wiring.refuseInsideTask("Orders are not given") }
    let journal = try wiring.journal()
    let open = try await SessionLookup(journal: journal).one(session)
    var consequences = try previewUndo(in: open.session).get()
    guard let point = open.session.restorePoints.last else {
      throw Refusal.nothingToUndo(reason: "nothing was answered.")
    }
    let decision = open.session.decision(point.decision)
    let option = decision?.option(point.option)?.title ?? point.option
    consequences = try await wiring.filled(consequences, of: open.session)
    say("Undoing “\(option)”, the answer to \(point.decision): \(decision?.title ?? "")")
    for line in consequences.lines { say("  \(line)") }
    if dryRun { return }
    let id = try await order(.undo(reason: reason ?? ""), session: open.id, done: "is as it was before that answer")
    let now = try await OpenSession.open(id, in: journal)
    if now.session.restoration != nil, wiring.liveness(of: now.session) == .gone {
      try EngineLaunch.start(id, wiring: wiring)
      remark("The files are being put back; `signalbox events \(id) --follow` shows it.")
    }
  }
}

/// Asks for something that a decision has to confirm, and says where to answer.
private func ask(_ demand: Demand, session: String, wiring: Wiring) async throws {
  try wiring.refuseInsideTask("Orders are not given")
  let journal = try wiring.journal()
  var open = try await SessionLookup(journal: journal).one(session)
  // What makes no sense is refused before anything is looked at.
  _ = try decide(Order(at: currentMoment(), by: wiring.person, demand: demand), in: open.session)
  try await wiring.look(at: &open)
  let known = open.session.openDecisions.map(\.id)
  try await open.submit(
    Order(at: currentMoment(), by: wiring.person, demand: demand), request: "ask-\(UUID().uuidString)")
  if let decision = open.session.openDecisions.first(where: { !known.contains($0.id) }) {
    say("\(decision.id): \(decision.title)")
    remark("Nothing has happened yet. `signalbox decisions \(open.id)` shows what each option does.")
    return
  }
  // The question is asked on a picture of the files, which an engine takes.
  if wiring.liveness(of: open.session) == .gone { try EngineLaunch.start(open.id, wiring: wiring) }
  for await changed in journal.changes() where changed == nil || changed == open.id {
    try await open.refresh()
    if let decision = open.session.openDecisions.first(where: { !known.contains($0.id) }) {
      say("\(decision.id): \(decision.title)")
      remark("Nothing has happened yet. `signalbox decisions \(open.id)` shows what each option does.")
      return
    }
    if open.session.openRequests.isEmpty { return }
  }
}

@discardableResult
private func order(_ demand: Demand, session: String, done: String) async throws -> String {
  let wiring = try Wiring()
  try wiring.refuseInsideTask("Orders are not given")
  var open = try await SessionLookup(journal: try wiring.journal()).one(session)
  try await open.submit(
    Order(at: currentMoment(), by: wiring.person, demand: demand), request: "order-\(UUID().uuidString)")
  say("\(open.id) \(done).")
  return open.id
}
