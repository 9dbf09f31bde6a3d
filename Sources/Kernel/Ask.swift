// How a question arises: a situation with its facts, the playbook whose trigger fits it best, and one open decision.

extension Session {
  /// Raises a decision for a situation unless it is open already; answers it at once where a person did so in advance.
  func ask(
    _ kind: SituationKind, named: String?, subject: String, stage: Int, at: Moment, facts: @autoclosure () -> [Setting],
    rests: @autoclosure () -> [String], fields: [DecisionField] = [], basis: String = ""
  ) -> Step {
    if isAsking(subject) { return .waits([]) }
    // A question about files is asked on a picture of them.
    if kind.restsOnFiles, let keep = keepFirst() { return keep }
    let values = facts() + commonFacts(stage: stage)
    guard let playbook = playbook(for: kind, stage: stage, facts: values, named: named) else {
      // Only what a person asked for can be given up.
      if subject.hasPrefix("request:") {
        return .engine(
          .requestSettled(String(subject.dropFirst(8)), how: "not possible"),
          .noted(severity: .warning, text: "No playbook of this session is for \(kind.rawValue); nothing was changed."))
      }
      // A workflow is checked when it is read; should one slip through, the session rests and says so.
      let name = named.map { " \($0)" } ?? ""
      return rest("The workflow has no playbook\(name) for \(kind.rawValue).")
    }
    let asked = fields + playbook.fields
    let offered = playbook.options.filter { option in
      kind.effects.contains(option.effect) && offers(option, of: subject, facts: values, fields: asked)
    }
    guard !offered.isEmpty else { return rest("The playbook \(playbook.id) offers nothing for \(subject).") }
    let recommended =
      offered.first { option in
        !option.recommendedWhen.isEmpty && option.recommendedWhen.allSatisfy { $0.holds(for: values) }
      }?.id ?? (offered.contains { $0.id == playbook.recommended } ? playbook.recommended : nil)
    var decision = Decision(
      id: "\(self.id)-D\(decisions.count + 1)", playbook: playbook.id, scenario: playbook.scenario, stage: stage,
      subject: subject, title: fill(playbook.title, with: values), body: fill(playbook.body, with: values),
      askedBy: "engine", fields: asked,
      options: offered.map {
        Option(
          id: $0.id, key: $0.key, title: fill($0.title, with: values), says: fill($0.says, with: values),
          effect: $0.effect, noteRequired: $0.noteRequired, confirm: $0.confirm.map { fill($0, with: values) },
          target: $0.target.map { fill($0, with: values) },
          fields: $0.effect == .amend && $0.fields.isEmpty ? fields.map(\.name) : $0.fields,
          isReversible: $0.isReversible)
      }, recommended: recommended, digest: "", raisedAt: at)
    decision.situation = kind.rawValue
    decision.severity = playbook.severity
    decision.facts = values.filter { $0.value.utf8.count <= 120 && !$0.value.contains(where: \.isNewline) }
    decision.tree = isKept ? keptTree : nil
    decision.basis = basis
    decision.records = fill(playbook.records, with: values)
    decision.reminders = playbook.reminders
    decision.expiry = playbook.expiry
    // Whoever looked at the same question before sees what has changed since.
    let earlier = decisions.last { $0.subject == subject && $0.withdrawn != nil && $0.situation == decision.situation }
    if let earlier, earlier.tree != decision.tree, decision.tree != nil { decision.changes = movedPaths }
    decision.digest = Digest.sha256(decision.canonicalBytes(restingOn: rests() + [String(stage)]))
    return .facts([(.decisionRaised(decision), "engine")] + advanceFacts(for: decision, at: at))
  }

  private func rest(_ reason: String) -> Step {
    let facts = stopFacts(self, reason: "The session was paused.") + [.sessionPaused(reason: reason)]
    return .facts(facts.map { ($0, "engine") })
  }

  /// The playbook that fires for a situation; one that an older program froze is found by the name its stage gives.
  private func playbook(for kind: SituationKind, stage: Int, facts: [Setting], named: String?) -> Playbook? {
    if let first = workflow.verdicts(for: kind, stage: stage, facts: facts, named: named).first, first.failed == nil {
      return workflow.playbook(first.playbook)
    }
    if let named, let playbook = workflow.playbook(named), playbook.situation == nil || kind == .loop {
      return playbook
    }
    // An old workflow knows no loops, no dependencies and no doubts: a failed task is what it can ask about.
    switch kind {
    case .loop, .dependencyFailed, .effectUnknown: return workflow.playbook(Playbook.taskFailed)
    case .rollbackRequested, .changeRequested, .abortRequested, .libraryChanged, .briefIncomplete,
      .architectureConflict, .unsupported, .qualityConflict, .approval, .taskFailed, .gateFailed, .agentMissing,
      .blockerOpen, .verificationFailed:
      return nil
    }
  }

