@testable import Kernel

/// The workflow's order, looked at from outside: what may begin when, and what must be done before a stage ends.
extension Account {
  /// Why an effect may not begin yet, or `nil`.
  func place(of effect: Effect, before: Session) -> String? {
    guard let stage = before.currentStage, let work = before.workflow.stage(stage.id)?.work else {
      return "\(effect.name) was started without a stage"
    }
    for piece in work {
      switch piece {
      case .task(let template):
        if case .perform(template.id, _) = effect { return nil }
        if !isDone(template.id, in: before) { return "\(effect.name) was started before \(template.id) was done" }
      case .substages:
        guard case .perform(let id, _) = effect, let task = before.task(id), let own = task.substage else {
          if stage.substages.contains(where: { $0.state == .todo || $0.state == .running }) {
            return "\(effect.name) was started before the sub-stages were done"
          }
          continue
        }
        let running = stage.substages.first { $0.state != .done && $0.state != .skipped }
        guard running?.id == own else { return "\(effect.name) was started before its sub-stage" }
        let siblings = before.tasks.filter { $0.substage == own && $0.id != id }
        if task.performer == Playbook.checkpointPerformer,
          siblings.contains(where: { $0.state != .done && $0.state != .skipped })
        {
          return "\(own) was kept before it was finished"
        }
        return nil
      case .rules(let kind, _):
        for rule in before.workflow.rules where rule.kind == kind {
          // Reading the brief is dear; a stage's end does it.
          if before.openBreach(of: rule) != nil { return "\(effect.name) was started with \(rule.id) broken" }
        }
      case .gates:
        if case .runGate = effect { return nil }
        if case .perform(let id, _) = effect, let gate = before.task(id)?.repairs {
          return before.gate(gate)?.state == .failed ? nil : "\(id) mends what does not need it"
        }
        if let open = before.gates.first(where: { $0.mandatory && $0.state != .done && $0.state != .waived }) {
          return "\(effect.name) was started with the gate \(open.id) open"
        }
      case .verification: if case .inspect = effect { return nil }
      case .brief: if before.level == nil { return "\(effect.name) was started before the brief was accepted" }
      case .approval(let playbook):
        if !stage.approvals.contains(where: { $0.playbook == playbook }) {
          return "\(effect.name) was started before \(playbook)"
        }
      case .shortcomings:
        if before.shortcomings != leftOut, !before.shortcomings.isEmpty {
          return "\(effect.name) was started with shortcomings open"
        }
      }
    }
    return "\(effect.name) belongs to no work of stage \(stage.id)"
  }

  private func isDone(_ id: String, in session: Session) -> Bool {
    guard let task = session.task(id) else { return false }
    return task.state == .skipped || task.state == .done && completed[id] != nil
  }

  /// Whether every line that breaks a rule was settled by a person.
  private func isMet(_ rule: Rule, in session: Session) -> Bool {
    rule.breaches(in: session.brief).allSatisfy { breach in
      if let needed = rule.neededLevel, let level = session.level, level >= needed { return true }
      return session.settlements.contains { settled in
        settled.rule == rule.id && settled.line == breach.line
          && (rule.neededLevel == nil || settled.level == session.level)
          && session.decision(settled.decision)?.answer != nil
      }
    }
  }

  /// What is missing although a stage is said to be completed, or `nil`.
  func finish(_ id: Int, before: Session) -> String? {
    guard let work = before.workflow.stage(id)?.work else { return "stage \(id) does not exist" }
    var latest = 0
    for piece in work {
      switch piece {
      case .verification: continue
      case .brief: if before.level == nil { return "stage \(id) ended without an accepted brief" }
      case .task(let template):
        guard let task = before.task(template.id) else { return "stage \(id) ended without \(template.id)" }
        if task.state == .skipped { continue }
        guard let seq = completed[template.id] else { return "stage \(id) ended without \(template.id)" }
        if let wrong = missing(template.files, of: template.id) { return wrong }
        latest = max(latest, seq)
      case .shortcomings:
        if before.shortcomings != leftOut, !before.shortcomings.isEmpty { return "shortcomings were passed over" }
      case .substages:
        for substage in before.workflow.stage(id)?.substages ?? [] {
          if let wrong = finish(substage, before: before) { return wrong }
        }
      case .rules(let kind, _):
        for rule in before.workflow.rules where rule.kind == kind && !isMet(rule, in: before) {
          return "the rule \(rule.id) was passed over"
        }
      case .gates:
        let level = before.level ?? 0
        for gate in before.workflow.gates where level >= gate.fromLevel {
          guard let answer = gateAnswer[gate.id] else { return "stage \(id) ended without the gate \(gate.id)" }
          guard answer.holds || !gate.isMandatory(at: level) else {
            return "the failed gate \(gate.id) was passed over"
          }
          guard answer.seq > max(latest, lastCode) else { return "the gate \(gate.id) saw older files" }
        }
      case .approval(let playbook):
        guard let seq = approved["\(id) \(playbook)"] else { return "stage \(id) ended without \(playbook)" }
        guard seq > latest else { return "\(playbook) rests on older documents" }
      }
    }
    return nil
  }

  private func finish(_ substage: Substage, before: Session) -> String? {
    let isIncluded = before.included.contains(substage.id)
    guard isIncluded || substage.skipReason(level: before.level ?? 0, modules: before.modules) == nil else {
      return nil
    }
    let tasks = before.planned.filter { $0.substage == substage.id }
    if tasks.isEmpty, before.shortcomingsLeftOut { return nil }
    for task in tasks where before.task(task.id)?.state != .skipped {
      guard completed[task.id] != nil else { return "the planned \(task.id) was not done" }
      if let wrong = missing(task.files, of: task.id) { return wrong }
    }
    guard before.task("checkpoint-\(substage.id)")?.state != .skipped else { return nil }
    guard let kept = completed["checkpoint-\(substage.id)"] else { return "\(substage.id) was not kept" }
    let made = tasks.compactMap { completed[$0.id] }.max() ?? 0
    return made < kept ? nil : "\(substage.id) was changed after it was kept"
  }

  private func missing(_ files: [String], of task: String) -> String? {
    let paths = claims[task, default: []].map { Array($0.path.utf8) }
    return files.first { !paths.contains(Array($0.utf8)) }.map { "\(task) ended without \($0)" }
  }
}
