// What the texts of playbooks may say and their triggers may ask: the facts of each situation.

extension Session {
  /// The files that a stage's own tasks left, in the order of the tasks.
  public func documents(of stage: Int) -> [FileClaim] {
    tasks.filter { $0.stage == stage && $0.substage == nil }.flatMap(\.files)
  }

  /// Whether a waiver still covers its gate.
  public func holds(_ waiver: Waiver) -> Bool {
    waiver.ended == nil && gate(waiver.gate)?.state == .waived
      && waivers.last { $0.gate == waiver.gate && $0.ended == nil }?.id == waiver.id
  }

  static func list(_ lines: [String], none: String = "- none") -> String {
    lines.isEmpty ? none : lines.map { "- \($0)" }.joined(separator: "\n")
  }

  /// A text of several lines in one line of a list.
  private static func first(_ text: String) -> String {
    String(text.split(whereSeparator: \.isNewline).first ?? "")
  }

  var shortcomingFacts: [Setting] {
    [
      Setting(name: "count", value: String(shortcomings.count)),
      Setting(name: "shortcomings", value: Session.list(shortcomings.map { "**\($0.subject)** — \($0.reason)" })),
    ]
  }

  func approvalFacts(_ stage: StageRecord) -> [Setting] {
    let documents = documents(of: stage.id).map { "`\($0.path)` (SHA-256 \($0.hash.prefix(12))…)" }
    let range = workflow.level(level)?.minutes
    let waived = standingWaivers.map {
      "\($0.id): \($0.gate), accepted by \($0.by) until \($0.until): \($0.reason)"
    }
    let run = workflow.stages.flatMap(\.substages).filter {
      $0.skipReason(level: level ?? 1, modules: modules) == nil || included.contains($0.id)
    }
    let passed = gates.filter { $0.state == .done }.count
    let settled = settlements.map { settled in
      "\(workflow.rule(settled.rule)?.title ?? settled.rule): \(settled.how) by \(settled.by)"
    }
    let put = postponed.map { "\($0.text) (put off by \($0.by))" } + risks.map { "\($0.text) (accepted by \($0.by))" }
    return [
      Setting(name: "documents", value: Session.list(documents)),
      Setting(name: "revision", value: String(stage.revision)),
      Setting(name: "requirements", value: String(brief.requirements.count)),
      Setting(name: "entities", value: String(brief.entities.count)),
      Setting(name: "tasks", value: String(planned.count)),
      Setting(name: "substages", value: run.map { "- \($0.id) \($0.name)" }.joined(separator: "\n")),
      Setting(name: "minutes", value: range.map { "\($0.lowerBound)–\($0.upperBound)" } ?? "unknown"),
      Setting(name: "gates", value: "\(passed) of \(gates.count) gates passed"),
      Setting(name: "waivers", value: Session.list(waived)),
      Setting(name: "notices", value: Session.list(notices)),
      Setting(name: "settled", value: Session.list(settled)),
      Setting(name: "recovery", value: Session.list(put)),
    ]
  }

  func taskFacts(_ task: TaskRecord) -> [Setting] {
    [
      Setting(name: "task", value: task.title),
      Setting(name: "task-id", value: task.id),
      Setting(name: "substage", value: task.substage ?? ""),
      Setting(name: "attempts", value: String(task.failures)),
      Setting(name: "attempts-left", value: String(max(0, task.maxAttempts - task.failures))),
      Setting(name: "error", value: task.error ?? ""),
      Setting(name: "history", value: history(of: task)),
      Setting(name: "cause", value: task.cause?.rawValue ?? ""),
      Setting(name: "cause-class", value: task.failedAttempts.last?.place.rawValue ?? ""),
      Setting(name: "missing", value: Session.list(task.missing.map { "`\($0)`" })),
    ] + supervisedFacts(task)
  }

  private func supervisedFacts(_ task: TaskRecord) -> [Setting] {
    let incident = incidents.last { $0.substage == task.substage && $0.resolution == nil }
    let rejected = (task.failedAttempts.last?.rejections ?? []).flatMap { file in
      file.reasons.map { "`\(file.path)`: \($0)" }
    }
    return [
      Setting(name: "agent", value: task.agent ?? "the engine"),
      Setting(name: "expected", value: Session.list((incident?.expected ?? task.expectedFiles).map { "`\($0)`" })),
      Setting(name: "found", value: Session.list((incident?.found ?? []).map { "`\($0)`" })),
      Setting(name: "blocks", value: incident?.blocks.joined(separator: ", ").orNothing ?? "nothing"),
      Setting(name: "incident", value: incident.map { "\($0.id): \($0.summary)" } ?? "none"),
      Setting(name: "rejected", value: Session.list(rejected)),
    ]
  }

