/// What happened, when and by whom; past tense, never refused, never edited, never deleted.
public struct Event: Equatable, Sendable {
  /// When it happened, for people.
  public var at: Moment
  /// Who caused it: a person's name, or `engine`.
  public var by: String
  /// What happened.
  public var fact: Fact

  /// Makes an event from its parts.
  public init(at: Moment, by: String, fact: Fact) {
    self.at = at
    self.by = by
    self.fact = fact
  }
}

/// Everything that can have happened to a session.
///
/// Facts are handed on and kept far more often than they are made, so one is a reference to its parts.
public indirect enum Fact: Equatable, Sendable {
  /// The session began with a brief, a workspace and a frozen workflow.
  case sessionCreated(Creation)
  /// An engine took the lease.
  case leaseTaken(holder: String, epoch: Int)
  /// An engine gave the lease back.
  case leaseReleased(epoch: Int)
  /// An effect was about to begin.
  case effectStarted(Effect, epoch: Int)
  /// An effect ended without a report; its next attempt has the next number.
  case effectInterrupted(Effect, reason: String)
  /// What became of an effect whose engine died, found out by looking at what it should have left.
  case effectReconciled(EffectFinding)
  /// The workspace was kept as it is; the paths are edits that no task made.
  case workspaceKept(attempt: Int, tree: String, files: Int, edits: [String])
  /// The workspace could not be kept.
  case keepFailed(attempt: Int, reason: String)
  /// Somebody looked and found the workspace changed while a question was open.
  case workspaceMoved(tree: String, changes: [String])
  /// Files are to be put back.
  case restorationOwed(Restoration)
  /// Files were put back.
  case filesRestored(id: Int, attempt: Int, restored: Int, removed: Int)
  /// Files could not be put back.
  case restorationFailed(id: Int, attempt: Int, reason: String)
  /// A stage began.
  case stageStarted(Int)
  /// A stage was completed.
  case stageCompleted(Int)
  /// The brief was found complete.
  case briefAccepted(level: Int, modules: [String], notices: [String])
  /// A person added to the brief.
  case briefAmended([FieldValue])
  /// A task was made.
  case taskCreated(TaskRecord)
  /// A task's attempt left everything it owed.
  case taskCompleted(task: String, attempt: Int, files: [FileClaim], quality: Int? = nil, claims: [AgentClaim] = [])
  /// A task's attempt failed.
  case taskFailed(task: String, attempt: Int, failure: TaskFailure)
  /// A person gave a failed task a fresh budget.
  case taskRetried(task: String, guidance: String)
  /// A task was left out.
  case taskSkipped(task: String, reason: String)
  /// A task was given to another performer.
  case taskReassigned(task: String, performer: String)
  /// The session waits for something outside.
  case dependencyAwaited(DependencyWait)
  /// What was waited for is back.
  case dependencyRestored(String, attempt: Int, words: String)
  /// Something stands in for what does not answer.
  case substituted(Substitution)
  /// A person kept what an interrupted task left.
  case taskResultKept(task: String, files: [FileClaim])
  /// A broken rule was settled.
  case ruleSettled(RuleSettlement)
  /// A person accepted something as it is.
  case riskAccepted(AcceptedRisk)
  /// Something was put off to the next iteration.
  case itemPostponed(PostponedItem)
  /// Sub-stages of a higher level were added singly.
  case substagesIncluded([String])
  /// A person asked for something beside answering.
  case requested(SupervisorRequest)
  /// What a person asked for was settled.
  case requestSettled(String, how: String)
  /// Other playbooks were offered.
  case workflowOffered(Workflow)
  /// The offered playbooks were taken over.
  case workflowAdopted
  /// The plan gave the sub-stages their tasks.
  case workPlanned([PlannedTask])
  /// What the agent cannot make was found.
  case shortcomingsFound([Shortcoming])
  /// A person chose to leave it out.
  case shortcomingsLeftOut
  /// A sub-stage began.
  case substageStarted(String)
  /// A sub-stage does not run, and why.
  case substageSkipped(String, reason: String)
  /// A sub-stage was completed, its files verified and kept.
  case substageCompleted(String)
  /// The workspace was kept.
  case checkpointTaken(id: String, tree: String, files: Int)
  /// The gates that apply are to be run.
  case gatesOpened([GateRecord])
  /// A gate was run.
  case gateReported(gate: String, attempt: Int, result: GateResult)
  /// A person asked for a gate to be run again.
  case gateRetried(String)
  /// A person accepted a gate's failure.
  case gateWaived(Waiver)
  /// A waiver ended; its gate runs again.
  case waiverEnded(String, reason: String)
  /// A person was reminded of a waiver's coming end.
  case waiverReminded(String)
  /// A decision was put to a person.
  case decisionRaised(Decision)
  /// A decision was answered.
  case decisionAnswered(Answer)
  /// A decision lost its reason before it was answered.
  case decisionWithdrawn(String, reason: String)
  /// A person was reminded of a decision, for the given time.
  case decisionReminded(String, count: Int)
  /// An answer was taken back, and with it all that followed from it.
  case undone(UndoRecord)
  /// A person approved a stage's work.
  case approved(stage: Int, playbook: String, decision: String)
  /// A person asked for a stage's documents to be made again.
  case changesRequested(stage: Int, note: String)
  /// The session went back to a stage; the named sub-stages run again.
  case rolledBack(to: Int, substages: [String], reason: String)
  /// The session rests.
  case sessionPaused(reason: String)
  /// The session works again.
  case sessionResumed
  /// A person ended the session.
  case sessionAborted(reason: String)
  /// Everything was done.
  case sessionCompleted
  /// What must become true was written down, with the files by which it is seen.
  case goalsSet([Goal])
  /// What the cards of the roles at work bind the engine to was written down.
  case rolesAssigned([RoleDuty])
  /// A task went up the chain of command.
  case taskEscalated(TaskEscalation)
  /// A task was given to an agent, and why.
  case taskAssigned(task: String, agent: String, reason: String)
  /// A task needs an agent, and there is none to be had.
  case taskUnassigned(task: String, role: String, reason: String)
  /// An agent can work, or cannot any more.
  case agentChanged(name: String, state: AgentState, reason: String)
  /// An agent was added, because its role had none to be had.
  case agentProvisioned(AgentRecord)
  /// The wait after a fault of the environment is over.
  case retryDue(task: String)
  /// Files were changed, by whom and how.
  case filesRecorded(FileBatch)
  /// Edits that no task made were accepted as they are.
  case editsAccepted([FileClaim])
  /// A sub-stage failed as a whole; the report of it.
  case substageFailed(Incident)
  /// A sub-stage's expected files were looked for on the disk after its tasks failed.
  case substageInspected(String, attempt: Int, found: Int, missing: [String])
  /// A sub-stage was set aside with its files, so that the rest goes on.
  case substageIsolated(String, reason: String)
  /// Something was said to the supervisor.
  case callbackRaised(Callback)
  /// A callback was read.
  case callbackRead(String)
  /// A callback was answered.
  case callbackAnswered(String, text: String)
  /// A person decided what becomes of an obstacle.
  case blockerSettled(subject: String, how: String)
  /// A person gave leave for more than one time.
  case grantGiven(StandingGrant)
  /// A standing grant ended before its time.
  case grantEnded(String, reason: String)
  /// What an agent asked leave for was answered.
  case permissionAnswered(PermissionRecord)
  /// What an auditor found.
  case auditReported([AuditFinding])
  /// What must be there at the end was verified.
  case verified(Verification, attempt: Int)
  /// What the final verification rests on was made anew, so gates and audit run again.
  case verificationReopened(reason: String)
  /// A person goes on although the verification did not pass.
  case verificationAccepted(reason: String)
  /// The session's health was checked.
  case healthChecked(HealthRecord)
  /// Something was healed without asking.
  case healed(Healing)
  /// Something is wrong that somebody should know.
  case alertRaised(Alert)
  /// An engine found how far the programs it starts for the session are contained.
  case containmentReached(AuthorityLevel)
  /// Something a supervisor should read.
  case noted(severity: Severity, text: String)
  /// An event of a kind this version does not know; kept and shown.
  case unknown(type: String, data: String)
}

