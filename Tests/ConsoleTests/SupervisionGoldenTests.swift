import Kernel
import Prose
import Screen
import Testing

@testable import Console

// covers BoardView.swift, SupervisionView.swift, SupervisionReading.swift, Replying.swift, SupervisionText.swift,
// Comparing.swift, PermissionLines.swift

@Suite("Frames of supervision")
struct SupervisionGoldenTests {
  static let sizes = GoldenTests.sizes

  private func console(_ size: Size, _ engine: FakeEngine, after: Int64 = 12_000) -> Model {
    var model = Model.console(size.columns, size.rows)
    model.send(.moment(engine.moment + after))
    model.send(.sessions([engine.snapshot]))
    model.press("enter")
    return model
  }

  @Test("the board shows who does what, what was tried, and where nobody is", arguments: sizes)
  func board(_ size: Size) {
    var model = console(size, Fixture.team())
    model.press("3")
    Golden.expect(model, "board")
    // The failed task, by its whole story.
    model.press("home")
    for _ in 0..<30 where model.desk.tasks.selected != "3.2-seed" { model.press("down") }
    Golden.expect(model, "board-failed")
    model.press("enter")
    Golden.expect(model, "task-attempts")
  }

  @Test("the roster's missing role is opened like any row", arguments: sizes)
  func missing(_ size: Size) {
    var model = console(size, Fixture.team())
    model.press("3", "end")
    for _ in 0..<30 where model.desk.tasks.selected?.hasPrefix("missing:") == false { model.press("up") }
    model.press("enter")
    #expect(model.reading.last?.subject == .agent(session: "hotel", id: "missing:tester"))
    Golden.expect(model, "role-missing")
  }

  @Test("files say whether the disk agrees, and who made them", arguments: sizes)
  func files(_ size: Size) {
    var model = console(size, Fixture.team())
    model.press("7", "down")
    Golden.expect(model, "files")
    model.press("enter")
    Golden.expect(model, "file-detail")
    guard let question = model.compared?.question else {
      Issue.record("nothing was asked of the shell")
      return
    }
    model.send(
      .compared(
        question,
        Comparison(
          now: .drifted, before: "as accepted, in checkpoint 3.1", after: "on the disk",
          lines: [
            "@@ -1,4 +1,5 @@", " from fastapi import FastAPI", "-app = FastAPI()", "+app = FastAPI(title=\"Hotel\")",
            "+app.state.rooms = 12", " ", " @app.get(\"/\")",
          ]), trouble: nil))
    model.press("end")
    Golden.expect(model, "file-changed")
  }

  @Test("what is asked and what stands in the way is in one list, unanswered first", arguments: sizes)
  func calls(_ size: Size) {
    var model = console(size, Fixture.team())
    model.press("8")
    Golden.expect(model, "calls")
    model.press("a")
    model.type("Until noon.")
    Golden.expect(model, "call-answer")
    model.press("esc", "esc", "enter")
    Golden.expect(model, "call-detail")
    model.press("esc", "down", "down", "enter")
    Golden.expect(model, "blocker-detail")
  }

  @Test("health shows its score, alerts, what was healed, and how far supervision reaches", arguments: sizes)
  func health(_ size: Size) {
    var model = console(size, Fixture.team())
    model.press("9")
    Golden.expect(model, "health")
    model.press("enter")
    Golden.expect(model, "health-detail")
  }

  @Test(
    "a sub-stage that failed as a whole has its report, from the feed and from what needs the person", arguments: sizes)
  func incident(_ size: Size) {
    var model = console(size, Fixture.fallen())
    model.press("2")
    Golden.expect(model, "needs-supervised")
    model.press("9", "down", "enter")
    #expect(model.reading.last?.subject == .incident(session: "hotel", id: "I-1"))
    Golden.expect(model, "incident")
    model.press("end")
    Golden.expect(model, "incident-end")
  }

  @Test("an agent's question shows the whole deed and the agent's own answers", arguments: sizes)
  func permission(_ size: Size) {
    let engine = Fixture.asking()
    let asked = engine.session.openDecisions.filter { $0.subjectPermission != nil }.map(\.id)
    #expect(asked.count == 2)
    for (id, name) in zip(asked, ["difference", "command"]) {
      var model = console(size, engine)
      model.press("2")
      for _ in 0..<30 where model.desk.needs.selected != id { model.press("down") }
      Golden.expect(model, "permission-\(name)-needs")
      model.press("enter")
      Golden.expect(model, "permission-\(name)")
      model.press("end")
      Golden.expect(model, "permission-\(name)-end")
      model.press("f4")
      let why = model.reading.last.map { model.readingLines($0).map(\.text).joined(separator: " ") } ?? ""
      #expect(why.contains("void when the attempt ends") && !why.contains("playbooks told why"), "\(why)")
      model.press("esc")
    }
  }

  @Test("a task shows what its agent asked leave for, an agent what stands", arguments: sizes)
  func permissions(_ size: Size) {
    var model = console(size, Fixture.asking())
    model.press("3", "home")
    for _ in 0..<30 where model.desk.tasks.selected != "3.2-routes" { model.press("down") }
    model.press("enter", "pgdn")
    Golden.expect(model, "task-permissions")
    model.press("esc")
    for _ in 0..<30 where model.desk.tasks.selected != "agent:developer01" { model.press("down") }
    model.press("enter")
    Golden.expect(model, "agent-grants")
  }

  @Test("a fence is closed only by one as long, and a difference has its own styles")
  func fences() {
    let (lines, _) = Markdown.rows("````diff\n+a\n```\n-b\n@@ c\n````\nplain **bold**", columns: 40)
    #expect(lines.map(\.text) == ["  +a", "  ```", "  -b", "  @@ c", "plain bold"])
    #expect(lines.prefix(4).map { $0.spans.first?.style } == [.diffAdded, .text, .diffRemoved, .muted])
  }

  @Test("what is not there yet says what will be", arguments: sizes)
  func empty(_ size: Size) {
    let engine = FakeEngine("hotel", workflow: Fixture.supervised)
    for (key, name) in [("3", "board"), ("7", "files"), ("8", "calls"), ("9", "health")] {
      var model = console(size, engine)
      model.press(key)
      Golden.expect(model, "empty-\(name)")
    }
  }
}
