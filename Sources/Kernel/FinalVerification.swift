// The final verification: an auditor's task, then the engine's own look at every deliverable, after the last task.

extension Session {
  func advanceVerification(
    _ template: TaskTemplate, _ playbook: String, stage: StageRecord, at: Moment
  ) -> Step {
    if verificationAccepted != nil { return .done }
    let corrective = correctiveStep(in: stage, at: at)
    guard case .done = corrective else { return corrective }
    guard let audit = task(template.id) else {
      var task = TaskRecord(
        id: template.id, title: template.title, stage: stage.id, substage: nil, role: template.role,
        performer: template.performer, expectedFiles: template.files, maxAttempts: template.maxAttempts)
      task.sequence = 99
      return .engine(.taskCreated(task))
    }
    let audited = settle(audit, stage: stage, at: at)
    guard case .done = audited else { return audited }
    guard let last = verifications.last, last.basis == verificationBasis else {
      return .waits([current(.inspect(Session.finalInspection, attempt: lastAttempt(of: "inspect:final") + 1))])
    }
    if last.passed { return .done }
    let remedies = advanceRemedies(in: stage, at: at)
    guard case .done = remedies else { return remedies }
    // What was made since changes what everything rests on.
    let remedied = tasks.filter { $0.remedies != nil && $0.state == .done && ($0.endedAt ?? 0) >= last.at }
    if !remedied.isEmpty {
      return .engine(
        .verificationReopened(reason: "\(remedied.map(\.title).joined(separator: "; ")): gates and audit run again."))
    }
    return ask(
      .verificationFailed, named: playbook, subject: "verification:\(stage.id)", stage: stage.id, at: at,
      facts: verificationFacts(last), rests: [last.basis, "\(last.number)"])
  }

  /// An inspection that is under way keeps its number.
  private func current(_ effect: Effect) -> Effect {
    inFlight.first { $0.subject == effect.subject } ?? effect
  }

  /// Corrective tasks of goals that had none are done after a stage's sub-stages, and before anything is verified.
  func correctiveStep(in stage: StageRecord, at: Moment) -> Step {
    for task in tasks where task.isCorrective && task.substage == nil {
      let step = settle(task, stage: stage, at: at)
      guard case .done = step else { return step }
    }
    return .done
  }

  /// What a verification is made on: another basis asks for another one.
  var verificationBasis: String {
    let audits = verificationStage?.work.compactMap { work -> String? in
      guard case .verification(let template, _) = work, let task = task(template.id) else { return nil }
      return "\(task.id) \(task.attempt)"
    }
    return (["round \(verificationRound)"] + (audits ?? [])).joined(separator: "; ")
  }

  /// Every file that must be there at the end, with the task that owes it: goals' deliverables, and what tasks of the
  /// code that were not left out are expected to leave.
  var finalDeliverables: [String] {
    var seen: Set<[UInt8]> = []
    var all: [String] = []
    let aside = stages.flatMap(\.substages).filter { $0.state == .isolated }.map(\.id)
    func isAside(_ task: TaskRecord) -> Bool { task.substage.map(aside.contains) ?? false }
    let leftOut = tasks.filter { $0.state == .skipped || isAside($0) }.flatMap(\.expectedFiles).map { Array($0.utf8) }
    let owed =
      goals.flatMap(\.deliverables).filter { !leftOut.contains(Array($0.utf8)) }
      + tasks.filter {
        $0.state == .done && !isAside($0) && ($0.substage != nil || $0.remedies != nil || $0.isCorrective)
      }
      .flatMap(\.expectedFiles)
    for path in owed where seen.insert(Array(path.utf8)).inserted { all.append(path) }
    return all
  }

  /// What a look at the whole disk verifies.
  func verify(_ found: [FileClaim], at: Moment) -> Verification {
    var table: [[UInt8]: String] = [:]
    for file in found { table[Array(file.path.utf8)] = file.hash }
    var items: [VerificationItem] = []
    for path in finalDeliverables {
      let owing = owingTask(of: path)
      let record = files[path]
      let hash = table[Array(path.utf8)]
      var item = VerificationItem(
        kind: .deliverable, subject: path, passed: true, words: "", task: owing?.id, agent: owing?.agent)
      switch (hash, record) {
      case (let hash?, let record?) where hash == record.hash:
        item.words = "there, as it was accepted from \(record.author.words)"
      case (_?, let record?):
        item.passed = false
        item.words = "changed since it was accepted from \(record.author.words), by someone else"
      case (_?, nil):
        item.passed = false
        item.words = "there, but no task or gate of this session left it"
      case (nil, let record?):
        item.passed = false
        item.words =
          "gone: made by \(record.creator.words), accepted \(Session.clock(record.acceptedAt)), last seen "
          + Session.clock(record.seenAt)
      case (nil, nil):
        item.passed = false
        item.words = "never made"
      }
      items.append(item)
    }
    for finding in audit {
      let isGoal = goals.contains { $0.id == finding.subject }
      guard isGoal || !items.contains(where: { $0.subject == finding.subject && !$0.passed }) else { continue }
      if isGoal || !finding.passed {
        items.append(
          VerificationItem(
            kind: isGoal ? .requirement : .deliverable, subject: finding.subject, passed: finding.passed,
            words: finding.evidence))
      }
    }
    for gate in gates where gate.mandatory {
      let isProven = gate.results.last?.evidence != nil
      let passed = gate.state == .done && isProven || gate.state == .waived
      let words =
        gate.state == .waived
        ? "waived"
        : isProven ? "\(gate.achieved), required \(gate.required)" : "no evidence was left, so it is unproven"
      items.append(VerificationItem(kind: .integration, subject: gate.id, passed: passed, words: words))
    }
    for record in blockerRecords where record.source != "verification" {
      let isOver = record.state == .resolved || record.state == .decided
      items.append(
        VerificationItem(
          kind: .blocker, subject: record.id, passed: isOver || record.source == "integrity",
          words: "\(record.state.rawValue): \(record.text)", task: record.task, agent: record.owner))
    }
    return Verification(number: (verifications.last?.number ?? 0) + 1, items: items, at: at, basis: verificationBasis)
  }

  private func verificationFacts(_ last: Verification) -> [Setting] {
    let failed = last.items.filter { !$0.passed }
    func list(_ kind: VerificationItem.Kind, _ sign: String? = nil) -> String {
      Session.list(
        failed.filter { $0.kind == kind && (sign == nil || $0.words.hasPrefix(sign ?? "")) }.map {
          "`\($0.subject)` \($0.words)"
        })
    }
    let missing = failed.filter { $0.kind == .deliverable && !$0.words.hasPrefix("changed") }
    return [
      Setting(name: "failed", value: Session.list(failed.map { "`\($0.subject)` \($0.words)" })),
      Setting(name: "passed", value: String(last.items.count - failed.count)),
      Setting(name: "count", value: String(failed.count)),
      Setting(name: "missing", value: Session.list(missing.map { "`\($0.subject)` \($0.words)" })),
      Setting(name: "drifted", value: String(failed.filter { $0.words.hasPrefix("changed") }.count)),
      Setting(name: "requirements", value: list(.requirement)), Setting(name: "blockers", value: list(.blocker)),
      Setting(name: "attempts", value: String(verifications.count)),
      Setting(name: "number", value: String(last.number)),
    ]
  }

  /// A moment as hours, minutes and seconds (UTC), for people.
  static func clock(_ moment: Moment) -> String {
    let seconds = Int(moment / 1_000) % 86_400
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
    return "\(two(seconds / 3_600)):\(two(seconds / 60 % 60)):\(two(seconds % 60)) UTC"
  }
}
