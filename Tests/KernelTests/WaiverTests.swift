import Testing

@testable import Kernel

// covers Waiver.swift

@Suite("Waiver")
struct WaiverTests {
  /// A session in which two gates failed, and the first is waived until some end.
  private func waived(until: String, files: String = "", failing: Set<String> = ["lint", "types"]) throws -> Driver {
    var driver = try Driver.supervised()
    try driver.go(to: "gate-failed", failing: failing)
    // What can be mended is mended as often as it may.
    try driver.work(failing: failing)
    let fields = [
      FieldValue(field: Waiver.untilField, value: until), FieldValue(field: Waiver.scopeField, value: files),
    ].filter { !$0.value.isEmpty }
    let lint = try #require(driver.session.openDecisions.first { $0.subject == "gate:types" })
    try driver.order(
      .answer(
        Answer(decision: lint.id, option: "waive", digest: lint.digest, note: "later", fields: fields)))
    return driver
  }

  @Test(
    "What a person writes for its end is read, or refused with what can be written",
    arguments: [
      ("", Waiver.End.gateRuns), ("  ", .gateRuns), ("rerun", .gateRuns), ("The gate runs again", .gateRuns),
      ("files change", .fileChanges), ("FILE", .fileChanges), ("stage 4", .stageRuns(4)),
      ("Stage 5 runs", .stageRuns(5)),
      ("1970-01-02", .time(172_799_999)), ("2024-02-29", .time(1_709_251_199_999)),
    ])
  func reading(text: String, end: Waiver.End) throws {
    #expect(Session.waiverEnd(text, at: 1)?.end == end)
    #expect(try #require(Session.waiverEnd(text, at: 1)).words.isEmpty == false)
  }

  @Test(
    "No end is no end",
    arguments: ["soon", "stage", "2024-02-30", "2023-02-29", "2024-13-01", "24-01-01", "1970-01-01"])
  func unreadable(text: String) {
    #expect(Session.waiverEnd(text, at: 86_400_000)?.end == nil)
  }

  @Test(
    "A day ends with its last millisecond, in every year",
    arguments: [
      ("1970-01-01", 86_399_999), ("1970-03-01", 5_183_999_999), ("1972-02-29", 68_255_999_999),
      ("2000-02-29", 951_868_799_999), ("2026-12-24", 1_798_156_799_999), ("9999-12-31", 253_402_300_799_999),
    ] as [(String, Moment)])
  func days(text: String, moment: Moment) {
    #expect(Session.moment(ofDay: text) == moment)
  }

  @Test("A waiver says who, why, until when, and exactly what was accepted")
  func record() throws {
    let driver = try waived(until: "", failing: ["types"])
    let waiver = try #require(driver.session.waivers.first)
    #expect(waiver.gate == "types")
    #expect(waiver.by == "Ada")
    #expect(waiver.reason == "later")
    #expect(waiver.until == "the gate runs again")
    #expect(waiver.fingerprint == driver.session.gate("types")?.fingerprint)
    #expect(driver.session.state(of: waiver) == .standing)
    #expect(driver.session.gate("types")?.state == .waived)
  }

  @Test("Each of several waivers has a name of its own, also when their questions were open together")
  func names() throws {
    var driver = try waived(until: "")
    try driver.settle("gate-failed", "waive")
    #expect(Set(driver.session.waivers.map(\.id)).count == 2)
    #expect(driver.session.standingWaivers.count == 2)
  }

  @Test("Time ends it: exactly its own gate opens again, and what rested on it is made anew")
  func time() throws {
    var driver = try waived(until: "1970-01-04", failing: ["lint", "types"])
    try driver.settle("gate-failed", "waive")
    try driver.work()
    let question = try driver.open()
    #expect(question.playbook == "sign-off")
    #expect(driver.session.nextAlarm == 259_199_999)
    #expect(try driver.pass(to: 259_199_998).isEmpty)
    let reminded = try driver.pass(to: 259_199_999)
    #expect(Driver.kinds(reminded) == ["waiverReminded"])
    #expect(driver.session.nextAlarm == 345_600_000)
    let ended = try driver.pass(to: 345_600_000)
    #expect(Driver.kinds(ended) == ["waiverEnded", "decisionWithdrawn"])
    #expect(driver.session.gateStates == ["lint waived", "style done", "types todo"])
    #expect(driver.session.outstanding.map(\.subject) == ["gate:types"])
    #expect(driver.session.state(of: driver.session.waivers[0]) == .ended)
    #expect(driver.session.task("report")?.state == .todo)
    // What stands behind the gates in their own stage rests on them too.
    #expect(driver.session.task("checklist")?.state == .todo)
    #expect(driver.session.task("tools")?.state == .done)
    try driver.work()
    #expect(try driver.open().playbook == "sign-off")
    #expect(driver.session.gateStates == ["lint waived", "style done", "types done"])
  }

  @Test("A changed file ends it, whoever finds out: a look, a picture, or a task's report")
  func files() throws {
    var driver = try waived(until: "file changes", files: "src/3.1.py", failing: ["types"])
    try driver.work()
    #expect(try driver.open().playbook == "sign-off")
    try driver.order(.look(tree: "other", changes: ["src/3.2.py"]))
    #expect(driver.session.standingWaivers.count == 1)
    try driver.order(.look(tree: "another", changes: ["src/3.1.py"]))
    #expect(driver.session.standingWaivers.isEmpty)
    #expect(driver.session.waivers[0].ended == "src/3.1.py changed")
    #expect(driver.session.gateStates == ["lint done", "style done", "types todo"])
  }

