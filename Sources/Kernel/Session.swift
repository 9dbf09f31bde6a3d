/// A moment in milliseconds since 1970 (UTC); recorded for people, never compared for correctness.
public typealias Moment = Int64

/// One supervised generation, folded from its events.
///
/// A session is a value: whoever holds the events holds the session, on any machine, at any past moment.
public struct Session: Codable, Equatable, Sendable {
  /// Its identifier; empty before it is created.
  public var id = ""
  /// How many events it was folded from.
  public var version = 0
  /// The brief's title, or the file's name.
  public var title = ""
  /// The absolute path of the folder in which agents work.
  public var workspace = ""
  /// The absolute path of the project whose playbooks it began with, if there was one.
  public var project: String?
  /// When it was created.
  public var createdAt: Moment = 0
  /// When its last event happened.
  public var updatedAt: Moment = 0
  /// The brief as the person wrote it.
  public var briefText = ""
  /// What was added to the brief since, in order.
  public var amendments: [FieldValue] = []
  /// The brief as it is understood now.
  public var brief = Brief(title: "", sections: [], level: nil, modules: nil, requirements: [], entities: [])
  /// The agreed maturity level, once the brief is accepted.
  public var level: Int?
  /// The agreed modules with those they need, once the brief is accepted.
  public var modules: [String] = []
  /// What the person was told without being asked, e.g. an added module.
  public var notices: [String] = []
  /// The workflow, frozen when the session started.
  public var workflow = Workflow.empty
  /// Every stage, in order.
  public var stages: [StageRecord] = []
  /// Every task so far, in the order in which they were made.
  public var tasks: [TaskRecord] = []
  /// The tasks that the plan gives to the sub-stages.
  public var planned: [PlannedTask] = []
  /// What the brief asks and the agent cannot make.
  public var shortcomings: [Shortcoming] = []
  /// Whether a person chose to leave the shortcomings out.
  public var shortcomingsLeftOut = false
  /// Every gate that applies, in order, once verification has begun.
  public var gates: [GateRecord] = []
  /// What the gates gave before the session went back behind them, in order; their attempts are never counted anew.
  public var earlierGates: [GateRecord] = []
  /// Every decision ever raised, in order.
  public var decisions: [Decision] = []
  /// Every checkpoint, in order.
  public var checkpoints: [Checkpoint] = []
  /// Every waiver, in order.
  public var waivers: [Waiver] = []
  /// Answers a named person gave before the questions arose.
  public var answersInAdvance: [AdvanceAnswer] = []
  /// Whether it works, rests or has ended.
  public var standing = Standing.active
  /// The engine that performs its effects, if one holds the lease.
  public var holder: LeaseHolder?
  /// The highest lease epoch so far.
  public var epoch = 0
  /// Effects that were started and have not ended, in the order of their start.
  public var inFlight: [Effect] = []
  /// Every effect that ended without a report, for the report.
  public var interruptions: [Interruption] = []
  /// Events of kinds this version does not know.
  public var unknownEvents = 0
  /// The lines of the brief that break a rule, settled or not.
  public var breaches: [RuleBreach] = []
  /// How broken rules were settled, in order.
  public var settlements: [RuleSettlement] = []
  /// What a person accepted as it is, in order.
  public var risks: [AcceptedRisk] = []
  /// What was put off to the next iteration, in order.
  public var postponed: [PostponedItem] = []
  /// What stands in for what does not answer, in order.
  public var substitutions: [Substitution] = []
  /// What the session waits for outside, with the task that needs it.
  public var waits: [DependencyWait] = []
  /// Sub-stages that were added singly.
  public var included: [String] = []
  /// What persons asked for beside answering: changes, rollbacks, an end; settled ones stay.
  public var requests: [SupervisorRequest] = []
  /// Every rollback, in order.
  public var rollbacks: [RollbackRecord] = []
  /// Every undo, in order.
  public var undone: [UndoRecord] = []
  /// Files that are to be put back before anything else goes on.
  public var restoration: Restoration?
  /// How many restorations there were.
  public var restorationCount = 0
  /// The tree of the newest picture of the workspace.
  public var keptTree: String?
  /// The version at which that picture was taken.
  public var keptAt = 0
  /// The version at which work last changed the workspace, or may have.
  public var touchedAt = 0
  /// The number of the next attempt to keep the workspace.
  public var keepAttempt = 1
  /// How often keeping failed in a row.
  public var keepFailures = 0
  /// Edits of the workspace that no task made, by path, as last noticed.
  public var personEdits: [String] = []
  /// What was found changed when somebody last looked, by path.
  var movedPaths: [String] = []
  /// Where an answer can be taken back to, oldest first.
  public var restorePoints: [RestorePoint] = []
  /// How often what was tried, and how it went.
  public var tallies: [Tally] = []
  /// What became of every effect that was under way when its engine died.
  public var findings: [EffectFinding] = []
  /// Playbooks that were offered in place of those the session began with.
  public var offeredWorkflow: Workflow?
  /// When it was last resumed.
  public var resumedAt: Moment?
  /// How long it rested because a person wanted it to, in milliseconds; a rest counts once it has ended.
  public var rested: Int64 = 0
  /// What must become true, with the files by which it is seen.
  public var goals: [Goal] = []
  /// Everyone who may be given a task, in the order of the roster.
  public var agents: [AgentRecord] = []
  /// What the cards of the roles at work bind the engine to; empty where only the built-in generator works.
  public var duties: [RoleDuty] = []
  /// Every file that a task or gate left, as it was accepted, and whether the disk agrees.
  public var files = FileTable()
  /// Leave that persons gave for more than one time.
  public var grants: [StandingGrant] = []
  /// What agents asked leave for and what became of it, in order.
  public var permissions: [PermissionRecord] = []
  /// Everything that was said to the supervisor, in order.
  public var callbacks: [Callback] = []
  /// Everything that ever stood in the way, in order, with its history.
  public var blockerRecords: [BlockerRecord] = []
  /// The obstacles that a person decided not to wait for, by subject.
  public var settledBlockers: [String] = []
  /// Every sub-stage that failed as a whole, in order.
  public var incidents: [Incident] = []
  /// Every final verification, in order.
  public var verifications: [Verification] = []
  /// How often what the final verification rests on was made anew.
  public var verificationRound = 1
  /// Why a person goes on without a passed verification, if one does.
  public var verificationAccepted: String?
  /// What the auditor found last.
  public var audit: [AuditFinding] = []
  /// Everything that somebody should know, in order.
  public var alerts: [Alert] = []
  /// Everything that was healed without asking, in order.
  public var healings: [Healing] = []
  /// How far its programs were contained, each change in order.
  public var containments: [ContainmentRecord] = []
  /// What the last check of the session's health found.
  public var health: HealthRecord?
  /// How many checks of its health there were.
  public var healthChecks = 0
  /// Whether something happened since that the next check should look at.
  var isHealthDue = false

