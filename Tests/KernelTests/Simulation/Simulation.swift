@testable import Kernel

/// One made-up world: a journal, engines that crash and freeze, far sides that fail, persons who look away.
///
/// A seed decides everything. Time is the number of the step; nothing waits.
final class Simulation {
  /// What went wrong, with the number of the step.
  struct Failure: Error {
    var step: Int
    var what: String
  }

  /// Which faults this world knows, in percent; a seed arms some and leaves others out.
  struct Faults {
    var crash = 0
    var freeze = 0
    var takeOver = 0
    var conflict = 0
    var taskFails = 0
    var filesMissing = 0
    var hostilePlan = 0
    var silence = 0
    var duplicate = 0
    var gateFails = 0
    var unavailable = 0
    var shortcomings = 0
    var stubbornness = 0
    var rogue = 0
    var rests = 0

    static func armed(by random: inout SplitMix64) -> Faults {
      func rate(_ highest: Int, _ random: inout SplitMix64) -> Int {
        random.chance(50) ? 1 + random.below(highest) : 0
      }
      var faults = Faults()
      faults.crash = rate(12, &random)
      faults.freeze = rate(8, &random)
      faults.takeOver = rate(20, &random)
      faults.conflict = rate(40, &random)
      faults.taskFails = rate(50, &random)
      faults.filesMissing = rate(40, &random)
      faults.hostilePlan = rate(50, &random)
      faults.silence = rate(20, &random)
      faults.duplicate = rate(60, &random)
      faults.gateFails = rate(70, &random)
      faults.unavailable = rate(30, &random)
      faults.shortcomings = rate(80, &random)
      faults.stubbornness = rate(60, &random)
      faults.rogue = rate(20, &random)
      faults.rests = rate(8, &random)
      return faults
    }
  }

  /// A process that performs effects; what it remembers is lost when it crashes.
  private struct Engine {
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
  }

  /// A report on its way from the far side.
  private struct Report {
    var effect: Effect
    var demand: Demand
    var engine: Int
    var life: Int
  }

  /// Somebody who looks now and then, and answers what was on the screen.
  private struct Person {
    var name: String
    var session = Session()
    var seen: [Decision] = []
  }

  private(set) var journal: [Event] = []
  private(set) var trace: [String] = []
  private(set) var steps = 0
  private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  private(set) var crashes = 0
  private(set) var refusals = 0
  private(set) var answers = 0
  private let seed: UInt64
  private let isTracing: Bool
  private var random: SplitMix64
  private var faults: Faults
  private var isHealed = false
  /// How often willing persons still ask for something else before they settle.
  private var wishesLeft: Int
  private var truth = Session()
  private var checker = Checker()
  private var engines: [Engine]
  private var persons: [Person]
  private var reports: [Report] = []
  private var farSide: [Effect: Int] = [:]
  private let creation: Creation

  init(seed: UInt64, isTracing: Bool = false) {
    self.seed = seed
    self.isTracing = isTracing
    var random = SplitMix64(seed: seed)
    faults = Faults.armed(by: &random)
    let engineCount = 1 + random.below(2)
    let personCount = 1 + random.below(3)
    wishesLeft = random.below(4)
    creation = Simulation.creation(&random)
    engines = (0..<engineCount).map { _ in Engine() }
    persons = (0..<personCount).map { Person(name: ["Ada", "Ben", "Cy"][$0]) }
    self.random = random
  }

  /// Lives through the faults, then heals them all and sees the session to its end.
  ///
  /// - Throws: ``Failure`` for the first promise that was broken.
  func run() throws(Failure) {
    try submit(Order(at: 0, by: "Ada", demand: .create(creation)), on: truth)
    // A calm beginning of some length, so that the faults meet every stage.
    let armed = faults
    calm()
    for _ in 0..<(random.chance(50) ? 0 : random.below(60)) where !isOver { try quietStep() }
    faults = armed
    isHealed = false
    let end = steps + 20 + random.below(100)
    while steps < end, !isOver { try step() }
    // Whoever goes on after the end changes nothing.
    if isOver { for _ in 0..<5 { try personStep(random.below(persons.count)) } }
    try heal()
    try finish()
  }

