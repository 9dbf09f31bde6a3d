import Kernel
import Screen
import Testing

@testable import Console

// covers Update.swift, Press.swift, Perform.swift, Answering.swift, DecisionCard.swift, Model.swift

/// A console and a fake engine, wired as the shell wires them: intents become orders, orders become snapshots.
struct Desktop {
  var engines: [FakeEngine]
  var model: Model
  var intents: [Intent] = []
  /// What the shell answers to the next order, instead of giving it to the engine.
  var nextResult: SubmitResult?
  /// What the shell finds in the workspace.
  var look: (Weighing) -> Consequences = { $0.consequences }

  init(_ engines: [FakeEngine], _ columns: Int = 80, _ rows: Int = 24) {
    self.engines = engines
    model = Model.console(columns, rows)
    model.send(.moment((engines.map(\.moment).max() ?? Fixture.start) + 5000))
    publish()
  }

  mutating func publish() { send(.sessions(engines.map(\.snapshot))) }

  mutating func send(_ message: Message) {
    for intent in model.update(message) {
      intents.append(intent)
      if case .weigh(let weighing) = intent {
        let found = look(weighing)
        send(.weighed(weighing, found, trouble: nil))
        continue
      }
      guard case .submit(let session, let demand, let request) = intent,
        let index = engines.firstIndex(where: { $0.session.id == session })
      else { continue }
      if let result = nextResult {
        nextResult = nil
        send(.submitted(request, result))
        continue
      }
      if let refusal = engines[index].take(demand, by: "ana") {
        send(.submitted(request, .refused(why: refusal.words.why, instead: refusal.words.instead)))
      } else {
        send(.submitted(request, .accepted))
      }
      publish()
    }
  }

  mutating func press(_ names: String...) { for name in names { Key(name: name).map { send(.key($0)) } } }

  mutating func type(_ text: String) { for character in text { send(.key(.character(character))) } }

  mutating func wait(_ milliseconds: Int64) {
    let end = model.now + milliseconds
    while model.now < end { send(.moment(min(end, model.now + 60))) }
  }

  mutating func work(_ index: Int = 0) {
    engines[index].work()
    publish()
  }

  var submitted: [Demand] {
    intents.compactMap { if case .submit(_, let demand, _) = $0 { demand } else { nil } }
  }
}

@Suite("A day at the console")
struct DayTests {
  @Test("a person takes a session from a half brief to the end by arrows, Enter, Esc, Tab and F-keys alone")
  func wholeDay() {
    var desk = Desktop([FakeEngine("crm-bot", title: "CRM bot", brief: GoldenTests.halfBrief)])
    desk.engines[0].failing = ["coverage"]
    desk.work()
    // The gaps: choose the first option, fill in both fields, send.
    desk.press("f2")
    desk.wait(500)
    desk.press("end", "down", "tab")
    desk.type("Clients write; the bot answers.")
    desk.press("tab")
    desk.type("1")
    desk.press("esc", "enter")
    // The files are kept before the answer acts, so that it can be taken back.
    desk.work()
    #expect(desk.engines[0].session.level == 1)
    #expect(desk.model.view().text.contains("Recorded: Fill in what is missing."))
    desk.press("enter")
    desk.work()
    // The plan: ask for changes first, with a note.
    desk.press("enter", "f2")
    desk.wait(500)
    desk.press("end", "down", "down", "tab", "tab")
    desk.press("tab")
    desk.type("smaller steps")
    desk.press("enter", "enter", "enter")
    #expect(desk.engines[0].session.stages[2].revision == 2)
    desk.work()
    desk.press("f2")
    desk.wait(500)
    desk.press("end", "down", "enter", "enter")
    desk.work()
    #expect(desk.engines[0].session.gate("coverage")?.state == .failed)
    // The failed gate: accept it with a reason.
    desk.press("f2")
    desk.wait(500)
    desk.press("end", "down", "down", "tab")
    desk.type("only a prototype")
    desk.press("enter", "enter", "enter")
    #expect(desk.engines[0].session.waivers.map(\.reason) == ["only a prototype"])
    desk.work()
    desk.press("f2")
    desk.wait(500)
    desk.press("end", "down", "enter", "enter")
    #expect(desk.engines[0].session.state == .completed)
    // Back to the overview and out.
    desk.press("esc", "f10", "right", "enter")
    #expect(desk.intents.last == .quit)
    #expect(desk.submitted.count == 5)
  }

