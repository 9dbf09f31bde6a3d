/// Describes a kind of session as data: its stages, sub-stages, gates, approvals and playbooks.
///
/// A workflow is read from a file, frozen into a session when the session starts, and never read again for it;
/// so a file that changes later changes no running session.
public struct Workflow: Codable, Equatable, Sendable {
  /// The identifier people type, e.g. `seven-stage`.
  public var id: String
  /// A title for people.
  public var title: String
  /// The file's version, counted from 1.
  public var version: Int
  /// SHA-256 of the files it was read from (lower-case hex), for the report.
  public var digest: String
  /// What a brief must say, in the order in which gaps are asked for.
  public var fields: [BriefFieldRule]
  /// The maturity levels a person may choose.
  public var levels: [Level]
  /// The optional modules a person may choose.
  public var modules: [Module]
  /// The stages in order.
  public var stages: [Stage]
  /// The gates, in the order in which they run.
  public var gates: [Gate]
  /// The playbooks by which decisions are raised.
  public var playbooks: [Playbook]
  /// What a brief must not ask for, or not at its level.
  public var rules: [Rule]
  /// What the session reaches for outside the workspace, with what to do when it does not answer.
  public var dependencies: [Dependency]
  /// By which words an error tells where its cause lies.
  public var causes: [CauseSign]
  /// What is still made when a session is aborted, in order: partial report, partial package.
  public var closing: [TaskTemplate]
  /// How many waivers a session may have standing at once.
  public var waiverCap: Int
  /// How its work is supervised; `nil` in workflows of older programs and in small ones.
  public var supervision: Supervision?

  /// Makes a workflow from its parts.
  public init(
    id: String, title: String, version: Int, digest: String, fields: [BriefFieldRule], levels: [Level],
    modules: [Module], stages: [Stage], gates: [Gate], playbooks: [Playbook], rules: [Rule] = [],
    dependencies: [Dependency] = [], causes: [CauseSign] = [], closing: [TaskTemplate] = [], waiverCap: Int = 5,
    supervision: Supervision? = nil
  ) {
    self.id = id
    self.title = title
    self.version = version
    self.digest = digest
    self.fields = fields
    self.levels = levels
    self.modules = modules
    self.stages = stages
    self.gates = gates
    self.playbooks = playbooks
    self.rules = rules
    self.dependencies = dependencies
    self.causes = causes
    self.closing = closing
    self.waiverCap = waiverCap
    self.supervision = supervision
  }

  /// A workflow with nothing in it; what a session has before it is created.
  public static let empty = Workflow(
    id: "", title: "", version: 0, digest: "", fields: [], levels: [], modules: [], stages: [], gates: [],
    playbooks: [])

  /// The level with a number, if the workflow has it.
  public func level(_ number: Int?) -> Level? {
    guard let number else { return nil }
    return levels.first { $0.number == number }
  }

  /// The playbook with an identifier, if the workflow has it.
  public func playbook(_ id: String) -> Playbook? { playbooks.first { $0.id == id } }

  /// The gate with an identifier, if the workflow has it.
  public func gate(_ id: String) -> Gate? { gates.first { $0.id == id } }

  /// The stage with a number, if the workflow has it.
  public func stage(_ id: Int) -> Stage? { stages.first { $0.id == id } }
}

/// Says what a brief must tell about one field, and how to ask for it.
public struct BriefFieldRule: Codable, Equatable, Sendable {
  /// The field.
  public var field: BriefField
  /// Whether a session cannot start without it.
  public var required: Bool
  /// Why it is asked, in one sentence for the person.
  public var why: String
  /// The expected format, with an example.
  public var format: String

  /// Makes a rule from its parts.
  public init(field: BriefField, required: Bool, why: String, format: String) {
    self.field = field
    self.required = required
    self.why = why
    self.format = format
  }
}

/// A maturity level: how many features a system gets, never how complete each is.
public struct Level: Codable, Equatable, Sendable {
  /// 1–4.
  public var number: Int
  /// Its name, e.g. `Development Ready`.
  public var name: String
  /// What it is for, in a few words.
  public var summary: String
  /// The least test coverage, in percent.
  public var coverage: Int
  /// The usual time to generate, in minutes, from the plan's experience.
  public var minutes: ClosedRange<Int>

  /// Makes a level from its parts.
  public init(number: Int, name: String, summary: String, coverage: Int, minutes: ClosedRange<Int>) {
    self.number = number
    self.name = name
    self.summary = summary
    self.coverage = coverage
    self.minutes = minutes
  }
}

/// An optional module of the generated system.
public struct Module: Codable, Equatable, Sendable {
  /// Its identifier, e.g. `workers`.
  public var id: String
  /// Its title for people.
  public var title: String
  /// Other ways in which people write it.
  public var aliases: [String]
  /// Modules it cannot do without; they are added with a notice.
  public var requires: [String]

  /// Makes a module from its parts.
  public init(id: String, title: String, aliases: [String], requires: [String]) {
    self.id = id
    self.title = title
    self.aliases = aliases
    self.requires = requires
  }
}

/// One stage of a workflow.
public struct Stage: Codable, Equatable, Sendable {
  /// Its number, 0–6 in the built-in workflow.
  public var id: Int
  /// Its name for people.
  public var name: String
  /// What is done in it, in order; the stage is complete when all of it is.
  public var work: [Work]
  /// Its sub-stages, in order of execution; `Work.substages` says when they run.
  public var substages: [Substage]