  /// What was tried at a task; where cards bind who works, also by whom, and how it went up the chain.
  func history(of task: TaskRecord) -> String {
    func escalated(after count: Int) -> [String] {
      task.escalations.filter { $0.failures == count }.map { $0.words.capitalizingFirst }
    }
    var lines = escalated(after: 0)
    for (index, failed) in task.failedAttempts.enumerated() {
      let who = duties.isEmpty ? "" : " by \(failed.agent ?? task.performer) (\(failed.role))"
      lines.append("Attempt \(failed.attempt)\(who), \(failed.place.rawValue): \(Session.first(failed.message))")
      lines += escalated(after: index + 1)
    }
    return Session.list(Array(lines.suffix(12)), none: "- no attempt came to an end")
  }

  func history(of gate: GateRecord) -> String {
    let earlier = earlierGates.filter { $0.id == gate.id }.flatMap(\.results)
    let all = (earlier + gate.results).enumerated().map { number, result in
      let word = result.unavailable.map { "not checked: \(Session.first($0))" } ?? result.achieved
      return "Run \(number + 1): \(word)"
    }
    return Session.list(Array(all.suffix(12)))
  }

  func gateFacts(_ gate: GateRecord) -> [Setting] {
    let result = gate.results.last
    var lines = (result?.findings ?? []).prefix(20).map { finding in
      let place = finding.line > 0 ? "\(finding.file):\(finding.line)" : finding.file
      return "`\(place)` \(finding.code) \(finding.message)"
    }
    if let unavailable = result?.unavailable { lines.insert("The check could not be made: \(unavailable)", at: 0) }
    let done = stages.flatMap(\.substages).filter { $0.state == .done }.map(\.id)
    return [
      Setting(name: "gate", value: gate.title),
      Setting(name: "gate-id", value: gate.id),
      Setting(name: "required", value: gate.required),
      Setting(name: "achieved", value: gate.achieved),
      Setting(name: "attempt", value: String(gate.attempt)),
      Setting(name: "attempts-left", value: String(max(0, gate.maxAttempts - gate.results.count))),
      Setting(name: "command", value: (result?.command ?? []).joined(separator: " ")),
      Setting(name: "evidence", value: result?.evidence ?? "none"),
      Setting(name: "findings", value: Session.list(lines, none: "- none named")),
      Setting(name: "finding-count", value: String(result?.findings.count ?? 0)),
      Setting(name: "fixable", value: gate.fix == nil ? "no" : "yes"),
      Setting(name: "fixes", value: String(gate.fixes)),
      Setting(name: "unavailable", value: result?.unavailable == nil ? "no" : "yes"),
      Setting(name: "substages-done", value: done.joined(separator: ", ")),
    ]
  }

  func doubtFacts(_ task: TaskRecord) -> [Setting] {
    let finding = findings.last { $0.effect.subject == "task:\(task.id)" }
    let found = finding?.files.map(\.path) ?? []
    let missing = task.expectedFiles.filter { path in !found.contains { $0.utf8.elementsEqual(path.utf8) } }
    return [
      Setting(name: "task", value: task.title),
      Setting(name: "task-id", value: task.id),
      Setting(name: "attempt", value: String(finding?.effect.attempt ?? task.attempt)),
      Setting(name: "evidence", value: task.doubt ?? ""),
      Setting(name: "found", value: Session.list(found.map { "`\($0)`" })),
      Setting(name: "missing", value: String(missing.count)),
    ]
  }

  func dependencyFacts(_ dependency: Dependency, _ task: TaskRecord) -> [Setting] {
    [
      Setting(name: "dependency", value: dependency.title),
      Setting(name: "dependency-id", value: dependency.id),
      Setting(name: "severity", value: dependency.severity.rawValue),
      Setting(name: "error", value: task.error ?? ""),
      Setting(name: "task", value: task.title),
      Setting(name: "task-id", value: task.id),
      Setting(name: "attempts", value: String(task.failures)),
      Setting(name: "workaround", value: dependency.workaround),
      Setting(name: "usual-outage", value: dependency.usualOutage),
      Setting(name: "affects", value: dependency.affects),
    ]
  }

