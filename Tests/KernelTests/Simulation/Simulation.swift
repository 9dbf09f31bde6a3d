@testable import Kernel

/// One made-up world: a journal, engines that crash and freeze, far sides that fail, persons who look away.
///
/// A seed decides everything. Every step is a minute, and now and then hours pass at once; nothing waits.
final class Simulation {
  /// What went wrong, with the number of the step.
  struct Failure: Error {
    var step: Int
    var what: String
  }

  /// A process that performs effects; what it remembers is lost when it crashes.
  struct Engine: Sendable {
    var session = Session()
    var epoch: Int?
    var life = 0
    var isFrozen = false
    /// Decided, not yet in the journal.
    var decided: (order: Order, events: [Event], version: Int)?
    /// In the journal, not yet begun at the far side.
    var toLaunch: [Effect] = []
    /// Begun at the far side.
    var launched: [Effect] = []

    /// Whether it goes on with what it has in mind.
    var isBusy: Bool { decided != nil || !toLaunch.isEmpty }
  }

  /// A report on its way from the far side.
  struct Report: Sendable {
    var effect: Effect
    var demand: Demand
    var engine: Int
    var life: Int
  }

  /// Somebody who looks now and then, and answers what was on the screen.
  struct Person {
    var name: String
    var session = Session()
    var seen: [Decision] = []
  }

  var journal: [Event] = []
  private(set) var trace: [String] = []
  private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  var steps = 0
  var crashes = 0
  var refusals = 0
  var answers = 0
  let isTracing: Bool
  /// Whether it is seen to its end; most worlds are left in the middle, because the way there is long.
  let heals: Bool
  var random: SplitMix64
  var faults: Faults
  var isHealed = false
  /// Whether an engine that died has a successor at once.
  var isBrisk = false
  /// How often willing persons still ask for something else before they settle.
  var wishesLeft: Int
  var truth = Session()
  var checker = Checker()
  var engines: [Engine]
  var persons: [Person]
  var reports: [Report] = []
  var farSide: [Effect: Int] = [:]
  /// What each attempt left on the disk, where it left all it owes.
  var written: [Effect: [FileClaim]] = [:]
  var disk = Disk()
  /// Paths that somebody changed by hand; what a task said of them need not hold any more.
  var edited: Set<String> = []
  /// Whether somebody changed files and no picture shows it.
  var hasUnseenEdit = false
  /// Whether the disk still can be what the session says; not after an undo without a picture to go back to.
  var isTrusted = true
  /// Time that passed at once.
  var leap: Moment = 0
  let creation: Creation

  /// The time of the world.
  var now: Moment { max(1, Moment(steps) * 60_000 + leap) }

  init(seed: UInt64, isTracing: Bool = false) {
    self.isTracing = isTracing
    heals = seed % 4 == 0
    var random = SplitMix64(seed: seed)
    faults = Faults.armed(by: &random)
    let engineCount = 1 + random.below(2)
    let personCount = 1 + random.below(3)
    wishesLeft = random.below(4)
    // Most worlds begin somewhere in the middle of a session, because the way there is long.
    let moments = random.pick(Start.all)
    let place = max(random.below(moments.count), random.below(moments.count))
    let start = random.chance(65) ? moments[place] : nil
    creation = start?.creation ?? Simulation.creation(&random)
    engines = (0..<engineCount).map { _ in Engine() }
    persons = (0..<personCount).map { Person(name: ["Ada", "Ben", "Cy"][$0]) }
    self.random = random
    guard let start else { return }
    journal = start.journal
    steps = start.steps
    truth = start.truth
    checker = start.checker
    engines[0] = start.engine
    reports = start.reports
    farSide = start.farSide
    written = start.written
    disk = start.disk
  }

  /// A world without faults in which everybody is willing.
  init(calm creation: Creation) {
    isTracing = false
    heals = true
    faults = Faults()
    wishesLeft = 0
    random = SplitMix64(seed: 7)
    self.creation = creation
    engines = [Engine()]
    persons = [Person(name: "Ada")]
    isHealed = true
  }

  /// Lives through the faults, then, in every fourth world, heals them all and sees the session to its end.
  ///
  /// - Throws: ``Failure`` for the first promise that was broken.
  func run() throws(Failure) {
    if journal.isEmpty { try create() }
    // A brisk beginning of some length, in which work fails and persons choose anything, but nobody is late.
    for _ in 0..<(random.chance(30) ? 0 : random.below(70)) where !isOver { try briskStep() }
    let end = steps + random.below(50)
    while steps < end, !isOver { try step() }
    if heals {
      // Whoever goes on after the end changes nothing.
      if isOver { for _ in 0..<5 { try personStep(random.below(persons.count)) } }
      try heal()
      try finish()
    } else {
      for _ in 0..<random.below(40) where !isOver { try briskStep() }
      if random.chance(40) { try replay() }
    }
  }

