// What an agent asks leave for while it works: a question to a person, bound to one attempt, answered once, void when the
// attempt ends. Standing grants answer for a person who gave them, within their scope and for their time.

/// One answer that an agent's program offers to its own question.
public struct PermissionChoice: Equatable, Sendable {
  /// What it means, as the protocol classes it; the agent's own name says what it does.
  public enum Kind: String, CaseIterable, Codable, Equatable, Sendable {
    case allowOnce = "allow-once"
    case allowAlways = "allow-always"
    case rejectOnce = "reject-once"
    case rejectAlways = "reject-always"

    /// Whether it lets the agent go on.
    public var isAllowing: Bool { self == .allowOnce || self == .allowAlways }
  }

  /// The program's identifier of it.
  public var id: String
  /// The program's name for it.
  public var name: String
  /// What it means.
  public var kind: Kind

  /// Makes a choice from its parts.
  public init(id: String, name: String, kind: Kind) {
    self.id = id
    self.name = name
    self.kind = kind
  }
}

/// What an agent asks leave for.
public struct PermissionRequest: Equatable, Sendable {
  /// The task.
  public var task: String
  /// The attempt in which it is asked.
  public var attempt: Int
  /// Its number within the attempt, counted from 1.
  public var number: Int
  /// Who asks.
  public var agent: String
  /// What is asked for, in one line.
  public var title: String
  /// The whole of it, in Markdown: the command, the difference, where.
  public var details: String
  /// Why a person is asked, in one or two sentences.
  public var why: String
  /// What the program offers, in its order.
  public var choices: [PermissionChoice]
  /// What a standing grant for it would cover; `nil` where none is offered.
  public var scope: GrantScope?

  /// Makes a request from its parts.
  public init(
    task: String, attempt: Int, number: Int, agent: String, title: String, details: String, why: String,
    choices: [PermissionChoice], scope: GrantScope? = nil
  ) {
    self.task = task
    self.attempt = attempt
    self.number = number
    self.agent = agent
    self.title = title
    self.details = details
    self.why = why
    self.choices = choices
    self.scope = scope
  }

  /// The subject of its question.
  public var subject: String { "permission:\(task)#\(attempt)#\(number)" }
}

/// What a standing grant covers; compared byte for byte.
public enum GrantScope: Codable, Equatable, Sendable {
  /// Exactly this command.
  case command(String)
  /// Writing exactly this file.
  case path(String)
  /// Exactly this tool.
  case tool(String)

  /// Its kind in one word: command, path or tool.
  public var kind: String {
    switch self {
    case .command: return "command"
    case .path: return "path"
    case .tool: return "tool"
    }
  }

  /// What exactly it covers.
  public var text: String {
    switch self {
    case .command(let text), .path(let text), .tool(let text): return text
    }
  }

  /// Makes a scope from its kind and its text.
  public init?(kind: String, text: String) {
    switch kind {
    case "command": self = .command(text)
    case "path": self = .path(text)
    case "tool": self = .tool(text)
    default: return nil
    }
  }

  /// The scope as an option's target carries it.
  var coded: String { "\(kind):\(text)" }

  /// Reads what ``coded`` wrote.
  init?(reading coded: String) {
    guard let colon = coded.firstIndex(of: ":") else { return nil }
    self.init(kind: String(coded[..<colon]), text: String(coded[coded.index(after: colon)...]))
  }

  /// Whether two scopes are the same, byte for byte.
  public static func == (left: GrantScope, right: GrantScope) -> Bool {
    left.coded.utf8.elementsEqual(right.coded.utf8)
  }

  /// The scope in words.
  public var words: String {
    switch self {
    case .command(let command): return "the command “\(command)”"
    case .path(let path): return "writing \(path)"
    case .tool(let tool): return "the tool \(tool)"
    }
  }
}

/// A person's leave for more than one time.
public struct StandingGrant: Codable, Equatable, Sendable {
  /// Its identifier, e.g. `G-1`.
  public var id: String
  /// What it covers.
  public var scope: GrantScope
  /// The task it is for; it ends with it.
  public var task: String
  /// When it ends at the latest.
  public var until: Moment
  /// Who gave it.
  public var by: String
  /// When.
  public var at: Moment
  /// The decision by which it was given.
  public var decision: String
  /// Why it ended before its time, if it did.
  public var ended: String?

