import Engine
import Kernel
import Synchronization

/// Something an agent wants to do that its supervisors may refuse.
struct Deed: Equatable, Sendable {
  /// What, in one line.
  var title: String
  /// The whole of it, in Markdown.
  var details: String
  /// The tool's kind in the agent's words; empty when it says none.
  var kind: String
  /// The command it runs, if it runs one.
  var command: String?
  /// Files it changes, by path below the workspace, or as the agent gave them where they lie outside.
  var writes: [String]
  /// The tool's name, if nothing better is known.
  var tool: String
  /// What each of its files would hold, where that is shown whole: SHA-256 without ends of lines at the end, which some
  /// programs leave out when they show it.
  var contents: [String: String] = [:]

  /// The hash by which a file's content is known again.
  static func mark(_ content: String) -> String {
    var bytes = Array(content.utf8)
    while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
    return sha256(bytes)
  }
}

/// Decides what an agent may do: by its role's card, by a standing grant, or by asking a person.
///
/// A rule only ever lets pass what the card names, and its answer is recorded as the rule's. Silence is never a yes.
final class PermissionDesk: Sendable {
  /// What came of a question.
  enum Verdict: Equatable, Sendable {
    /// It may be done; the choice, where the agent offered some.
    case allowed(PermissionChoice?, by: String)
    case refused(PermissionChoice?, why: String)
    /// Nobody answered: the turn ended.
    case void
  }

  private struct State {
    var number = 0
    var open = 0
    /// What a person or a rule let pass in this turn, so that the deed itself is not asked about once more.
    var passed: [String] = []
    /// Questions that wait for a person, by number.
    var waiting: [Int: Task<Session, any Error>] = [:]
    /// Whether the turn was cancelled, so that nobody is asked any more.
    var isOver = false
  }

  private let assignment: Assignment
  private let card: RoleCard?
  private let state = Mutex(State())

  /// The most questions of one attempt that may be open at once; a flood is refused and told.
  static let openLimit = 16

  init(_ assignment: Assignment, card: RoleCard?) {
    self.assignment = assignment
    self.card = card
  }

  /// Whether nobody said what the role may do.
  var hasNoCard: Bool { card == nil }

  private var agent: String { assignment.task.agent ?? assignment.task.performer }

  /// What the card says of a deed: the strictest word about any part of it.
  func verdict(on deed: Deed) -> RoleVerdict {
    // The tools that the engine itself gives an agent only tell and ask; each use is seen at the desk they lead to.
    if deed.isOwnTool { return .allowed(by: "the engine's own tools") }
    let expected = assignment.task.expectedFiles
    guard let card else { return .unknown }
    var verdicts = deed.writes.map {
      card.verdict(path: PathPattern.relative($0, to: assignment.workspace.root), writing: true, expecting: expected)
    }
    if let command = deed.command {
      verdicts.append(card.verdict(command: command, in: assignment.workspace.root, expecting: expected))
    } else if verdicts.isEmpty {
      verdicts.append(card.verdict(tool: deed.tool, kind: deed.kind))
    }
    for case .forbidden(let why) in verdicts { return .forbidden(why: why) }
    for verdict in verdicts { if case .needsApproval = verdict { return verdict } }
    if verdicts.contains(.unknown) { return .unknown }
    return verdicts.first ?? .unknown
  }

  /// Whether somebody let exactly this pass in this turn.
  func hasPassed(_ key: String) -> Bool { state.withLock { $0.passed.contains(key) } }

  /// A new turn begins; what passed in the last one is forgotten.
  func begin() {
    state.withLock { state in
      state.passed = []
      state.isOver = false
    }
  }

  /// The turn is cancelled: whatever waits for a person is void, and so is what is asked from now on.
  func void() {
    let waiting = state.withLock { state in
      state.isOver = true
      return state.waiting.values
    }
    for task in waiting { task.cancel() }
  }

  /// Waits for a person's answer, until the turn is cancelled.
  private func answered(_ request: PermissionRequest) async throws -> Session {
    let waiting = Task { [assignment] in
      try await assignment.follow(true) { $0.decision(for: request)?.isOpen == false }
    }
    let isOver = state.withLock { state in
      state.waiting[request.number] = waiting
      return state.isOver
    }
    if isOver { waiting.cancel() }
    defer { state.withLock { $0.waiting[request.number] = nil } }
    return try await withTaskCancellationHandler {
      try await waiting.value
    } onCancel: {
      waiting.cancel()
    }
  }