  private var isOver: Bool {
    switch truth.standing {
    case .aborted, .completed: return true
    case .active, .paused: return false
    }
  }

  // MARK: - The journal

  /// Appends what was decided on a version, or says that history has moved on.
  private func append(_ events: [Event], decidedOn version: Int) throws(Failure) -> Bool {
    guard version == journal.count else { return false }
    for event in events {
      let before = truth
      truth.apply(event)
      journal.append(event)
      if isTracing { trace.append("      \(journal.count) \(event.by): \(event.fact)".prefix(160).description) }
      if let wrong = checker.see(event, before: before, after: truth) { throw fail(wrong) }
    }
    mix(UInt64(journal.count))
    if let wrong = checker.rest(truth) { throw fail(wrong) }
    if random.chance(1) { try replay() }
    return true
  }

  private func replay() throws(Failure) {
    let again = Session(replaying: journal)
    guard again == truth else { throw fail("a replay gives another session") }
    guard again.outstanding == truth.outstanding else { throw fail("a replay owes other effects") }
    if let wrong = checker.history(truth) { throw fail(wrong) }
  }

  /// Decides on a session and compares what the kernel says it would do with what it does.
  private func decided(_ order: Order, on session: Session) throws(Failure) -> [Event]? {
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
    if case .answer(let answer) = order.demand { try foresee(answer, events: events, session: session) }
    return events
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
    case .alreadyCreated, .notCreated, .ended, .unknownDecision, .withdrawn, .unknownOption, .stale, .noteRequired,
      .confirmationRequired, .field, .staleReport, .notNow:
      break
    }
  }

  private func foresee(_ answer: Answer, events: [Event], session: Session) throws(Failure) {
    guard let decision = session.decision(answer.decision), let option = decision.option(answer.option) else {
      throw fail("an answer was taken that fits no option")
    }
    let foreseen = preview(option, of: decision, in: session)
    var after = session
    for event in events { after.apply(event) }
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
    let ended = if case .aborted = after.standing { true } else { false }
    guard foreseen.irreversible.isEmpty != ended else { throw fail("\(option.id): the end was not foreseen") }
    guard !foreseen.next.isEmpty else { throw fail("\(option.id): nothing is said about what comes next") }
  }

  /// Decides and appends as a person's process does: on a conflict it reads on and decides again.
  @discardableResult
  private func submit(_ order: Order, on session: Session) throws(Failure) -> Bool {
    var view = session
    while true {
      guard let events = try decided(order, on: view) else { return false }
      if view.version == journal.count, random.chance(faults.conflict) {
        // Somebody else is faster by one harmless event, which must change no answer.
        let note = Order(at: 0, by: "Cy", demand: .note(.info, text: "hm"))
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
    if choice < 50 {
      try engineStep(random.below(engines.count))
    } else if choice < 72 {
      try deliver()
    } else if choice < 88 {
      try personStep(random.below(persons.count))
    } else {
      try misfortune()
    }
  }

  private func engineStep(_ index: Int) throws(Failure) {
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
    switch session.standing {
    case .aborted, .completed:
      if let epoch = engines[index].epoch, session.holder?.epoch == epoch {
        try plan(.releaseLease(epoch: epoch), engine: index)
      }
      return
    case .active, .paused: break
    }
    guard let epoch = engines[index].epoch else {
      if session.holder == nil || isHealed || random.chance(faults.takeOver) {
        try plan(.takeLease(holder: "engine \(index)", epoch: session.epoch + 1), engine: index)
      }
      return
    }
    guard session.epoch == epoch else {
      // A newer engine is there. One that does not notice asks on and must be refused.
      if let effect = session.outstanding.first {
        let order = Order(at: Moment(steps), by: "engine", demand: .start(effect, epoch: epoch))
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
    let order = Order(at: Moment(steps), by: "engine", demand: demand)
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
    case .takeLease(_, let epoch): engines[index].epoch = epoch
    case .releaseLease: engines[index].epoch = nil
    case .start(let effect, _): engines[index].toLaunch.append(effect)
    default: break
    }
  }

  private func launch(_ effect: Effect, engine index: Int) throws(Failure) {
    farSide[effect, default: 0] += 1
    say { "the far side begins \(effect.name)" }
    guard checker.wasStarted(effect) else { throw fail("\(effect.name) began without a record") }
    guard farSide[effect] == 1 else { throw fail("\(effect.name) was done twice") }
    engines[index].launched.append(effect)
    if !isHealed, random.chance(faults.silence) { return }
    let report = Report(
      effect: effect, demand: outcome(of: effect), engine: index, life: engines[index].life)
    reports.append(report)
    if random.chance(faults.duplicate) { reports.append(report) }
  }

  /// A report arrives: in any order, twice, or at an engine that has forgotten everything.
  private func deliver() throws(Failure) {
    guard !reports.isEmpty else { return }
    let report = reports.remove(at: random.below(reports.count))
    let index = report.engine
    guard !engines[index].isFrozen else { return reports.append(report) }
    guard engines[index].life == report.life || random.chance(30) else { return }
    if !isHealed, random.chance(faults.crash) { return crash(index) }
    let view = isHealed || random.chance(60) ? truth : engines[index].session
    let order = Order(at: Moment(steps), by: "engine", demand: report.demand)
    let was = checker.isInFlight(report.effect)
    let taken = try submit(order, on: view)
    say { "the report on \(report.effect.name) is \(taken ? "taken" : "refused")" }
    if taken, !was { throw fail("a report on \(report.effect.name) was taken late") }
    if was, !taken, view.version == truth.version { throw fail("a report on \(report.effect.name) was refused") }
    engines[index].session = truth
    if !isHealed, random.chance(faults.crash) { crash(index) }
  }

  private func misfortune() throws(Failure) {
    let index = random.below(engines.count)
    if random.chance(faults.crash) { return crash(index) }
    if random.chance(faults.freeze) {
      engines[index].isFrozen.toggle()
      return say { "engine \(index) \(self.engines[index].isFrozen ? "freezes" : "wakes")" }
    }
    if random.chance(faults.rogue) { try nonsense() }
  }

  private func crash(_ index: Int) {
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
    let (key, attempt) = effect.parts
    let id = String(key.split(separator: " ").last ?? "")
    let demand: Demand
    switch random.below(8) {
    case 0: demand = .start(effect, epoch: truth.epoch)
    case 1: demand = .start(effect, epoch: truth.epoch - 1)
    case 2: demand = .reportTask(id, attempt: attempt + 1, outcome: .finished(TaskReport()))
    case 3: demand = .reportTask(id, attempt: attempt - 1, outcome: .finished(TaskReport()))
    case 4: demand = .reportGate("nobody", attempt: 1, result: GateResult(passed: true, required: "", achieved: ""))
    case 5: demand = .takeLease(holder: "rogue", epoch: truth.epoch)
    case 6: demand = .releaseLease(epoch: truth.epoch - 1)
    default: demand = .create(creation)
    }
    say { "nonsense: \(demand)".prefix(100).description }
    if try submit(Order(at: 0, by: "engine", demand: demand), on: truth) {
      throw fail("nonsense was accepted: \(demand)")
    }
  }

  // MARK: - Persons

  private func personStep(_ index: Int) throws(Failure) {
    if random.chance(60) {
      persons[index].session = truth
      persons[index].seen += truth.openDecisions.filter { open in
        !persons[index].seen.contains { $0.id == open.id }
      }
    }
    let person = persons[index]
    let demand: Demand
    if isOver, random.chance(50) {
      demand = random.pick([.resume, .pause(reason: "late"), .abort(reason: "late", confirmation: creation.id)])
    } else if random.chance(faults.rests) {
      demand = .pause(reason: "lunch")
    } else if case .paused = person.session.standing, random.chance(40) {
      demand = .resume
    } else if random.chance(1) {
      demand = .abort(reason: "enough", confirmation: random.chance(50) ? creation.id : "yes")
    } else {
      let open = person.session.openDecisions
      let decision: Decision? =
        !open.isEmpty && random.chance(85)
        ? random.pick(open) : person.seen.isEmpty ? nil : random.pick(person.seen)
      guard let decision else { return }
      demand = .answer(answer(to: decision))
    }
    let order = Order(at: Moment(steps), by: person.name, demand: demand)
    if random.chance(faults.crash) { return say { "\(person.name)'s terminal is gone" } }
    let taken = try submit(order, on: person.session)
    say { "\(person.name): \(demand) \(taken ? "taken" : "refused")" }
    guard case .answer(let answer) = demand else { return }
    if taken { answers += 1 }
    try goOn(person, after: answer.decision)
    if taken, random.chance(20) {
      // The same key again, or a second person who saw the same: exactly one answer counts.
      let second = Order(at: Moment(steps), by: random.pick(persons).name, demand: .answer(answer))
      if try submit(second, on: random.chance(50) ? person.session : truth) {
        throw fail("\(answer.decision) took a second answer")
      }
    }
  }

  /// Whoever had several questions on the screen goes on with the next, also when it is settled meanwhile.
  private func goOn(_ person: Person, after answered: String) throws(Failure) {
    let others = person.session.openDecisions.filter { $0.id != answered }
    guard !others.isEmpty, random.chance(40) else { return }
    let order = Order(at: Moment(steps), by: person.name, demand: .answer(answer(to: random.pick(others))))
    let taken = try submit(order, on: truth)
    say { "\(person.name) goes on: \(order.demand) \(taken ? "taken" : "refused")" }
  }

  private func answer(to decision: Decision) -> Answer {
    let weighed = decision.options.filter { $0.effect != .abort || random.chance(4) }
    let option = random.pick(weighed.isEmpty ? decision.options : weighed)
    var digest = decision.digest
    if random.chance(8) { digest = random.pick(persons.flatMap(\.seen).map(\.digest) + [""]) }
    var fields: [FieldValue] = []
    if option.effect == .amend {
      for field in decision.fields where random.chance(70) {
        let known = BriefField(heading: field.name).flatMap { Briefs.values[$0] } ?? "?"
        let value = random.chance(85) ? known : random.pick(["TBD", "9", "spaceships", " "])
        fields.append(FieldValue(field: field.name, value: value))
      }
      if random.chance(5) { fields.append(FieldValue(field: "Horoscope", value: "Leo")) }
    }
    return Answer(
      decision: random.chance(2) ? "D-99" : decision.id, option: random.chance(4) ? "sing" : option.id,
      digest: digest, note: option.noteRequired && random.chance(85) ? "because" : "", fields: fields,
      confirmation: random.chance(80) ? option.confirm ?? "" : "", inAdvance: random.chance(5))
  }

  // MARK: - The far side

  private func outcome(of effect: Effect) -> Demand {
    switch effect {
    case .runGate(let id, let attempt):
      return .reportGate(id, attempt: attempt, result: gateResult(id))
    case .perform(let id, let attempt):
      guard let task = truth.task(id) else {
        return .reportTask(id, attempt: attempt, outcome: .failed(TaskFailure(cause: .hard, message: "no task")))
      }
      if random.chance(faults.taskFails) {
        let cause = random.pick(TaskFailure.Cause.allCases)
        return .reportTask(id, attempt: attempt, outcome: .failed(TaskFailure(cause: cause, message: "broken")))
      }
      return .reportTask(id, attempt: attempt, outcome: .finished(report(on: task)))
    }
  }

  private func gateResult(_ id: String) -> GateResult {
    if random.chance(faults.unavailable) {
      return GateResult(
        passed: random.chance(50), required: "r", achieved: "not checked", unavailable: "the tool is not there")
    }
    let fails = random.chance(faults.gateFails) || isHealed && random.chance(faults.stubbornness)
    return GateResult(
      passed: !fails, required: "r", achieved: fails ? "3" : "0",
      findings: fails ? [Finding(file: "a.py", line: 3, code: "E1", message: "odd")] : [],
      evidenceHash: String(random.next(), radix: 16))
  }

  private func report(on task: TaskRecord) -> TaskReport {
    var report = TaskReport(
      files: task.expectedFiles.map { FileClaim(path: $0, hash: String(random.next(), radix: 16)) })
    if !report.files.isEmpty, random.chance(faults.filesMissing) {
      report.files.remove(at: random.below(report.files.count))
    }
    switch task.performer {
    case "checkpoint":
      report.tree = String(random.next(), radix: 16)
    case "survey":
      report.shortcomings =
        random.chance(faults.shortcomings)
        ? (0...random.below(2)).map {
          Shortcoming(
            subject: "thing \($0) \(random.below(2))", reason: "r", canLeaveOut: isHealed || random.chance(70))
        } : []
    case "plan": report.planned = planned()
    default: break
    }
    if random.chance(10) { report.notices = ["look"] }
    return report
  }

  private func planned() -> [PlannedTask] {
    var tasks: [PlannedTask] = []
    let count = 1 + random.below(3)
    let flavour = random.below(3)
    for substage in truth.workflow.stages.flatMap(\.substages) where random.chance(90) {
      for number in 0..<count {
        let id = number == 0 ? substage.id : "\(substage.id)-\(number)\(flavour)"
        tasks.append(
          PlannedTask(
            id: "task-\(id)", title: id, substage: substage.id, role: "agent", performer: "code",
            files: ["src/\(id)/\(flavour).py"]))
      }
    }
    if random.chance(faults.hostilePlan), var bad = tasks.first {
      switch random.below(4) {
      case 0: break
      case 1: bad.id = "plan"
      case 2: bad.id = "checkpoint-\(bad.substage)"
      default:
        bad.id = "elsewhere"
        bad.substage = "9.9"
      }
      tasks.append(bad)
    }
    return tasks
  }

  // MARK: - The end

  /// All faults are gone and everybody is willing: the session must come to its end in a bounded number of steps.
  private func heal() throws(Failure) {
    calm()
    for index in engines.indices {
      // A frozen engine wakes with what it had in mind.
      engines[index].isFrozen = false
      if engines[index].decided != nil { try engineStep(index) }
    }
    var left = 60 + 25 * (truth.tasks.count + truth.planned.count + truth.workflow.gates.count) + 600
    while !isOver {
      left -= 1
      guard left > 0 else { throw fail("no end in sight: \(truth.state)") }
      try quietStep()
    }
    // The lease goes back, and every late report is refused.
    for index in engines.indices { for _ in 0..<3 { try engineStep(index) } }
    while !reports.isEmpty { try deliver() }
  }

  /// No faults from here on; only the stubbornness of the gates stays.
  private func calm() {
    say { "calm" }
    isHealed = true
    let stubbornness = faults.stubbornness
    faults = Faults()
    faults.stubbornness = stubbornness
  }

  private func quietStep() throws(Failure) {
    steps += 1
    guard reports.isEmpty else { return try deliver() }
    let version = journal.count
    for _ in 0..<3 { try engineStep(engines.count - 1) }
    if journal.count == version, reports.isEmpty { try willing() }
  }

  private func willing() throws(Failure) {
    let name = persons[0].name
    if case .paused = truth.standing {
      try submit(Order(at: Moment(steps), by: name, demand: .resume), on: truth)
      return
    }
    guard let decision = truth.openDecisions.first else { return }
    let screen = Person(name: name, session: truth)
    let wanted: [OptionEffect] = [.amend, .leaveOut, .approve, .retry, .waive, .requestChanges, .regenerate]
    let offered = decision.options.filter { wanted.contains($0.effect) }
    guard var option = wanted.lazy.compactMap({ effect in offered.first { $0.effect == effect } }).first else {
      throw fail("\(decision.id) offers no way on")
    }
    if decision.subjectGate != nil { option = random.pick(offered.filter { $0.effect != .regenerate }) }
    let wishes = offered.filter { $0.effect == .requestChanges || $0.effect == .regenerate }
    if wishesLeft > 0, !wishes.isEmpty, random.chance(30) {
      wishesLeft -= 1
      option = random.pick(wishes)
    }
    let answer = Answer(
      decision: decision.id, option: option.id, digest: decision.digest, note: "please",
      fields: option.effect == .amend
        ? decision.fields.map { field in
          FieldValue(
            field: field.name, value: BriefField(heading: field.name).flatMap { Briefs.values[$0] } ?? "?")
        } : [], confirmation: option.confirm ?? "")
    say { "\(name) settles \(decision.id) with \(option.id)" }
    guard try submit(Order(at: Moment(steps), by: name, demand: .answer(answer)), on: truth) else {
      throw fail("a willing answer to \(decision.id) was refused")
    }
    if case .aborted = truth.standing { return }
    try goOn(screen, after: decision.id)
  }

  private func finish() throws(Failure) {
    try replay()
    for (effect, count) in farSide where count != 1 || !checker.wasStarted(effect) {
      throw fail("\(effect.name) was done \(count) times")
    }
    for event in journal { if case .sessionAborted = event.fact { return } }
    guard case .completed = truth.standing else { throw fail("it ended as \(truth.state)") }
  }

  // MARK: - Words

  private func fail(_ what: String) -> Failure { Failure(step: steps, what: what) }

  private func say(_ words: () -> String) {
    guard isTracing else { return }
    trace.append("\(steps) \(words())")
  }

  private func mix(_ value: UInt64) { hash = (hash ^ value ^ random.next()) &* 0x100_0000_01b3 }

  private static func creation(_ random: inout SplitMix64) -> Creation {
    let kind = random.below(100)
    let workflow = kind < 62 ? Workflows.mini : kind < 82 ? Workflows.odd : kind < 99 ? Workflows.tiny : Workflows.full
    var replacing: [BriefField: String] = [
      .maturityLevel: String(1 + random.below(4)),
      .optionalModules: random.pick(["none", "bot", "workers", "payment, bot"]),
    ]
    var fields = workflow.fields.map(\.field)
    if random.chance(35) {
      fields = fields.filter { _ in random.chance(70) }
      if random.chance(30) { replacing[.maturityLevel] = random.pick(["7", "TBD", "2 or 3", "soon"]) }
      if random.chance(30) { replacing[.optionalModules] = random.pick(["none, bot", "spaceships"]) }
    }
    var advance: [AdvanceAnswer] = []
    if random.chance(25) {
      for _ in 0...random.below(3) {
        let playbook = random.pick(Workflows.playbooks)
        let option = random.pick(playbook.options)
        if option.effect == .abort, random.chance(90) { continue }
        let values = Briefs.values.sorted { $0.key.rawValue < $1.key.rawValue }
        advance.append(
          AdvanceAnswer(
            by: random.pick(["Ada", "Dee"]), playbook: playbook.id,
            subject: random.pick([nil, nil, "lint", "stage:1", "2", "task:plan", "nothing"]),
            option: random.chance(90) ? option.id : "sing", note: random.chance(70) ? "beforehand" : "",
            fields: option.effect == .amend
              ? values.filter { _ in random.chance(30) }.map { FieldValue(field: $0.key.title, value: $0.value) } : []))
      }
    }
    return Creation(
      id: "s", title: "t", workspace: "/w", briefText: Briefs.text(fields, replacing: replacing), workflow: workflow,
      level: random.chance(10) ? 1 + random.below(4) : nil, modules: random.chance(10) ? ["bot"] : nil,
      answers: advance)
  }
}