  @Test("A stage that runs again ends it")
  func stage() throws {
    var driver = try waived(until: "stage 5", failing: ["types"])
    try driver.work()
    try driver.settle("sign-off", "request-changes")
    #expect(driver.session.waivers[0].ended == "stage 5 runs again")
    #expect(driver.session.outstanding.map(\.subject) == ["gate:types"])
    #expect(try waived(until: "", failing: ["types"]).refusedEnd("stage 77")?.words.why.contains("no stage 77") == true)
  }

  @Test(
    "Gates that run again on the same findings stay waived; another finding, or a plain waiver, is asked about anew")
  func rerun() throws {
    for (until, state) in [("1970-01-02", Progress.waived), ("", .failed)] {
      var driver = try waived(until: until, failing: ["types"])
      try driver.work()
      try driver.settle("sign-off", "regenerate")
      #expect(driver.session.state(of: driver.session.waivers[0]) == (until.isEmpty ? .ended : .orphaned))
      try driver.work(failing: ["types"])
      #expect(driver.session.gate("types")?.state == state)
    }
    var driver = try waived(until: "1970-01-02", failing: ["types"])
    try driver.work()
    try driver.settle("sign-off", "regenerate")
    try driver.work(until: "types")
    let attempt = try #require(driver.session.gate("types")).attempt
    try driver.start(.runGate("types", attempt: attempt))
    try driver.order(
      .reportGate("types", attempt: attempt, result: GateResult(passed: false, required: "0", achieved: "4")),
      by: "engine")
    #expect(driver.session.gate("types")?.state == .failed)
    #expect(driver.session.waivers[0].ended == "the gate found something else than was accepted")
  }

  @Test("A waiver that ends when its gate runs covers nothing of another run")
  func plainRerun() throws {
    var session = try waived(until: "", failing: ["types"]).session
    let result = GateResult(passed: false, required: "0", achieved: "3")
    session.apply(Event(at: 1, by: "engine", fact: .gateReported(gate: "types", attempt: 2, result: result)))
    #expect(session.gate("types")?.state == .failed)
    #expect(session.waivers[0].ended == "its gate ran again")
  }

  @Test("A gate that passes later leaves its waiver an orphan, and nothing shows it as standing")
  func orphan() throws {
    var driver = try waived(until: "1970-01-02", failing: ["types"])
    try driver.work()
    try driver.settle("sign-off", "regenerate")
    try driver.work()
    #expect(driver.session.gate("types")?.state == .done)
    #expect(driver.session.state(of: driver.session.waivers[0]) == .orphaned)
    #expect(driver.session.standingWaivers.isEmpty)
    // Its time passes without opening anything.
    try driver.pass(to: 172_800_000)
    #expect(driver.session.gate("types")?.state == .done)
  }

  @Test("No more may stand than the workflow allows: the next is not offered, and refused where it was offered before")
  func cap() throws {
    var workflow = Workflows.whole
    workflow.waiverCap = 1
    var driver = try Driver.supervised(workflow)
    try driver.go(to: "gate-failed", failing: ["lint", "types"])
    try driver.work(failing: ["lint", "types"])
    #expect(driver.session.openDecisions.count == 2)
    try driver.answer("waive")
    let refusal = try driver.refused("gate-failed", "waive")
    guard case .notNow(_, let because, _) = refusal else {
      Issue.record("a second waiver: \(String(describing: refusal))")
      return
    }
    #expect(because.contains("1 waivers stand already"))
    guard case .notNow = try driver.refused("gate-failed", "defer") else {
      Issue.record("a second waiver under another name")
      return
    }
    try driver.settle("gate-failed", "retry")
    try driver.work(failing: ["lint", "types"])
    let offered = try driver.open().options.map(\.effect)
    #expect(!offered.contains(.waive))
    #expect(!offered.contains(.postpone))
  }

  @Test("A waiver for files needs files that somebody made")
  func scope() throws {
    var driver = try Driver.supervised()
    try driver.go(to: "gate-failed", failing: ["types"])
    #expect(driver.refusedScope("nothing.py")?.words.why.contains("no task made the file nothing.py") == true)
    #expect(driver.refusedScope("")?.words.why.contains("no file is known to watch") == true)
    try driver.settle(
      "gate-failed", "waive",
      fields: [
        FieldValue(field: "until", value: "file"), FieldValue(field: "files", value: "src/3.1.py, src/3.2.py"),
        FieldValue(field: "compensating action", value: "by hand"),
      ])
    let waiver = try #require(driver.session.waivers.first)
    #expect(waiver.scope.map(\.path) == ["src/3.1.py", "src/3.2.py"])
    #expect(waiver.compensation == "by hand")
  }
}

extension Driver {
  /// Lets time pass and be noticed.
  @discardableResult
  mutating func pass(to moment: Moment) throws -> [Event] {
    clock = moment - 1
    return try order(.tick, by: "engine")
  }

  fileprivate func refusedScope(_ files: String) -> Refusal? {
    let fields = [
      FieldValue(field: Waiver.untilField, value: "file changes"), FieldValue(field: Waiver.scopeField, value: files),
    ].filter { !$0.value.isEmpty }
    return try? refused("gate-failed", "waive", fields: fields)
  }

  fileprivate func refusedEnd(_ until: String) throws -> Refusal? {
    var driver = try Driver.supervised()
    try driver.go(to: "gate-failed", failing: ["types"])
    return try driver.refused("gate-failed", "waive", fields: [FieldValue(field: Waiver.untilField, value: until)])
  }
}