  /// Decides on a deed. The choices are what the agent's program offers; where it offers none, the engine asks in its own
  /// words, because the protocol lets it refuse the deed itself.
  func decide(_ deed: Deed, choices offered: [PermissionChoice]?) async -> Verdict {
    let number = state.withLock { state in
      state.number += 1
      return state.number
    }
    let choices = offered ?? PermissionDesk.own
    @Sendable func record(_ allowed: Bool, _ answer: String, by: String, decision: String? = nil) async {
      let record = PermissionRecord(
        task: assignment.task.id, attempt: assignment.task.attempt, number: number, agent: agent, title: deed.title,
        isAllowed: allowed, answer: answer, by: by, decision: decision)
      _ = try? await assignment.order(.recordPermission(record))
    }
    func allow(_ choice: PermissionChoice?, by: String) -> Verdict {
      state.withLock { $0.passed += deed.keys }
      return .allowed(offered == nil ? nil : choice, by: by)
    }
    let refusing = choices.first { $0.kind == .rejectOnce }
    // A rule takes the plain yes for one time, and only where the program's words do not contradict themselves.
    let allowing = choices.first { $0.kind == .allowOnce }
    let isPlain = allowing.map { !$0.contradictsItself } ?? false
    var why: String
    switch verdict(on: deed) {
    case .forbidden(let reason):
      await record(false, refusing?.name ?? PermissionRecord.cancelled, by: "rule of the card \(card?.role ?? "")")
      await assignment.note(.warning, "\(agent) wanted what its card forbids: \(deed.title). \(reason)")
      return .refused(refusing, why: reason)
    case .allowed(let rule):
      if let allowing, isPlain {
        await record(true, allowing.name, by: card.map { "rule of the card \($0.role): \(rule)" } ?? "rule: \(rule)")
        return allow(allowing, by: "rule \(rule)")
      }
      why = "Its card allows it (\(rule)), but no plain “allow once” is offered."
    case .needsApproval(let approvers, let action):
      why =
        "The card of the role \(card?.role ?? "") wants approval for this (\(action); \(approvers.joined(separator: ", ")))."
    case .unknown: why = "No rule of its role's card covers it."
    }
    let scope = deed.scope
    if let scope, let allowing, isPlain, let session = try? await assignment.follow(false, { _ in true }),
      let grant = session.grant(for: scope, task: assignment.task.id, at: currentMoment())
    {
      await record(true, allowing.name, by: "grant \(grant.id) of \(grant.by)")
      return allow(allowing, by: "grant \(grant.id)")
    }
    if state.withLock({ $0.isOver }) {
      await record(false, PermissionRecord.cancelled, by: "nobody")
      return .void
    }
    let isFlood = state.withLock { state in
      guard state.open < PermissionDesk.openLimit else { return true }
      state.open += 1
      return false
    }
    if isFlood {
      await record(false, refusing?.name ?? PermissionRecord.cancelled, by: "the limit of open questions")
      return .refused(refusing, why: "\(PermissionDesk.openLimit) questions are open already.")
    }
    defer { state.withLock { $0.open -= 1 } }
    if choices.contains(where: \.contradictsItself) {
      why += " Its program's own words for the options contradict what it says they mean; read them with care."
    }
    let request = PermissionRequest(
      task: assignment.task.id, attempt: assignment.task.attempt, number: number, agent: agent, title: deed.title,
      details: deed.details, why: why, choices: choices, scope: scope)
    do {
      _ = try await assignment.order(.askPermission(request))
      let session = try await answered(request)
      guard let decision = session.decision(for: request), let answer = decision.answer,
        let option = decision.option(answer.option)
      else {
        await record(false, PermissionRecord.cancelled, by: "nobody")
        return .void
      }
      let chosen =
        option.id == Decision.grantOption ? allowing : choices.first { $0.id == option.target } ?? nil
      let isAllowed = option.effect == .grant
      await record(isAllowed, chosen?.name ?? option.title, by: answer.by, decision: decision.id)
      return isAllowed
        ? allow(chosen, by: answer.by) : .refused(offered == nil ? nil : chosen, why: "\(answer.by) said no.")
    } catch {
      // The turn is over; whoever would answer now is told that it is void.
      // A task of its own: one that was cancelled writes nothing any more.
      await Task { [assignment] in
        _ = try? await assignment.order(.voidPermission(request.subject, reason: "The agent's turn is over."))
        await record(false, PermissionRecord.cancelled, by: "nobody")
      }.value
      return .void
    }
  }

  /// The engine's own words, where it asks about a deed that it could refuse itself.
  static let own = [
    PermissionChoice(id: "allow", name: "Allow once", kind: .allowOnce),
    PermissionChoice(id: "refuse", name: "Refuse", kind: .rejectOnce),
  ]
}

extension Deed {
  /// What a standing grant for it would cover.
  var scope: GrantScope? {
    if let command { return .command(command) }
    if writes.count == 1 { return .path(writes[0]) }
    return writes.isEmpty && !tool.isEmpty ? .tool(tool) : nil
  }

  /// Whether it says that it uses one of the engine's own tools, and nothing about it says that it does more.
  var isOwnTool: Bool {
    guard command == nil, writes.isEmpty, !["edit", "delete", "move", "execute"].contains(kind) else { return false }
    return DeskTool.allCases.contains { tool.contains($0.rawValue) }
  }

  /// By what it is known again when it is done.
  ///
  /// Leave to write is leave to write what was shown: other bytes to the same file are another deed.
  var keys: [String] {
    writes.compactMap { path in contents[path].map { "write \(path) \($0)" } } + (command.map { ["run \($0)"] } ?? [])
  }
}

extension PermissionChoice {
  /// Whether its name or identifier says the opposite of what it is classed as.
  var contradictsItself: Bool {
    let words = "\(id) \(name)".lowercased()
    let refuses = ["reject", "deny", "refuse", "decline", "disallow", "don't allow", "do not allow"]
    let allows = ["allow", "approve", "accept", "proceed"]
    let saysNo = refuses.contains { words.contains($0) } || name.lowercased() == "no"
    if kind.isAllowing { return saysNo }
    return !saysNo && allows.contains { words.contains($0) }
  }
}