  @Test("a supervisor's day: three sessions, seven decisions, a rollback taken back, report and package, by keys alone")
  func threeSessions() {
    func begun(_ id: String, _ title: String, _ brief: String = Fixture.fullBrief) -> FakeEngine {
      FakeEngine(id, title: title, brief: brief, workflow: Fixture.recovering)
    }
    var desk = Desktop(
      [begun("crm-bot", "CRM bot", GoldenTests.halfBrief), begun("hotel", "Hotel"), begun("zoo", "Zoo")], 120, 40)
    desk.engines[1].failing = ["coverage"]
    for index in 0...2 { desk.work(index) }
    #expect(desk.model.view().text.contains("3 NEED YOU"))
    // A theme, tried on the screen behind the list and kept.
    desk.press("T", "down", "enter")
    #expect(desk.model.theme == "safe" && desk.intents.contains(.theme("safe")))

    // 1: the gaps of a brief, filled in field by field.
    desk.press("D")
    #expect(desk.model.card?.key.session == "crm-bot")
    desk.wait(500)
    desk.press("end", "a", "tab")
    desk.type("Clients write; the bot answers.")
    desk.press("tab")
    desk.type("1")
    desk.press("esc", "enter")
    #expect(desk.model.view().text.contains("Recorded: Fill in what is missing."))
    desk.press("enter")

    // 2: changes to a plan, with a note; 3: the plan as it is then.
    desk.press("D")
    #expect(desk.model.card?.key.session == "hotel")
    desk.wait(500)
    desk.press("end", "b", "tab")
    desk.type("smaller steps")
    desk.press("enter", "enter", "enter")
    #expect(desk.engines[1].session.stages[2].revision == 2)
    desk.work(1)
    // The zoo has waited longer by now; it rests until the afternoon.
    desk.press("D")
    #expect(desk.model.card?.key.session == "zoo")
    desk.press("f2")
    #expect(desk.model.card?.key.session == "hotel")
    desk.wait(500)
    desk.press("end", "a", "enter", "enter")
    desk.work(1)
    #expect(desk.engines[1].session.gate("coverage")?.state == .failed)

    // 4: a gate that failed, accepted with a reason and an end.
    desk.press("esc", "home")
    for _ in 0..<3 where desk.model.overview.selected != "hotel" { desk.press("down") }
    desk.press("enter", "2", "enter")
    #expect(desk.model.card?.key.session == "hotel")
    desk.wait(500)
    desk.press("end", "v", "tab")
    desk.type("2026-12-24")
    desk.press("esc", "shift-tab")
    desk.type("only a prototype")
    desk.press("enter", "enter", "enter")
    #expect(desk.engines[1].session.standingWaivers.map(\.reason) == ["only a prototype"])
    desk.work(1)

    // 5: back a stage, by the session's name; and the step back taken back.
    desk.press("R")
    desk.wait(500)
    desk.press("tab")
    desk.type("the model was wrong")
    desk.press("enter", "right", "enter", "D")
    #expect(desk.model.card?.shown.situation == "rollback-requested")
    desk.wait(500)
    desk.press("end", "b", "enter", "enter")
    #expect(desk.model.view().text.contains("Type hotel to confirm"))
    desk.type("hotel")
    desk.press("enter", "enter")
    #expect(desk.engines[1].session.rollbacks.count == 1)
    desk.work(1)
    desk.press("u")
    desk.wait(500)
    desk.press("right", "tab")
    desk.type("hotel")
    desk.press("tab")
    desk.type("it was right after all")
    desk.press("enter", "enter")
    #expect(desk.submitted.last == .undo(reason: "it was right after all"))
    desk.work(1)
    #expect(desk.engines[1].session.undone.count == 1)
    // The question stands again, and this time everything stays.
    desk.press("D")
    #expect(desk.model.card?.shown.situation == "rollback-requested")
    desk.wait(500)
    desk.press("end", "s", "enter", "enter")
    desk.work(1)

    // 6: what the agents did, by a filter; then the result, accepted.
    desk.press("1", "f")
    desk.type("src:gate sev:fail")
    desk.press("enter")
    #expect(desk.model.view().text.contains("[src:gate] [sev:fail]"))
    desk.press(".")
    desk.press("2", "home", "enter")
    #expect(desk.model.card?.shown.playbook == "accept")
    desk.wait(500)
    desk.press("end", "a", "enter", "enter")
    #expect(desk.engines[1].session.state == .completed)

    // The report is read to its end, and the package written.
    desk.press("r")
    #expect(desk.intents.contains(.writeReport(session: "hotel")))
    desk.send(.reported(session: "hotel", "# QA report\n\nStatus: **DONE**", trouble: nil))
    #expect(desk.model.view().text.contains("Status: DONE"))
    desk.press("end", "esc", "x")
    desk.wait(500)
    desk.press("right", "enter")
    #expect(desk.intents.contains(.export(session: "hotel", path: "./hotel-handoff.zip")))

    // 7: the zoo is ended, by its name.
    desk.press("esc", "home")
    for _ in 0..<3 where desk.model.overview.selected != "zoo" { desk.press("down") }
    desk.press("enter", "X")
    desk.wait(500)
    desk.press("tab")
    desk.type("nobody wants it")
    desk.press("enter", "right", "enter", "D")
    desk.wait(500)
    #expect(desk.model.card?.shown.scenario == 8)
    desk.press("end", "x", "enter", "enter")
    desk.type("zo")
    desk.press("enter")
    #expect(desk.engines[2].session.state != .aborted)
    desk.type("o")
    desk.press("enter")
    #expect(desk.engines[2].session.state == .aborted)

    // Home: the console says what goes on, and was never left before.
    #expect(!desk.intents.contains(.quit))
    desk.press("enter", "esc", "esc", "q", "right", "enter")
    #expect(desk.intents.last == .quit)
    #expect(desk.model.farewell(keptIn: "/state").contains { $0.hasPrefix("DONE  hotel") })
  }

