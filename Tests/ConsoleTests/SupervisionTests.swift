import Kernel
import Screen
import Testing

@testable import Console

// covers TaskBoard.swift, CallRows.swift, Replying.swift

@Suite("Supervision at the console")
struct SupervisionTests {
  private func console(_ engine: FakeEngine, _ columns: Int = 120, _ rows: Int = 40) -> Model {
    var model = Model.console(columns, rows)
    model.send(.moment(engine.moment + 12_000))
    model.send(.sessions([engine.snapshot]))
    model.press("enter")
    return model
  }

  @Test("each task stands in the column of its word, and nobody's task is blocked, not to do")
  func columns() {
    let session = Fixture.team().session
    func column(_ id: String) -> BoardColumn? { session.task(id).map(session.column) }
    #expect(column("3.2-docs") == .todo)
    #expect(column("3.2-routes") == .running)
    #expect(column("3.2-tests") == .blocked)
    #expect(column("3.2-seed") == .failed)
    #expect(column("3.1-main") == .done)
    #expect(session.task("3.2-routes").map(session.word) == .retry)
    #expect(session.task("3.2-tests").map(session.agentWords) == "no agent!")
    #expect(session.task("3.2-routes").map(session.attemptWords) == "2/3")
    #expect(session.task("3.2-docs").map(session.attemptWords) == "-/3")
    #expect(session.task("3.2-seed").map(session.attemptWords) == "3/3")
    #expect(session.task("preflight").map(session.agentWords) == "engine")
  }

  @Test("what was left out, waived or set aside is never counted as done")
  func never() {
    var task = TaskRecord(
      id: "t", title: "T", stage: 3, substage: nil, role: "r", performer: "p", expectedFiles: [], maxAttempts: 3)
    for (state, word) in [(Progress.skipped, StateWord.skipped), (.waived, .waived), (.isolated, .isolated)] {
      task.state = state
      #expect(Session().word(of: task) == word)
      #expect(BoardColumn(word, isBegun: false) == .done)
    }
    #expect(Set([StateWord.skipped, .isolated, .waived, .done].map(\.rawValue)).count == 4)
  }

