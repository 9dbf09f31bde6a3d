@testable import Kernel

/// Where effects are done: agents, gates and the disk. Only what is in flight by the journal may touch the disk.
extension Simulation {
  func launch(_ effect: Effect, engine index: Int) throws(Failure) {
    farSide[effect, default: 0] += 1
    say { "the far side begins \(effect.name)" }
    guard checker.wasStarted(effect) else { throw fail("\(effect.name) began without a record") }
    guard farSide[effect] == 1 else { throw fail("\(effect.name) was done twice") }
    engines[index].launched.append(effect)
    let report = Report(
      effect: effect, demand: outcome(of: effect), engine: index, life: engines[index].life)
    if !isHealed, random.chance(faults.silence) { return }
    reports.append(report)
    if random.chance(faults.duplicate) { reports.append(report) }
  }

  private func outcome(of effect: Effect) -> Demand {
    let mayTouch = truth.inFlight.contains(effect)
    switch effect {
    case .runGate(let id, let attempt):
      return .reportGate(id, attempt: attempt, result: gateResult(id))
    case .keep(let attempt):
      if random.chance(faults.keeping) { return .reportKept(attempt: attempt, outcome: .failed("no room")) }
      let edits = disk.changes(since: truth.keptTree)
      let files = disk.files.sorted { $0.key < $1.key }.map { FileClaim(path: $0.key, hash: $0.value) }
      return .reportKept(attempt: attempt, outcome: .kept(tree: disk.keep(), files: files, edits: edits))
    case .restore(let id, let attempt): return restore(id, attempt: attempt, mayTouch: mayTouch)
    case .inspect(let subject, let attempt):
      let files = disk.files.sorted { $0.key < $1.key }.map { FileClaim(path: $0.key, hash: $0.value) }
      return .reportInspection(subject, attempt: attempt, files: files)
    case .probe(let id, let attempt): return .reportRestoredDependency(id, attempt: attempt, words: "back")
    case .perform(let id, let attempt):
      guard let task = truth.task(id) else {
        return .reportTask(id, attempt: attempt, outcome: .failed(TaskFailure(cause: .hard, message: "no task")))
      }
      if random.chance(faults.taskFails) {
        // Half of it may be there.
        if mayTouch, let first = task.expectedFiles.first { disk.write(first, "half \(random.below(1_000))") }
        return .reportTask(id, attempt: attempt, outcome: .failed(failure()))
      }
      let report = report(on: task)
      if mayTouch {
        for claim in report.files { disk.write(claim.path, claim.hash) }
        if !task.expectedFiles.isEmpty, report.files.count == task.expectedFiles.count {
          written[effect] = report.files
        }
      }
      return .reportTask(id, attempt: attempt, outcome: .finished(report))
    }
  }

  private func restore(_ id: Int, attempt: Int, mayTouch: Bool) -> Demand {
    guard mayTouch, let owed = truth.restoration else {
      return .reportRestored(id, attempt: attempt, outcome: .failed("nothing is owed"))
    }
    if random.chance(faults.keeping) {
      // It may have got half way.
      if random.chance(50), let path = disk.files.keys.min() { disk.remove(path) }
      return .reportRestored(id, attempt: attempt, outcome: .failed("no room"))
    }
    guard disk.restore(owed.tree) else {
      return .reportRestored(id, attempt: attempt, outcome: .failed("there is no such picture"))
    }
    hasUnseenEdit = false
    return .reportRestored(id, attempt: attempt, outcome: .restored(restored: 1, removed: 1))
  }

  private func failure() -> TaskFailure {
    if random.chance(faults.outage) {
      let name = random.pick(["PyPI does not answer", "the Registry gave 503", "weather: timeout"])
      return TaskFailure(cause: .environment, message: name)
    }
    let message = random.pick(["broken", "broken", "assert 1 == 2", "no .env"])
    return TaskFailure(cause: random.pick(TaskFailure.Cause.allCases), message: message)
  }

  private func gateResult(_ id: String) -> GateResult {
    if random.chance(faults.unavailable) {
      return GateResult(
        passed: random.chance(50), required: "r", achieved: "not checked", unavailable: "the tool is not there")
    }
    let fails = random.chance(faults.gateFails) || isHealed && random.chance(faults.stubbornness)
    let file = truth.tasks.first { $0.substage != nil && !$0.files.isEmpty }?.files.first?.path ?? "a.py"
    return GateResult(
      passed: !fails, required: "r", achieved: fails ? String(3 + random.below(2)) : "0",
      findings: fails ? [Finding(file: file, line: 3, code: "E1", message: "odd")] : [],
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
      report.tree = disk.keep()
      report.files = disk.files.sorted { $0.key < $1.key }.map { FileClaim(path: $0.key, hash: $0.value) }
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

  /// Somebody changes a file by hand.
  func edit() {
    guard let path = random.chance(80) ? disk.files.keys.sorted().first : "notes.txt" else { return }
    if random.chance(20) { disk.remove(path) } else { disk.write(path, "by hand \(random.below(1_000))") }
    edited.insert(path)
    hasUnseenEdit = true
    say { "somebody edits \(path)" }
  }

  /// What the session says of the files must be so on the disk, whenever nothing is under way.
  func checkDisk() throws(Failure) {
    guard isTrusted, truth.restoration == nil, truth.inFlight.isEmpty else { return }
    if truth.isKept, !hasUnseenEdit, disk.tree != truth.keptTree {
      throw fail("the newest picture does not show the files, and the session thinks it does")
    }
    for task in truth.tasks where task.state == .done {
      for claim in task.files where disk.files[claim.path] != claim.hash && !edited.contains(claim.path) {
        throw fail("\(task.id) is done, and its file \(claim.path) is another")
      }
    }
  }
}
