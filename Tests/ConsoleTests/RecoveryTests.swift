import Kernel
import Screen
import Testing

@testable import Console

// covers Dialog.swift, Weighing.swift, Effects.swift, Ledger.swift, Why.swift, LeaveSafe.swift, Answering.swift

@Suite("Going back, changing, ending, and what stands on record")
struct RecoveryTests {
  private func failed() -> Desktop { Desktop([RecoveryGoldenTests.failed()], 120, 40) }

  @Test("only the chosen option's fields are asked and sent, and optional ones may stay empty")
  func fields() {
    var desk = failed()
    desk.press("D")
    desk.wait(500)
    #expect(desk.model.card?.fields.isEmpty == true)
    desk.press("end", "v", "tab")
    desk.type("2026-12-24")
    // Enter in a text of one line goes on; the files stay empty.
    desk.press("enter")
    desk.type("a manual test")
    desk.press("enter", "enter", "enter")
    #expect(desk.model.card?.focus == .options)
    desk.press("shift-tab")
    desk.type("only a prototype")
    desk.press("enter", "enter", "enter")
    let answers = desk.submitted.compactMap { if case .answer(let answer) = $0 { answer } else { nil } }
    #expect(
      answers.map(\.fields) == [
        [
          FieldValue(field: "Until", value: "2026-12-24"),
          FieldValue(field: "Compensating action", value: "a manual test"),
        ]
      ])
    #expect(desk.engines[0].session.standingWaivers.map(\.compensation) == ["a manual test"])
    #expect(desk.engines[0].session.gate("coverage")?.word == .waived)
  }

  @Test("fields typed for one option are not sent with another")
  func otherFields() {
    var desk = failed()
    desk.press("D")
    desk.wait(500)
    desk.press("end", "v", "tab")
    desk.type("2026-12-24")
    desk.press("esc", "r", "enter", "enter")
    let answers = desk.submitted.compactMap { if case .answer(let answer) = $0 { answer } else { nil } }
    #expect(answers.map(\.option) == ["retry"])
    #expect(answers.map(\.fields) == [[]])
  }

  @Test("an answer that touches files waits until somebody looked at them, and a failed look is said")
  func looking() {
    var model = Model.console(120, 40)
    let engine = RecoveryGoldenTests.failed()
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    let asked = model.press("D").compactMap { if case .weigh(let weighing) = $0 { weighing } else { nil } }
    model.wait(500)
    model.press("end", "b", "enter")
    #expect(model.view().text.contains("Not sent: the files are still being looked at."))
    guard let weighing = asked.first(where: { $0.option == "back" }) else {
      Issue.record("nobody was asked to look")
      return
    }
    // What was found out for something else is passed over.
    var other = weighing
    other.consequences.filesKept += 1
    model.send(.weighed(other, other.consequences, trouble: nil))
    #expect(model.card?.effects["back"]?.isLooking == true)
    model.send(.weighed(weighing, weighing.consequences, trouble: "the folder is gone"))
    #expect(model.view().text.contains("could not be looked at: the folder is gone"))
    model.press("enter", "enter")
    #expect(model.card?.focus == .confirmation)
  }

  @Test("opening a question on kept files asks once whether they are still the same")
  func look() {
    var model = Model.console(120, 40)
    let engine = RecoveryGoldenTests.failed()
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    let id = engine.session.openDecisions[0].id
    #expect(model.press("D").contains(.look(session: "hotel", decision: id)))
    model.press("esc")
    #expect(!model.press("D").contains(.look(session: "hotel", decision: id)))
  }

  @Test("when the files moved, the card waits, follows the question asked anew, and keeps what was typed")
  func moved() {
    var desk = failed()
    let first = desk.engines[0].session.openDecisions[0]
    desk.press("D")
    desk.wait(500)
    desk.press("end", "v", "shift-tab")
    desk.type("only a prototype")
    desk.press("enter")
    desk.nextResult = .filesMoved(["app/main.py"])
    desk.press("enter", "enter", "enter")
    #expect(desk.model.card?.phase == .awaited)
    #expect(desk.model.view().text.contains("app/main.py changed since it was shown"))
    // Typing on does nothing here.
    desk.press("enter", "v", "enter", "q")
    #expect(desk.model.place == .decision)
    desk.engines[0].take(.look(tree: "0ther", changes: ["app/main.py"]), by: "ana")
    desk.engines[0].edits = ["app/main.py"]
    desk.work()
    let second = desk.engines[0].session.openDecisions[0]
    #expect(second.id != first.id)
    #expect(desk.model.card?.key.decision == second.id)
    #expect(desk.model.card?.phase == .open)
    #expect(desk.model.card?.isArmed == false)
    #expect(desk.model.card?.choice == nil)
    #expect(desk.model.draft.note.text == "only a prototype")
    #expect(desk.model.view().text.contains("Changed since it was asked before: 1 file"))
    desk.wait(500)
    desk.press("end", "v", "enter", "enter")
    #expect(desk.engines[0].session.waivers.map(\.reason) == ["only a prototype"])
  }

  @Test("R raises the question of scenario 7 and opens nothing; its answer needs the name")
  func rollBack() {
    var desk = failed()
    desk.press("enter", "R")
    desk.wait(500)
    #expect(desk.model.view().text.contains("Back to 3 Generate"))
    desk.press("down", "down", "space", "tab")
    desk.type("the model was wrong")
    desk.press("enter", "right", "enter")
    #expect(desk.submitted == [.rollBack(to: 3, substages: ["3.2"], reason: "the model was wrong")])
    #expect(desk.model.place == .session("hotel"))
    #expect(desk.model.view().text.contains("hotel needs you: Go back to 3 Generate?   D opens it first"))
    let asked = desk.engines[0].session.openDecisions.first { $0.situation == "rollback-requested" }
    #expect(asked != nil)
    desk.press("R")
    #expect(desk.model.view().text.contains("Not now: it is asked already; D opens it."))
    // It holds up everything else, so it comes before the one that has waited longer.
    desk.press("D")
    #expect(desk.model.card?.shown.id == asked?.id)
    desk.wait(500)
    desk.press("end", "b", "enter", "enter")
    desk.type("hotel")
    desk.press("enter")
    #expect(desk.engines[0].session.rollbacks.map(\.substages) == [["3.2"]])
  }

  @Test("a stage is picked whole when nothing below it is ticked")
  func wholeStage() {
    var desk = failed()
    desk.press("enter", "R")
    desk.wait(500)
    desk.press("end", "down", "down", "down", "right", "enter")
    #expect(desk.submitted == [.rollBack(to: 2, substages: [], reason: "")])
  }

  @Test("C raises the question of scenario 5; what the kernel would refuse is said where it was typed")
  func change() {
    var desk = failed()
    desk.press("enter", "C")
    desk.wait(500)
    desk.press("tab", "right", "enter")
    #expect(desk.submitted.isEmpty)
    #expect(desk.model.view().text.contains("it says nothing; write what shall be different"))
    desk.press("tab")
    desk.type("cancel by text message")
    desk.press("enter")
    desk.type("- Should: rooms with a view")
    desk.press("tab", "right", "enter")
    #expect(desk.submitted == [.change(text: "cancel by text message\n- Should: rooms with a view", field: nil)])
    #expect(desk.engines[0].session.openDecisions.contains { $0.scenario == 5 })
  }

  @Test("a change may replace one field, and the editor may write it")
  func changeField() {
    var desk = failed()
    desk.press("enter", "C")
    desk.wait(500)
    desk.press("f3")
    let purpose = EditorPurpose.dialog(session: "hotel", text: 0)
    #expect(desk.intents.last == .openEditor(purpose, text: ""))
    desk.send(.edited(purpose, "Guests book by themselves."))
    desk.press("tab", "down")
    #expect(desk.model.view().text.contains("Now: Clients book rooms"))
    desk.press("right", "enter")
    #expect(desk.submitted == [.change(text: "Guests book by themselves.", field: "Business context")])
  }

  @Test("u takes the last answer back, only with the name and after a look")
  func undo() {
    var desk = failed()
    desk.press("D")
    desk.wait(500)
    desk.press("end", "r", "enter", "enter")
    #expect(desk.engines[0].session.openDecisions.isEmpty)
    desk.wait(500)
    desk.press("enter", "u")
    #expect(desk.model.view().text.contains("Answered: Run it again"))
    desk.press("right", "enter")
    #expect(desk.model.view().text.contains("Not done: keep still for a moment"))
    desk.wait(500)
    desk.press("enter")
    #expect(desk.model.dialog?.typing == 0)
    desk.type("hotel")
    desk.press("tab")
    desk.type("too fast")
    desk.press("enter", "enter")
    #expect(desk.submitted.last == .undo(reason: "too fast"))
    #expect(desk.engines[0].session.undone.count == 1)
    desk.press("2", "z")
    #expect(desk.model.view().text.contains("(taken back)"))
    #expect(desk.model.view().text.contains("took back: Run it again"))
  }

  @Test("where nothing can be undone, u says why")
  func nothingToUndo() {
    var engine = FakeEngine("hotel", workflow: Fixture.recovering)
    engine.work()
    var desk = Desktop([engine], 120, 40)
    desk.press("u")
    #expect(desk.model.view().text.contains("Not now: no answer was given that could be taken back."))
    // What was said to be final before it was chosen cannot be taken back either.
    desk.engines[0].answer("approve")
    for place in desk.engines[0].session.decisions[0].options.indices {
      desk.engines[0].session.decisions[0].options[place].isReversible = false
    }
    desk.publish()
    desk.press("u")
    #expect(desk.model.view().text.contains("Not now: the last answer cannot be taken back, as was said before"))
    #expect(desk.submitted.isEmpty)
  }

  @Test("while files are being put back, the dialog says so and offers only to close")
  func undoWhileRestoring() {
    var engine = RecoveryGoldenTests.failed()
    engine.answer("retry")
    engine.session.restoration = Restoration(id: 1, tree: "abc", reason: "an undo")
    var desk = Desktop([engine], 120, 40)
    desk.press("u")
    #expect(desk.model.view().text.contains("files are being put back. Wait until that is"))
    #expect(desk.model.dialog?.choices == ["Close"])
    desk.wait(500)
    desk.press("right", "enter")
    #expect(desk.submitted.isEmpty)
    #expect(desk.model.dialog == nil)
  }

  @Test("X raises the question of scenario 8 while the session works; twice opens it")
  func ending() {
    var desk = failed()
    desk.press("enter", "X")
    desk.wait(500)
    desk.press("tab")
    desk.type("the hotel was sold")
    desk.press("enter", "right", "enter")
    #expect(desk.submitted == [.requestAbort(reason: "the hotel was sold")])
    #expect(desk.engines[0].session.state == .waiting)
    desk.press("X")
    #expect(desk.model.card?.shown.scenario == 8)
    desk.press("esc")
    // A session that rests is ended at once, with its name.
    desk.engines[0].take(.pause(reason: ""), by: "ana")
    desk.publish()
    desk.press("X")
    #expect(desk.model.dialog?.kind == .abort(session: "hotel"))
  }

  @Test("workflows without the playbook say so")
  func oldWorkflow() {
    var engine = FakeEngine("hotel")
    engine.work()
    var desk = Desktop([engine], 120, 40)
    desk.press("enter", "R")
    #expect(desk.model.view().text.contains("this session's workflow has no playbook for it"))
    desk.press("X")
    #expect(desk.model.dialog?.kind == .abort(session: "hotel"))
  }

  @Test("the card says why it is asked: what matched and what came next to it")
  func why() {
    let engine = RecoveryGoldenTests.failed()
    let model = Model.console(120, 40)
    let decision = engine.session.openDecisions[0]
    let text = model.whyLines(decision, in: engine.session, columns: 90).map(\.text).joined(separator: "\n")
    #expect(text.contains("gate-failed, scenario 4"))
    #expect(text.contains("situation is gate-failed"))
    #expect(text.contains("after 30m, 4h00"))
    #expect(text.contains("pauses the session after 2d; never answers"))
    #expect(text.contains("Test coverage"))
    var desk = Desktop([engine], 120, 40)
    desk.press("D", "?")
    #expect(desk.model.view().text.contains("Why you are asked"))
  }

  @Test("every record of a session has a row, a page and words")
  func ledger() {
    var engine = RecoveryGoldenTests.failed()
    engine.answer("waive", note: "a prototype", fields: [FieldValue(field: Waiver.untilField, value: "2026-12-24")])
    var session = engine.session
    let decision = session.decisions[0].id
    session.risks = [
      AcceptedRisk(
        id: "R-1", subject: "rule:x", text: "No audit log", note: "later", by: "ana", at: 1, decision: decision)
    ]
    session.postponed = [
      PostponedItem(id: "P-1", subject: "gate:y", text: "Load test", note: "", by: "ana", at: 1, decision: decision)
    ]
    session.substitutions = [
      Substitution(
        id: "S-1", dependency: "pypi", task: "plan", with: "the cache", todo: "Switch back to PyPI.", by: "ana", at: 1,
        decision: decision)
    ]
    session.settlements = [
      RuleSettlement(
        rule: "http", line: "direct", how: "adopted", level: 1, by: "ana", at: 1, note: "", decision: decision)
    ]
    session.findings = [
      EffectFinding(effect: .perform(task: "plan", attempt: 1), verdict: .unknown, evidence: "half a file"),
      EffectFinding(effect: .runGate("lint", attempt: 1), verdict: .notDone, evidence: "nothing was left"),
    ]
    session.waits = [DependencyWait(dependency: "pypi", task: "plan", since: engine.moment, attempt: 2)]
    session.restoration = Restoration(id: 1, tree: "abc", reason: "an undo")
    engine.session = session
    engine.take(.note(.info, text: "x"))
    var model = Model.console(120, 40)
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    model.press("enter", "2", "z")
    let text = model.view().text
    for words in [
      "WAIV Test coverage until the end of 2026-12-24 (UTC): a prototype", "WAIV Risk accepted by ana: No audit log",
      "SKIP Next iteration: Load test", "TODO Switch back to PyPI. (stands in: the cache)",
      "OK   Rule settled, adopted: http", "WARN Interrupted, unknown: Implementation plan",
      "INFO Interrupted, not done: gate Lint", "BLKD Waiting for PyPI", "ROLL Files are being put back: an undo",
    ] { #expect(text.contains(words), "\(words) is missing in\n\(text)") }
    for entry in model.ledger(of: engine.session) {
      let lines = model.readingLines(Reading(subject: .ledger(session: "hotel", id: entry.id)))
      #expect(lines.count > 3, "\(entry.id)")
      #expect(!entry.facts.isEmpty)
    }
    #expect(Set(model.needRows.map(\.id)).count == model.needRows.count)
  }

  @Test("a waiver that ended or covers nothing says so")
  func waiverStates() {
    var engine = RecoveryGoldenTests.failed()
    engine.answer("waive", note: "a prototype")
    let model = Model.console(120, 40)
    var session = engine.session
    session.waivers[0].ended = "its time is over"
    #expect(model.waiverFacts(session.waivers[0], in: session)[0].value.contains("ended: its time is over"))
    session.waivers[0].ended = nil
    session.gates[1].state = .done
    #expect(model.waiverFacts(session.waivers[0], in: session)[0].value.contains("orphaned"))
    #expect(model.ledger(of: session).allSatisfy { $0.word != .waived })
  }

  @Test("a reminder rings once and stays in the row above the keys")
  func reminded() {
    var desk = failed()
    desk.intents = []
    desk.engines[0].moment += 1_900_000
    desk.engines[0].take(.tick)
    desk.send(.moment(desk.engines[0].moment))
    desk.publish()
    #expect(desk.intents.filter { $0 == .bell }.count == 1)
    #expect(desk.model.view().text.contains("hotel still waits for you, 31m"))
    desk.publish()
    #expect(desk.intents.filter { $0 == .bell }.count == 1)
    #expect(desk.model.nowLine(desk.engines[0].snapshot).text.contains("reminded 1x"))
  }

  @Test("leaving says which questions wait and which silence ends in a pause")
  func leave() {
    let desk = failed()
    let text = desk.model.leaveLines(columns: 100).map(\.text).joined(separator: "\n")
    #expect(text.contains("hotel: Test coverage: 58 %, required at least 60 %; unanswered, it pauses at 2026-08-24"))
    var engine = FakeEngine("hotel", workflow: Fixture.recovering)
    engine.begin()
    #expect(
      desk.model.leaveLines(engine.snapshot).map(\.text) == [
        "hotel: goes on with Check the workspace; after 2 more failures it asks you."
      ])
    engine.status = .gone
    #expect(desk.model.leaveLines(engine.snapshot)[0].text.contains("no engine works for it"))
  }

  @Test("time saved and lost is told with its balance")
  func time() {
    #expect(Weighed.time(saved: 0, lost: 0) == nil)
    #expect(Weighed.time(saved: 5, lost: 9) == "saves about 5 min, loses about 9 min, net -4 min")
    #expect(Weighed.time(saved: 5, lost: 2) == "saves about 5 min, loses about 2 min, net +3 min")
    #expect(Weighed.time(saved: 0, lost: 2) == "about 2 min of work is done again")
  }

  @Test("every fact of the consequences has its row")
  func everyFact() {
    var all = Consequences()
    all.filesKept = 4
    all.filesDiscarded = 3
    all.filesRestored = 2
    all.linesDiscarded = 70
    all.personEdits = ["a.py"]
    all.approvalsVoided = ["2 approve-plan"]
    all.waivers = ["coverage"]
    all.gatesVoided = 1
    all.attemptsLeft = 1
    all.minutesLost = 4
    all.irreversible = ["It ends."]
    let session = RecoveryGoldenTests.failed().session
    let rows = Weighed(all).rows(in: session)
    #expect(
      rows.map(\.label) == [
        "For good", "Your edits", "Discards", "Restores", "Voids", "Gates", "Accepts", "Attempts", "Time",
      ])
    #expect(rows[4].text == "the approval of 2 Plan")
    #expect(rows[6].text == "the failure of Test coverage: a debt, on record")
    all.substagesRerun = ["3.1"]
    all.stagesRedone = [2]
    #expect(!Weighed(all).isLooking)
    all.restoresTree = "5ee7"
    #expect(Weighed(all).isLooking)
    #expect(Weighed(all).rows(in: session).contains { $0.text == "looking at the workspace..." })
    #expect(Weighed(all).rows(in: session).filter { $0.label == "Again" }.count == 2)
  }
}
