import Kernel

/// Checks that playbooks and rules do their work in a workflow, before any session depends on it.
struct WorkflowFit {
  /// The workflow as read.
  let source: WorkflowSource
  /// Every playbook it names or lists.
  let playbooks: [PlaybookSource]
  /// Every rule it lists.
  let rules: [RuleSource]
  /// The names that can be fulfilled.
  let known: KnownNames

  private var workflow: Workflow { source.workflow }

  /// Refuses what would leave a session without a question, or with one whose answer leads nowhere.
  func check() throws(LibraryFailure) {
    for use in source.uses { try check(use) }
    for playbook in playbooks {
      for option in playbook.options {
        try checkTarget(of: option)
        try checkConfirmation(of: option, in: playbook)
      }
    }
    try checkRules()
    for need in workflow.needs {
      let missing = need.stages.filter { stage in !playbooks.contains { $0.always(asks: need, at: stage) } }
      guard !missing.isEmpty else { continue }
      let more =
        need.stages.count == missing.count ? "" : " in stage \(missing.map(String.init).joined(separator: ", "))"
      let origin = need.origin.map { " with the condition “origin is \($0)”" } ?? ""
      throw source.place.failure(
        "The workflow has no playbook for \(need.kind.words)\(more) that fits whatever else holds; add one for the "
          + "situation “\(need.kind.rawValue)”\(origin) to “playbooks”.")
    }
  }

  private func check(_ use: PlaybookUse) throws(LibraryFailure) {
    guard let named = playbooks.first(where: { $0.playbook.id == use.playbook }) else { return }
    guard named.situation == use.situation else {
      throw use.entry.failure(
        "“\(use.playbook)” is for \(named.situation.words); expected a playbook for \(use.situation.words).")
    }
    guard use.situation == .approval, let stage = use.stage else { return }
    // An approval is asked by exactly the playbook its stage names, so nothing may keep that one from firing.
    if let condition = named.conditions.first {
      throw condition.entry.failure(
        "An approval that a stage names is always asked by it, so it has no conditions; “\(workflow.id)” names it.")
    }
    if let entry = named.stages, !named.playbook.stages.contains(stage) {
      throw entry.failure("Stage \(stage) of “\(workflow.id)” names this approval, so its stages must hold \(stage).")
    }
    let code = workflow.stages.first { !$0.substages.isEmpty }?.id ?? Int.max
    if let option = named.options.first(where: { $0.option.effect == .regenerate }), stage < code {
      throw option.effect.failure(
        "“regenerate” means nothing for an approval before any sub-stage; stage \(stage) of “\(workflow.id)” names it.")
    }
  }

  /// Going back one stage discards files unless that stage makes the code or stands behind it.
  private func checkConfirmation(of option: OptionSource, in playbook: PlaybookSource) throws(LibraryFailure) {
    guard option.option.effect == .rollBack, option.option.confirm == nil, option.option.target == "{{previous-stage}}"
    else { return }
    let code = workflow.stages.first { !$0.substages.isEmpty }?.id ?? Int.max
    let named = source.uses.filter { $0.playbook == playbook.playbook.id }.compactMap(\.stage)
    let reached = workflow.needs.filter { $0.kind == playbook.situation }.flatMap(\.stages)
    let stages = playbook.playbook.stages.isEmpty ? named + reached : playbook.playbook.stages
    let discarding = stages.first { stage in
      guard let previous = workflow.stages.last(where: { $0.id < stage })?.id else { return false }
      return previous < code
    }
    if discarding != nil { throw option.effect.failure(OptionSource.discards) }
  }

  /// Holds a target against the workflow where it can be known before a session runs.
  private func checkTarget(of option: OptionSource) throws(LibraryFailure) {
    guard let place = option.target, let written = option.option.target else { return }
    let code = workflow.stages.first { !$0.substages.isEmpty }
    let text = fill(written, with: [Setting(name: "code-stage", value: code.map { String($0.id) } ?? "")])
    guard !text.contains("{{"), !text.isEmpty else { return }
    switch option.option.effect {
    case .rollBack:
      guard let target = RollBackTarget(reading: text), let stage = workflow.stage(target.stage) else {
        throw place.failure("“\(workflow.id)” has no stage “\(text)”; known are \(list(workflow.stages.map(\.id))).")
      }
      for id in target.substages where !stage.substages.contains(where: { $0.id == id }) {
        let known = stage.substages.isEmpty ? "it has none" : "known are \(list(stage.substages.map(\.id)))"
        throw place.failure("Stage \(stage.id) of “\(workflow.id)” has no sub-stage “\(id)”; \(known).")
      }
    case .changeLevel:
      guard workflow.level(Int(text)) != nil else {
        throw place.failure(
          "“\(workflow.id)” has no level “\(text)”; known are \(list(workflow.levels.map(\.number))).")
      }
    case .include:
      let known = workflow.stages.flatMap(\.substages).map(\.id)
      for part in text.split(separator: ",").map({ String($0.drop { $0 == " " }) }) where !known.contains(part) {
        throw place.failure("“\(workflow.id)” has no sub-stage “\(part)”; known are \(list(known)).")
      }
    case .reassign, .adopt: try known.check(performer: text, at: place)
    case .approve, .requestChanges, .amend, .proceed, .retry, .fix, .skip, .waive, .leaveOut, .regenerate,
      .incorporate, .postpone, .substitute, .wait, .dismiss, .pause, .abort, .grant, .deny:
      return
    }
  }

