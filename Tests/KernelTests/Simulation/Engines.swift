@testable import Kernel

/// What engines do: take the lease, start what is owed, and say what became of it.
extension Simulation {
  func engineStep(_ index: Int) throws(Failure) {
    guard !engines[index].isFrozen else { return }
    if let decided = engines[index].decided {
      engines[index].decided = nil
      return try write(decided.order, decided.events, decidedOn: decided.version, engine: index)
    }
    if let effect = engines[index].toLaunch.popLast() { return try launch(effect, engine: index) }
    // It acts on what it has read, which may be old.
    if isHealed || random.chance(80) { engines[index].session = truth }
    let session = engines[index].session
    guard !session.id.isEmpty else { return }
    let isLeft =
      switch session.standing {
      case .completed: true
      // After an abort the files are kept and what it closes with is made.
      case .aborted: session.outstanding.isEmpty
      case .active, .paused: false
      }
    if isLeft {
      if let epoch = engines[index].epoch, session.holder?.epoch == epoch {
        try plan(.releaseLease(epoch: epoch), engine: index)
      }
      return
    }
    guard let epoch = engines[index].epoch else {
      if session.holder == nil || isHealed || isBrisk || random.chance(faults.takeOver) {
        try plan(
          .takeLease(holder: "engine \(index)", epoch: session.epoch + 1, findings: findings(in: session)),
          engine: index)
      }
      return
    }
    guard session.epoch == epoch else {
      // A newer engine is there. One that does not notice asks on and must be refused.
      if let effect = session.outstanding.first {
        let order = Order(at: now, by: "engine", demand: .start(effect, epoch: epoch))
        if try decided(order, on: session) != nil { throw fail("an engine of epoch \(epoch) was let through") }
      }
      engines[index].epoch = nil
      engines[index].launched = []
      return
    }
    if random.chance(faults.takeOver / 4) { return try plan(.releaseLease(epoch: epoch), engine: index) }
    let silent = engines[index].launched.first { effect in
      session.inFlight.contains(effect) && !reports.contains { $0.effect == effect }
    }
    if let silent, isHealed || random.chance(30) {
      return try plan(.interrupt(silent, reason: "It said nothing."), engine: index)
    }
    let isConfused = random.chance(faults.rogue)
    let next = session.outstanding.first { isConfused || !session.inFlight.contains($0) }
    if let next { try plan(.start(next, epoch: epoch), engine: index) }
  }

  private func plan(_ demand: Demand, engine index: Int) throws(Failure) {
    let order = Order(at: now, by: "engine", demand: demand)
    guard let events = try decided(order, on: engines[index].session) else { return }
    engines[index].decided = (order, events, engines[index].session.version)
    say { "engine \(index) decides \(demand) on \(self.engines[index].session.version)" }
  }

  private func write(
    _ order: Order, _ events: [Event], decidedOn version: Int, engine index: Int
  ) throws(Failure) {
    guard try append(events, decidedOn: version) else {
      engines[index].session = truth
      return say { "engine \(index) comes too late for \(version)" }
    }
    engines[index].session = truth
    switch order.demand {
    case .takeLease(_, let epoch, _): engines[index].epoch = epoch
    case .releaseLease: engines[index].epoch = nil
    case .start(let effect, _): engines[index].toLaunch.append(effect)
    default: break
    }
  }

  /// What an engine finds out about the effects that its predecessor left under way.
  private func findings(in session: Session) -> [EffectFinding] {
    session.inFlight.compactMap { effect in
      if random.chance(10) { return nil }
      guard case .perform(let id, _) = effect, let task = session.task(id) else {
        return EffectFinding(effect: effect, verdict: random.pick(EffectFinding.Verdict.allCases), evidence: "e")
      }
      let there = task.expectedFiles.compactMap { path in
        disk.files[path].map { FileClaim(path: path, hash: $0) }
      }
      if let claims = written[effect], claims == there, random.chance(50) {
        return EffectFinding(effect: effect, verdict: .done, evidence: "All of it is there.", files: there)
      }
      let isUnknown = !isHealed && random.chance(faults.doubt)
      return EffectFinding(effect: effect, verdict: isUnknown ? .unknown : .notDone, evidence: "e", files: there)
    }
  }

  /// A report arrives: in any order, twice, or at an engine that has forgotten everything.
  func deliver() throws(Failure) {
    guard !reports.isEmpty else { return }
    let report = reports.remove(at: random.below(reports.count))
    let index = report.engine
    guard !engines[index].isFrozen else { return reports.append(report) }
    guard engines[index].life == report.life || random.chance(30) else { return }
    if !isHealed, random.chance(faults.crash) { return crash(index) }
    let view = isHealed || random.chance(60) ? truth : engines[index].session
    let order = Order(at: now, by: "engine", demand: report.demand)
    let was = checker.isInFlight(report.effect)
    let taken = try submit(order, on: view)
    say { "the report on \(report.effect.name) is \(taken ? "taken" : "refused")" }
    if taken, !was { throw fail("a report on \(report.effect.name) was taken late") }
    if was, !taken, view.version == truth.version { throw fail("a report on \(report.effect.name) was refused") }
    if taken { notice(report) }
    engines[index].session = truth
    if !isHealed, random.chance(faults.crash) { crash(index) }
  }

  /// A picture was taken on record; files that were changed since are not in it.
  func notice(_ report: Report) {
    switch report.demand {
    case .reportKept(_, .kept(let tree, _, _)): hasUnseenEdit = tree != disk.tree
    case .reportTask(_, _, .finished(let report)): if let tree = report.tree { hasUnseenEdit = tree != disk.tree }
    default: break
    }
  }
}
