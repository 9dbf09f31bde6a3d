import Kernel

/// Composes the domain's documents from a session and its history; every one is a pure function of what it is given.
///
/// A document says what the session knows and cites the event it rests on (`#12` is the journal's twelfth). Where
/// something is not known it says so; nothing is claimed that a person still has to judge.
public enum Documents {}

extension Standing {
  /// Whether work is still to come.
  var isUnfinished: Bool {
    switch self {
    case .active, .paused: return true
    case .aborted, .completed: return false
    }
  }
}

extension Session {
  /// The level with its name, for a cell.
  var levelWords: String {
    guard let level else { return "not chosen yet" }
    return "\(level) – \(Markdown.inline(workflow.level(level)?.name ?? "unnamed"))"
  }

  /// The modules by title, for a cell.
  var moduleWords: String {
    let titles = modules.map { id in Markdown.inline(workflow.modules.first { $0.id == id }?.title ?? id) }
    return Words.list(titles, otherwise: level == nil ? "not chosen yet" : "none")
  }

  /// The usual time to generate, and where that number comes from.
  var timeWords: String {
    guard let range = workflow.level(level)?.minutes else { return "unknown until a level is chosen" }
    return "\(range.lowerBound)–\(range.upperBound) minutes (the usual range of level \(level ?? 0) in the workflow "
      + "\(Markdown.code(workflow.id)), version \(workflow.version); not measured for this session)"
  }

  /// The workflow with its version and digest.
  var workflowWords: String {
    "\(Markdown.inline(workflow.title)) (\(Markdown.code(workflow.id)), version \(workflow.version), SHA-256 "
      + "\(Markdown.code(workflow.digest)))"
  }

  /// The answers that approved a stage, newest first in force.
  func approvals(by playbook: String) -> [Approval] {
    stages.flatMap(\.approvals).filter { $0.playbook == playbook }
  }

  /// The playbooks by which persons approve, with the stage.
  var approvalPoints: [(stage: Stage, playbook: String)] {
    workflow.stages.flatMap { stage in
      stage.work.compactMap { work in
        if case .approval(let playbook) = work { return (stage, playbook) } else { return nil }
      }
    }
  }

  /// The people who answered, each once, in the order of their first answer.
  var people: [String] {
    var names: [String] = []
    for decision in decisions {
      guard let by = decision.answer?.by, !names.contains(by) else { continue }
      names.append(by)
    }
    return names
  }

  /// The first file of the workflow's own task that a performer does, if there is such a task.
  func document(_ performer: String) -> String? {
    for stage in workflow.stages {
      for case .task(let task) in stage.work where task.performer == performer { return task.files.first }
    }
    return nil
  }

  /// The documents of tasks that are at work now: they are written together with whatever document mentions them, so
  /// neither their presence nor their hash can be known yet.
  var documentsAtWork: [String] {
    tasks.filter { $0.state == .running && $0.substage == nil }.flatMap(\.expectedFiles)
  }

  /// Every sub-stage with what the workflow says about it and what became of it.
  var substagePlan: [(stage: Int, definition: Substage, record: SubstageRecord?, skipped: String?)] {
    workflow.stages.flatMap { stage in
      stage.substages.map { substage in
        let record = stages.first { $0.id == stage.id }?.substages.first { $0.id == substage.id }
        let isIncluded = included.contains(substage.id)
        let reason = isIncluded ? nil : level.flatMap { substage.skipReason(level: $0, modules: modules) }
        return (stage.id, substage, record, record?.reason ?? reason)
      }
    }
  }

  /// Who approved by a playbook, when and by which decision, or that it waits.
  func approvalWords(_ playbook: String) -> String {
    let words = approvals(by: playbook).map {
      "\(Markdown.inline($0.by)), \(Words.time($0.at)), decision \(Markdown.inline($0.decision))"
    }
    return Words.list(words, otherwise: "not given yet")
  }

  /// Who approves what, as table rows; only in the stage that a performer's task belongs to, if one is named.
  func signOffRows(inStageOf performer: String? = nil) -> [[String]] {
    let points = approvalPoints.filter { point in
      guard let performer else { return true }
      return point.stage.work.contains { work in
        if case .task(let task) = work { return task.performer == performer } else { return false }
      }
    }
    return points.map {
      ["\($0.stage.id) \(Markdown.inline($0.stage.name))", Markdown.code($0.playbook), approvalWords($0.playbook)]
    }
  }
}

extension GateRecord {
  /// Where the last evidence lies in the handoff package, with its hash.
  var evidenceWords: String {
    guard let result = results.last else { return "none, not run yet" }
    guard let evidence = result.evidence else { return "none kept" }
    let place = evidence.hasPrefix("/") ? "handoff/evidence/" + (evidence.split(separator: "/").last ?? "") : evidence
    let hash = result.evidenceHash.map { " (SHA-256 \(Markdown.code($0)))" } ?? " (no hash recorded)"
    return Markdown.code(place) + hash
  }

  /// The last command, or that there is none.
  var commandWords: String {
    let command = results.last?.command ?? []
    return command.isEmpty ? "inspection by the engine" : Markdown.code(command.joined(separator: " "))
  }

  /// What was reached, or why nothing was.
  var achievedWords: String {
    guard let result = results.last else { return "not run" }
    if let reason = result.unavailable { return "not checked: \(Markdown.inline(reason))" }
    return result.achieved.isEmpty ? "nothing reported" : Markdown.inline(result.achieved)
  }
}