  func create() throws(Failure) {
    if random.chance(50) { disk.write("README.md", "by hand") }
    try submit(Order(at: now, by: "Ada", demand: .create(creation)), on: truth)
  }

  var isOver: Bool {
    switch truth.standing {
    case .aborted, .completed: return true
    case .active, .paused: return false
    }
  }

  // MARK: - The journal

  /// Appends what was decided on a version, or says that history has moved on.
  func append(_ events: [Event], decidedOn version: Int) throws(Failure) -> Bool {
    guard version == journal.count else { return false }
    for event in events {
      let before = truth
      truth.apply(event)
      journal.append(event)
      if isTracing { trace.append("      \(journal.count) \(event.by): \(event.fact)".prefix(190).description) }
      if let wrong = checker.see(event, before: before, after: truth) { throw fail(wrong) }
      if case .undone = event.fact { lookBack(before) }
    }
    mix(UInt64(journal.count))
    if let wrong = checker.rest(truth) { throw fail(wrong) }
    if random.chance(1) { try replay() }
    if random.chance(3) { try checkAlarm() }
    return true
  }

  /// Where an answer is taken back that was given while no picture could be taken, nobody knows the files any more.
  private func lookBack(_ before: Session) {
    guard let point = before.restorePoints.last else { return }
    if point.tree == nil, !point.awaitsTree { isTrusted = false }
  }

  func replay() throws(Failure) {
    let again = Session(replaying: journal)
    guard again == truth else { throw fail("a replay gives another session") }
    guard again.outstanding == truth.outstanding else { throw fail("a replay owes other effects") }
    if let wrong = checker.history(truth) { throw fail(wrong) }
  }

  private func checkAlarm() throws(Failure) {
    guard let alarm = truth.nextAlarm else { return }
    guard !truth.timelyFacts(at: alarm).isEmpty else { throw fail("an alarm for nothing") }
    guard truth.timelyFacts(at: alarm - 1).isEmpty else { throw fail("an alarm that is too late") }
  }

  /// Decides on a session and compares what the kernel says it would do with what it does.
  func decided(_ order: Order, on session: Session) throws(Failure) -> [Event]? {
    let events: [Event]
    do throws(Refusal) {
      events = try decide(order, in: session)
    } catch {
      refusals += 1
      let words = error.words
      if words.why.isEmpty || words.instead.isEmpty { throw fail("a refusal without words: \(error)") }
      try check(refusal: error, of: order, on: session)
      return nil
    }
    switch order.demand {
    case .answer(let answer): try foresee(answer, order: order, events: events, session: session)
    case .undo: try foreseeUndo(order, events: events, session: session)
    case .tick: try checkSilence(events)
    default: break
    }
    return events
  }

  /// Time reminds and pauses; it never answers.
  private func checkSilence(_ events: [Event]) throws(Failure) {
    for event in events {
      switch event.fact {
      case .decisionReminded, .waiverReminded, .waiverEnded, .sessionPaused, .effectInterrupted, .decisionWithdrawn:
        continue
      case .decisionRaised, .stageStarted, .taskCreated, .gatesOpened: continue
      default: throw fail("silence did something: \(event.fact)")
      }
    }
  }

  /// What may be refused, and what must be.
  private func check(refusal: Refusal, of order: Order, on session: Session) throws(Failure) {
    switch refusal {
    case .alreadyAnswered(let id, let option, let by, _):
      guard let answer = session.decision(id)?.answer, answer.option == option, answer.by == by else {
        throw fail("a refusal names somebody who did not answer")
      }
    case .fenced(_, let current):
      guard current == session.epoch else { throw fail("a refusal names the wrong epoch") }
    case .filesMoved(let id, let shown, let found):
      guard shown != found, session.decision(id)?.tree == shown else { throw fail("a refusal names the wrong files") }
    case .alreadyCreated, .notCreated, .ended, .unknownDecision, .withdrawn, .unknownOption, .stale, .noteRequired,
      .confirmationRequired, .field, .staleReport, .notNow, .nothingToUndo:
      break
    }
  }