  /// Makes a session without history.
  public init() {}

  /// Folds a history into a session.
  public init(replaying events: some Sequence<Event>) {
    for event in events { apply(event) }
  }

  /// The current stage: the first that is not completed, or `nil` at the end.
  public var currentStage: StageRecord? { stages.first { $0.state != .done } }

  /// The current sub-stage, if one is running.
  public var currentSubstage: SubstageRecord? {
    currentStage?.substages.first { $0.state == .running }
  }

  /// The decisions that wait for a person, oldest first.
  public var openDecisions: [Decision] { unsettledDecisions.filter { $0.isOpen } }

  /// How many decisions, from the first, are known to be settled; it spares going through thousands for the last one.
  var settledDecisions = 0

  /// The decisions from the first that may be open.
  var unsettledDecisions: ArraySlice<Decision> { decisions.dropFirst(settledDecisions) }

  /// The task with an identifier.
  public func task(_ id: String) -> TaskRecord? { tasks.first { $0.id == id } }

  /// The gate with an identifier.
  public func gate(_ id: String) -> GateRecord? { gates.first { $0.id == id } }

  /// The decision with an identifier.
  public func decision(_ id: String) -> Decision? { decisions.last { $0.id == id } }

  /// What the session is doing, in one word.
  public var state: SessionState {
    switch standing {
    case .paused: return .paused
    case .aborted: return .aborted
    case .completed: return .completed
    case .active:
      if unsettledDecisions.contains(where: \.isOpen) { return .waiting }
      return waits.isEmpty ? .running : .blocked
    }
  }