  /// Makes a stage from its parts.
  public init(id: Int, name: String, work: [Work], substages: [Substage]) {
    self.id = id
    self.name = name
    self.work = work
    self.substages = substages
  }
}

/// One piece of a stage's order of work.
public enum Work: Codable, Equatable, Sendable {
  /// The brief is read and checked; gaps become one decision by a playbook.
  case brief(playbook: String)
  /// A task is done.
  case task(TaskTemplate)
  /// What the brief asks and the chosen agent cannot make becomes a decision by a playbook.
  case shortcomings(playbook: String)
  /// The stage's sub-stages run in order, each with the tasks the plan gave it.
  case substages
  /// Every rule of a kind is held against the brief; each one broken becomes a decision by a playbook.
  case rules(RuleKind, playbook: String)
  /// Every gate that applies is run; each mandatory one that fails becomes a decision by a playbook.
  case gates(playbook: String)
  /// A person approves by a playbook.
  case approval(playbook: String)
  /// An auditor's task and the engine's own look at every deliverable; what does not hold becomes a decision.
  case verification(TaskTemplate, playbook: String)
}

/// Describes a task before it belongs to a session.
public struct TaskTemplate: Codable, Equatable, Sendable {
  /// Its identifier within the workflow, e.g. `intake`.
  public var id: String
  /// A title for people.
  public var title: String
  /// The role that does it.
  public var role: String
  /// Which performer does it, by catalogue name, e.g. `document.intake`.
  public var performer: String
  /// The files it must leave behind, as paths below the workspace.
  public var files: [String]
  /// How often it may fail before a person is asked.
  public var maxAttempts: Int

  /// Makes a template from its parts.
  public init(id: String, title: String, role: String, performer: String, files: [String], maxAttempts: Int) {
    self.id = id
    self.title = title
    self.role = role
    self.performer = performer
    self.files = files
    self.maxAttempts = maxAttempts
  }
}

/// One sub-stage, with the condition under which it runs.
public struct Substage: Codable, Equatable, Sendable {
  /// Its identifier, e.g. `4.1b`.
  public var id: String
  /// Its name for people.
  public var name: String
  /// The lowest level at which it runs.
  public var fromLevel: Int
  /// The module without which it does not run.
  public var module: String?
  /// When it counts as done, in words.
  public var done: String
  /// Whether it may be set aside, with its files, when its environment cannot be had, so that the rest goes on.
  public var canIsolate: Bool

  /// Makes a sub-stage from its parts.
  public init(id: String, name: String, fromLevel: Int, module: String?, done: String, canIsolate: Bool = false) {
    self.canIsolate = canIsolate
    self.id = id
    self.name = name
    self.fromLevel = fromLevel
    self.module = module
    self.done = done
  }

  /// Why this sub-stage does not run for a level and modules, or `nil` when it runs.
  public func skipReason(level: Int, modules: [String]) -> String? {
    if let module, !modules.contains(module) { return "not requested" }
    if level < fromLevel { return "level \(fromLevel) and up" }
    return nil
  }
}

/// Describes one gate: a check the engine itself runs.
public struct Gate: Codable, Equatable, Sendable {
  /// Its identifier, e.g. `coverage`.
  public var id: String
  /// Its title for people.
  public var title: String
  /// The heading under which reports list it.
  public var category: String
  /// Which check it is, by catalogue name.
  public var kind: String
  /// The lowest level at which it runs.
  public var fromLevel: Int
  /// The lowest level at which a failure blocks, or `nil` when it never does.
  public var mandatoryFrom: Int?
  /// What must be reached, in words; `{{coverage}}` stands for the level's percentage.
  public var required: String
  /// Settings of the check, by name, in the order written.
  public var settings: [Setting]
  /// How often it may run for one cause before the person is asked again.
  public var maxAttempts: Int
  /// The performer that can mend what it finds, if there is one; it is tried before a person is asked.
  public var fix: String?

  /// Makes a gate from its parts.
  public init(
    id: String, title: String, category: String, kind: String, fromLevel: Int, mandatoryFrom: Int?,
    required: String, settings: [Setting], maxAttempts: Int, fix: String? = nil
  ) {
    self.id = id
    self.title = title
    self.category = category
    self.kind = kind
    self.fromLevel = fromLevel
    self.mandatoryFrom = mandatoryFrom
    self.required = required
    self.settings = settings
    self.maxAttempts = maxAttempts
    self.fix = fix
  }

  /// Whether a failure blocks at a level.
  public func isMandatory(at level: Int) -> Bool { mandatoryFrom.map { level >= $0 } ?? false }
}

/// A named setting.
public struct Setting: Codable, Equatable, Sendable {
  /// Its name.
  public var name: String
  /// Its value.
  public var value: String

  /// Makes a setting from its parts.
  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

extension Workflow {
  /// Adds every module that the chosen ones cannot do without, in the workflow's order, and says what was added and why.
  public func resolve(modules chosen: [String]) -> (modules: [String], notices: [String]) {
    var wanted = chosen
    var notices: [String] = []
    var position = 0
    while position < wanted.count {
      let id = wanted[position]
      position += 1
      guard let module = modules.first(where: { $0.id == id }) else { continue }
      for required in module.requires where !wanted.contains(required) {
        wanted.append(required)
        let title = modules.first { $0.id == required }?.title ?? required
        notices.append("\(title) was added because \(module.title) needs it.")
      }
    }
    return (modules.map(\.id).filter(wanted.contains), notices)
  }
}