/// How a session began.
public struct Creation: Equatable, Sendable {
  /// The session's identifier.
  public var id: String
  /// Its title.
  public var title: String
  /// The absolute path of its workspace.
  public var workspace: String
  /// The brief, byte for byte as text.
  public var briefText: String
  /// The frozen workflow.
  public var workflow: Workflow
  /// The level chosen on the command line, if any; it wins over the brief's.
  public var level: Int?
  /// The modules chosen on the command line, if any; they win over the brief's.
  public var modules: [String]?
  /// Answers given in advance.
  public var answers: [AdvanceAnswer]
  /// The absolute path of the project whose `.signalbox/` was searched for playbooks, if one was.
  public var project: String?

  /// Makes a creation from its parts.
  public init(
    id: String, title: String, workspace: String, briefText: String, workflow: Workflow, level: Int? = nil,
    modules: [String]? = nil, answers: [AdvanceAnswer] = [], project: String? = nil
  ) {
    self.id = id
    self.title = title
    self.workspace = workspace
    self.briefText = briefText
    self.workflow = workflow
    self.level = level
    self.modules = modules
    self.answers = answers
    self.project = project
  }
}

/// How much something matters to a supervisor.
public enum Severity: String, CaseIterable, Codable, Equatable, Sendable {
  case info, ok, warning, failure
}