  /// Every open obstacle with its owner, derived from what failed.
  public var blockers: [Blocker] {
    var found: [Blocker] = []
    for gate in gates where gate.state == .failed && gate.mandatory {
      let words = "\(gate.title): \(gate.achieved.isEmpty ? "failed" : gate.achieved), required \(gate.required)"
      found.append(Blocker(id: "gate:\(gate.id)", source: "gate", text: words, owner: "person", task: nil))
    }
    for wait in waits {
      let title = workflow.dependency(wait.dependency)?.title ?? wait.dependency
      found.append(
        Blocker(
          id: "dependency:\(wait.dependency)", source: "dependency", text: "\(title) does not answer", owner: "engine",
          task: wait.task))
    }
    for task in tasks where task.state == .failed && task.repairs == nil && !isMadeOtherwise(task) {
      let source = task.failedAttempts.last?.rejections.isEmpty == false ? "rejection" : "task"
      found.append(
        Blocker(id: "task:\(task.id)", source: source, text: task.error ?? task.title, owner: "person", task: task.id))
    }
    return found + supervisedBlockers
  }
}

/// What a session is doing, in one word.
public enum SessionState: String, CaseIterable, Equatable, Sendable {
  case running, waiting, paused, blocked, interrupted, failed, aborted, completed
}

/// Whether a session works, rests or has ended.
public enum Standing: Codable, Equatable, Sendable {
  case active
  case paused(by: String, at: Moment, reason: String)
  case aborted(by: String, at: Moment, reason: String)
  case completed(at: Moment)
}

/// The engine that holds a session's lease.
public struct LeaseHolder: Codable, Equatable, Sendable {
  /// Who it is, for people: process, host.
  public var name: String
  /// Its epoch; a higher one fences it.
  public var epoch: Int
  /// Since when.
  public var since: Moment

  /// Makes a holder from its parts.
  public init(name: String, epoch: Int, since: Moment) {
    self.name = name
    self.epoch = epoch
    self.since = since
  }
}

/// How far something has come.
public enum Progress: String, CaseIterable, Codable, Equatable, Sendable {
  case todo, running, done, failed, skipped, waived, isolated
}

/// A stage within a session.
public struct StageRecord: Codable, Equatable, Sendable {
  /// Its number.
  public var id: Int
  /// Its name.
  public var name: String
  /// How far it has come.
  public var state = Progress.todo
  /// When it started.
  public var startedAt: Moment?
  /// When it was completed.
  public var endedAt: Moment?
  /// Its sub-stages, in order.
  public var substages: [SubstageRecord] = []
  /// The tree of the workspace when it began, where it was kept then.
  public var tree: String?
  /// The approvals a person gave in it, by playbook, with who and when.
  public var approvals: [Approval] = []
  /// How often changes were asked for, with the last note.
  public var revision = 1
  /// What the person asked to be different in the current revision.
  public var revisionNote: String?
}

/// An approval by a person.
public struct Approval: Codable, Equatable, Sendable {
  /// By which playbook.
  public var playbook: String
  /// Who gave it.
  public var by: String
  /// When.
  public var at: Moment
  /// The decision that holds it.
  public var decision: String
}

/// A sub-stage within a session.
public struct SubstageRecord: Codable, Equatable, Sendable {
  /// Its identifier.
  public var id: String
  /// Its name.
  public var name: String
  /// How far it has come.
  public var state = Progress.todo
  /// Why it was skipped.
  public var reason: String?
  /// How often it was generated; 1 for the first time.
  public var round = 1
  /// When it last began.
  public var startedAt: Moment?
  /// When it was last completed.
  public var endedAt: Moment?

  /// The failed tasks, with their attempts, for which its expected files were last looked for on the disk.
  public var inspected = ""
  /// The number of the next look at its files.
  public var inspection = 1

  /// How long it took the last time, in milliseconds, where it was completed.
  public var duration: Moment? {
    guard let startedAt, let endedAt, endedAt >= startedAt else { return nil }
    return endedAt - startedAt
  }
}

/// A task that a plan gives to a sub-stage.
public struct PlannedTask: Codable, Equatable, Sendable {
  /// Its identifier, e.g. `4.2-models`.
  public var id: String
  /// A title for people.
  public var title: String
  /// The sub-stage it belongs to.
  public var substage: String
  /// The role that does it.
  public var role: String
  /// Which performer does it.
  public var performer: String
  /// The files it must leave behind.
  public var files: [String]
  /// The goals it serves, by identifier.
  public var goals: [String]
  /// Its place in the sub-stage's order; tasks of one sequence run side by side, the next after them.
  public var sequence: Int
  /// The tasks that must be done before it.
  public var dependsOn: [String]
  /// How much it matters.
  public var priority: TaskPriority
  /// How long one attempt may take, in seconds, where it has its own limit.
  public var timeLimit: Int?

