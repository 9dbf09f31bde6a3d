import Engine
import Foundation
import Kernel
import Synchronization

/// What an agent gets to hear at the desk.
public struct DeskAnswer: Equatable, Sendable {
  /// The answer in words, complete for whoever reads only these.
  public var text: String
  /// The same for a program.
  public var structured: JSONValue?
  /// Whether nothing was done; the words say what is expected.
  public var isError: Bool

  /// Makes an answer from its parts.
  public init(_ text: String, structured: JSONValue? = nil, isError: Bool = false) {
    self.text = text
    self.structured = structured
    self.isError = isError
  }
}

/// Told now and then while a call waits: a number that rises, and what is waited for.
public typealias DeskProgress = @Sendable (Int, String) async -> Void

/// What an agent at work may say and ask, whatever road it comes by.
///
/// It asks and never answers: nothing here answers, decides or approves. Everything it says is in the journal before it
/// hears that it was taken.
public final class AgentDesk: Sendable {
  /// What an agent says it finished.
  public struct Done: Equatable, Sendable {
    /// What it did, in its words.
    public var summary: String
    /// The files it says it wrote; looked at on the disk afterwards.
    public var files: [String]

    /// Makes a claim from its parts.
    public init(summary: String, files: [String]) {
      self.summary = summary
      self.files = files
    }
  }

  /// The most an agent may say in one attempt; whoever says more is in a loop.
  public static let mostCallbacks = 200
  /// The longest wait of one call, in seconds: clients give up on a tool after 60.
  public static let longestWait = 45.0
  /// How long a question waits unless told otherwise, in seconds.
  static let usualWait = 40.0
  /// How much of a document is read out; the whole is in the workspace.
  static let documentLimit = 48 << 10
  /// How often somebody unknown is mentioned before it is left at that.
  static let strangerLimit = 5

  private struct State {
    var said = 0
    var strangers = 0
    var done: Done?
  }

  private let assignment: Assignment
  private let progressPause: Duration
  private let state = Mutex(State())

  /// Opens the desk for one attempt.
  ///
  /// - Parameter progressPause: How long to wait between two signs that a question still waits.
  public init(_ assignment: Assignment, progressPause: Duration = .seconds(5)) {
    self.assignment = assignment
    self.progressPause = progressPause
  }

  /// What the agent last said it finished, once it did.
  public var done: Done? { state.withLock { $0.done } }

  /// Takes one call and returns what the agent gets to hear; cancelling the task ends a wait.
  public func call(_ tool: String, _ arguments: JSONValue, progress: DeskProgress? = nil) async -> DeskAnswer {
    guard let known = DeskTool(rawValue: tool) else {
      let names = DeskTool.allCases.map(\.rawValue).joined(separator: ", ")
      return DeskAnswer("There is no tool \(tool.prefix(80)). There are \(names).", isError: true)
    }
    assignment.transcript.write("desk \(tool)")
    do {
      let arguments = try DeskArguments(arguments, of: known)
      switch known {
      case .report: return try await report(arguments)
      case .blocker: return try await block(arguments)
      case .ask: return try await ask(arguments, progress)
      case .poll: return try await poll(arguments, progress)
      case .done: return try await finish(arguments)
      case .context: return try await tell(arguments)
      }
    } catch let refusal as DeskRefusal {
      return DeskAnswer(refusal.words, isError: true)
    } catch let refusal as Refusal {
      return DeskAnswer("\(refusal.words.why) \(refusal.words.instead)", isError: true)
    } catch is CancellationError {
      return DeskAnswer("The attempt is over; nothing is waited for any more.", isError: true)
    } catch {
      return DeskAnswer("The supervisor could not write it down: \(error). Try again.", isError: true)
    }
  }

  /// Mentions that somebody came who does not belong here.
  public func mention(stranger words: String) async {
    let count = state.withLock { state in
      state.strangers += 1
      return state.strangers
    }
    guard count <= Self.strangerLimit else { return }
    let rest = count == Self.strangerLimit ? " Further ones are not mentioned." : ""
    await assignment.note(.warning, "\(words) (\(assignment.task.title)).\(rest)")
  }

  // MARK: Saying

  private func report(_ arguments: DeskArguments) async throws -> DeskAnswer {
    let text = try arguments.text("text")
    let percent = try arguments.number("percent", within: 0...100)
    let context = percent.map { [Setting(name: "percent", value: String(Int($0)))] } ?? []
    let id = try await raise(Callback(kind: .progress, from: "", text: text, context: context))
    return DeskAnswer("Taken in as \(id).", structured: ["status": "recorded", "ticket": .string(id)])
  }

  private func block(_ arguments: DeskArguments) async throws -> DeskAnswer {
    let id = try await raise(
      Callback(
        kind: .blocker, from: "", text: try arguments.text("text"),
        urgency: try arguments.choice("urgency", of: Callback.Urgency.allCases) ?? .normal,
        missing: try arguments.paths("missing")))
    return DeskAnswer(
      "Taken in as \(id). A person is told. Go on with what does not need it; "
        + "signalbox_poll with ticket \(id) tells whether somebody has answered.",
      structured: ["status": "recorded", "ticket": .string(id)])
  }