/// Why an attempt failed, and whose fault it looks like.
public struct TaskFailure: Error, Equatable, Sendable {
  /// Whose fault it looks like.
  public enum Cause: String, CaseIterable, Codable, Equatable, Sendable {
    /// The agent's own mistake.
    case cognitive
    /// The machine, the network, a missing tool.
    case environment
    /// Nothing that trying again could change.
    case hard
  }

  /// Whose fault it looks like.
  public var cause: Cause
  /// What went wrong, in full.
  public var message: String
  /// Expected files that were not there.
  public var missing: [String]
  /// What the agent's program calls the error, e.g. `SyntaxError`.
  public var type: String
  /// Where it arose, in full.
  public var trace: String
  /// The tool calls that were made, in order, each in full.
  public var tools: [String]
  /// The files that were kept aside, with the reasons.
  public var rejections: [FileRejection]

  /// Makes a failure from its parts.
  public init(
    cause: Cause, message: String, missing: [String] = [], type: String = "", trace: String = "",
    tools: [String] = [], rejections: [FileRejection] = []
  ) {
    self.type = type
    self.trace = trace
    self.tools = tools
    self.rejections = rejections
    self.cause = cause
    self.message = message
    self.missing = missing
  }
}

/// Work that the session owes the world, named with its attempt.
public enum Effect: Codable, Equatable, Hashable, Sendable {
  /// A task is performed.
  case perform(task: String, attempt: Int)
  /// A gate is run.
  case runGate(String, attempt: Int)
  /// The workspace is kept as it is.
  case keep(attempt: Int)
  /// Files are put back, by the restoration's number.
  case restore(Int, attempt: Int)
  /// Something outside is looked at until it answers.
  case probe(String, attempt: Int)
  /// The disk is looked at: a sub-stage's expected files, or at the end every deliverable.
  case inspect(String, attempt: Int)

  /// Whether it takes a picture of the workspace.
  var isKeep: Bool { if case .keep = self { true } else { false } }

  /// The effect in one line, for people and for lookups.
  public var name: String {
    switch self {
    case .perform(let task, let attempt): return "task \(task), attempt \(attempt)"
    case .runGate(let gate, let attempt): return "gate \(gate), attempt \(attempt)"
    case .keep(let attempt): return "keeping the workspace, attempt \(attempt)"
    case .restore(let id, let attempt): return "putting files back (\(id)), attempt \(attempt)"
    case .probe(let dependency, let attempt): return "looking for \(dependency), attempt \(attempt)"
    case .inspect(let subject, let attempt): return "looking at the files of \(subject), attempt \(attempt)"
    }
  }
}