  func loopFacts(_ subject: String, of name: String, history: String) -> [Setting] {
    let tally = tally(of: subject)
    let origin = String(subject.prefix { $0 != ":" })
    // Going back means to before what was done again and again.
    let coding = stages.first { !$0.substages.isEmpty }
    let current = currentStage
    var target = stages.last { $0.id < current?.id ?? 0 }.map { String($0.id) } ?? ""
    if let coding, let current, current.id > coding.id { target = String(coding.id) }
    return [
      Setting(name: "origin", value: origin),
      Setting(name: "subject", value: name),
      Setting(name: "times", value: String(tally?.outcomes.count ?? 0)),
      Setting(name: "pattern", value: tally?.loop ?? ""),
      Setting(name: "history", value: history),
      Setting(name: "rollback-target", value: target),
    ]
  }

  func facts(of rule: Rule, breach: (line: String, field: BriefField)) -> [Setting] {
    let provides = workflow.level(level)
    return [
      Setting(name: "rule", value: rule.id),
      Setting(name: "rule-title", value: rule.title),
      Setting(name: "requested", value: breach.line.trimmed),
      Setting(name: "requested-field", value: breach.field.title),
      Setting(name: "why", value: rule.why),
      Setting(name: "alternative", value: rule.alternative),
      Setting(name: "impact", value: rule.impact),
      Setting(name: "needed-level", value: rule.neededLevel.map(String.init) ?? ""),
      Setting(
        name: "provides",
        value: provides.map { "Level \($0.number) (\($0.name)): \($0.summary)" } ?? "no level is agreed"),
      Setting(name: "gap", value: Session.list(rule.gap)),
      Setting(name: "substages-needed", value: rule.substages.joined(separator: ",")),
    ]
  }

  /// How far each sub-stage of the code is, in lines.
  public var progressLines: [String] {
    stages.filter { $0.state != .todo }.flatMap { stage -> [String] in
      guard !stage.substages.isEmpty else { return ["\(stage.id) \(stage.name): \(stage.state.words)"] }
      let definitions = workflow.stage(stage.id)?.substages ?? []
      let runs = stage.substages.filter { substage in
        guard substage.state == .todo else { return substage.state != .skipped }
        let reason = definitions.first { $0.id == substage.id }?.skipReason(level: level ?? 1, modules: modules)
        return reason == nil || included.contains(substage.id)
      }
      return runs.map { substage in
        guard substage.state == .running else { return "\(substage.id) \(substage.name): \(substage.state.words)" }
        let own = tasks.filter { $0.substage == substage.id && $0.performer != Playbook.checkpointPerformer }
        let done = own.filter { $0.state == .done }.count
        return "\(substage.id) \(substage.name): \(done) of \(own.count) tasks done"
      }
    }
  }

  func facts(of request: SupervisorRequest) -> [Setting] {
    let progress = Session.list(progressLines)
    let common = [
      Setting(name: "progress", value: progress), Setting(name: "reason", value: request.reason),
      Setting(name: "request", value: request.id),
    ]
    switch request.kind {
    case .change(let text, let field): return common + changeFacts(text, field)
    case .rollBack(let stage, let substages):
      return common + rollBackFacts(RollBackTarget(stage: stage, substages: substages))
    case .abort:
      let done = stages.filter { $0.state == .done }.count
      let files = Set(tasks.flatMap(\.files).map(\.path)).count
      return common + [
        Setting(
          name: "saved",
          value: Session.list([
            "the journal with every decision", "\(files) files that tasks left, and every checkpoint",
            "a QA report of what was done, and a package of what is there",
          ])),
        Setting(
          name: "lost",
          value: Session.list(
            inFlight.map { "\($0.name), which is under way" } + [
              "the rest of the work: it cannot be resumed after an end"
            ])),
        Setting(name: "completed-work", value: "\(done) of \(stages.count) stages"),
      ]
    case .adoptPlaybooks(let digest):
      let offered = offeredWorkflow?.playbooks ?? []
      var lines: [String] = []
      for playbook in offered {
        guard let old = workflow.playbook(playbook.id) else {
          lines.append("\(playbook.id) is new")
          continue
        }
        if old != playbook { lines.append("\(playbook.id) says or does something else") }
      }
      for old in workflow.playbooks where !offered.contains(where: { $0.id == old.id }) {
        lines.append("\(old.id) is gone")
      }
      if let other = offeredWorkflow {
        if other.rules != workflow.rules { lines.append("the rules a brief is held against") }
        if other.dependencies != workflow.dependencies || other.causes != workflow.causes {
          lines.append("how outages and causes are recognised")
        }
        if other.stages != workflow.stages || other.gates != workflow.gates || other.levels != workflow.levels {
          lines.append("stages, gates or levels, which stay as they are for this session either way")
        }
      }
      return common + [
        Setting(name: "changes", value: Session.list(lines, none: "- only in files that hold no playbook")),
        Setting(name: "digest", value: workflow.digest), Setting(name: "offered-digest", value: digest),
      ]
    }
  }