  private func ask(_ arguments: DeskArguments, _ progress: DeskProgress?) async throws -> DeskAnswer {
    let question = try arguments.text("question")
    let kind = try arguments.choice("kind", of: [Callback.Kind.query, .clarification]) ?? .query
    let context = try arguments.optionalText("context").map { [Setting(name: "context", value: $0)] } ?? []
    let urgency = try arguments.choice("urgency", of: Callback.Urgency.allCases) ?? .normal
    let wait = try arguments.wait(unlessGiven: Self.usualWait)
    let id = try await raise(Callback(kind: kind, from: "", text: question, context: context, urgency: urgency))
    return try await answer(to: id, within: wait, progress)
  }

  private func raise(_ callback: Callback) async throws -> String {
    try count()
    let id = try await assignment.raise(callback)
    guard id.isEmpty else { return id }
    // Whoever began again says the same again: it is the callback of the earlier attempt.
    let task = assignment.task.id
    let known = try await session().callbacks.last {
      $0.task == task && $0.kind == callback.kind && $0.text == callback.text
    }
    guard let known else { throw DeskRefusal("The supervisor did not take it in. Try again.") }
    return known.id
  }

  private func count() throws(DeskRefusal) {
    let isWithin = state.withLock { state in
      state.said += 1
      return state.said <= Self.mostCallbacks
    }
    guard isWithin else {
      throw DeskRefusal(
        "\(Self.mostCallbacks) things were said in this attempt, and no more are taken. "
          + "Finish with what you have; earlier tickets can still be polled.")
    }
  }

  // MARK: Waiting

  private func poll(_ arguments: DeskArguments, _ progress: DeskProgress?) async throws -> DeskAnswer {
    let ticket = try arguments.text("ticket")
    let wait = try arguments.wait(unlessGiven: 0)
    guard let callback = try await session().callback(ticket), callback.task == assignment.task.id else {
      throw DeskRefusal("signalbox_poll: this task has no ticket \(ticket.prefix(80)).")
    }
    guard callback.kind.wantsAnswer else {
      return DeskAnswer(
        "\(ticket) was a report; nobody has to answer it.",
        structured: ["status": "recorded", "ticket": .string(ticket)])
    }
    return try await answer(to: ticket, within: wait, progress)
  }

  private enum Wait: Sendable {
    case over(Session)
    case late
  }

  /// The answer to a callback if somebody gives it in time, else the ticket to ask for it again.
  private func answer(to id: String, within seconds: Double, _ progress: DeskProgress?) async throws -> DeskAnswer {
    if let found = try await Self.answer(to: id, in: session()) { return found }
    if seconds > 0 {
      let assignment = assignment
      let pause = progressPause
      let first: Wait? = try await withThrowingTaskGroup(of: Wait.self) { group in
        defer { group.cancelAll() }
        group.addTask {
          .over(try await assignment.follow(true) { Self.answer(to: id, in: $0) != nil })
        }
        group.addTask {
          let end = ContinuousClock.now + .seconds(seconds)
          var signs = 0
          while ContinuousClock.now < end {
            signs += 1
            await progress?(signs, "\(id) waits for a person.")
            try await Task.sleep(for: min(pause, end - ContinuousClock.now))
          }
          return .late
        }
        return try await group.next()
      }
      if case .over(let session)? = first, let found = Self.answer(to: id, in: session) { return found }
    }
    return DeskAnswer(
      "Nobody has answered \(id) yet. Go on with what does not depend on it, and call signalbox_poll with "
        + "ticket \(id) later.",
      structured: ["status": "pending", "ticket": .string(id)])
  }

  private static func answer(to id: String, in session: Session) -> DeskAnswer? {
    guard let callback = session.callback(id) else { return nil }
    if let answer = callback.answer {
      return DeskAnswer(
        "\(answer.by) answered: \(answer.text)",
        structured: [
          "status": "answered", "ticket": .string(id), "answer": .string(answer.text), "by": .string(answer.by),
        ])
    }
    guard !session.unansweredCallbacks.contains(where: { $0.id == id }) else { return nil }
    return DeskAnswer(
      "\(id) is settled: what it asked for is there, or a person decided about it.",
      structured: ["status": "settled", "ticket": .string(id)])
  }

  private func session() async throws -> Session { try await assignment.follow(false) { _ in true } }

  // MARK: Finishing