  /// Makes a planned task from its parts.
  public init(
    id: String, title: String, substage: String, role: String, performer: String, files: [String],
    goals: [String] = [], sequence: Int = 1, dependsOn: [String] = [], priority: TaskPriority = .medium,
    timeLimit: Int? = nil
  ) {
    self.goals = goals
    self.sequence = sequence
    self.dependsOn = dependsOn
    self.priority = priority
    self.timeLimit = timeLimit
    self.id = id
    self.title = title
    self.substage = substage
    self.role = role
    self.performer = performer
    self.files = files
  }
}

/// A task within a session.
public struct TaskRecord: Codable, Equatable, Sendable {
  /// Its identifier.
  public var id: String
  /// A title for people.
  public var title: String
  /// The stage it belongs to.
  public var stage: Int
  /// The sub-stage it belongs to, if any.
  public var substage: String?
  /// The role that does it.
  public var role: String
  /// Which performer does it.
  public var performer: String
  /// The files it must leave behind.
  public var expectedFiles: [String]
  /// How far it has come.
  public var state = Progress.todo
  /// The number of the current or last attempt, counted from 1.
  public var attempt = 1
  /// How often it failed since it last had a fresh budget.
  public var failures = 0
  /// How often it may fail before a person is asked.
  public var maxAttempts: Int
  /// The files it left, with their hashes.
  public var files: [FileClaim] = []
  /// Why the last attempt failed.
  public var error: String?
  /// What a person said about the task when it was given back.
  public var guidance: String?
  /// Whose fault the last failure looks like.
  public var cause: TaskFailure.Cause?
  /// Files that the last failed attempt did not leave.
  public var missing: [String] = []
  /// Why it was left out, when a person or a rule did.
  public var skipReason: String?
  /// The gate whose findings it mends, if it was made for that.
  public var repairs: String?
  /// The gate's attempt whose findings it mends.
  public var mendedFor: Int?
  /// What stands in for a dependency that does not answer.
  public var substitute: String?
  /// Why nobody can tell whether its last attempt was done, while a person is asked.
  public var doubt: String?
  /// Every failed attempt, in order, with its error in full.
  public var failedAttempts: [FailedAttempt] = []
  /// The goals it serves, by identifier.
  public var goals: [String] = []
  /// Its place in the sub-stage's order; tasks of one sequence run side by side, the next after them.
  public var sequence = 1
  /// The tasks that must be done before it.
  public var dependsOn: [String] = []
  /// How much it matters.
  public var priority = TaskPriority.medium
  /// How long one attempt may take, in seconds, where it has its own limit.
  public var timeLimit: Int?
  /// The agent it is given to.
  public var agent: String?
  /// Whether it was noticed that nobody can do it.
  public var isMarkedUnassigned = false
  /// How often the environment failed it since it last had a fresh budget; that is not charged to the agent.
  public var environmentFailures = 0
  /// Before when it is not tried again, after a fault of the environment.
  public var notBefore: Moment?
  /// Why earlier attempts were rejected, in full, for the next one.
  public var feedback: [String] = []
  /// How good the last accepted attempt was: 10 without a remark, 7 with some; 1 for a rejected one.
  public var quality: Int?
  /// The obstacle it was made to take away.
  public var remedies: String?
  /// Whether it was made because a goal had none.
  public var isCorrective = false
  /// What the agent says it did that is more than files, e.g. that all tests pass.
  public var claims: [AgentClaim] = []
  /// Every time it went up the chain of command, in order.
  public var escalations: [TaskEscalation] = []
  /// How many of its failed attempts lie before its last fresh start, so that no card counts them any more.
  public var settledAttempts = 0
  /// How many of its escalations lie before its last fresh start.
  public var settledEscalations = 0
  /// When its last attempt began.
  public var startedAt: Moment?
  /// When its last attempt ended.
  public var endedAt: Moment?

  /// Makes a task that nobody has begun.
  public init(
    id: String, title: String, stage: Int, substage: String?, role: String, performer: String,
    expectedFiles: [String], maxAttempts: Int, guidance: String? = nil, repairs: String? = nil
  ) {
    self.id = id
    self.title = title
    self.stage = stage
    self.substage = substage
    self.role = role
    self.performer = performer
    self.expectedFiles = expectedFiles
    self.maxAttempts = maxAttempts
    self.guidance = guidance
    self.repairs = repairs
  }
}