  /// Makes a grant from its parts.
  public init(
    id: String, scope: GrantScope, task: String, until: Moment, by: String, at: Moment, decision: String,
    ended: String? = nil
  ) {
    self.id = id
    self.scope = scope
    self.task = task
    self.until = until
    self.by = by
    self.at = at
    self.decision = decision
    self.ended = ended
  }

  /// How long one lasts at most, in milliseconds: an hour.
  public static let longest: Moment = 3_600_000
}

/// What became of an agent's question.
public struct PermissionRecord: Codable, Equatable, Sendable {
  /// The task and the attempt in which it was asked.
  public var task: String
  /// The attempt.
  public var attempt: Int
  /// The question's number within the attempt.
  public var number: Int
  /// Who asked.
  public var agent: String
  /// What was asked for, in one line.
  public var title: String
  /// Whether leave was given.
  public var isAllowed: Bool
  /// The name of the program's option that was sent; `cancelled` where none was.
  public var answer: String
  /// What is told as the answer where no option was sent.
  public static let cancelled = "cancelled"

  /// Who answered: a person by name, `rule …`, or `grant …`.
  public var by: String
  /// The decision, where a person was asked.
  public var decision: String?
  /// Whether the answer reached the agent.
  public var isDelivered: Bool
  /// When.
  public var at: Moment

  /// Makes a record from its parts.
  public init(
    task: String, attempt: Int, number: Int, agent: String, title: String, isAllowed: Bool, answer: String, by: String,
    decision: String? = nil, isDelivered: Bool = true, at: Moment = 0
  ) {
    self.task = task
    self.attempt = attempt
    self.number = number
    self.agent = agent
    self.title = title
    self.isAllowed = isAllowed
    self.answer = answer
    self.by = by
    self.decision = decision
    self.isDelivered = isDelivered
    self.at = at
  }
}

extension PermissionRecord {
  /// By what an agent's question was answered.
  public enum Source: String, CaseIterable, Codable, Equatable, Sendable {
    /// A person, by a decision.
    case person
    /// A rule of the role's card.
    case rule
    /// A standing grant.
    case grant
    /// A limit of the engine, such as too many questions at once.
    case engine
    /// Nobody: the attempt ended before.
    case nobody
  }

  /// By what it was answered. A person's answer is one because a decision stands behind it, whatever the person is called.
  public var source: Source {
    if decision != nil { return .person }
    if by == "nobody" { return .nobody }
    if by.hasPrefix("rule") { return .rule }
    return by.hasPrefix("grant ") ? .grant : .engine
  }

  /// What became of it in one word: allowed, refused, or unanswered.
  public var verdict: String { isAllowed ? "allowed" : source == .nobody ? "unanswered" : "refused" }
}

/// Whether a standing grant answers for a person.
public enum GrantState: String, CaseIterable, Equatable, Sendable {
  /// It does.
  case standing
  /// Somebody ended it before its time.
  case revoked
  /// Its time is over.
  case expired
  /// Its task is over, or its session is.
  case over
}

extension Decision {
  /// The situation of questions that agents ask.
  public static let permissionSituation = "permission"
  /// The option that gives a standing grant.
  public static let grantOption = "grant"

  /// The task, attempt and number of the agent's question that this decision puts to a person, if it does.
  public var subjectPermission: (task: String, attempt: Int, number: Int)? {
    guard subject.hasPrefix("permission:") else { return nil }
    let parts = subject.dropFirst(11).split(separator: "#", omittingEmptySubsequences: false)
    guard parts.count >= 3, let number = Int(parts[parts.count - 1]), let attempt = Int(parts[parts.count - 2]) else {
      return nil
    }
    return (parts.dropLast(2).joined(separator: "#"), attempt, number)
  }
}

extension Session {
  /// The question that an agent's request is put to a person as, open or not.
  public func decision(for request: PermissionRequest) -> Decision? {
    decisions.last { $0.subject == request.subject }
  }

  /// The standing grant that covers something for a task now.
  public func grant(for scope: GrantScope, task: String, at: Moment) -> StandingGrant? {
    grants.first { $0.ended == nil && $0.scope == scope && $0.task == task && at < $0.until }
  }