  @Test("an answer carries the digest of what was shown, the option and the note")
  func digest() {
    var engine = FakeEngine("hotel")
    engine.work()
    var desk = Desktop([engine])
    let decision = desk.engines[0].session.openDecisions[0]
    desk.press("D")
    desk.wait(500)
    desk.press("end", "b", "tab")
    desk.type("as small as can be")
    desk.press("enter", "enter")
    #expect(
      desk.submitted == [
        .answer(
          Answer(decision: decision.id, option: "changes", digest: decision.digest, note: "as small as can be"))
      ])
  }

  @Test("Esc is later: it answers nothing, and what was typed is there again")
  func later() {
    var engine = FakeEngine("hotel")
    engine.work()
    var desk = Desktop([engine])
    desk.press("D")
    desk.wait(500)
    desk.press("b", "tab")
    desk.type("my reason")
    desk.press("esc", "esc")
    #expect(desk.model.place == .overview)
    desk.press("D")
    #expect(desk.model.draft.note.text == "my reason")
    #expect(desk.model.card?.choice == nil)
    #expect(desk.submitted.isEmpty)
  }

  @Test("a note that is needed, a text that was not read and a choice that was not made stand before an answer")
  func blocked() {
    var engine = FakeEngine("hotel")
    engine.work()
    var desk = Desktop([engine], 80, 24)
    desk.press("D")
    desk.press("a", "enter")
    #expect(desk.model.card?.choice == nil)
    desk.wait(500)
    desk.press("enter")
    #expect(desk.model.view().text.contains("Not sent: read the question to its end first (PgDn)."))
    desk.press("end", "enter")
    #expect(desk.model.view().text.contains("Not sent: choose an option first."))
    desk.press("b", "enter")
    #expect(desk.model.view().text.contains("Not sent: Ask for changes needs a note (Tab)."))
    #expect(desk.submitted.isEmpty)
  }

  @Test("who loses the race is told who won; the draft stays")
  func lostRace() {
    var engine = FakeEngine("hotel")
    engine.work()
    var desk = Desktop([engine])
    desk.press("D")
    desk.wait(500)
    desk.press("end", "b", "tab")
    desk.type("a note")
    desk.engines[0].answer("approve", by: "ben")
    desk.publish()
    #expect(desk.model.card?.phase == .closed)
    #expect(desk.model.view().text.contains("ben answered first: Approve and begin to generate."))
    #expect(desk.model.draft.note.text == "a note")
    desk.press("enter")
    #expect(desk.submitted.isEmpty)
  }

  @Test("a refusal is shown with what to do instead, and the question stays open")
  func refused() {
    var engine = FakeEngine("hotel")
    engine.work()
    var desk = Desktop([engine])
    desk.nextResult = .refused(why: "The disk is full.", instead: "Free some space.")
    desk.press("D")
    desk.wait(500)
    desk.press("end", "a", "enter")
    #expect(desk.model.view().text.contains("The disk is full. Free some space."))
    #expect(desk.model.card?.phase == .open)
    desk.press("enter")
    #expect(desk.engines[0].session.stages[2].approvals.count == 1)
  }

  @Test("a result that comes after the card was left is told as a message")
  func lateResult() {
    var engine = FakeEngine("hotel")
    engine.work()
    var model = Model.console(80, 24)
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    model.press("D")
    model.wait(500)
    model.press("end", "a", "enter", "esc")
    #expect(model.card == nil)
    model.send(.submitted(1, .accepted))
    #expect(model.view().text.contains("hotel: your answer is recorded."))
  }

  @Test("pausing, resuming and ending ask first")
  func pausing() {
    var engine = FakeEngine("hotel")
    engine.begin()
    var desk = Desktop([engine])
    desk.press("enter", "p")
    #expect(desk.model.view().text.contains("Stops and begins again on resuming: Check the workspace (attempt 1)"))
    desk.press("enter")
    #expect(desk.submitted.isEmpty)
    desk.press("p", "right", "enter")
    // Nobody typing elsewhere gives an order: a dialog needs a moment of quiet before it takes one.
    #expect(desk.submitted.isEmpty)
    desk.press("esc", "p")
    desk.wait(500)
    desk.press("tab")
    desk.type("lunch")
    desk.press("enter", "right", "enter")
    #expect(desk.submitted == [.pause(reason: "lunch")])
    #expect(desk.engines[0].session.state == .paused)
    desk.press("f6")
    desk.wait(500)
    desk.press("right", "enter")
    #expect(desk.submitted.last == .resume)
    desk.press("X", "right", "enter")
    #expect(desk.model.view().text.contains("keep still for a moment"))
    desk.wait(500)
    desk.press("enter")
    #expect(desk.model.dialog != nil)
    desk.type("hotel")
    desk.press("enter", "enter")
    #expect(desk.submitted.last == .abort(reason: "", confirmation: "hotel"))
    #expect(desk.engines[0].session.state == .aborted)
  }

  @Test("an engine that is gone can be started, and a sample too")
  func starting() {
    var engine = FakeEngine("hotel")
    engine.status = .gone
    var desk = Desktop([engine])
    desk.press("enter", "S")
    #expect(desk.intents.contains(.startEngine(session: "hotel")))
    desk.press("esc", "n", "down", "enter")
    #expect(desk.model.view().text.contains("keep still for a moment"))
    #expect(desk.intents.filter(\.isStart).isEmpty)
    desk.wait(500)
    desk.press("enter")
    #expect(desk.intents.contains(.startSample("half-a-brief")))
    #expect(desk.model.place == .overview)
  }

  @Test("the editor brings back a note or a field")
  func editor() {
    var engine = FakeEngine("crm-bot", brief: GoldenTests.halfBrief)
    engine.work()
    var desk = Desktop([engine])
    let id = desk.engines[0].session.openDecisions[0].id
    desk.press("D")
    desk.wait(500)
    desk.press("tab", "f3")
    let purpose = EditorPurpose.field(session: "crm-bot", decision: id, name: "Business context")
    #expect(desk.intents.last == .openEditor(purpose, text: ""))
    desk.send(.edited(purpose, "Two lines\nof context"))
    #expect(desk.model.draft.fields["Business context"]?.text == "Two lines\nof context")
    desk.send(.edited(.note(session: "crm-bot", decision: id), nil))
    #expect(desk.model.draft.note.isEmpty)
  }

  @Test("the next decision is the oldest one of all sessions, then the one behind it")
  func queue() {
    var first = FakeEngine("zoo", at: Fixture.start - 100_000)
    first.work()
    var second = FakeEngine("ant")
    second.work()
    var desk = Desktop([second, first])
    desk.press("D")
    #expect(desk.model.card?.key.session == "zoo")
    desk.press("f2")
    #expect(desk.model.card?.key.session == "ant")
    desk.press("f2")
    #expect(desk.model.card?.key.session == "zoo")
  }

  @Test("a new decision rings, counts in the title and in the header, and opens nothing")
  func announced() {
    var desk = Desktop([FakeEngine("hotel")])
    desk.intents = []
    desk.work()
    #expect(desk.intents.first == .bell)
    #expect(desk.intents.last == .title("(1!) Signalbox"))
    #expect(desk.model.place == .overview)
    let text = desk.model.view().text
    #expect(text.contains("1 NEEDS YOU"))
    #expect(text.contains("hotel needs you: Approve the implementation plan, version 1?   D opens it"))
  }
}
