/// What someone asks of a session; it may be refused.
public struct Order: Equatable, Sendable {
  /// When it was given, for people.
  public var at: Moment
  /// Who gave it: a person's name, or `engine`.
  public var by: String
  /// What is asked.
  public var demand: Demand

  /// Makes an order from its parts.
  public init(at: Moment, by: String, demand: Demand) {
    self.at = at
    self.by = by
    self.demand = demand
  }
}

/// Everything that can be asked of a session.
public enum Demand: Equatable, Sendable {
  /// Begin; the duties are those of the agents that work, where there are some.
  case create(Creation, duties: [RoleDuty] = [])
  /// Let an engine perform the effects; it says what became of those the last one left under way.
  case takeLease(holder: String, epoch: Int, findings: [EffectFinding] = [])
  /// Give the lease back.
  case releaseLease(epoch: Int)
  /// Note that an effect is about to begin.
  case start(Effect, epoch: Int)
  /// Say how a task went.
  case reportTask(String, attempt: Int, outcome: TaskOutcome)
  /// Say how a gate went.
  case reportGate(String, attempt: Int, result: GateResult)
  /// Say how keeping the workspace went.
  case reportKept(attempt: Int, outcome: KeepOutcome)
  /// Say how putting files back went.
  case reportRestored(Int, attempt: Int, outcome: RestoreOutcome)
  /// Say that what was waited for answers.
  case reportRestoredDependency(String, attempt: Int, words: String)
  /// Say what a look at the disk found.
  case reportInspection(String, attempt: Int, files: [FileClaim])
  /// Say that an agent can work, or cannot any more.
  case reportAgent(String, state: AgentState, reason: String)
  /// Say what somebody did to files.
  case recordFiles(FileBatch)
  /// Say something to the supervisor.
  case raiseCallback(Callback)
  /// Answer a callback.
  case answerCallback(String, text: String)
  /// Say that a callback was read.
  case readCallback(String)
  /// An agent asks leave for something; a person is asked.
  case askPermission(PermissionRequest)
  /// An agent's question is void, by its subject.
  case voidPermission(String, reason: String)
  /// An agent's question was answered.
  case recordPermission(PermissionRecord)
  /// A person ends a standing grant.
  case revokeGrant(String, reason: String)
  /// Say that something is wrong which only the engine can see.
  case alert(Alert)
  /// Say how far the programs that are started for the session are contained.
  case reportContainment(AuthorityLevel)
  /// Check the session's health now.
  case checkHealth
  /// Say that an effect ended without a report.
  case interrupt(Effect, reason: String)
  /// Answer a decision.
  case answer(Answer)
  /// Rest.
  case pause(reason: String)
  /// Work again.
  case resume
  /// End, keeping what exists.
  case abort(reason: String, confirmation: String)
  /// Ask to end or rest; a decision says what is saved and what is lost.
  case requestAbort(reason: String)
  /// Ask for something else than was agreed. The text joins the functional requirements, or replaces a named field.
  case change(text: String, field: String?)
  /// Ask to go back to a stage, or to sub-stages of it.
  case rollBack(to: Int, substages: [String], reason: String)
  /// Take the last answer back, with all that followed from it.
  case undo(reason: String)
  /// Offer other playbooks than those the session began with.
  case offer(Workflow)
  /// Say that somebody looked and found the workspace changed; every question that rests on the files is asked anew.
  case look(tree: String, changes: [String])
  /// Let time be noticed: reminders, and what ends by itself.
  case tick
  /// Write something down for the supervisor.
  case note(Severity, text: String)
}

/// How a task's attempt went.
public enum TaskOutcome: Equatable, Sendable {
  /// It ended; the files are those found on the disk, not those claimed.
  case finished(TaskReport)
  /// It failed.
  case failed(TaskFailure)
}

/// What a task's attempt left.
public struct TaskReport: Equatable, Sendable {
  /// The files found on the disk, with their hashes.
  public var files: [FileClaim]
  /// The tasks it planned, for a planning task.
  public var planned: [PlannedTask]?
  /// What it found that cannot be made, for a survey.
  public var shortcomings: [Shortcoming]?
  /// The git tree it kept, for a checkpoint.
  public var tree: String?
  /// What the person should be told.
  public var notices: [String]
  /// What must become true, for a planning task; `nil` takes the brief's requirements.
  public var goals: [Goal]?
  /// What an auditor found.
  public var audit: [AuditFinding]?
  /// The files the agent says it wrote; each is held against the disk.
  public var claimed: [String]
  /// What the agent says beside, e.g. that all tests pass; held against what the gates find.
  public var claims: [AgentClaim]
  /// How good it was: 10 without a remark, 7 with some; filled in by whoever reviews it.
  public var quality: Int?

