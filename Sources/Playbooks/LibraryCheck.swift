import Kernel

/// Looks at a whole library for what is allowed and yet cannot be meant.
struct LibraryCheck {
  /// Every workflow that can be read.
  let fits: [WorkflowFit]
  /// Every playbook that can be read.
  let playbooks: [PlaybookSource]
  /// Every rule that can be read.
  let rules: [RuleSource]
  /// Whether every workflow could be read, so that “no workflow uses it” can be told.
  let isWhole: Bool

  /// Everything found, file by file.
  var remarks: [PlaybookRemark] {
    playbooks.flatMap { remarks(on: $0) } + rules.compactMap { remark(on: $0) }
      + fits.flatMap { missing(in: $0) + unstaffed(in: $0) }
  }

  // MARK: - Playbooks

  private func remarks(on playbook: PlaybookSource) -> [PlaybookRemark] {
    let id = playbook.playbook.id
    var found = contradictions(in: playbook)
    let users = fits.filter { fit in fit.playbooks.contains { $0.playbook.id == id } }
    guard !users.isEmpty else {
      guard isWhole else { return found }
      return found + [
        PlaybookRemark(
          .unused, at: playbook.place, "No workflow uses the playbook “\(id)”.",
          instead: "Add it to “playbooks” of a workflow, or remove the file.")
      ]
    }
    guard found.isEmpty else { return found }
    // What one workflow cannot reach another may; only what none can is worth a word.
    let reasons = users.map { $0.whyUnreachable(playbook) }
    if let reason = reasons.first ?? nil, reasons.allSatisfy({ $0 != nil }) {
      return [
        PlaybookRemark(
          .unreachable, at: playbook.conditions.first?.entry ?? playbook.stages ?? playbook.place,
          "“\(id)” is never asked: \(reason).",
          instead: "Change its situation, stages or conditions, or take it out of “playbooks”.")
      ]
    }
    let shadows = users.map { $0.shadow(of: playbook) }
    if let shadow = shadows.first ?? nil, shadows.allSatisfy({ $0 != nil }) {
      return [
        PlaybookRemark(
          .shadowed, at: playbook.place,
          "“\(id)” is never asked, because “\(shadow)” fits whenever it does and comes before it.",
          instead: "Give “\(id)” a condition that “\(shadow)” has not, or take one of them out.")
      ]
    }
    for option in playbook.options {
      let reasons = users.map { $0.whyNeverOffered(option, of: playbook) }
      guard let reason = reasons.first ?? nil, reasons.allSatisfy({ $0 != nil }) else { continue }
      found.append(
        PlaybookRemark(
          .idle, at: option.effect, "The option “\(option.option.id)” of “\(id)” is never offered: \(reason).",
          instead: "Take the option out, or give the workflow what it needs."))
    }
    return found
  }

  private func contradictions(in playbook: PlaybookSource) -> [PlaybookRemark] {
    var found: [PlaybookRemark] = []
    let trigger = playbook.playbook.conditions
    func check(_ conditions: [PlacedCondition], given: [Condition], kind: PlaybookRemark.Kind, words: String) {
      let all = Trigger(situation: playbook.situation, conditions: given + conditions.map(\.condition))
      guard let place = all.contradiction, place >= given.count else { return }
      let condition = conditions[place - given.count]
      found.append(
        PlaybookRemark(
          kind, at: condition.entry,
          "\(words): “\(condition.condition.words)” contradicts what stands before it.",
          instead: "Keep one of the conditions that exclude each other."))
    }
    check(playbook.conditions, given: [], kind: .unreachable, words: "“\(playbook.playbook.id)” is never asked")
    guard found.isEmpty else { return found }
    for option in playbook.options {
      let id = option.option.id
      check(option.offeredWhen, given: trigger, kind: .idle, words: "The option “\(id)” is never offered")
      check(
        option.recommendedWhen, given: trigger + option.option.offeredWhen, kind: .idle,
        words: "The option “\(id)” is never recommended")
    }
    return found
  }

  // MARK: - Rules and scenarios

  private func remark(on rule: RuleSource) -> PlaybookRemark? {
    let id = rule.rule.id
    guard isWhole, !fits.contains(where: { fit in fit.rules.contains { $0.rule.id == id } }) else { return nil }
    return PlaybookRemark(
      .unused, at: rule.place, "No workflow uses the rule “\(id)”.",
      instead: "Add it to “rules” of a workflow, or remove the file.")
  }

  /// A role that nobody has stops every session at its first task, to ask for an agent.
  private func unstaffed(in fit: WorkflowFit) -> [PlaybookRemark] {
    guard let rules = fit.source.workflow.supervision else { return [] }
    let roles = (rules.agents + rules.provisions).map(\.role)
    return fit.source.staff.filter { !roles.contains($0.role) }.map { role, entry in
      PlaybookRemark(
        .missing, at: entry,
        "Nobody in “\(fit.source.workflow.id)” has the role “\(role)”, so every session stops here to ask for an agent.",
        instead: "Add an agent of this role to “agents” or “provision” of “supervision”.")
    }
  }

