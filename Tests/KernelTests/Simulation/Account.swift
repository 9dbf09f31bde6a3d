@testable import Kernel

/// What a checker knows of the work, kept beside the session and never read from it; an undo takes it back too.
struct Account: Sendable {
  /// When each task was last completed, by the number of the event.
  var completed: [String: Int] = [:]
  var claims: [String: [FileClaim]] = [:]
  var approved: [String: Int] = [:]
  var gateAnswer: [String: (seq: Int, holds: Bool)] = [:]
  var lastCode = 0
  /// The shortcomings a person has seen and chosen to leave out.
  var leftOut: [Shortcoming] = []
}

/// Everything of a session that an undo must bring back, without what only ever grows.
struct WorkPicture: Equatable {
  var texts: [String]
  var amendments: [FieldValue]
  var brief: Brief
  var level: Int?
  var modules: [String]
  var workflow: Workflow
  var stages: [StageRecord]
  var tasks: [TaskRecord]
  var planned: [PlannedTask]
  var shortcomings: [Shortcoming]
  var leftOut: Bool
  var gates: [GateRecord]
  var waivers: [Waiver]
  var settlements: [RuleSettlement]
  var risks: [AcceptedRisk]
  var postponed: [PostponedItem]
  var substitutions: [Substitution]
  var waits: [DependencyWait]
  var included: [String]

  init(of session: Session) {
    texts = [session.id, session.title, session.workspace, session.briefText] + session.notices
    amendments = session.amendments
    brief = session.brief
    level = session.level
    modules = session.modules
    workflow = session.workflow
    stages = session.stages
    // What was under way then is still to be done, and no attempt has its old number.
    tasks = session.tasks.map { task in
      var task = task
      task.attempt = 0
      if task.state == .running { task.state = .todo }
      return task
    }
    planned = session.planned
    shortcomings = session.shortcomings
    leftOut = session.shortcomingsLeftOut
    gates = session.gates.map { gate in
      var gate = gate
      gate.attempt = 0
      if gate.state == .running { gate.state = .todo }
      return gate
    }
    waivers = session.waivers
    settlements = session.settlements
    risks = session.risks
    postponed = session.postponed
    substitutions = session.substitutions
    waits = session.waits.map { wait in
      var wait = wait
      wait.attempt = 0
      return wait
    }
    included = session.included
  }

  /// The first part in which two works differ, for the person who reads a failure.
  func difference(from other: WorkPicture) -> String? {
    if self == other { return nil }
    if stages != other.stages { return "stages" }
    if tasks != other.tasks { return "tasks" }
    if gates != other.gates { return "gates" }
    if waivers != other.waivers { return "waivers" }
    if waits != other.waits { return "waits" }
    if planned != other.planned { return "plan" }
    if brief != other.brief || amendments != other.amendments || level != other.level { return "brief" }
    return "records"
  }
}
