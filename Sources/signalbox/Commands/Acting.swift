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
    guard wiring.environment["SIGNALBOX_TASK"] == nil else {
      throw Told(
        .refused, why: "Decisions are not answered from inside a task.",
        instead: "A person answers from a terminal of their own.")
    }
    let values = try fields.map { text in
      guard let equals = text.firstIndex(of: "=") else {
        throw Told(.refused, why: "--set \(text): there is no `=`.", instead: "Write --set 'FIELD=VALUE'.")
      }
      return FieldValue(field: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
    }
    var (open, found) = try await SessionLookup(journal: try wiring.journal()).decision(decision)
    let answer = Answer(
      decision: found.id, option: option, digest: digest ?? found.digest, note: note ?? "", fields: values,
      confirmation: confirm ?? "")
    let order = Order(at: currentMoment(), by: wiring.person, demand: .answer(answer))
    try await open.submit(order, request: "answer-\(UUID().uuidString)")
    let chosen = open.session.decision(found.id)?.answer?.option ?? option
    say("\(found.id) answered with \(chosen).")
    if case .gone = wiring.liveness(of: open.session), open.session.standing == .active {
      remark("No engine runs this session now; `signalbox attach \(open.id)` starts one.")
    }
  }
}

/// Lets a session rest.
struct Pause: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Let a session rest; nothing is lost.")

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
  static let configuration = CommandConfiguration(abstract: "Let a session work again.")

  @Argument(help: "The session.")
  var session: String
  @ArgumentParser.Option(help: "Why, for the report.")
  var reason: String?

  func run() async throws {
    let wiring = try Wiring()
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

@discardableResult
private func order(_ demand: Demand, session: String, done: String) async throws -> String {
  let wiring = try Wiring()
  var open = try await SessionLookup(journal: try wiring.journal()).one(session)
  try await open.submit(
    Order(at: currentMoment(), by: wiring.person, demand: demand), request: "order-\(UUID().uuidString)")
  say("\(open.id) \(done).")
  return open.id
}
