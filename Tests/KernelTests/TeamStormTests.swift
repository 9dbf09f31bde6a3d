import Testing

@testable import Kernel

/// Supervised sessions under everything that can go wrong, by chance: seeded, so that a failing one can be replayed.
@Suite("Storms over supervised work") struct TeamStormTests {
  /// A small generator of numbers (xorshift64*), the same on every machine.
  struct Chance {
    var state: UInt64
    init(_ seed: UInt64) { state = seed &* 2_685_821_657_736_338_717 | 1 }
    mutating func below(_ limit: Int) -> Int {
      state ^= state >> 12
      state ^= state << 25
      state ^= state >> 27
      return Int((state &* 2_685_821_657_736_338_717) >> 33) % limit
    }
    mutating func one<Element>(of all: [Element]) -> Element { all[below(all.count)] }
  }

  /// One step of a storm: something is done, fails, is lost, said, taken back, or the engine dies.
  private func blow(_ team: inout TeamDriver, _ chance: inout Chance, isCalm: Bool) throws {
    let session = team.session
    if let decision = session.openDecisions.first, isCalm || chance.below(3) == 0 {
      let options = decision.options.filter { $0.effect != .abort && $0.effect != .pause }
      // In the calm a person wants to come to an end.
      let wanted = isCalm ? options.first { [.proceed, .skip, .dismiss].contains($0.effect) } : nil
      let option = wanted ?? chance.one(of: options)
      let answer = Answer(
        decision: decision.id, option: option.id, digest: decision.digest, note: "n", fields: [], confirmation: "")
      _ = try? team.driver.order(.answer(answer))
      return
    }
    let effects = session.outstanding.filter { !session.inFlight.contains($0) }
    if !isCalm {
      switch chance.below(14) {
      case 0: return try team.wait(seconds: chance.below(700))
      case 1:
        let paths = team.disk.keys.sorted()
        if let path = paths.isEmpty ? nil : chance.one(of: paths) { team.disk[path] = nil }
        return
      case 2:
        let paths = team.disk.keys.sorted()
        if let path = paths.isEmpty ? nil : chance.one(of: paths) { team.disk[path] = "edit \(chance.below(99))" }
        return
      case 3:
        let kind = chance.one(of: Callback.Kind.allCases)
        let text = chance.one(of: ["routers/leads.py was not created", "which one?", "x.py is missing", "half done"])
        _ = try? team.driver.order(
          .raiseCallback(Callback(kind: kind, from: "auditor01", text: "\(text) \(chance.below(5))")), by: "auditor01")
        return
      case 4:
        let agent = chance.one(of: session.agents)
        let state = chance.one(of: AgentState.allCases)
        _ = try? team.driver.order(.reportAgent(agent.name, state: state, reason: "so"), by: "engine")
        return
      case 5:
        try team.driver.order(.takeLease(holder: "next", epoch: session.epoch + 1), by: "engine")
        return
      case 6:
        if let effect = effects.first { try? team.driver.start(effect) }
        return
      case 7:
        _ = try? team.driver.order(.undo(reason: "no"))
        return
      default: break
      }
    }
    guard let effect = session.outstanding.first else {
      if session.isBackingOff { try team.wait(seconds: 10) }
      return
    }
    if session.inFlight.contains(effect) {
      // Whoever began it is gone; the next engine does it again.
      try team.driver.order(.takeLease(holder: "next", epoch: session.epoch + 1), by: "engine")
      return
    }
    if case .perform(let id, _) = effect, !isCalm, chance.below(3) == 0, let task = session.task(id),
      task.performer != Playbook.checkpointPerformer
    {
      let failures = [
        TeamTests.syntax, TaskFailure(cause: .environment, message: "no space \(chance.below(3))"),
        TaskFailure(cause: .cognitive, message: "wrong \(chance.below(99))"),
        TaskFailure(cause: .hard, message: "impossible"),
      ]
      return try team.fail(id, chance.one(of: failures))
    }
    try team.perform(effect)
  }

  /// What must hold after every step.
  private func check(_ session: Session) -> String? {
    for effect in session.inFlight {
      guard case .perform(let id, _) = effect, let task = session.task(id), session.needsAgent(task) else { continue }
      if task.agent == nil { return "\(id) is under way without an agent" }
    }
    for case .perform(let id, _) in session.inFlight {
      guard let task = session.task(id), let duty = session.duty(of: task.workingRole), session.needsAgent(task),
        duty.takes.contains(task.performer)
      else { continue }
      if task.failures(of: duty.role) >= duty.attempts { return "\(id) is tried more often than its card allows" }
      if task.isWithPerson { return "\(id) is tried although only a person can have it tried again" }
    }
    if Set(session.inFlight.map(\.subject)).count != session.inFlight.count { return "something is under way twice" }
    let open = session.blockers.map(\.id)
    let records = session.blockerRecords.filter { $0.state != .resolved && $0.state != .decided }.map(\.subject)
    if Set(open) != Set(records) { return "obstacles \(open) and their records \(records) differ" }
    if session.state == .running, session.outstanding.isEmpty, session.inFlight.isEmpty, !session.isBackingOff {
      return "nothing is owed, nobody is asked, and it is not over"
    }
    return nil
  }

  @Test(
    "Whatever blows, every obstacle has a record, nobody works without an agent, and calm brings it to an end",
    arguments: 0..<8)
  func storm(_ lane: Int) throws {
    var situations: Set<String> = []
    var escalated: Set<String> = []
    for number in 0..<40 {
      let seed = UInt64(lane * 1_000 + number)
      var chance = Chance(seed)
      var rules = Team.rules
      if chance.below(2) == 0 { rules.provisions = [AgentRecord(name: "developer09", role: "developer")] }
      if chance.below(3) == 0 { rules.retryPauses = [] }
      let isolating = chance.below(2) == 0
      let duties = chance.below(2) == 0 ? RoleDutyTests.duties : []
      var team = try TeamDriver(Team.workflow(rules, isolating: isolating), duties: duties)
      for _ in 0..<150 where team.session.standing == .active {
        try blow(&team, &chance, isCalm: false)
        if let wrong = check(team.session) {
          Issue.record("seed \(seed): \(wrong)")
          return
        }
      }
      for agent in team.session.agents where !agent.isAssignable {
        try team.driver.order(.reportAgent(agent.name, state: .available, reason: ""), by: "engine")
      }
      for _ in 0..<600 where team.session.standing == .active { try blow(&team, &chance, isCalm: true) }
      let end = team.session
      situations.formUnion(end.decisions.map(\.situation))
      escalated.formUnion(end.tasks.flatMap(\.escalations).map(\.to))
      #expect(
        end.standing != .active, "seed \(seed): \(end.openDecisions.map(\.playbook)) \(end.outstanding) \(end.inFlight)"
      )
      #expect(Session(replaying: team.driver.events) == end, "seed \(seed) replays to another session")
      guard end.standing != .active else { return }
    }
    for kind in [SituationKind.agentMissing, .blockerOpen, .verificationFailed, .taskFailed] {
      #expect(situations.contains(kind.rawValue), "\(kind.rawValue) never arises")
    }
    #expect(escalated == ["architect", "person"])
  }
}