  /// Whether an open decision is about a subject.
  func isAsking(_ subject: String) -> Bool { unsettledDecisions.contains { $0.isOpen && $0.subject == subject } }

  private func commonFacts(stage: Int) -> [Setting] {
    let place = stages.firstIndex { $0.id == stage } ?? 0
    return [
      Setting(name: "session", value: id),
      Setting(name: "title", value: title),
      Setting(name: "level", value: level.map(String.init) ?? "not chosen"),
      Setting(name: "level-name", value: workflow.level(level)?.name ?? "not chosen"),
      Setting(name: "modules", value: modules.isEmpty ? "none" : modules.joined(separator: ", ")),
      Setting(name: "stage", value: "\(stage) \(workflow.stage(stage)?.name ?? "")"),
      Setting(name: "stage-id", value: String(stage)),
      Setting(name: "previous-stage", value: place > 0 ? String(stages[place - 1].id) : ""),
      Setting(name: "next-stage", value: stages.indices.contains(place + 1) ? String(stages[place + 1].id) : ""),
      Setting(name: "code-stage", value: stages.first { !$0.substages.isEmpty }.map { String($0.id) } ?? ""),
    ]
  }

  /// Whether an option can do anything here; one that cannot is not shown.
  private func offers(_ option: PlaybookOption, of subject: String, facts: [Setting], fields: [DecisionField]) -> Bool {
    guard option.offeredWhen.allSatisfy({ $0.holds(for: facts) }) else { return false }
    let target = option.target.map { fill($0, with: facts) } ?? ""
    let isTask = subject.hasPrefix("task:")
    let isGate = subject.hasPrefix("gate:")
    let isRequest = subject.hasPrefix("request:")
    if subject.hasPrefix("agent:") || subject.hasPrefix("blocker:") || subject.hasPrefix("verification:") {
      if let isOffered = offersSupervised(option, of: subject, facts: facts, target: target) { return isOffered }
    }
    if subject.hasPrefix("restore:") { return [.retry, .pause, .abort].contains(option.effect) }
    switch option.effect {
    case .amend: return fields.contains { BriefField(heading: $0.name) != nil }
    case .leaveOut: return !shortcomings.isEmpty && shortcomings.allSatisfy(\.canLeaveOut)
    case .regenerate: return stages.first { !$0.substages.isEmpty }.map { $0.state != .todo } ?? false
    case .rollBack:
      if isRequest, option.target == nil { return canChange(by: subject) }
      guard let target = RollBackTarget(reading: target) else { return false }
      return (try? rollBackTarget(target)) != nil
    case .fix:
      guard let id = facts.first(where: { $0.name == "gate-id" })?.value, let gate = gate(id) else { return false }
      return gate.fix != nil
    case .changeLevel:
      guard let level = Int(target) else { return false }
      return workflow.level(level) != nil && level != self.level
    case .include:
      let known = workflow.stages.flatMap(\.substages).map(\.id)
      let wanted = target.split(separator: ",").map { String($0).trimmed }
      return !wanted.isEmpty && wanted.allSatisfy { known.contains($0) && !included.contains($0) }
    case .substitute: return !(facts.first { $0.name == "workaround" }?.value.isEmpty ?? true)
    case .wait:
      guard let id = facts.first(where: { $0.name == "dependency-id" })?.value else { return false }
      return workflow.dependency(id)?.probe.isEmpty == false
    case .reassign: return isTask && !target.isEmpty
    case .skip: return isTask
    case .retry: return isTask || isGate
    case .waive: return isGate && standingWaivers.count < workflow.waiverCap
    case .postpone: return isTask || isRequest || isGate && standingWaivers.count < workflow.waiverCap
    case .proceed:
      guard isTask else { return true }
      let id = String(subject.dropFirst(5))
      let found = findings.last { $0.effect.subject == subject }?.files ?? []
      return task(id)?.isDone(by: found) ?? false
    case .incorporate: return canChange(by: subject)
    case .approve, .requestChanges, .pause, .abort, .adopt, .dismiss: return true
    // Only an agent's own question offers these.
    case .grant, .deny: return false
    }
  }

  /// Whether the change that a request wants can become part of the brief as it is now.
  private func canChange(by subject: String) -> Bool {
    guard let request = openRequests.first(where: { $0.subject == subject }),
      case .change(let text, let field) = request.kind
    else { return false }
    return (try? changed(by: text, field: field)) != nil
  }