  private func checkRules() throws(LibraryFailure) {
    let checked = workflow.stages.flatMap(\.work).compactMap { work -> RuleKind? in
      if case .rules(let kind, _) = work { kind } else { nil }
    }
    for (name, entry) in source.rules {
      guard let read = rules.first(where: { $0.rule.id == name }) else { continue }
      guard checked.contains(read.rule.kind) else {
        let kind = read.rule.kind.rawValue
        throw entry.failure(
          "“\(name)” is a rule of \(kind), but no stage checks those; add “rules: {kind: \(kind), playbook: ID}”.")
      }
      // A workflow without the level cannot offer a part of it singly either, and does not.
      guard workflow.level(read.rule.neededLevel) != nil, let place = read.substages else { continue }
      let known = workflow.stages.flatMap(\.substages).map(\.id)
      for (number, id) in read.rule.substages.enumerated() where !known.contains(id) {
        throw try place.list(of: "sub-stages")[number].failure(
          "“\(workflow.id)” has no sub-stage “\(id)”; known are \(list(known)).")
      }
    }
    for kind in RuleKind.allCases where checked.contains(kind) && !rules.contains(where: { $0.rule.kind == kind }) {
      throw source.place.failure("A stage checks rules of \(kind.rawValue), but “rules” lists none of them.")
    }
  }

  private func list(_ values: [some CustomStringConvertible]) -> String {
    values.map(\.description).joined(separator: ", ")
  }
}

/// A situation that a workflow can reach, and where.
struct SituationNeed: Equatable {
  /// What can arise.
  let kind: SituationKind
  /// What a loop is about.
  let origin: String?
  /// The stages in which it can arise.
  let stages: [Int]
}

extension Workflow {
  /// Every situation that the workflow can reach.
  var needs: [SituationNeed] {
    func places(where isOne: (Work) -> Bool) -> [Int] {
      self.stages.filter { $0.work.contains(where: isOne) }.map(\.id)
    }
    let all = self.stages.map(\.id)
    let brief = places { if case .brief = $0 { true } else { false } }
    let gated = gates.isEmpty ? [] : places { if case .gates = $0 { true } else { false } }
    var needs = [
      SituationNeed(kind: .briefIncomplete, origin: nil, stages: brief),
      SituationNeed(
        kind: .architectureConflict, origin: nil,
        stages: places { if case .rules(.architecture, _) = $0 { true } else { false } }),
      SituationNeed(
        kind: .qualityConflict, origin: nil,
        stages: places { if case .rules(.quality, _) = $0 { true } else { false } }),
      SituationNeed(
        kind: .unsupported, origin: nil, stages: places { if case .shortcomings = $0 { true } else { false } }),
      SituationNeed(kind: .taskFailed, origin: nil, stages: all),
      SituationNeed(kind: .gateFailed, origin: nil, stages: gated),
      SituationNeed(kind: .loop, origin: "brief", stages: brief),
      SituationNeed(kind: .loop, origin: "task", stages: all),
      SituationNeed(kind: .loop, origin: "gate", stages: gated),
    ]
    if dependencies.contains(where: { $0.severity != .informational }) {
      needs.append(SituationNeed(kind: .dependencyFailed, origin: nil, stages: all))
    }
    if supervision != nil {
      let made = places { work in
        switch work {
        case .substages, .verification: true
        case .brief, .task, .shortcomings, .rules, .gates, .approval: false
        }
      }
      needs += [
        SituationNeed(kind: .agentMissing, origin: nil, stages: all),
        SituationNeed(kind: .blockerOpen, origin: nil, stages: made),
        SituationNeed(
          kind: .verificationFailed, origin: nil,
          stages: places { if case .verification = $0 { true } else { false } }),
      ]
    }
    let requests: [SituationKind] = [
      .effectUnknown, .changeRequested, .rollbackRequested, .abortRequested, .libraryChanged,
    ]
    return needs + requests.map { SituationNeed(kind: $0, origin: nil, stages: all) }
  }
}

extension PlaybookSource {
  /// Whether the playbook fits a situation in a stage whatever the facts are.
  func always(asks need: SituationNeed, at stage: Int) -> Bool {
    guard situation == need.kind, playbook.stages.isEmpty || playbook.stages.contains(stage) else { return false }
    return playbook.conditions.allSatisfy { condition in
      need.origin != nil && condition == Condition(fact: "origin", test: .equal, value: need.origin ?? "")
    }
  }
}