  /// Makes a report from its parts.
  public init(
    files: [FileClaim] = [], planned: [PlannedTask]? = nil, shortcomings: [Shortcoming]? = nil, tree: String? = nil,
    notices: [String] = [], goals: [Goal]? = nil, audit: [AuditFinding]? = nil, claimed: [String] = [],
    claims: [AgentClaim] = [], quality: Int? = nil
  ) {
    self.goals = goals
    self.audit = audit
    self.claimed = claimed
    self.claims = claims
    self.quality = quality
    self.files = files
    self.planned = planned
    self.shortcomings = shortcomings
    self.tree = tree
    self.notices = notices
  }
}

/// Why an order was not accepted, and what to do instead.
public enum Refusal: Error, Equatable, Sendable {
  /// The session exists already.
  case alreadyCreated(session: String)
  /// There is no such session yet.
  case notCreated
  /// The session has ended.
  case ended(state: SessionState)
  /// There is no such decision.
  case unknownDecision(String, open: [String])
  /// The decision has its one answer.
  case alreadyAnswered(decision: String, option: String, by: String, at: Moment)
  /// The decision lost its reason.
  case withdrawn(decision: String, reason: String)
  /// The decision has no such option.
  case unknownOption(String, valid: [String])
  /// What was shown is no longer what is asked.
  case stale(decision: String, current: String)
  /// The files are others than those the question was asked about.
  case filesMoved(decision: String, shown: String, found: String)
  /// There is nothing that could be taken back.
  case nothingToUndo(reason: String)
  /// The option needs a reason.
  case noteRequired(option: String)
  /// The option needs a word typed.
  case confirmationRequired(option: String, word: String)
  /// A field is missing, unknown or not understood.
  case field(name: String, problem: String)
  /// The lease belongs to a newer engine.
  case fenced(epoch: Int, current: Int)
  /// The report is about an attempt that is over.
  case staleReport(String)
  /// The order does not fit the session's state.
  case notNow(demand: String, because: String, instead: String)

  /// What was refused and why, and what to do instead, in words for a person.
  public var words: (why: String, instead: String) {
    switch self {
    case .alreadyCreated(let session):
      return ("The session \(session) exists already.", "Attach to it, or choose another name with --session.")
    case .notCreated: return ("There is no such session.", "`signalbox list` shows the sessions there are.")
    case .ended(let state):
      return ("The session is \(state.rawValue).", "Start a new one with `signalbox run`; its report stays readable.")
    case .unknownDecision(let id, let open):
      let known = open.isEmpty ? "no decision is open" : "open: \(open.joined(separator: ", "))"
      return ("There is no decision \(id).", "Look at `signalbox decisions` (\(known)).")
    case .alreadyAnswered(let decision, let option, let by, _):
      return ("\(decision) was already answered by \(by) with \(option).", "Nothing was changed; read on from there.")
    case .withdrawn(let decision, let reason):
      return ("\(decision) is no longer asked: \(reason)", "Nothing was changed.")
    case .unknownOption(let option, let valid):
      return ("There is no option \(option).", "Choose one of: \(valid.joined(separator: ", ")).")
    case .stale(let decision, _):
      return ("\(decision) has changed since it was shown.", "Look at it again before answering.")
    case .filesMoved(let decision, _, _):
      return ("The files have changed since \(decision) was shown.", "Look at what changed, then answer again.")
    case .nothingToUndo(let reason): return ("Nothing can be undone: \(reason)", "Nothing was changed.")
    case .noteRequired(let option):
      return ("The option \(option) needs a reason.", "Give one as the note (--note TEXT).")
    case .confirmationRequired(let option, let word):
      return ("The option \(option) must be confirmed.", "Type \(word) to confirm it (--confirm \(word)).")
    case .field(let name, let problem):
      return ("\(name): \(problem)", "Give the field again (--set '\(name)=VALUE').")
    case .fenced(let epoch, let current) where epoch >= current:
      return ("The lease of epoch \(epoch) is not yours to use.", "Take the lease with a higher epoch first.")
    case .fenced(let epoch, let current):
      return ("The lease of epoch \(epoch) is over; an engine with epoch \(current) has taken it.", "Stop here.")
    case .staleReport(let effect):
      return ("The report on \(effect) came too late.", "Nothing was changed.")
    case .notNow(let demand, let because, let instead):
      return ("\(demand) is not possible: \(because)", instead)
    }
  }
}