extension TaskRecord {
  /// Takes over what the plan says of the task.
  mutating func follow(_ planned: PlannedTask) {
    title = planned.title
    substage = planned.substage
    role = planned.role
    performer = planned.performer
    expectedFiles = planned.files
    goals = planned.goals
    sequence = planned.sequence
    dependsOn = planned.dependsOn
    priority = planned.priority
    timeLimit = planned.timeLimit
  }
}

/// What an agent says of its work, to be held against what is found.
public struct AgentClaim: Codable, Equatable, Sendable {
  /// What it is about: a gate's identifier, or a path.
  public var subject: String
  /// What is claimed, in the agent's words.
  public var words: String

  /// Makes a claim from its parts.
  public init(subject: String, words: String) {
    self.subject = subject
    self.words = words
  }
}

/// One failed attempt of a task.
public struct FailedAttempt: Codable, Equatable, Sendable {
  /// What the agent's program calls the error, e.g. `SyntaxError`.
  public var type = ""
  /// Where it arose, in full.
  public var trace = ""
  /// The tool calls that were made, in order, each in full.
  public var tools: [String] = []
  /// The files that were kept aside.
  public var rejections: [FileRejection] = []
  /// Who made the attempt.
  public var agent: String?
  /// In which role.
  public var role = ""
  /// Whether it counts against whoever made it; faults of the environment do not.
  public var isCharged = true
  /// Its number.
  public var attempt: Int
  /// Whose fault it looks like.
  public var cause: TaskFailure.Cause
  /// Where the cause lies by the error's words.
  public var place: CauseSign.Class
  /// The error in full.
  public var message: String
  /// When it failed.
  public var at: Moment
}

/// A file and its hash, as found on the disk.
public struct FileClaim: Codable, Equatable, Sendable {
  /// Its path below the workspace.
  public var path: String
  /// SHA-256 of its bytes, lower-case hex.
  public var hash: String

  /// Makes a claim from its parts.
  public init(path: String, hash: String) {
    self.path = path
    self.hash = hash
  }
}

/// Something the brief asks and the agent cannot make.
public struct Shortcoming: Codable, Equatable, Sendable {
  /// What was asked.
  public var subject: String
  /// Why it cannot be made.
  public var reason: String
  /// Whether the rest is still worth making without it.
  public var canLeaveOut: Bool

  /// Makes a shortcoming from its parts.
  public init(subject: String, reason: String, canLeaveOut: Bool) {
    self.subject = subject
    self.reason = reason
    self.canLeaveOut = canLeaveOut
  }
}

/// One thing a check found.
public struct Finding: Codable, Equatable, Sendable {
  /// The file, below the workspace.
  public var file: String
  /// The line, counted from 1, or 0 when it belongs to no line.
  public var line: Int
  /// The checker's code for it.
  public var code: String
  /// What is wrong.
  public var message: String

  /// Makes a finding from its parts.
  public init(file: String, line: Int, code: String, message: String) {
    self.file = file
    self.line = line
    self.code = code
    self.message = message
  }
}

/// What one run of a gate gave.
public struct GateResult: Codable, Equatable, Sendable {
  /// Whether what was required was reached.
  public var passed: Bool
  /// What was required, in words.
  public var required: String
  /// What was reached, in words.
  public var achieved: String
  /// What was found, the first ones.
  public var findings: [Finding]
  /// The command as it was run.
  public var command: [String]
  /// Its exit status, if it ended by itself.
  public var exitStatus: Int?
  /// Where the evidence is kept.
  public var evidence: String?
  /// SHA-256 of the evidence.
  public var evidenceHash: String?
  /// Why the check could not be made at all; never a pass.
  public var unavailable: String?
  /// How long it took, in milliseconds.
  public var milliseconds: Int
  /// Tests that failed and passed when they were run again without a change.
  public var flaky: [String]
  /// How many findings were there before and do not block.
  public var baselined: Int