  private func advanceFacts(for decision: Decision, at: Moment) -> [(fact: Fact, by: String)] {
    // A subject may be given whole (`stage:2`) or by its name alone (`2`, `lint`).
    let name = decision.subject.firstIndex(of: ":").map { String(decision.subject[$0...].dropFirst()) }
    let lines = answersInAdvance.filter {
      $0.playbook == decision.playbook && ($0.subject == nil || $0.subject == decision.subject || $0.subject == name)
    }
    // A line given in advance counts once per subject: asked more often than there are lines, the question is the
    // person's.
    let used = decisions.count {
      $0.playbook == decision.playbook && $0.subject == decision.subject && $0.answer?.inAdvance == true
    }
    guard lines.indices.contains(used) else { return [] }
    let given = lines[used]
    var draft = self
    draft.apply(Event(at: at, by: "engine", fact: .decisionRaised(decision)))
    let wanted = decision.option(given.option)
    let answer = Answer(
      decision: decision.id, option: given.option, digest: decision.digest, note: given.note, fields: given.fields,
      confirmation: wanted?.confirm ?? "", inAdvance: true, by: given.by, at: at)
    do {
      return try answerFacts(answer, in: draft, rehearsal: false).map { ($0, given.by) }
    } catch {
      let words = "The answer \(given.by) gave in advance to \(decision.playbook) does not fit: \(error.words.why)"
      return [(.noted(severity: .warning, text: words), "engine")]
    }
  }

  /// Whether a question has lost its reason.
  func isMoot(_ decision: Decision) -> Bool {
    if let id = decision.subjectGate { return gate(id)?.state != .failed }
    if let id = decision.subjectTask {
      guard let task = task(id) else { return true }
      // Asked for an engine that died again and again, a task is still to be done.
      return task.state != .failed && !(task.state == .todo && isLost(decision.subject))
    }
    if let rule = decision.subjectRule {
      // Gone back behind the stage that asks, the brief may yet become another.
      guard let rule = workflow.rule(rule), let breach = openBreach(of: rule), currentStage?.id == decision.stage
      else { return true }
      return decision.basis != breach.line
    }
    if let id = decision.subjectRequest {
      guard let request = requests.first(where: { $0.id == id }), request.settled == nil else { return true }
      return decision.basis != basis(of: request)
    }
    if decision.subjectRestoration != nil {
      return restoration?.subject != decision.subject || (restoration?.failures.count ?? 0) < 3 && keepFailures < 3
    }
    if let isMoot = isSupervisedMoot(decision) { return isMoot }
    if let id = decision.subjectStage {
      guard let stage = currentStage, stage.id == id else { return true }
      guard !decision.basis.isEmpty else { return false }
      // A loop is asked about a stage only where the brief is.
      return decision.basis != basis(of: SituationKind(rawValue: decision.situation) ?? .briefIncomplete, in: stage)
    }
    return false
  }

  /// What a question about a stage rests on beside the files: whatever, made anew, makes it another question.
  func basis(of kind: SituationKind, in stage: StageRecord) -> String {
    var parts = ["revision \(stage.revision)", "level \(level.map(String.init) ?? "open")", "+\(amendments.count)"]
    if kind == .approval || kind == .unsupported {
      parts += tasks.filter { $0.stage == stage.id && $0.substage == nil }.map {
        "\($0.id) \($0.state.rawValue) \($0.attempt)"
      }
    }
    if kind == .approval { parts += gates.map { "\($0.id) \($0.state.rawValue) \($0.attempt)" } }
    return parts.joined(separator: "; ")
  }

  // MARK: - Requests

  /// What a request's consequences rest on: what the brief says, and how far every stage and sub-stage is.
  func basis(of request: SupervisorRequest) -> String {
    let brief = ["level \(level.map(String.init) ?? "open")", "+\(amendments.count)"]
    let parts =
      brief
      + stages.flatMap { stage in
        ["\(stage.id) \(stage.state.rawValue)"] + stage.substages.map { "\($0.id) \($0.state.rawValue)" }
      }
    return Digest.sha256(Array(parts.joined(separator: "\n").utf8))
  }

  func ask(_ request: SupervisorRequest, at: Moment) -> Step {
    let stage = currentStage?.id ?? stages.last?.id ?? 0
    return ask(
      request.situation, named: nil, subject: request.subject, stage: stage, at: at, facts: facts(of: request),
      rests: [request.reason], basis: basis(of: request))
  }

  // MARK: - Rules

  /// Whether a broken rule was settled for exactly this line, and for this level where the level matters.
  private func isSettled(_ rule: Rule, line: String) -> Bool {
    if let needed = rule.neededLevel, let level, level >= needed { return true }
    return settlements.contains { settled in
      settled.rule == rule.id && settled.line == line && (rule.neededLevel == nil || settled.level == level)
    }
  }

