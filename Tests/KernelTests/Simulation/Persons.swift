@testable import Kernel

/// What persons do: answer what they saw, change their minds, look, rest and end.
extension Simulation {
  func personStep(_ index: Int) throws(Failure) {
    if random.chance(60) {
      persons[index].session = truth
      persons[index].seen += truth.openDecisions.filter { open in
        !persons[index].seen.contains { $0.id == open.id }
      }
    }
    let person = persons[index]
    guard let demand = demand(of: person) else { return }
    let order = Order(at: now, by: person.name, demand: demand)
    if random.chance(faults.crash) { return say { "\(person.name)'s terminal is gone" } }
    let wasMoving = truth.isMoving
    let taken = try submit(order, on: person.session)
    say { "\(person.name): \(demand) \(taken ? "taken" : "refused")" }
    if case .look = demand, taken, !wasMoving { hasUnseenEdit = truth.keptTree != disk.tree }
    guard case .answer(let answer) = demand else { return }
    if taken { answers += 1 }
    try goOn(person, after: answer.decision)
    if taken, random.chance(20) {
      // The same key again, or a second person who saw the same: exactly one answer counts.
      let second = Order(at: now, by: random.pick(persons).name, demand: .answer(answer))
      if try submit(second, on: random.chance(50) ? person.session : truth) {
        throw fail("\(answer.decision) took a second answer")
      }
    }
  }

  private func demand(of person: Person) -> Demand? {
    if isOver, random.chance(50) {
      return random.pick([
        .resume, .pause(reason: "late"), .abort(reason: "late", confirmation: creation.id), .undo(reason: "late"),
        .change(text: "late", field: nil), .rollBack(to: 2, substages: [], reason: "late"),
      ])
    }
    if random.chance(faults.rests) { return .pause(reason: "lunch") }
    if case .paused = person.session.standing, random.chance(40) { return .resume }
    if random.chance(faults.undo) { return .undo(reason: "no") }
    if random.chance(faults.wishes) { return wish(person) }
    if random.chance(faults.edits) { return look() }
    if random.chance(3) { return .tick }
    if random.chance(1) { return .abort(reason: "enough", confirmation: random.chance(50) ? creation.id : "yes") }
    let open = person.session.openDecisions
    let decision: Decision? =
      !open.isEmpty && random.chance(85)
      ? random.pick(open) : person.seen.isEmpty ? nil : random.pick(person.seen)
    return decision.map { .answer(answer(to: $0)) }
  }

  func look() -> Demand {
    let changes = disk.changes(since: truth.keptTree)
    return .look(tree: disk.keep(), changes: changes)
  }

  /// Something that a person asks for beside answering.
  func wish(_ person: Person) -> Demand {
    let substages = person.session.stages.flatMap(\.substages).map(\.id)
    switch random.below(9) {
    case 0, 1:
      let text = random.pick([
        "Should: export a list", "trace every call", "reach the database directly", "- Must: run in the same process",
      ])
      return .change(text: text, field: nil)
    case 2:
      let field = random.pick(["Target maturity level", "modules", "context", "horoscope"])
      return .change(text: random.pick(["2", "4", "none", "bot", "Members of a club borrow tools."]), field: field)
    case 3, 4, 5:
      let stage = random.pick(person.session.stages.map(\.id) + [99])
      let named = random.chance(30) && !substages.isEmpty ? [random.pick(substages)] : []
      return .rollBack(to: stage, substages: named, reason: random.chance(50) ? "wrong way" : "")
    case 6: return .requestAbort(reason: "too dear")
    case 7: return .offer(Workflows.edited(person.session.workflow, version: 2 + random.below(3)))
    default: return look()
    }
  }

  /// Whoever had several questions on the screen goes on with the next, also when it is settled meanwhile.
  func goOn(_ person: Person, after answered: String) throws(Failure) {
    let others = person.session.openDecisions.filter { $0.id != answered }
    guard !others.isEmpty, random.chance(40) else { return }
    let order = Order(at: now, by: person.name, demand: .answer(answer(to: random.pick(others))))
    let taken = try submit(order, on: truth)
    say { "\(person.name) goes on: \(order.demand) \(taken ? "taken" : "refused")" }
  }

  func answer(to decision: Decision) -> Answer {
    let weighed = decision.options.filter { $0.effect != .abort && $0.effect != .pause || random.chance(15) }
    var option = random.pick(weighed.isEmpty ? decision.options : weighed)
    // Most go on, or worlds would never get far.
    if [.approve, .changeLevel].contains(decision.options[0].effect), random.chance(60) {
      option = decision.options[0]
    }
    if let waive = decision.option("waive"), random.chance(40) { option = waive }
    var digest = decision.digest
    if random.chance(8) { digest = random.pick(persons.flatMap(\.seen).map(\.digest) + [""]) }
    var fields = fields(for: option, of: decision)
    if option.effect == .amend, random.chance(5) { fields.append(FieldValue(field: "Horoscope", value: "Leo")) }
    return Answer(
      decision: random.chance(2) ? "D-99" : decision.id, option: random.chance(4) ? "sing" : option.id,
      digest: digest, note: option.noteRequired && random.chance(85) ? "because" : "", fields: fields,
      confirmation: random.chance(80) ? option.confirm ?? "" : "", inAdvance: random.chance(5),
      tree: random.chance(50) ? disk.tree : nil)
  }