  private func changeFacts(_ text: String, _ field: String?) -> [Setting] {
    let current = currentStage?.id ?? 0
    let intake = intakeStage ?? 0
    let coding = stages.first { !$0.substages.isEmpty }?.id ?? Int.max
    let impact = current <= intake ? "easy" : current < coding ? "moderate" : "high"
    let risk = current <= intake ? "none" : current < coding ? "low" : "moderate"
    let reworked = stages.filter { $0.id >= intake && $0.id <= current && $0.state != .todo }
    return [
      Setting(name: "change", value: text),
      Setting(name: "field", value: field ?? BriefField.functionalRequirements.title),
      Setting(name: "impact", value: impact),
      Setting(name: "risk", value: risk),
      Setting(name: "reworked", value: Session.list(reworked.map { "\($0.id) \($0.name)" })),
      Setting(
        name: "minutes", value: String(minutes(of: stages.flatMap(\.substages).filter { $0.state == .done }.map(\.id)))),
    ]
  }

  private func rollBackFacts(_ target: RollBackTarget) -> [Setting] {
    let current = currentStage?.id ?? target.stage
    let stage = stages.first { $0.id == target.stage }
    let discards = tree(for: target) != nil
    let kept: [String]
    let discarded: [String]
    if stage?.substages.isEmpty == false {
      kept = ["every file; the sub-stages write theirs again", "intake and plan with their approvals"]
      discarded = ["the results of the gates", "that \(target.substages.joined(separator: ", ")) were done"]
    } else if discards {
      kept = [
        "everything up to the end of stage \(target.stage)", "every checkpoint, so what is discarded can be had back",
      ]
      discarded = stages.filter { $0.id > target.stage && $0.state != .todo }.map {
        "what stage \($0.id) (\($0.name)) made"
      }
    } else {
      kept = ["the code as it is", "intake and plan with their approvals"]
      discarded = ["the results of the gates and the documents made from them"]
    }
    return [
      Setting(name: "target", value: target.stage.description),
      Setting(name: "target-name", value: stage?.name ?? ""),
      Setting(name: "target-spec", value: target.words),
      Setting(name: "move", value: current == target.stage ? "within \(current)" : "\(current) → \(target.stage)"),
      Setting(name: "kept", value: Session.list(kept)),
      Setting(name: "discarded", value: Session.list(discarded)),
    ]
  }

  /// How long some sub-stages take, in whole minutes: as long as they took, else their share of the level's usual time.
  public func minutes(of substages: [String]) -> Int {
    let run = workflow.stages.flatMap(\.substages).filter { $0.skipReason(level: level ?? 1, modules: modules) == nil }
    let usual = workflow.level(level).map { Moment($0.minutes.upperBound) * 60_000 / Moment(max(1, run.count)) } ?? 0
    let records = stages.flatMap(\.substages)
    let total = substages.reduce(Moment(0)) { sum, id in
      sum + (records.first { $0.id == id }?.duration ?? usual)
    }
    return Int((total + 59_999) / 60_000)
  }
}

extension String {
  /// The text as it begins a sentence.
  fileprivate var capitalizingFirst: String { prefix(1).uppercased() + dropFirst() }
  /// The text, or “nothing” where it is empty.
  fileprivate var orNothing: String { isEmpty ? "nothing" : self }
}

extension Progress {
  /// The word for people.
  var words: String {
    switch self {
    case .todo: return "not started"
    case .running: return "under way"
    case .done: return "done"
    case .failed: return "failed"
    case .skipped: return "left out"
    case .waived: return "waived"
    case .isolated: return "set aside"
    }
  }
}