  /// Decides and appends as a person's process does: on a conflict it reads on and decides again.
  @discardableResult
  func submit(_ order: Order, on session: Session) throws(Failure) -> Bool {
    var view = session
    while true {
      guard let events = try decided(order, on: view) else { return false }
      if view.version == journal.count, random.chance(faults.conflict) {
        // Somebody else is faster by one harmless event, which must change no answer.
        let note = Order(at: now, by: "Cy", demand: .note(.info, text: "hm"))
        if let events = try decided(note, on: truth) { _ = try append(events, decidedOn: journal.count) }
      }
      if try append(events, decidedOn: view.version) { return true }
      view = truth
    }
  }

  // MARK: - Steps

  private func step() throws(Failure) {
    steps += 1
    let choice = random.below(100)
    if choice < 48 {
      try engineStep(random.below(engines.count))
    } else if choice < 70 {
      try deliver()
    } else if choice < 88 {
      try personStep(random.below(persons.count))
    } else {
      try misfortune()
    }
    try checkDisk()
  }

  private func misfortune() throws(Failure) {
    let index = random.below(engines.count)
    if random.chance(faults.crash) { return crash(index) }
    if random.chance(faults.freeze) {
      engines[index].isFrozen.toggle()
      return say { "engine \(index) \(self.engines[index].isFrozen ? "freezes" : "wakes")" }
    }
    if random.chance(faults.edits * 4) { return edit() }
    if random.chance(faults.leaps) {
      return try leapOn()
    }
    if random.chance(faults.rogue) { try nonsense() }
  }

  /// Hours pass at once. Clocks are also set back; that orders nothing and answers nothing.
  func leapOn() throws(Failure) {
    leap += random.chance(85) ? Moment(random.below(40)) * 3_600_000 : -Moment(random.below(20)) * 3_600_000
    say { "it is \(self.now)" }
    try submit(Order(at: now, by: "engine", demand: .tick), on: truth)
  }

  func crash(_ index: Int) {
    crashes += 1
    say { "engine \(index) crashes" }
    let life = engines[index].life + 1
    engines[index] = Engine()
    engines[index].life = life
  }

  /// Orders that make no sense here; all of them must be refused or change nothing that matters.
  private func nonsense() throws(Failure) {
    let effect =
      truth.inFlight.first ?? .perform(task: random.pick(["plan", "report", "nobody"]), attempt: 70 + random.below(3))
    let attempt = effect.attempt
    let id = String(effect.subject.split(separator: ":").last ?? "")
    let result = GateResult(passed: true, required: "", achieved: "")
    let demands: [Demand] = [
      .start(effect, epoch: truth.epoch), .start(effect, epoch: truth.epoch - 1),
      .reportTask(id, attempt: attempt + 1, outcome: .finished(TaskReport())),
      .reportTask(id, attempt: attempt - 1, outcome: .finished(TaskReport())),
      .reportGate("nobody", attempt: 1, result: result), .takeLease(holder: "rogue", epoch: truth.epoch),
      .releaseLease(epoch: truth.epoch - 1), .create(creation),
      .reportKept(attempt: truth.keepAttempt + 1, outcome: .kept(tree: "0", files: [], edits: [])),
      .reportRestored(truth.restorationCount + 1, attempt: 1, outcome: .restored(restored: 1, removed: 0)),
      .reportRestoredDependency("nobody", attempt: 1, words: ""), .interrupt(.keep(attempt: 999), reason: ""),
      .undo(reason: ""), .change(text: "x", field: nil),
    ]
    let demand = random.pick(demands)
    say { "nonsense: \(demand)".prefix(100).description }
    if try submit(Order(at: now, by: "engine", demand: demand), on: truth) {
      throw fail("nonsense was accepted: \(demand)")
    }
  }

  // MARK: - The end

  private func finish() throws(Failure) {
    try replay()
    for (effect, count) in farSide where count != 1 || !checker.wasStarted(effect) {
      throw fail("\(effect.name) was done \(count) times")
    }
    if case .aborted = truth.standing {
      let ids = truth.workflow.closing.map(\.id)
      for id in ids where truth.task(id)?.state == .todo || truth.task(id) == nil {
        if !truth.isLost("task:\(id)") { throw fail("\(id) was not made after the abort") }
      }
      return
    }
    guard case .completed = truth.standing else { throw fail("it ended as \(truth.state)") }
  }

  // MARK: - Words

  func fail(_ what: String) -> Failure { Failure(step: steps, what: what) }

  func say(_ words: () -> String) {
    guard isTracing else { return }
    trace.append("\(steps) \(words())")
  }

  private func mix(_ value: UInt64) { hash = (hash ^ value ^ random.next()) &* 0x100_0000_01b3 }
}