  /// Whether a grant answers for a person at a moment. One whose task failed still stands: the task may be tried again.
  public func state(of grant: StandingGrant, at: Moment) -> GrantState {
    if grant.ended != nil { return .revoked }
    if at >= grant.until { return .expired }
    switch standing {
    case .completed, .aborted: return .over
    case .active, .paused: break
    }
    guard let task = task(grant.task) else { return .over }
    return task.state == .done || task.state == .skipped ? .over : .standing
  }

  /// The decision that an agent's request becomes.
  func raise(_ request: PermissionRequest, at: Moment) throws(Refusal) -> [Fact] {
    let effect = Effect.perform(task: request.task, attempt: request.attempt)
    guard inFlight.contains(effect), let task = task(request.task) else { throw .staleReport(effect.name) }
    // Asked twice, it is one question.
    guard decision(for: request) == nil else { return [] }
    guard !request.choices.isEmpty else {
      throw .notNow(
        demand: "Asking", because: "the agent offers nothing that could be chosen.", instead: "It is answered with no.")
    }
    var decision = Decision(
      id: "\(id)-D\(decisions.count + 1)", playbook: Decision.permissionSituation, scenario: 0, stage: task.stage,
      subject: request.subject, title: "\(request.agent) asks: \(request.title)",
      body: """
        **\(request.agent)** works on “\(task.title)” (attempt \(request.attempt)) and asks before it goes on. \(request.why)

        \(request.details)

        Until you answer, this attempt waits and its time does not run; other work goes on. When the attempt ends, the \
        question is void.
        """, askedBy: request.agent, fields: [], options: options(for: request), recommended: nil, digest: "",
      raisedAt: at)
    decision.situation = Decision.permissionSituation
    decision.basis = effect.name
    decision.digest = Digest.sha256(decision.canonicalBytes(restingOn: [String(task.stage)]))
    return [.decisionRaised(decision)]
  }

  /// The program's own options with keys, then a standing grant, then a rest.
  private func options(for request: PermissionRequest) -> [Option] {
    var taken: Set<String> = ["p", "t"]
    func key(_ wanted: String) -> String {
      for candidate in [wanted] + "123456789abcdefghij".map(String.init) where taken.insert(candidate).inserted {
        return candidate
      }
      return "?"
    }
    var options = request.choices.prefix(12).enumerated().map { number, choice in
      let says: String
      let wanted: String
      switch choice.kind {
      case .allowOnce: (wanted, says) = ("y", "Lets the agent do exactly this, once.")
      case .allowAlways:
        (wanted, says) = (
          "a",
          "The agent's own program remembers this and does not ask again; that can be neither listed nor revoked here."
        )
      case .rejectOnce: (wanted, says) = ("n", "Refuses exactly this; the agent may go another way.")
      case .rejectAlways: (wanted, says) = ("x", "Refuses, and the agent's own program remembers it.")
      }
      return Option(
        id: "choice-\(number + 1)", key: key(wanted), title: choice.name, says: says,
        effect: choice.kind.isAllowing ? .grant : .deny, noteRequired: false, confirm: nil, target: choice.id,
        isReversible: false)
    }
    if let scope = request.scope, request.choices.contains(where: { $0.kind == .allowOnce }) {
      options.append(
        Option(
          id: Decision.grantOption, key: "t", title: "Allow until this task ends",
          says:
            "Lets \(scope.words) pass without asking, for this task and at most an hour; `signalbox revoke` ends it.",
          effect: .grant, noteRequired: false, confirm: nil, target: scope.coded, isReversible: false))
    }
    options.append(
      Option(
        id: "pause", key: "p", title: "Pause",
        says: "Rests the session; the attempt is stopped and this question becomes void.", effect: .pause,
        noteRequired: false, confirm: nil))
    return options
  }

  /// What an answer to an agent's question leads to beside the answer itself.
  func grantFacts(of decision: Decision, option: Option, answer: Answer, number: Int) -> [Fact] {
    guard option.id == Decision.grantOption, let asked = decision.subjectPermission,
      let scope = option.target.flatMap(GrantScope.init(reading:))
    else { return [] }
    return [
      .grantGiven(
        StandingGrant(
          id: "G-\(number)", scope: scope, task: asked.task, until: answer.at + StandingGrant.longest, by: answer.by,
          at: answer.at, decision: decision.id))
    ]
  }
}
