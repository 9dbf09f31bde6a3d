extension Session {
  /// The effects that the session owes the world now, each named with its attempt.
  ///
  /// It depends on nothing but the folded events, so after a crash it is what it was before. It follows the workflow's
  /// order: what comes later is not owed yet, even when it was made before and has to be made again.
  public var outstanding: [Effect] {
    guard standing == .active, let stage = currentStage, stage.state == .running else { return [] }
    switch walk(stage, at: updatedAt) {
    case .waits(let effects): return effects
    case .done, .facts: return []
    }
  }

  /// The facts that follow now without anyone asking, with who is said to have caused them.
  ///
  /// An empty answer means the session is at rest. Each fact moves the session on, so asking again comes to an end.
  func due(at: Moment) -> [(fact: Fact, by: String)] {
    guard standing == .active, !id.isEmpty else { return [] }
    let moot = openDecisions.filter { isMoot($0) }
    if !moot.isEmpty {
      return moot.map { (.decisionWithdrawn($0.id, reason: "What it asked about is settled."), "engine") }
    }
    guard let stage = currentStage else { return [(.sessionCompleted, "engine")] }
    if stage.state == .todo { return [(.stageStarted(stage.id), "engine")] }
    switch walk(stage, at: at) {
    case .done: return [(.stageCompleted(stage.id), "engine")]
    case .waits: return []
    case .facts(let facts): return facts
    }
  }

  /// How far one piece of a stage's work is.
  private enum Step {
    case done
    /// Waits for effects, or for a person where there are none.
    case waits([Effect])
    case facts([(fact: Fact, by: String)])

    static func engine(_ facts: Fact...) -> Step { .facts(facts.map { ($0, "engine") }) }
  }

  /// Goes through a stage's work in order, up to the first piece that is not done.
  private func walk(_ stage: StageRecord, at: Moment) -> Step {
    guard let definition = workflow.stage(stage.id) else { return .done }
    for work in definition.work {
      let step = advance(work, of: definition, in: stage, at: at)
      guard case .done = step else { return step }
    }
    return .done
  }

  private func advance(_ work: Work, of definition: Stage, in stage: StageRecord, at: Moment) -> Step {
    switch work {
    case .brief(let playbook): return advanceBrief(playbook, stage: stage, at: at)
    case .task(let template): return advanceTask(template, stage: stage, at: at)
    case .shortcomings(let playbook):
      if shortcomings.isEmpty || shortcomingsLeftOut { return .done }
      return ask(playbook, subject: "stage:\(stage.id)", stage: stage.id, at: at, facts: shortcomingFacts, rests: [])
    case .substages: return advanceSubstages(of: definition, stage: stage, at: at)
    case .gates(let playbook): return advanceGates(playbook, stage: stage, at: at)
    case .approval(let playbook):
      if stage.approvals.contains(where: { $0.playbook == playbook }) { return .done }
      return ask(
        playbook, subject: "stage:\(stage.id)", stage: stage.id, at: at, facts: approvalFacts(stage),
        rests: documents(of: stage.id).map { "\($0.path) \($0.hash)" })
    }
  }

  // MARK: - The brief

  private func advanceBrief(_ playbook: String, stage: StageRecord, at: Moment) -> Step {
    if level != nil { return .done }
    let subject = "stage:\(stage.id)"
    if isAsking(playbook, subject: subject) { return .waits([]) }
    let gaps = brief.gaps(under: workflow)
    if gaps.isEmpty, let level = brief.level {
      let (modules, notices) = workflow.resolve(modules: brief.modules ?? [])
      return .engine(.briefAccepted(level: level, modules: modules, notices: brief.notices + notices))
    }
    var list = gaps.map { "- **\($0.rule.field.title)** — \($0.problem) \($0.rule.why) Expected: \($0.rule.format)" }
    // A field may be missing only because its heading was not understood.
    list += brief.unknownHeadings.prefix(20).map { "- \($0)" }
    return ask(
      playbook, subject: subject, stage: stage.id, at: at,
      facts: [
        Setting(name: "count", value: String(gaps.count)),
        Setting(name: "gaps", value: list.joined(separator: "\n")),
        Setting(name: "fields", value: gaps.map(\.rule.field.title).joined(separator: ", ")),
      ],
      rests: [briefText] + amendments.map { $0.field + "=" + $0.value },
      fields: gaps.map {
        DecisionField(name: $0.rule.field.title, why: "\($0.problem) \($0.rule.why)", format: $0.rule.format)
      })
  }

  // MARK: - Tasks and sub-stages

  private func advanceTask(_ template: TaskTemplate, stage: StageRecord, at: Moment) -> Step {
    guard let task = task(template.id) else {
      return .engine(
        .taskCreated(
          TaskRecord(
            id: template.id, title: template.title, stage: stage.id, substage: nil, role: template.role,
            performer: template.performer, expectedFiles: template.files, maxAttempts: template.maxAttempts)))
    }
    return settle(task, stage: stage, at: at)
  }

  private func effect(of task: TaskRecord) -> Effect { .perform(task: task.id, attempt: task.attempt) }

  private func settle(_ task: TaskRecord, stage: StageRecord, at: Moment) -> Step {
    switch task.state {
    case .done, .skipped, .waived: return .done
    case .todo, .running: return .waits([effect(of: task)])
    case .failed:
      return ask(
        Playbook.taskFailed, subject: "task:\(task.id)", stage: stage.id, at: at,
        facts: [
          Setting(name: "task", value: task.title),
          Setting(name: "attempts", value: String(task.failures)),
          Setting(name: "error", value: task.error ?? ""),
        ], rests: ["attempt \(task.attempt)"])
    }
  }

  private func advanceSubstages(of definition: Stage, stage: StageRecord, at: Moment) -> Step {
    for substage in definition.substages {
      guard let record = stage.substages.first(where: { $0.id == substage.id }) else { continue }
      switch record.state {
      case .done, .skipped, .waived, .failed: continue
      case .todo:
        let work = planned.filter { $0.substage == substage.id }
        if let reason = substage.skipReason(level: level ?? 1, modules: modules) {
          return .engine(.substageSkipped(substage.id, reason: reason))
        }
        if work.isEmpty, shortcomingsLeftOut {
          return .engine(.substageSkipped(substage.id, reason: "left out by the person"))
        }
        let known = tasks.map(\.id)
        let created = work.filter { !known.contains($0.id) }.map { task in
          Fact.taskCreated(
            TaskRecord(
              id: task.id, title: task.title, stage: stage.id, substage: substage.id, role: task.role,
              performer: task.performer, expectedFiles: task.files, maxAttempts: 3))
        }
        return .facts([(.substageStarted(substage.id), "engine")] + created.map { ($0, "engine") })
      case .running: return advance(substage, stage: stage, at: at)
      }
    }
    return .done
  }

  private func advance(_ substage: Substage, stage: StageRecord, at: Moment) -> Step {
    let checkpoint = Playbook.checkpointTask(of: substage.id)
    var owed: [Effect] = []
    var isWaiting = false
    for task in tasks where task.substage == substage.id && task.id != checkpoint {
      switch settle(task, stage: stage, at: at) {
      case .done: continue
      case .facts(let facts): return .facts(facts)
      case .waits(let effects):
        isWaiting = true
        owed += effects
      }
    }
    if isWaiting { return .waits(owed) }
    guard let keeping = task(checkpoint) else {
      return .engine(
        .taskCreated(
          TaskRecord(
            id: checkpoint, title: "Keep the files of \(substage.id)", stage: stage.id, substage: substage.id,
            role: "engine", performer: Playbook.checkpointPerformer, expectedFiles: [], maxAttempts: 3)))
    }
    let step = settle(keeping, stage: stage, at: at)
    guard case .done = step else { return step }
    return .engine(.substageCompleted(substage.id))
  }

  // MARK: - Gates

  private func advanceGates(_ playbook: String, stage: StageRecord, at: Moment) -> Step {
    let level = self.level ?? 1
    if gates.isEmpty {
      let coverage = [Setting(name: "coverage", value: String(workflow.level(level)?.coverage ?? 0))]
      let records = workflow.gates.filter { level >= $0.fromLevel }.map { gate in
        GateRecord(
          id: gate.id, title: gate.title, category: gate.category, mandatory: gate.isMandatory(at: level),
          required: fill(gate.required, with: coverage), maxAttempts: gate.maxAttempts)
      }
      return records.isEmpty ? .done : .engine(.gatesOpened(records))
    }
    // Gates look at the same workspace, so one runs at a time.
    if let next = gates.first(where: { $0.state == .todo || $0.state == .running }) {
      return .waits([.runGate(next.id, attempt: next.attempt)])
    }
    let failed = gates.filter { $0.mandatory && $0.state == .failed }
    if failed.isEmpty { return .done }
    var raised: [(fact: Fact, by: String)] = []
    var draft = self
    for gate in failed {
      // An answer given in advance may have settled them all: sent back, paused or ended the session.
      guard draft.standing == .active, draft.gate(gate.id)?.state == .failed else { break }
      guard
        case .facts(let facts) = draft.ask(
          playbook, subject: "gate:\(gate.id)", stage: stage.id, at: at, facts: gateFacts(gate),
          rests: [gate.results.last?.evidenceHash ?? "", "attempt \(gate.attempt)"])
      else { continue }
      for (fact, by) in facts { draft.apply(Event(at: at, by: by, fact: fact)) }
      raised += facts
    }
    return raised.isEmpty ? .waits([]) : .facts(raised)
  }

  private func gateFacts(_ gate: GateRecord) -> [Setting] {
    let result = gate.results.last
    var lines = (result?.findings ?? []).prefix(20).map { finding in
      let place = finding.line > 0 ? "\(finding.file):\(finding.line)" : finding.file
      return "- `\(place)` \(finding.code) \(finding.message)"
    }
    if let unavailable = result?.unavailable { lines.insert("- The check could not be made: \(unavailable)", at: 0) }
    return [
      Setting(name: "gate", value: gate.title),
      Setting(name: "required", value: gate.required),
      Setting(name: "achieved", value: gate.achieved),
      Setting(name: "attempt", value: String(gate.attempt)),
      Setting(name: "command", value: (result?.command ?? []).joined(separator: " ")),
      Setting(name: "evidence", value: result?.evidence ?? "none"),
      Setting(name: "findings", value: lines.isEmpty ? "- none named" : lines.joined(separator: "\n")),
    ]
  }

  // MARK: - Asking

  private func isMoot(_ decision: Decision) -> Bool {
    if let gate = decision.subjectGate { return self.gate(gate)?.state != .failed }
    if let task = decision.subjectTask { return self.task(task)?.state != .failed }
    return false
  }

  private var shortcomingFacts: [Setting] {
    let lines = shortcomings.map { "- **\($0.subject)** — \($0.reason)" }
    return [
      Setting(name: "count", value: String(shortcomings.count)),
      Setting(name: "shortcomings", value: lines.joined(separator: "\n")),
    ]
  }

  /// The files that a stage's own tasks left, in the order of the tasks.
  public func documents(of stage: Int) -> [FileClaim] {
    tasks.filter { $0.stage == stage && $0.substage == nil }.flatMap(\.files)
  }

  /// Whether a waiver still covers its gate; it ends when the gate runs again.
  public func holds(_ waiver: Waiver) -> Bool {
    gate(waiver.gate)?.state == .waived && waivers.last { $0.gate == waiver.gate }?.id == waiver.id
  }

  private func approvalFacts(_ stage: StageRecord) -> [Setting] {
    let documents = documents(of: stage.id).map { "- `\($0.path)` (SHA-256 \($0.hash.prefix(12))…)" }
    let range = workflow.level(level)?.minutes
    let waived = waivers.filter { holds($0) }.map { "- \($0.id): \($0.gate), accepted by \($0.by): \($0.reason)" }
    let run = workflow.stages.flatMap(\.substages).filter { $0.skipReason(level: level ?? 1, modules: modules) == nil }
    let passed = gates.filter { $0.state == .done }.count
    return [
      Setting(name: "documents", value: documents.isEmpty ? "- none" : documents.joined(separator: "\n")),
      Setting(name: "revision", value: String(stage.revision)),
      Setting(name: "requirements", value: String(brief.requirements.count)),
      Setting(name: "entities", value: String(brief.entities.count)),
      Setting(name: "tasks", value: String(planned.count)),
      Setting(name: "substages", value: run.map { "- \($0.id) \($0.name)" }.joined(separator: "\n")),
      Setting(name: "minutes", value: range.map { "\($0.lowerBound)–\($0.upperBound)" } ?? "unknown"),
      Setting(name: "gates", value: "\(passed) of \(gates.count) gates passed"),
      Setting(name: "waivers", value: waived.isEmpty ? "- none" : waived.joined(separator: "\n")),
      Setting(name: "notices", value: notices.isEmpty ? "- none" : notices.map { "- \($0)" }.joined(separator: "\n")),
    ]
  }

  /// Raises a decision by a playbook unless it is open already; answers it at once where a person did so in advance.
  private func ask(
    _ id: String, subject: String, stage: Int, at: Moment, facts: @autoclosure () -> [Setting],
    rests: @autoclosure () -> [String], fields: [DecisionField] = []
  ) -> Step {
    if isAsking(id, subject: subject) { return .waits([]) }
    guard let playbook = workflow.playbook(id) else {
      // A workflow is checked when it is read; should one slip through, the session rests and says so.
      let paused = Fact.sessionPaused(reason: "The workflow names a playbook it does not have: \(id).")
      return .facts((stopFacts(self, reason: "The session was paused.") + [paused]).map { ($0, "engine") })
    }
    let common = [
      Setting(name: "session", value: self.id),
      Setting(name: "title", value: title),
      Setting(name: "level", value: level.map(String.init) ?? "not chosen"),
      Setting(name: "modules", value: modules.isEmpty ? "none" : modules.joined(separator: ", ")),
      Setting(name: "stage", value: "\(stage) \(workflow.stage(stage)?.name ?? "")"),
    ]
    let values = facts() + common
    let offered = playbook.options.filter { offers($0, fields: fields) }
    var decision = Decision(
      id: "\(self.id)-D\(decisions.count + 1)", playbook: id, scenario: playbook.scenario, stage: stage,
      subject: subject, title: fill(playbook.title, with: values), body: fill(playbook.body, with: values),
      askedBy: "engine", fields: fields,
      options: offered.map {
        Option(
          id: $0.id, key: $0.key, title: $0.title, says: fill($0.says, with: values), effect: $0.effect,
          noteRequired: $0.noteRequired, confirm: $0.confirm.map { fill($0, with: values) })
      },
      recommended: offered.contains { $0.id == playbook.recommended } ? playbook.recommended : nil, digest: "",
      raisedAt: at)
    decision.digest = Digest.sha256(decision.canonicalBytes(restingOn: rests() + [String(stage)]))
    return .facts([(.decisionRaised(decision), "engine")] + advanceFacts(for: decision, at: at))
  }

  private func isAsking(_ playbook: String, subject: String) -> Bool {
    unsettledDecisions.contains { $0.isOpen && $0.playbook == playbook && $0.subject == subject }
  }

  /// Whether an option can do anything here; one that cannot is not shown.
  private func offers(_ option: PlaybookOption, fields: [DecisionField]) -> Bool {
    switch option.effect {
    case .amend: return !fields.isEmpty
    case .leaveOut: return !shortcomings.isEmpty && shortcomings.allSatisfy(\.canLeaveOut)
    case .regenerate: return stages.first { !$0.substages.isEmpty }.map { $0.state != .todo } ?? false
    case .approve, .requestChanges, .retry, .waive, .pause, .abort: return true
    }
  }

  private func advanceFacts(for decision: Decision, at: Moment) -> [(fact: Fact, by: String)] {
    // A subject may be given whole (`stage:2`) or by its name alone (`2`, `lint`).
    let name = decision.subject.firstIndex(of: ":").map { String(decision.subject[$0...].dropFirst()) }
    let given = answersInAdvance.first {
      $0.playbook == decision.playbook && ($0.subject == nil || $0.subject == decision.subject || $0.subject == name)
    }
    guard let given else { return [] }
    // A line given in advance counts once per subject: asked again, the question is the person's.
    let used = decisions.contains {
      $0.playbook == decision.playbook && $0.subject == decision.subject && $0.answer?.inAdvance == true
    }
    if used { return [] }
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
}

extension Playbook {
  /// The playbook by which a failed task is put to a person; every workflow has it.
  public static let taskFailed = "task-failed"
  /// The performer that keeps the workspace.
  public static let checkpointPerformer = "checkpoint"
  /// The name of the task that keeps the workspace after a sub-stage.
  public static func checkpointTask(of substage: String) -> String { "checkpoint-\(substage)" }
}