  /// The first line that breaks a rule and was not settled.
  func openBreach(of rule: Rule) -> (line: String, field: BriefField)? {
    breaches.first { $0.rule == rule.id && !isSettled(rule, line: $0.line) }.map { ($0.line, $0.field) }
  }

  func advanceRules(_ kind: RuleKind, _ playbook: String, stage: StageRecord, at: Moment) -> Step {
    var draft = self
    var raised: [(fact: Fact, by: String)] = []
    var isWaiting = false
    for rule in workflow.rules where rule.kind == kind {
      guard draft.standing == .active else { break }
      guard let breach = draft.openBreach(of: rule) else { continue }
      isWaiting = true
      let step = draft.ask(
        kind == .architecture ? .architectureConflict : .qualityConflict, named: playbook, subject: "rule:\(rule.id)",
        stage: stage.id, at: at, facts: facts(of: rule, breach: breach), rests: [breach.line],
        fields: [
          DecisionField(
            name: breach.field.title, why: "It holds the line that breaks the rule.",
            format: "The whole text of this field as it shall be.", isOptional: true)
        ], basis: breach.line)
      switch step {
      case .facts(let facts):
        for (fact, by) in facts { draft.apply(Event(at: at, by: by, fact: fact)) }
        raised += facts
        // An answer in advance may have sent the session elsewhere; what follows is judged on that.
        if facts.count > 1 { return .facts(raised) }
      case .waits(let effects): if !effects.isEmpty { return raised.isEmpty ? step : .facts(raised) }
      case .done: continue
      }
    }
    if !raised.isEmpty { return .facts(raised) }
    return isWaiting ? .waits([]) : .done
  }

  // MARK: - Time

  /// What time brings: reminders, a pause after a long silence, and waivers that end. It never answers anything.
  func timelyFacts(at: Moment) -> [Fact] {
    for decision in openDecisions {
      let since = max(decision.raisedAt, resumedAt ?? decision.raisedAt)
      if let expiry = decision.expiry, at >= since + Moment(expiry) * 60_000 {
        let words = "Nobody answered \(decision.id) for \(Session.span(expiry)). Silence pauses; it never decides."
        return stopFacts(self, reason: "The session was paused.") + [.sessionPaused(reason: words)]
      }
      let due = decision.reminders.filter { at >= decision.raisedAt + Moment($0) * 60_000 }.count
      if due > decision.remindersSent { return [.decisionReminded(decision.id, count: due)] }
    }
    for task in tasks {
      if let moment = task.notBefore, at >= moment { return [.retryDue(task: task.id)] }
    }
    for waiver in waivers where waiver.ended == nil {
      guard case .time(let end) = waiver.end else { continue }
      if at > end {
        // What is under way may rest on its gate.
        let stopped = holds(waiver) ? stopFacts(self, reason: "A waiver ended.") : []
        return stopped + [.waiverEnded(waiver.id, reason: "its time is over")]
      }
      if !waiver.isReminded, let reminder = waiver.reminder, at >= reminder { return [.waiverReminded(waiver.id)] }
    }
    return []
  }

  /// When time next brings something, or `nil` when it brings nothing.
  public var nextAlarm: Moment? {
    guard standing == .active else { return nil }
    var moments: [Moment] = tasks.compactMap(\.notBefore)
    if let check = nextHealthCheck { moments.append(check) }
    for decision in openDecisions {
      let since = max(decision.raisedAt, resumedAt ?? decision.raisedAt)
      if let expiry = decision.expiry { moments.append(since + Moment(expiry) * 60_000) }
      let left = decision.reminders.sorted().dropFirst(decision.remindersSent)
      if let next = left.first { moments.append(decision.raisedAt + Moment(next) * 60_000) }
    }
    for waiver in waivers where waiver.ended == nil {
      guard case .time(let end) = waiver.end else { continue }
      moments.append(end + 1)
      if !waiver.isReminded, let reminder = waiver.reminder { moments.append(reminder) }
    }
    return moments.min()
  }

  /// Minutes in words, e.g. `2 hours`.
  static func span(_ minutes: Int) -> String {
    func words(_ count: Int, _ unit: String) -> String { "\(count) \(unit)\(count == 1 ? "" : "s")" }
    if minutes >= 2_880, minutes % 1_440 == 0 { return words(minutes / 1_440, "day") }
    if minutes >= 120, minutes % 60 == 0 { return words(minutes / 60, "hour") }
    return words(minutes, "minute")
  }
}