  private func finish(_ arguments: DeskArguments) async throws -> DeskAnswer {
    let claim = Done(summary: try arguments.text("summary"), files: try arguments.paths("files"))
    try count()
    let there = Set(try await assignment.workspace.files().filter { $0.size > 0 }.map { Array($0.path.utf8) })
    let owed = assignment.task.expectedFiles + claim.files.filter { !assignment.task.expectedFiles.contains($0) }
    let missing = owed.filter { !there.contains(Array($0.utf8)) }
    state.withLock { $0.done = claim }
    let who = assignment.task.agent ?? assignment.task.performer
    await assignment.note(.info, "\(who) says it is done: \(Self.bounded(claim.summary, to: 2_000))")
    let words =
      missing.isEmpty
      ? "Noted. Every expected file is there; each is looked at when the attempt ends."
      : "Noted, but these files are not there, or empty: \(missing.joined(separator: ", ")). "
        + "The task is not done without them."
    return DeskAnswer(
      words, structured: ["status": "recorded", "missing": .array(missing.map(JSONValue.string))])
  }

  // MARK: Telling

  private enum Part: String, CaseIterable {
    case task, requirements, plan, files, answers
  }

  private func tell(_ arguments: DeskArguments) async throws -> DeskAnswer {
    let part = try arguments.choice("part", of: Part.allCases)
    let session = try await session()
    var texts: [String] = []
    for part in part.map({ [$0] }) ?? [.task, .files, .answers] {
      switch part {
      case .task: texts.append(taskWords(in: session))
      case .requirements: texts.append(await requirementWords(in: session))
      case .plan: texts.append(await document("document.plan", titled: "The plan", in: session))
      case .files: texts.append(try await fileWords())
      case .answers: texts.append(answerWords(in: session))
      }
    }
    return DeskAnswer(texts.joined(separator: "\n\n"), structured: ["status": "told"])
  }

  private func taskWords(in session: Session) -> String {
    let task = session.task(assignment.task.id) ?? assignment.task
    var lines = [
      "# The task", "\(task.title) (\(task.id), attempt \(assignment.task.attempt), role \(task.workingRole))",
      "Of the session: \(session.title)",
    ]
    for goal in session.goals where task.goals.contains(goal.id) { lines.append("Goal \(goal.id): \(goal.text)") }
    if let guidance = task.guidance, !guidance.isEmpty { lines.append("A person said about it: \(guidance)") }
    if let last = task.failedAttempts.last {
      lines.append("Attempt \(last.attempt) failed: \(Self.bounded(last.message, to: 4_000))")
    }
    for words in task.feedback.suffix(20) {
      lines.append("An earlier attempt was rejected: \(Self.bounded(words, to: 2_000))")
    }
    return lines.joined(separator: "\n")
  }

  private func fileWords() async throws -> String {
    let owed = assignment.task.expectedFiles
    guard !owed.isEmpty else { return "# The files\nNo particular files are expected." }
    let there = try await assignment.workspace.files().reduce(into: [[UInt8]: Int]()) {
      $0[Array($1.path.utf8)] = $1.size
    }
    let lines = owed.map { path in
      guard let size = there[Array(path.utf8)], size > 0 else { return "- \(path): not there yet" }
      return "- \(path): \(size) bytes"
    }
    return "# The files the task must leave\n" + lines.joined(separator: "\n")
  }

  private func requirementWords(in session: Session) async -> String {
    let goals = session.goals.map { goal in
      "- \(goal.id) (\(goal.priority.rawValue)): \(goal.text)"
    }
    let list = goals.isEmpty ? "None are named yet." : goals.joined(separator: "\n")
    let intake = await document("document.intake", titled: "The requirements as they were taken in", in: session)
    return "# The requirements\n\(Self.bounded(list, to: Self.documentLimit))\n\n\(intake)"
  }

  private func document(_ performer: String, titled title: String, in session: Session) async -> String {
    let task = session.tasks.last { $0.performer == performer && !$0.files.isEmpty }
    guard let path = task?.files.first?.path else { return "# \(title)\nThere is none yet." }
    do {
      let bytes = try await assignment.workspace.read(path, limit: 8 << 20)
      return "# \(title) (\(path))\n\(Self.bounded(String(decoding: bytes, as: UTF8.self), to: Self.documentLimit))"
    } catch {
      return "# \(title) (\(path))\nIt cannot be read now: \(error)"
    }
  }

  private func answerWords(in session: Session) -> String {
    let own = session.callbacks.filter { $0.task == assignment.task.id && $0.kind.wantsAnswer }.suffix(50)
    guard !own.isEmpty else { return "# The answers\nNothing was asked." }
    let lines = own.map { callback in
      let question = Self.bounded(callback.text, to: 500)
      guard let answer = callback.answer else { return "- \(callback.id) “\(question)”: not answered." }
      return "- \(callback.id) “\(question)”: \(answer.by) answered: \(Self.bounded(answer.text, to: 4_000))"
    }
    return "# The answers\n" + lines.joined(separator: "\n")
  }

  /// The beginning of a text, never half a character, and a word that it was cut.
  private static func bounded(_ text: String, to limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    var end = text.utf8.index(text.utf8.startIndex, offsetBy: limit)
    while end > text.startIndex, String.Index(end, within: text) == nil { end = text.utf8.index(before: end) }
    return text[..<end] + " … (cut after \(limit) of \(text.utf8.count) bytes)"
  }
}
