@testable import Kernel

/// The second half of every world: no faults, and everybody is willing.
extension Simulation {
  /// All faults are gone and everybody is willing: the session must come to its end in a bounded number of steps.
  func heal() throws(Failure) {
    calm()
    for index in engines.indices {
      // A frozen engine wakes with what it had in mind.
      engines[index].isFrozen = false
      if engines[index].decided != nil { try engineStep(index) }
    }
    var left = 60 + 25 * (truth.tasks.count + truth.planned.count + truth.workflow.gates.count) + 1_200
    while !isOver {
      left -= 1
      guard left > 0 else { throw fail("no end in sight: \(truth.state)") }
      try quietStep()
    }
    // What an abort closes with is made.
    left = 60
    while !truth.outstanding.isEmpty {
      left -= 1
      guard left > 0 else { throw fail("no end of the end in sight") }
      try quietStep()
    }
    // The lease goes back, and every late report is refused.
    for index in engines.indices { for _ in 0..<3 { try engineStep(index) } }
    while !reports.isEmpty { try deliver() }
  }

  /// No faults from here on; only the stubbornness of the gates stays.
  func calm() {
    say { "calm" }
    isHealed = true
    let stubbornness = faults.stubbornness
    faults = Faults()
    faults.stubbornness = stubbornness
  }

  /// One step in which work may fail, and nobody loses anything: the engine goes on at once, and persons choose anything.
  func briskStep() throws(Failure) {
    steps += 1
    isBrisk = true
    defer { isBrisk = false }
    if random.chance(faults.wishes / 2) {
      try ask(for: wish(Person(name: persons[0].name, session: truth)))
    } else if random.chance(faults.undo / 2) {
      try ask(for: .undo(reason: "no"))
    } else if random.chance(faults.edits / 3) {
      edit()
    } else if random.chance(faults.leaps / 2) {
      try leapOn()
    } else if random.chance(faults.crash) {
      // Its successor is there at once and finds out what was under way.
      crash(0)
      if random.chance(70) { reports = [] }
    } else if !reports.isEmpty {
      let report = reports.removeLast()
      if random.chance(faults.silence) { return }
      if try submit(Order(at: now, by: "engine", demand: report.demand), on: truth) { notice(report) }
    } else {
      let version = journal.count
      for _ in 0..<3 {
        engines[0].session = truth
        try engineStep(0)
        guard engines[0].isBusy || journal.count > version else { break }
      }
      if journal.count == version, reports.isEmpty { try choose() }
    }
    try checkDisk()
  }

  /// Somebody asks for something on the newest state.
  private func ask(for demand: Demand) throws(Failure) {
    let isLook = if case .look = demand { true } else { false }
    let taken = try submit(Order(at: now, by: persons[0].name, demand: demand), on: truth)
    say { "asked for \(demand): \(taken)" }
    if isLook, taken { hasUnseenEdit = truth.keptTree != disk.tree }
  }

  /// Somebody chooses anything that is offered, or goes on.
  private func choose() throws(Failure) {
    if case .paused = truth.standing { return try ask(for: .resume) }
    guard let decision = truth.openDecisions.randomElement(using: &random) else { return }
    let answer = answer(to: decision)
    if try submit(Order(at: now, by: persons[0].name, demand: .answer(answer)), on: truth) {
      answers += 1
      // What ends by itself is waited for.
      if decision.option(answer.option)?.effect == .waive { for _ in 0..<random.below(4) { try leapOn() } }
    }
    if let tree = decision.tree, tree != disk.tree, random.chance(50) { try ask(for: look()) }
  }

  func quietStep() throws(Failure) {
    steps += 1
    if reports.isEmpty {
      let version = journal.count
      for _ in 0..<3 {
        try engineStep(engines.count - 1)
        guard engines[engines.count - 1].isBusy || journal.count > version else { break }
      }
      if journal.count == version, reports.isEmpty { try willing() }
    } else {
      try deliver()
    }
    try checkDisk()
  }

  /// What somebody who wants the end chooses, the best first.
  private static let wanted: [OptionEffect] = [
    .amend, .adopt, .leaveOut, .approve, .changeLevel, .include, .proceed, .dismiss, .retry, .wait, .substitute, .waive,
    .requestChanges, .regenerate, .incorporate, .postpone, .fix, .rollBack, .skip, .reassign,
  ]

  private func willing() throws(Failure) {
    let name = persons[0].name
    if case .paused = truth.standing {
      try submit(Order(at: now, by: name, demand: .resume), on: truth)
      return
    }
    guard let decision = truth.openDecisions.first else { return }
    if let tree = decision.tree, tree != disk.tree, truth.inFlight.isEmpty {
      try submit(Order(at: now, by: name, demand: look()), on: truth)
      hasUnseenEdit = false
      return
    }
    let screen = Person(name: name, session: truth)
    let isFull = truth.standingWaivers.count >= truth.workflow.waiverCap
    let offered = decision.options.filter { option in
      let wouldWaive = decision.subjectGate != nil && (option.effect == .waive || option.effect == .postpone)
      return Simulation.wanted.contains(option.effect) && !(isFull && wouldWaive)
    }
    guard let option = choose(from: offered, for: decision) else { throw fail("\(decision.id) offers no way on") }
    let answer = Answer(
      decision: decision.id, option: option.id, digest: decision.digest, note: "please",
      fields: option.effect == .amend
        ? decision.fields.compactMap { field in
          BriefField(heading: field.name).map { FieldValue(field: field.name, value: Briefs.values[$0] ?? "?") }
        } : [], confirmation: option.confirm ?? "", tree: disk.tree)
    say { "\(name) settles \(decision.id) (\(decision.situation)) with \(option.id)" }
    guard try submit(Order(at: now, by: name, demand: .answer(answer)), on: truth) else {
      throw fail("a willing answer to \(decision.id) was refused")
    }
    answers += 1
    if isOver { return }
    try goOn(screen, after: decision.id)
  }

  private func choose(from offered: [Option], for decision: Decision) -> Option? {
    // A few more wishes, and then whatever leads to the end.
    if wishesLeft > 0, !offered.isEmpty, random.chance(30) {
      wishesLeft -= 1
      return random.pick(offered)
    }
    if decision.subjectGate != nil {
      let ways = offered.filter { [.retry, .waive, .postpone, .fix].contains($0.effect) }
      return ways.isEmpty ? nil : random.pick(ways)
    }
    return Simulation.wanted.lazy.compactMap { effect in offered.first { $0.effect == effect } }.first
  }
}