  private func fields(for option: Option, of decision: Decision) -> [FieldValue] {
    var fields: [FieldValue] = []
    switch option.effect {
    case .amend:
      for field in decision.fields where random.chance(70) {
        let known = BriefField(heading: field.name).flatMap { Briefs.values[$0] } ?? "?"
        let value = random.chance(85) ? known : random.pick(["TBD", "9", "spaceships", " "])
        fields.append(FieldValue(field: field.name, value: value))
      }
    case .waive where !option.fields.isEmpty:
      let ends = [
        "", tomorrow, tomorrow, tomorrow, "stage 3", "stage 5", "stage 7", "stage 77", "file changes", "soon",
      ]
      fields.append(FieldValue(field: Waiver.untilField, value: random.pick(ends)))
      if random.chance(30) { fields.append(FieldValue(field: Waiver.compensationField, value: "by hand")) }
      if random.chance(40) {
        let known = truth.tasks.flatMap(\.files).map(\.path)
        let path = random.chance(85) ? known.randomElement(using: &random) : nil
        fields.append(FieldValue(field: Waiver.scopeField, value: path ?? "nothing.py"))
      }
    default: break
    }
    return fields
  }

  /// The day after the world's today, or the one after that.
  private var tomorrow: String {
    let day = Int(now / 86_400_000) + 1 + random.below(2)
    let month = min(day / 28, 11)
    let date = day - [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month] + 1
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "1970-\(two(month + 1))-\(two(date))"
  }

  // MARK: - What was said beforehand

  /// What a person was told that an answer does must be what it does, in every part.
  func foresee(_ answer: Answer, order: Order, events: [Event], session: Session) throws(Failure) {
    guard let decision = session.decision(answer.decision), let option = decision.option(answer.option) else {
      throw fail("an answer was taken that fits no option")
    }
    let foreseen = preview(option, of: decision, in: session)
    let after = try result(of: order, events: events, session: session)
    let real = consequences(from: session, to: after, option: option)
    // What is filled in decides what comes next, and an answer given in advance may follow at once.
    if option.effect == .amend, events.filter({ if case .decisionAnswered = $0.fact { true } else { false } }).count > 1
    {
      return
    }
    guard foreseen == real else { throw fail("\(option.id) did something else than foreseen: \(foreseen) – \(real)") }
    guard !foreseen.next.isEmpty else { throw fail("\(option.id): nothing is said about what comes next") }
    guard option.effect != .amend else { return }
    let rounds = session.stages.flatMap(\.substages)
    let rerun = after.stages.flatMap(\.substages).filter { new in
      rounds.contains { $0.id == new.id && $0.round < new.round }
    }.map(\.id)
    guard foreseen.substagesRerun == rerun else { throw fail("\(option.id): other sub-stages run again than foreseen") }
    let voided = session.stages.flatMap { old in
      let kept = after.stages.first { $0.id == old.id }?.approvals.map(\.decision) ?? []
      return old.approvals.filter { !kept.contains($0.decision) }.map { "\(old.id) \($0.playbook)" }
    }
    guard foreseen.approvalsVoided == voided else { throw fail("\(option.id): other approvals fall than foreseen") }
    let waived = after.waivers.dropFirst(session.waivers.count).map(\.gate)
    guard foreseen.waivers == Array(waived) else { throw fail("\(option.id): other gates are waived than foreseen") }
    let tree = session.restoration == nil ? after.restoration?.tree : nil
    guard foreseen.restoresTree == tree else { throw fail("\(option.id): other files are put back than foreseen") }
    let isFinal = if case .open = after.undoLimit { false } else { after.restorePoints.last?.decision == decision.id }
    let hasEnded = after.standing != session.standing && [.aborted, .completed].contains(after.state)
    guard foreseen.irreversible.isEmpty != (isFinal || hasEnded) else {
      throw fail("\(option.id): what cannot be taken back was not foreseen")
    }
  }

  func foreseeUndo(_ order: Order, events: [Event], session: Session) throws(Failure) {
    guard case .success(let foreseen) = previewUndo(in: session) else { throw fail("an undo was not foreseen") }
    let after = try result(of: order, events: events, session: session)
    guard foreseen == consequences(from: session, to: after, option: nil) else {
      throw fail("an undo did something else than foreseen")
    }
  }

  /// What an order led to; without what only time brought, because that was not asked about.
  private func result(of order: Order, events: [Event], session: Session) throws(Failure) -> Session {
    var events = events
    if let alarm = session.nextAlarm, alarm <= order.at {
      do {
        events = try decide(Order(at: session.updatedAt, by: order.by, demand: order.demand), in: session)
      } catch {
        throw fail("refused at another moment: \(error)")
      }
    }
    var after = session
    for event in events { after.apply(event) }
    return after
  }
}
