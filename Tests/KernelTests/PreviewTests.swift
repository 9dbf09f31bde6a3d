import Testing

@testable import Kernel

// covers Preview.swift

@Suite("Preview")
struct PreviewTests {
  private func driver(until playbook: String, failing: Set<String> = []) throws -> Driver {
    var driver = try Driver()
    for _ in 0..<10 {
      try driver.work(failing: failing)
      if try driver.open().playbook == playbook { return driver }
      try driver.answer("approve")
    }
    Issue.record("\(playbook) is never asked")
    return driver
  }

  private func preview(_ option: String, in driver: Driver) throws -> Consequences {
    let decision = try driver.open()
    return Kernel.preview(try #require(decision.option(option)), of: decision, in: driver.session)
  }

  @Test("Approving says what comes next and voids nothing")
  func approve() throws {
    let driver = try driver(until: "approve-intake")
    let consequences = try preview("approve", in: driver)
    #expect(consequences.next == "Next: plan.")
    #expect(consequences.substagesRerun.isEmpty)
    #expect(consequences.approvalsVoided.isEmpty)
    #expect(consequences.irreversible.isEmpty)
    #expect(consequences.filesKept == 1)
  }

  @Test("Regenerating names every sub-stage that runs again, and the approvals that fall")
  func regenerate() throws {
    let driver = try driver(until: "sign-off")
    let consequences = try preview("regenerate", in: driver)
    #expect(consequences.substagesRerun == ["3.1", "3.1b", "3.2"])
    #expect(consequences.approvalsVoided == [])
    #expect(consequences.next == "Next: 3.1 (attempt 2).")
  }

  @Test("Changes in a stage with two approvals name the one that falls")
  func changes() throws {
    var driver = try Driver(Workflows.odd, brief: Briefs.text(replacing: [.optionalModules: "none"]))
    let task = try #require(driver.session.task("plan"))
    var report = Driver.report(for: task)
    report.planned = Driver.plan(["1.1"])
    try driver.perform("plan", .finished(report))
    try driver.answer("approve")
    try driver.work()
    let consequences = try preview("request-changes", in: driver)
    #expect(consequences.approvalsVoided == ["1 approve-plan"])
    #expect(consequences.next == "Next: plan (attempt 2).")
  }

  @Test("Waiving names the gate, retrying its next attempt")
  func gate() throws {
    let driver = try driver(until: "gate-failed", failing: ["lint"])
    #expect(try preview("waive", in: driver).waivers == ["lint"])
    #expect(try preview("waive", in: driver).next == "Next: checklist.")
    #expect(try preview("retry", in: driver).next == "Next: the gate lint runs (attempt 2).")
    #expect(try preview("retry", in: driver).waivers.isEmpty)
  }

  @Test("Retrying a task says how many attempts it gets")
  func task() throws {
    var driver = try Driver()
    try driver.perform("survey", .failed(TaskFailure(cause: .hard, message: "m")))
    #expect(try preview("retry", in: driver).attemptsLeft == 2)
    #expect(try preview("pause", in: driver).attemptsLeft == nil)
  }

  @Test("Resting can be taken back, ending cannot")
  func ends() throws {
    let driver = try driver(until: "approve-plan")
    #expect(try preview("pause", in: driver).next == "Everything rests until somebody resumes the session.")
    #expect(try preview("pause", in: driver).irreversible.isEmpty)
    #expect(try preview("abort", in: driver).next == "Work stops; files, journal and report stay.")
    #expect(try preview("abort", in: driver).irreversible == ["The session ends; it cannot be resumed."])
  }

  @Test("Filling in a brief promises only that it is looked at again")
  func amend() throws {
    let driver = try Driver(brief: "# T")
    #expect(try preview("fill", in: driver).next == "The brief is checked again with what you fill in.")
  }

  @Test("Looking changes nothing, and the last step says that it is the last")
  func pure() throws {
    let driver = try driver(until: "sign-off")
    let before = driver.session
    for option in try driver.open().options { _ = try preview(option.id, in: driver) }
    #expect(driver.session == before)
    #expect(try preview("approve", in: driver).next == "Next: package.")
    #expect(Consequences() == Consequences())
  }
}
