/// Where a session can go back to: a stage, or sub-stages of one.
public struct RollBackTarget: Equatable, Sendable {
  /// The stage.
  public var stage: Int
  /// The sub-stages that run again; empty for all that ran.
  public var substages: [String]

  /// Makes a target from its parts.
  public init(stage: Int, substages: [String]) {
    self.stage = stage
    self.substages = substages
  }

  /// Reads a target as playbooks write it: `3`, or `4:4.2,4.3`.
  public init?(reading text: String) {
    let parts = text.trimmed.split(separator: ":", maxSplits: 1)
    guard let first = parts.first, let stage = Int(String(first).trimmed) else { return nil }
    self.stage = stage
    substages = parts.count < 2 ? [] : parts[1].split(separator: ",").map { String($0).trimmed }
  }

  /// The target as playbooks write it.
  public var words: String { substages.isEmpty ? String(stage) : "\(stage):\(substages.joined(separator: ","))" }
}

extension Session {
  /// The first stage that works on what the brief says: where requirements are taken in.
  var intakeStage: Int? {
    func isBrief(_ work: Work) -> Bool { if case .brief = work { true } else { false } }
    guard let place = workflow.stages.firstIndex(where: { $0.work.contains(where: isBrief) }) else {
      return workflow.stages.first?.id
    }
    // Where one stage reads the brief and works on it, it is that one.
    if !workflow.stages[place].work.allSatisfy(isBrief) { return workflow.stages[place].id }
    return workflow.stages.dropFirst(place + 1).first?.id
  }

  /// The stages to which the session could go back now, with what that would mean.
  public var rollBackTargets: [RollBackTarget] {
    stages.compactMap { stage in
      let target = RollBackTarget(stage: stage.id, substages: [])
      return (try? rollBackTarget(target)) == nil ? nil : target
    }
  }

  /// Checks a target and fills in the sub-stages that would run again.
  func rollBackTarget(_ target: RollBackTarget) throws(Refusal) -> RollBackTarget {
    let demand = "Going back to stage \(target.stage)"
    try requireOpen(self)
    let current = currentStage?.id ?? stages.last?.id ?? 0
    let intake = intakeStage ?? current
    let possible = stages.filter { stage in
      guard stage.id >= intake, stage.id <= current else { return false }
      return stage.id < current || stage.substages.contains { $0.state == .done || $0.state == .running }
    }
    guard let stage = possible.first(where: { $0.id == target.stage }) else {
      let words =
        possible.isEmpty
        ? "Nothing has been made yet that could be gone back from."
        : "It can go back to: \(possible.map { "\($0.id) \($0.name)" }.joined(separator: ", "))."
      throw .notNow(demand: demand, because: "the session is at stage \(current).", instead: words)
    }
    let ran = stage.substages.filter { $0.state == .done || $0.state == .running }.map(\.id)
    for id in target.substages where !ran.contains(id) {
      throw .notNow(
        demand: "Running sub-stage \(id) again", because: "it has not run in stage \(stage.id).",
        instead: ran.isEmpty ? "Leave the sub-stages out." : "Those that ran are: \(ran.joined(separator: ", ")).")
    }
    guard target.substages.isEmpty else { return RollBackTarget(stage: stage.id, substages: target.substages) }
    return RollBackTarget(stage: stage.id, substages: ran)
  }

  /// The tree to which files are put back by a rollback: that of the end of the target, as long as no code is kept.
  ///
  /// To sub-stages, and to a stage behind them, code is kept and nothing is put back.
  func tree(for target: RollBackTarget) -> String? {
    guard let place = stages.firstIndex(where: { $0.id == target.stage }), stages[place].substages.isEmpty else {
      return nil
    }
    let coding = stages.firstIndex { !$0.substages.isEmpty } ?? stages.endIndex
    guard place < coding, stages.indices.contains(place + 1) else { return nil }
    return stages[place + 1].tree
  }

  /// What going back means, in facts; the target has been checked.
  func rollBackFacts(to target: RollBackTarget, reason: String) -> [Fact] {
    let stage = stages.first { $0.id == target.stage }
    let ran = stage?.substages.filter { $0.state == .done || $0.state == .running }.map(\.id) ?? []
    let again = target.substages.isEmpty ? ran : target.substages
    var facts =
      stopFacts(self, reason: ran.isEmpty ? "The session goes back." : "The sub-stages are generated again.")
      + [.rolledBack(to: target.stage, substages: again, reason: reason)]
    // A stage with documents of its own makes them again, and they are approved again.
    if stage?.substages.isEmpty ?? false { facts.append(.changesRequested(stage: target.stage, note: reason)) }
    if let tree = tree(for: target), tree != keptTree || !isKept || isMoving {
      facts.append(
        .restorationOwed(
          Restoration(id: restorationCount + 1, tree: tree, reason: "the session went back to stage \(target.stage)")))
    }
    return facts
  }

  /// What a brief would say with a change, as fields; refuses what would leave it incomplete.
  func changed(by text: String, field: String?) throws(Refusal) -> [FieldValue] {
    let value: FieldValue
    if let field {
      guard let known = BriefField(heading: field) else {
        let names = BriefField.allCases.map(\.title).joined(separator: ", ")
        throw .field(name: field, problem: "a brief has no such field; it has: \(names).")
      }
      value = FieldValue(field: known.title, value: text)
    } else {
      let old = brief.text(of: .functionalRequirements)
      let lines = text.split(whereSeparator: \.isNewline).map { line -> String in
        let plain = String(line).trimmed
        if plain.hasPrefix("- ") { return plain }
        return Brief.priority(of: plain) == nil ? "- Must: \(plain)" : "- \(plain)"
      }
      value = FieldValue(
        field: BriefField.functionalRequirements.title,
        value: (old.isEmpty ? [] : [old]).joined() + (old.isEmpty ? "" : "\n") + lines.joined(separator: "\n"))
    }
    guard level != nil else { return [value] }
    let amended = Brief(reading: briefText, amendedBy: amendments + [value], modules: workflow.modules)
    if let gap = amended.gaps(under: workflow).first {
      throw .field(name: gap.rule.field.title, problem: "\(gap.problem) Expected: \(gap.rule.format)")
    }
    return [value]
  }

  /// The task that mends what a gate found, if something can.
  func fixFact(for gate: GateRecord) -> Fact? {
    guard let performer = gate.fix, let stage = currentStage else { return nil }
    let number = tasks.filter { $0.repairs == gate.id }.count + 1
    var name = "fix-\(gate.id)-\(number)"
    while tasks.contains(where: { $0.id == name }) || lastAttempt(of: "task:\(name)") > 0 { name += "x" }
    // What mends by itself is no agent of a roster.
    let role = workflow.supervision == nil ? "engineer" : Session.engineRole
    return .taskCreated(
      TaskRecord(
        id: name, title: "Mend what the gate \(gate.title) found", stage: stage.id, substage: nil, role: role,
        performer: performer, expectedFiles: [], maxAttempts: 1, repairs: gate.id))
  }
}