  /// Makes a result from its parts.
  public init(
    passed: Bool, required: String, achieved: String, findings: [Finding] = [], command: [String] = [],
    exitStatus: Int? = nil, evidence: String? = nil, evidenceHash: String? = nil, unavailable: String? = nil,
    milliseconds: Int = 0, flaky: [String] = [], baselined: Int = 0
  ) {
    self.passed = passed
    self.required = required
    self.achieved = achieved
    self.findings = findings
    self.command = command
    self.exitStatus = exitStatus
    self.evidence = evidence
    self.evidenceHash = evidenceHash
    self.unavailable = unavailable
    self.milliseconds = milliseconds
    self.flaky = flaky
    self.baselined = baselined
  }
}

/// A gate within a session.
public struct GateRecord: Codable, Equatable, Sendable {
  /// Its identifier.
  public var id: String
  /// Its title.
  public var title: String
  /// The heading under which reports list it.
  public var category: String
  /// Whether a failure blocks at this level.
  public var mandatory: Bool
  /// What is required, in words.
  public var required: String
  /// How far it has come: todo, running, done (passed), failed, waived.
  public var state = Progress.todo
  /// The number of the current or last attempt, counted from 1.
  public var attempt = 1
  /// How often it may run before a person is asked again.
  public var maxAttempts: Int
  /// Every result, in order.
  public var results: [GateResult] = []
  /// The performer that can mend what it finds.
  public var fix: String?
  /// How many mending tasks were made since a person last had a say.
  public var fixes = 0
  /// Why it must pass although the level alone does not ask for it, e.g. `asked for by the card of Backend engineer`.
  public var reason: String?

  /// Makes a gate that has not run.
  public init(
    id: String, title: String, category: String, mandatory: Bool, required: String, maxAttempts: Int,
    fix: String? = nil
  ) {
    self.id = id
    self.title = title
    self.category = category
    self.mandatory = mandatory
    self.required = required
    self.maxAttempts = maxAttempts
    self.fix = fix
  }

  /// A digest of exactly what the last run found, or an empty text.
  public var fingerprint: String {
    guard let last = results.last else { return "" }
    let lines = last.findings.map { "\($0.file)\u{0}\($0.code)\u{0}\($0.message)" }.sorted()
    let parts = [id, last.achieved, last.unavailable ?? ""] + lines
    return Digest.sha256(Array(parts.joined(separator: "\u{1}").utf8))
  }

  /// What was reached by the last run, in words.
  public var achieved: String { results.last?.achieved ?? "" }
}

/// A restorable picture of the workspace, bound to an event.
public struct Checkpoint: Codable, Equatable, Sendable {
  /// What the record said of the files then.
  var record = FileTable()
  /// Its identifier, e.g. `4.1b` or `5`.
  public var id: String
  /// The stage in which it was taken.
  public var stage: Int
  /// The event that recorded it.
  public var seq: Int
  /// The git tree that holds the files.
  public var tree: String
  /// How many files it holds.
  public var files: Int
  /// When it was taken.
  public var at: Moment
}

/// An open obstacle with an owner.
public struct Blocker: Codable, Equatable, Sendable {
  /// Its identifier, stable while it is open.
  public var id: String
  /// Where it comes from: gate or task.
  public var source: String
  /// What is wrong.
  public var text: String
  /// Who has to act.
  public var owner: String
  /// The task it belongs to, if any.
  public var task: String?
}

/// An effect that ended without a report.
public struct Interruption: Codable, Equatable, Sendable {
  /// The effect with its attempt.
  public var effect: Effect
  /// Why.
  public var reason: String
  /// When it was noticed.
  public var at: Moment
}

/// A field of the brief and what a person gave for it.
public struct FieldValue: Codable, Equatable, Sendable {
  /// The field's name.
  public var field: String
  /// The text given.
  public var value: String

  /// Makes a value from its parts.
  public init(field: String, value: String) {
    self.field = field
    self.value = value
  }
}

/// An answer that a named person gave before the question arose.
public struct AdvanceAnswer: Codable, Equatable, Sendable {
  /// Who gave it.
  public var by: String
  /// The playbook it is for.
  public var playbook: String
  /// The subject it is for (a gate, a stage …), or `nil` for any.
  public var subject: String?
  /// The option chosen.
  public var option: String
  /// The reason given.
  public var note: String
  /// Fields given, for decisions that ask for some.
  public var fields: [FieldValue]

  /// Makes an advance answer from its parts.
  public init(by: String, playbook: String, subject: String?, option: String, note: String, fields: [FieldValue]) {
    self.by = by
    self.playbook = playbook
    self.subject = subject
    self.option = option
    self.note = note
    self.fields = fields
  }
}