  @Test("what cards bind to, and every task that goes up the chain, is told in the feed, the details and the gates")
  func chainOfCommand() throws {
    var session = Fixture.team().session
    let duty = RoleDuty(
      role: "developer", title: "Developer", reportsTo: "architect", attempts: 2, mandatoryGates: ["lint"],
      takes: ["generator"])
    let escalation = TaskEscalation(
      task: "3.2-routes", from: "developer", to: "architect", agent: "architect01", reason: "its agents failed 2 times")
    let facts: [Fact] = [.rolesAssigned([duty]), .taskEscalated(escalation)]
    let events = facts.map { Event(at: Fixture.start, by: "engine", fact: $0) }
    for event in events { session.apply(event) }
    #expect(
      events.map { EventText($0, in: session).text } == [
        "Bound by their cards: Developer (2 attempts, then architect; must pass lint)",
        "Booking routes: escalated from developer to architect (architect01) because its agents failed 2 times",
      ])
    #expect(EventText.level(of: facts[1]) == .problems)
    let model = console(Fixture.team())
    let task = try #require(session.task("3.2-routes"))
    let detail = model.taskLines(task, in: session, columns: 200).map(\.text).joined(separator: "\n")
    #expect(detail.contains("architect, in place of developer"))
    #expect(detail.contains(escalation.words))
    let other = try #require(session.task("3.2-seed"))
    let borders = model.taskLines(other, in: session, columns: 200).map(\.text).joined(separator: "\n")
    #expect(
      borders.contains("a person is asked after 3 failures, and after 2 failures of developer it goes to architect"))
    let summary = model.taskSummary(task, in: session, columns: 200).map(\.text).joined(separator: "\n")
    #expect(summary.contains("architect in place of developer, agent architect01"))
    let agent = model.agentLines("agent:developer01", in: session, columns: 200).map(\.text).joined(separator: "\n")
    #expect(agent.contains(duty.words))
    var gate = GateRecord(
      id: "lint", title: "Lint", category: "C", mandatory: true, required: "0 errors", maxAttempts: 3)
    gate.reason = "asked for by the card of Developer"
    let lines = model.gateLines(gate, in: session, columns: 200).map(\.text).joined(separator: "\n")
    #expect(lines.contains("0 errors (must pass, asked for by the card of Developer)"))
    let opened = EventText(Event(at: 0, by: "engine", fact: .gatesOpened([gate])), in: session).text
    #expect(opened.hasSuffix("1 of them must pass; beyond the level: Lint (asked for by the card of Developer)"))
  }

  @Test("the roster begins with the roles that have work and nobody")
  func roster() {
    let roster = Fixture.team().session.roster
    #expect(roster.map(\.id).first == "missing:tester")
    #expect(roster.map(\.name) == ["-", "architect01", "developer01", "developer02", "developer03"])
    #expect(roster.map(\.state) == ["MISSING", "available", "working", "available", "failed"])
    #expect(roster.map(\.failures) == [0, 0, 1, 3, 0])
    #expect(roster.last?.note == "three attempts failed in a row")
  }

  @Test("V asks which grant ends; what was chosen is never swapped for another under the keys")
  func revoking() {
    var engine = Fixture.asking()
    var model = console(Fixture.team())
    model.press("V")
    #expect(model.view().text.contains("Not now: no grant stands."))
    model = console(engine)
    model.press("V")
    #expect(model.dialog?.kind == .revoke(session: "hotel"))
    #expect(model.dialog?.rows.map(\.id) == ["G-3"])
    let shown = model.view().text
    #expect(
      shown.contains("G-3 the command") && shown.contains("Let it stand") && shown.contains("yours again"), "\(shown)")
    // The first answer changes nothing, and a hasty second one does nothing either.
    #expect(model.press("enter") == [])
    #expect(model.place == .session("hotel"))
    model.press("V", "right")
    #expect(model.press("enter") == [])
    #expect(model.place == .dialog)
    model.wait(500)
    model.press("tab")
    model.type("It ran too often.")
    model.press("enter")
    let intents = model.press("enter")
    #expect(
      intents == [.submit(session: "hotel", .revokeGrant("G-3", reason: "It ran too often."), request: 1)],
      "\(intents)")
    // Somebody else was faster: nothing is picked in its place.
    model.press("V", "right")
    engine.take(.revokeGrant("G-3", reason: "done"), by: "ben")
    model.send(.sessions([engine.snapshot]))
    #expect(model.dialog?.choice == 0 && model.dialog?.rows.isEmpty == true)
    #expect(model.view().text.contains("G-3 ended meanwhile: done"))
    model.wait(500)
    #expect(model.press("enter") == [])
    #expect(model.place == .session("hotel"))
    // It is in the list of all actions, with its reason.
    model.press(":")
    model.type("standing grant")
    #expect(model.view().text.contains("Not now: no grant stands"))
  }

  @Test("how far programs are contained stands beside the session and its agents, by the lowest level")
  func containment() {
    var engine = Fixture.team()
    #expect(!console(engine).view().text.contains("contained L"))
    engine.take(.reportContainment(.sandbox))
    #expect(console(engine, 160, 40).view().text.contains("contained L1"))
    engine.take(.reportContainment(.none))
    for columns in [100, 160] { #expect(console(engine, columns, 40).view().text.contains("not contained L0")) }
    let event = engine.events.last.map { EventText($0.event, in: engine.session) }
    #expect(event?.word == .warning && event?.text.hasPrefix("not contained L0: agents run with your rights") == true)
  }

  @Test("arrows go between the columns of the board, and only there")
  func arrows() {
    var model = console(Fixture.team())
    model.press("3")
    #expect(model.showsBoard)
    model.press("home")
    #expect(model.desk.tasks.selected == "3.2-docs")
    model.press("right")
    #expect(model.desk.tasks.selected == "3.2-routes")
    model.press("right", "right")
    #expect(model.desk.tasks.selected == "3.2-seed")
    model.press("left")
    #expect(model.desk.tasks.selected == "3.2-tests")
    model.press("end")
    #expect(model.desk.tasks.selected == "agent:developer03")
    model.press("left")
    #expect(model.desk.tasks.selected == "3.2-models")
    let column = model.desk.tasks.selected
    model.press("8", "left")
    #expect(model.place == .session("hotel") && model.desk.tasks.selected == column)
    model.press("backspace")
    #expect(model.place == .overview)
    var narrow = console(Fixture.team(), 40, 12)
    narrow.press("3")
    #expect(!narrow.showsBoard)
    // In a list what needs attention comes first.
    #expect(narrow.taskRows.map(\.id).prefix(3) == ["3.2-tests", "3.2-seed", "3.2-routes"])
    narrow.press("left")
    #expect(narrow.place == .session("hotel"))
  }

  @Test("callbacks without an answer come first, then what stands in the way, then the rest, newest first")
  func calls() {
    let session = Fixture.team().session
    let rows = session.callRows.map(\.id)
    #expect(rows.prefix(2) == ["C-2", "C-3"])
    #expect(rows.suffix(2) == ["C-4", "C-1"])
    #expect(rows.dropFirst(2).dropLast(2).allSatisfy { $0.hasPrefix("B-") })
    #expect(session.callback("C-2")?.answerWords == "none, unread")
    #expect(session.callback("C-1")?.answerWords == "by ana")
    #expect(session.callback("C-1")?.word == .good)
    #expect(session.callback("C-3")?.word == .blocked)
  }

  @Test("files that differ come first, by what is wrong with them")
  func files() {
    var model = console(Fixture.team())
    model.press("7")
    #expect(model.fileRows.map(\.integrity.word) == ["MIS", "DRF", "UNX", "LCK", "ok"])
    #expect(model.desk.files.selected == "pyproject.toml")
  }

  @Test(
    "what changed in a file is asked once for each state of its record, and shown without what steers a terminal")
  func comparing() {
    var engine = Fixture.team()
    var model = console(engine)
    model.press("7", "down")
    func asked(_ intents: [Intent]) -> [String] {
      intents.compactMap { if case .compare(let question) = $0 { question.path } else { nil } }
    }
    #expect(asked(model.press("enter")) == ["app/main.py"])
    #expect(asked(model.press("down")).isEmpty)
    #expect(model.view().text.contains("Looking at the files..."))
    guard let first = model.compared?.question else { return }
    model.send(.compared(first, nil, trouble: "git was not found"))
    model.press("end")
    #expect(model.view().text.contains("It cannot be told: git was not found"))
    // Somebody changes it once more: the old answer no longer counts.
    engine.take(
      .recordFiles(
        FileBatch(
          author: .outside,
          operations: [
            FileOperation(kind: .modified, path: "app/main.py", size: 991, before: "77a0beef", after: "88b1")
          ])))
    #expect(asked(model.update(.sessions([engine.snapshot]))) == ["app/main.py"])
    model.send(.compared(first, Comparison(now: .drifted, before: "old", after: "older"), trouble: nil))
    #expect(model.compared?.found == nil)
    guard let second = model.compared?.question else { return }
    #expect(second != first)
    model.send(
      .compared(
        second,
        Comparison(now: .missing, before: "accepted", after: "disk", lines: ["@@ -1 +1 @@", "-a", "+\u{1b}[2Jb"]),
        trouble: nil
      ))
    model.press("end")
    let text = model.view().text
    #expect(text.contains("1 line more, 1 line less"))
    // What was just found on the disk counts more than what the last look found.
    #expect(model.readingLines(model.reading[0]).first?.text.contains("it happened after the last whole look") == true)
    #expect(!text.unicodeScalars.contains("\u{1b}"))
    model.press("esc", "esc")
    #expect(asked(model.press("7")).isEmpty)
  }

  @Test("opening a callback marks it as read once; an answer is typed, kept on leaving, and sent only when chosen")
  func answering() {
    var engine = Fixture.team()
    var model = console(engine)
    model.press("8")
    let opened = model.press("enter")
    #expect(opened == [.submit(session: "hotel", .readCallback("C-2"), request: 1)])
    // Nobody waits for that order, so its result says nothing.
    model.send(.submitted(1, .refused(why: "no", instead: "no")))
    #expect(model.toast == nil)
    engine.take(.readCallback("C-2"), by: "ana")
    model.send(.sessions([engine.snapshot]))
    model.press("esc")
    #expect(model.press("enter").isEmpty)
    model.press("a")
    #expect(model.dialog?.kind == .reply(session: "hotel", callback: "C-2"))
    model.type("Until noon")
    // Esc leaves the text, then the dialog; nothing is sent, nothing is lost.
    #expect(model.press("esc", "esc").isEmpty)
    #expect(model.place == .reading)
    model.press("a")
    #expect(model.dialog?.text == "Until noon")
    model.type(".")
    model.press("tab", "right")
    #expect(model.press("enter").isEmpty)
    model.wait(500)
    let sent = model.press("enter")
    #expect(sent == [.submit(session: "hotel", .answerCallback("C-2", text: "Until noon."), request: 2)])
    #expect(model.replies.isEmpty)
    model.send(.submitted(2, .accepted))
    #expect(model.toast?.text == "hotel: C-2 is answered; whoever asked hears it with the next attempt.")
  }

  @Test("an empty answer is refused in the dialog, and one that somebody else gave first is told")
  func refused() {
    var engine = Fixture.team()
    var model = console(engine)
    model.press("8", "a", "tab", "right")
    model.wait(500)
    #expect(model.press("enter").isEmpty)
    #expect(model.dialog?.problem.contains("the answer says nothing") == true)
    engine.take(.answerCallback("C-2", text: "Until noon."), by: "ben")
    model.dialog?.problem = ""
    model.send(.sessions([engine.snapshot]))
    #expect(model.dialog?.problem == "ben answered it meanwhile: Until noon.")
    model.press("esc")
    // The answered one has moved down, and is still the selected one.
    #expect(model.desk.calls.selected == "C-2")
    model.press("a")
    #expect(model.toast?.text == "Not now: ben answered it already.")
    model.press("3", "a")
    #expect(model.toast?.text == "Not now: no callback is selected.")
  }

  @Test("what needs a person has callbacks, alerts and incidents, each said once")
  func needs() {
    let team = console(Fixture.team())
    let ids = team.needRows.map(\.id)
    #expect(ids.contains("C-2") && ids.contains("C-3"))
    // The alert about the missing role is a decision by now, and the blocker of C-3 is C-3.
    #expect(!ids.contains { $0.hasPrefix("alert:") })
    #expect(!ids.contains("callback:C-3"))
    #expect(Set(ids).count == ids.count)
    var engine = FakeEngine("hotel", workflow: Fixture.supervised)
    engine.take(
      .alert(
        Alert(kind: .unrecoverable, subject: "preflight", words: "It cannot go on.", needsPerson: true)))
    var alone = console(engine)
    alone.press("2")
    #expect(alone.needRows.map(\.id) == ["alert:0"])
    #expect(alone.view().text.contains("ASK  It cannot go on."))
    alone.press("enter")
    #expect(alone.reading.last?.subject == .health(session: "hotel", id: "alert:0"))
    let fallen = console(Fixture.fallen())
    #expect(fallen.needRows.map(\.id).contains("I-1"))
  }

  @Test("the feed's rows open the callback and the incident they are about")
  func feed() {
    var model = console(Fixture.fallen())
    model.press("f")
    model.type("as a whole")
    model.press("enter", "end", "enter")
    #expect(model.reading.last?.subject == .incident(session: "hotel", id: "I-1"))
    var team = console(Fixture.team())
    team.press("f")
    team.type("on the day")
    team.press("enter", "end")
    #expect(team.reasonDisabled(.reply) == nil)
    team.press("enter")
    #expect(team.reading.last?.subject == .callback(session: "hotel", id: "C-2"))
  }

  @Test("an alert that is over asks nobody any more")
  func over() {
    var engine = Fixture.team()
    let alert = engine.session.alerts.first { $0.kind == .noAgentsAtAll }
    #expect(alert.map(engine.session.stillHolds) == true)
    #expect(engine.session.healthRows.map(\.id).first == "score")
    engine.answer("skip", note: "tested by hand")
    #expect(alert.map(engine.session.stillHolds) == false)
    #expect(engine.session.alertsForPerson.isEmpty)
    let model = console(engine)
    let row = engine.session.healthRows.first { $0.id.hasPrefix("alert:") }
    #expect(row.map { model.healthWords($0, in: engine.session).word } == .note)
  }

  @Test("every new pane is reached by its number and searched like any list")
  func panes() {
    var model = console(Fixture.team())
    for (key, pane) in [("7", Pane.files), ("8", .calls), ("9", .health), ("3", .tasks)] {
      model.press(key)
      #expect(model.desk.focus == pane)
      #expect(model.view().text.contains("\(pane.rawValue) \(pane.title)"))
      for id in model.identities(of: pane) { #expect(!model.rowText(pane, id).isEmpty) }
    }
    model.press("7", "/")
    model.type("todo")
    model.press("enter")
    #expect(model.desk.files.selected == "notes/todo.txt")
    #expect(model.press("y", "l") == [.copy("UNX notes/todo.txt someone outside the session's tasks")])
  }
}
