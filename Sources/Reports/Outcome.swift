import Kernel

// What a case is called and what came of it, as the session stands; no Markdown yet.

extension Session {
  /// What a subject is called, for people.
  func name(ofSubject subject: String) -> String {
    let parts = subject.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return "The session" }
    switch parts[0] {
    case "gate": return "Gate \(gateTitle(parts[1]))"
    case "task": return "Task \(parts[1])" + (task(parts[1]).map { ": \($0.title)" } ?? "")
    case "rule": return "Rule \(parts[1])" + (workflow.rule(parts[1]).map { ": \($0.title)" } ?? "")
    case "request": return requests.first { $0.id == parts[1] }.map { "\($0.id): \($0.words)" } ?? parts[1]
    case "restore": return "Putting files back (\(parts[1]))"
    case "stage":
      return "Stage \(parts[1])" + (stages.first { String($0.id) == parts[1] }.map { " \($0.name)" } ?? "")
    default: return subject
    }
  }

  /// What came of a case.
  func outcome(of item: RecoveryCase) -> String {
    let parts = item.subject.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return standingOutcome(of: item) }
    if item.scenario == 7, parts[0] != "restore" { return rollbackOutcome(of: item) }
    switch parts[0] {
    case "gate": return gateOutcome(parts[1])
    case "task": return taskOutcome(parts[1])
    case "rule": return ruleOutcome(parts[1])
    case "request": return requestOutcome(parts[1])
    case "restore":
      return restoration?.id == Int(parts[1]) ? "The files are not put back yet." : "The files were put back."
    case "stage": return stageOutcome(of: item)
    default: return "Nothing more is known."
    }
  }

  private func standingOutcome(of item: RecoveryCase) -> String {
    switch standing {
    case .paused(let by, let at, _): return "Paused by \(by) since \(Words.time(at))."
    case .aborted(let by, let at, _): return "Aborted by \(by) at \(Words.time(at))."
    case .active, .completed:
      let last = item.steps.last { $0.what == "Resumed" }
      if let last { return "Resumed by \(last.by) at \(Words.time(last.at)); the session went on." }
      return "The session went on."
    }
  }

  private func rollbackOutcome(of item: RecoveryCase) -> String {
    if item.decisions.contains(where: { decision($0)?.isUndone ?? false }) {
      return "The rollback was taken back; section 11 says by whom."
    }
    guard item.steps.contains(where: { $0.what.hasPrefix("Went back") }) else {
      return "Nothing was rolled back."
    }
    return "Rolled back; section 11 says what was kept and what was discarded."
  }

  private func gateOutcome(_ id: String) -> String {
    guard let gate = gate(id) else {
      return "Its results no longer count, because the session went back; it runs again."
    }
    switch gate.state {
    case .done: return "Passed in run \(gate.attempt): \(gate.achieved)"
    case .waived:
      let waiver = waivers.last { $0.gate == id }
      return "WAIVED, not passed" + (waiver.map { ": \($0.id), accepted by \($0.by) until \($0.until)." } ?? ".")
    case .failed: return "Open: required \(gate.required), reached \(gate.achieved)."
    case .todo, .running: return "It is to run again."
    case .skipped, .isolated: return "It was left out."
    }
  }

  private func taskOutcome(_ id: String) -> String {
    guard let task = task(id) else { return "The task is no longer part of the work." }
    switch task.state {
    case .done:
      let substitute = task.substitute.map { ", with \($0) standing in" } ?? ""
      return "Done in attempt \(task.attempt)\(substitute)."
    case .skipped:
      return "Left out" + (task.skipReason.map { ": \($0)" } ?? ", because the plan no longer names it.")
    case .failed: return "Open: \((task.error ?? task.title).firstLine)"
    case .todo, .running, .waived, .isolated:
      if let wait = waits.first(where: { $0.task == id }) {
        return "Waits for \(dependencyTitle(wait.dependency)) since \(Words.time(wait.since))."
      }
      return "To be done; \(Words.progress(task.state)), attempt \(task.attempt)."
    }
  }

  private func ruleOutcome(_ id: String) -> String {
    if let settled = settlements.last(where: { $0.rule == id }) {
      return "\(settled.words), by \(settled.by) at \(Words.time(settled.at))."
    }
    let isBroken = workflow.rule(id)?.breach(in: brief) != nil
    return isBroken ? "Open." : "The brief no longer breaks the rule."
  }

  private func requestOutcome(_ id: String) -> String {
    guard let how = requests.first(where: { $0.id == id })?.settled else { return "Open." }
    let last = decisions.last { $0.subject == "request:\(id)" && $0.answer != nil }
    return "Settled: \(last?.option(how)?.title ?? how)."
  }

  private func stageOutcome(of item: RecoveryCase) -> String {
    if item.scenario == 2 {
      if shortcomingsLeftOut { return "Left out by a person's decision; section 10 names it." }
      return shortcomings.isEmpty ? "The brief no longer asks for what cannot be made." : "Open."
    }
    guard let level else { return "Open: the brief is not complete yet." }
    return "The brief was complete in the end; level \(level) is agreed."
  }
}

extension RuleSettlement {
  /// How it was settled, in words.
  var words: String {
    switch how {
    case "adopted": return "The compliant way was adopted"
    case "accepted": return "Accepted as a risk"
    case "included": return "Met by single sub-stages of a higher level"
    default: return how
    }
  }
}
