import Kernel
import Screen
import Testing

@testable import Console

// covers DialogView.swift, Dialog.swift, Effects.swift, Ledger.swift, Why.swift, LeaveSafe.swift, Weighing.swift

@Suite("Frames of recovery")
struct RecoveryGoldenTests {
  static let sizes = GoldenTests.sizes

  private func console(_ size: Size, _ engine: FakeEngine, after: Int64 = 12_000) -> Model {
    var model = Model.console(size.columns, size.rows)
    model.send(.moment(engine.moment + after))
    model.send(.sessions([engine.snapshot]))
    return model
  }

  /// A session in verification whose coverage gate failed.
  static func failed(_ gates: Set<String> = ["coverage"], id: String = "hotel") -> FakeEngine {
    var engine = FakeEngine(id, workflow: Fixture.recovering)
    engine.failing = gates
    engine.work()
    engine.answer("approve")
    engine.work()
    return engine
  }

  /// What the shell would find in the workspace.
  static func found(_ weighing: Weighing) -> Consequences {
    var found = weighing.consequences
    guard found.restoresTree != nil else { return found }
    found.filesDiscarded = 12
    found.linesDiscarded = 311
    found.filesRestored = 1
    found.filesKept = 3
    found.personEdits = ["app/main.py", "app/settings/local.py"]
    return found
  }

  @Test("an option's consequences are shown in full, with the edits that are the person's own", arguments: sizes)
  func consequences(_ size: Size) {
    var model = console(size, RecoveryGoldenTests.failed())
    let asked = model.press("D").compactMap { if case .weigh(let weighing) = $0 { weighing } else { nil } }
    #expect(asked.compactMap(\.option) == ["back"])
    model.wait(500)
    model.press("end", "b")
    Golden.expect(model, "recovery-looking")
    for weighing in asked { model.send(.weighed(weighing, RecoveryGoldenTests.found(weighing), trouble: nil)) }
    Golden.expect(model, "recovery-consequences")
    model.press("right")
    Golden.expect(model, "recovery-consequences-full")
  }

  @Test("a waiver's fields are asked only when the waiver is chosen", arguments: sizes)
  func fields(_ size: Size) {
    var model = console(size, RecoveryGoldenTests.failed())
    model.press("D")
    model.wait(500)
    model.press("end")
    #expect(!model.view().text.contains("Compensating action"))
    model.press("v")
    Golden.expect(model, "recovery-waiver-chosen")
    model.press("tab")
    model.type("2026-12-24")
    Golden.expect(model, "recovery-waiver-field")
  }

  @Test("what changed since the person looked stands at the top", arguments: sizes)
  func changed(_ size: Size) {
    var engine = RecoveryGoldenTests.failed()
    var decision = engine.session.openDecisions[0]
    decision.changes = ["app/main.py", "app/settings/local.py", "tests/test_orders.py"]
    engine.session.decisions[engine.session.decisions.count - 1] = decision
    var model = console(size, engine)
    model.press("D")
    model.wait(500)
    Golden.expect(model, "recovery-changed")
  }

  @Test("going back picks a stage, and sub-stages of the code", arguments: sizes)
  func rollBack(_ size: Size) {
    var model = console(size, RecoveryGoldenTests.failed())
    model.press("enter", "R", "down", "down", "space")
    Golden.expect(model, "recovery-rollback")
  }

  @Test("undo shows what it would change, and needs the session's name", arguments: sizes)
  func undo(_ size: Size) {
    var engine = RecoveryGoldenTests.failed()
    engine.answer("again", note: "with tests for refunds")
    engine.work(effects: 2)
    var model = console(size, engine)
    model.press("enter")
    let asked = model.press("u").compactMap { if case .weigh(let weighing) = $0 { weighing } else { nil } }
    for weighing in asked { model.send(.weighed(weighing, RecoveryGoldenTests.found(weighing), trouble: nil)) }
    model.wait(500)
    model.press("right", "tab")
    model.type("hot")
    Golden.expect(model, "recovery-undo")
  }

  @Test("a change is written down, or replaces a field", arguments: sizes)
  func change(_ size: Size) {
    var model = console(size, RecoveryGoldenTests.failed())
    model.press("enter", "C")
    model.type("Must: cancel by text message")
    Golden.expect(model, "recovery-change")
    model.press("tab", "down")
    Golden.expect(model, "recovery-change-field")
  }

  @Test("a waiver is a debt wherever it is shown", arguments: sizes)
  func waiver(_ size: Size) {
    var engine = RecoveryGoldenTests.failed()
    engine.answer(
      "waive", note: "only a prototype",
      fields: [
        FieldValue(field: Waiver.untilField, value: "2026-12-24"),
        FieldValue(field: Waiver.compensationField, value: "a manual test before each release"),
      ])
    engine.work()
    var model = console(size, engine)
    model.press("enter", "2")
    Golden.expect(model, "recovery-needs")
    model.press("4", "enter")
    Golden.expect(model, "recovery-waiver")
  }

  @Test("a loop is stopped with its attempts", arguments: sizes)
  func loop(_ size: Size) {
    var engine = FakeEngine("hotel", workflow: Fixture.recovering)
    engine.broken = ["plan"]
    engine.work()
    engine.answer("retry", note: "again")
    engine.work()
    engine.answer("retry", note: "once more")
    engine.work()
    engine.session.decisions[engine.session.decisions.count - 1].digest = "9f3c4be1c0ffee00"
    var model = console(size, engine)
    model.press("D")
    model.wait(500)
    Golden.expect(model, "recovery-loop")
    model.press("f4")
    Golden.expect(model, "recovery-why")
  }

  @Test("a wait for something outside says that it looks again by itself", arguments: sizes)
  func dependency(_ size: Size) {
    var engine = FakeEngine("hotel", workflow: Fixture.recovering)
    engine.unreachable = ["plan"]
    engine.work()
    engine.answer("wait")
    engine.begin()
    var model = console(size, engine, after: 300_000)
    model.press("enter", "2")
    Golden.expect(model, "recovery-wait")
    model.press("enter")
    Golden.expect(model, "recovery-wait-detail")
  }

  @Test("leaving says what would happen meanwhile", arguments: sizes)
  func leave(_ size: Size) {
    var model = console(size, RecoveryGoldenTests.failed())
    model.press("q")
    Golden.expect(model, "recovery-leave")
  }

  @Test("ending asks by its question, and what is open is seen on record", arguments: sizes)
  func ending(_ size: Size) {
    var engine = RecoveryGoldenTests.failed()
    engine.take(.undo(reason: "too early"), by: "ana")
    engine.work()
    var model = console(size, engine)
    model.press("enter", "X")
    Golden.expect(model, "recovery-ending")
    model.press("esc", "2", "z")
    Golden.expect(model, "recovery-record")
  }
}