  private func missing(in fit: WorkflowFit) -> [PlaybookRemark] {
    let covered = fit.playbooks.filter { fit.whyUnreachable($0) == nil }.map(\.playbook.scenario)
    return (1...10).filter { !covered.contains($0) }.map { scenario in
      let kinds = SituationKind.allCases.filter { $0.scenario == scenario }
      let words = kinds.map { "“\($0.rawValue)”" }.joined(separator: " or ")
      return PlaybookRemark(
        .missing, at: fit.source.place,
        "The workflow “\(fit.source.workflow.id)” has no question for scenario \(scenario), \(kinds[0].words).",
        instead: "Add a playbook for the situation \(words), with what lets it arise.")
    }
  }
}

extension WorkflowFit {
  /// Why a playbook can never be asked here, or `nil` when it can.
  fileprivate func whyUnreachable(_ playbook: PlaybookSource) -> String? {
    let workflow = source.workflow
    let origin = playbook.playbook.conditions.first { $0.fact == "origin" && $0.test == .equal }?.value
    if playbook.situation == .approval {
      let isNamed = source.uses.contains { $0.playbook == playbook.playbook.id && $0.situation == .approval }
      return isNamed ? nil : "no stage of “\(workflow.id)” names it, and an approval is asked only by name"
    }
    let needs = workflow.needs.filter { need in
      need.kind == playbook.situation && (origin == nil || need.origin == nil || need.origin == origin)
    }
    let stages = needs.flatMap(\.stages)
    guard !stages.isEmpty else { return "\(playbook.situation.words) cannot arise in “\(workflow.id)”" }
    if !playbook.playbook.stages.isEmpty, !playbook.playbook.stages.contains(where: stages.contains) {
      let list = Set(stages).sorted().map(String.init).joined(separator: ", ")
      return "in “\(workflow.id)” \(playbook.situation.words) arises only in stage \(list)"
    }
    for condition in playbook.playbook.conditions where condition.test == .equal {
      guard let known = names(of: condition.fact, in: playbook.situation), !known.contains(condition.value) else {
        continue
      }
      return "“\(condition.fact)” is never “\(condition.value)” in “\(workflow.id)”"
    }
    return nil
  }

  /// What a fact can be in this workflow, where it names a part of it.
  private func names(of fact: String, in situation: SituationKind) -> [String]? {
    let workflow = source.workflow
    switch fact {
    case "gate-id": return workflow.gates.map(\.id)
    case "rule": return situation == .architectureConflict || situation == .qualityConflict ? rules.map(\.rule.id) : nil
    case "dependency-id": return workflow.dependencies.map(\.id)
    case "level": return workflow.levels.map { String($0.number) } + ["not chosen"]
    case "stage-id": return workflow.stages.map { String($0.id) }
    default: return nil
    }
  }

  /// The playbook that is always asked in the place of another, or `nil` when that one has its turn.
  fileprivate func shadow(of playbook: PlaybookSource) -> String? {
    guard playbook.situation != .approval else { return nil }
    let named = source.uses.filter { $0.situation == playbook.situation }.map(\.playbook)
    let place = playbooks.firstIndex { $0.playbook.id == playbook.playbook.id } ?? playbooks.endIndex
    for (number, other) in playbooks.enumerated() where other.playbook.id != playbook.playbook.id {
      guard playbook.playbook.isCovered(by: other.playbook) else { continue }
      let (own, its) = (playbook.playbook.exactness, other.playbook.exactness)
      let isNamed = named.contains(playbook.playbook.id)
      let comesFirst = named.contains(other.playbook.id) == isNamed ? number < place : !isNamed
      if its > own || (its == own && comesFirst) { return other.playbook.id }
    }
    return nil
  }

  /// Why an option can never be offered here, or `nil` when it can.
  fileprivate func whyNeverOffered(_ option: OptionSource, of playbook: PlaybookSource) -> String? {
    let workflow = source.workflow
    let code = workflow.stages.first { !$0.substages.isEmpty }
    switch option.option.effect {
    case .fix: return workflow.gates.contains { $0.fix != nil } ? nil : "no gate of “\(workflow.id)” has a “fix”"
    case .wait:
      return workflow.dependencies.contains { !$0.probe.isEmpty }
        ? nil : "no dependency of “\(workflow.id)” has a “probe”"
    case .substitute:
      return workflow.dependencies.contains { !$0.workaround.isEmpty }
        ? nil : "no dependency of “\(workflow.id)” has a “workaround”"
    case .regenerate: return code == nil ? "no stage of “\(workflow.id)” has sub-stages" : nil
    case .changeLevel: return workflow.levels.count > 1 ? nil : "“\(workflow.id)” has only one level"
    case .include:
      return rules.contains { rule in
        !rule.rule.substages.isEmpty && workflow.level(rule.rule.neededLevel) != nil
      } ? nil : "no rule of “\(workflow.id)” names sub-stages that it has"
    case .approve, .requestChanges, .amend, .adopt, .proceed, .retry, .skip, .waive, .leaveOut, .incorporate, .postpone,
      .rollBack, .reassign, .dismiss, .pause, .abort, .grant, .deny:
      return nil
    }
  }
}
