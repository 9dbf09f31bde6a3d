import Kernel
import Screen
import Testing

@testable import Console

// Covers Query, FeedIndex, FilteredRow.

@Suite("Filters and marks") struct QueryTests {
  private let row = FilteredRow(
    word: .failed, source: "gate", task: "4.1-docker", stages: ["4", "4.1"], author: "ana", isMarked: true,
    text: "Lint: 3 findings, required 0")

  @Test(
    "a row is shown when every part holds",
    arguments: [
      ("", true), ("findings, required", true), ("required findings", false), ("!findings", false), ("!nowhere", true),
      ("sev:fail", true), ("sev:ask", false), ("sev:ask,fail", true), ("!sev:fail", false), ("sev>=warn", true),
      ("sev>=ask", false), ("sev:problems", true), ("src:gate", true), ("src:GA", true), ("src:task", false),
      ("task:docker", true), ("task:4.2", false), ("stage:4", true), ("stage:4.1", true), ("stage:4.10", false),
      ("stage:5", false), ("by:ana", true), ("by:bo", false), ("is:marked", true), ("!is:marked", false),
      ("sev:fail src:gate lint", true), ("sev:fail src:gate !lint", false), ("lint !nowhere", true),
      ("lint !findings", false), ("stage:", true), ("sev>=", true), ("sev:purple", true), ("http://x", false),
    ])
  func matches(_ typed: String, _ isShown: Bool) {
    #expect(Query(typed).matches(row) == isShown, "\(typed)")
  }

  @Test("what is not understood is said and holds nothing back")
  func problems() {
    let query = Query("sev:purple")
    #expect(query.isEmpty)
    #expect(query.problem?.contains("no state is called purple") == true)
    #expect(Query("is:red").problem == "is: knows only is:marked")
    #expect(Query("sev:fail").problem == nil)
    // A name without its value is somebody still typing.
    for begun in ["sev", "sev:", "src:", "is:", "is:mar"] { #expect(Query(begun).problem == nil, "\(begun)") }
  }

  @Test(
    "what is wrong with a filter is said while it is typed, and stays said, at every width", arguments: [80, 120, 200])
  func problemsAreSaid(_ columns: Int) {
    var engine = FakeEngine("hotel")
    engine.work()
    var model = Model.console(columns, 24)
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    model.press("enter", "up", "f")
    model.type("sev:purple")
    #expect(model.view().text.contains("no state is called"))
    model.press("enter")
    #expect(model.view().text.contains("filter not understood"))
  }

  @Test("chips name each part as it was typed, without what could move the cursor")
  func chips() {
    #expect(Query("sev:fail lint gate !src:task").chips.text == "[sev:fail] [lint gate] [!src:task]")
    #expect(!Query("a\u{1B}[2J\u{202E}").chips.text.contains("\u{1B}"))
  }

  private func opened() -> (Model, FakeEngine) {
    var engine = FakeEngine("hotel")
    engine.work()
    var model = Model.console(120, 30)
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    model.press("enter")
    return (model, engine)
  }

  private func shown(_ model: Model) -> [Event] {
    guard let current = model.current else { return [] }
    let index = model.desk.index
    return (0..<index.count(current.events)).map { current.events[index.event(at: $0)].event }
  }

  @Test("the feed by stage shows what happened while the stage was at work, and nothing else")
  func stages() {
    var (model, engine) = opened()
    model.press("f", "down", "enter")
    let all = shown(model)
    #expect(all.count == engine.events.count)
    model.press("f")
    model.type("stage:0")
    model.press("enter")
    let first = shown(model)
    #expect(!first.isEmpty && first.count < all.count)
    let begun = engine.events.firstIndex { $0.event.fact == .stageStarted(1) } ?? 0
    for event in first { #expect((engine.events.firstIndex { $0.event == event } ?? .max) < begun) }
    #expect(model.view().text.contains("[stage:0] \(all.count - first.count) hidden"))
    // The last filter is a key away, on and off.
    model.press(".")
    #expect(shown(model).count == all.count)
    model.press(".")
    #expect(shown(model) == first)
  }

  @Test("each list has its own filter, and says when nothing fits")
  func lists() {
    var (model, _) = opened()
    model.press("4", "f")
    model.type("!sev:todo nothing like it")
    model.press("enter")
    // Where there is nothing at all, no filter hides it.
    #expect(model.gateRows.isEmpty)
    #expect(model.view().text.contains("Gates are checks the engine itself runs"))
    #expect(!model.view().text.contains("Nothing here fits"))
    model.press("3", "f")
    model.type("nothing like it")
    model.press("enter")
    #expect(model.view().text.contains("Nothing here fits the filter nothing like it"))
    model.press("esc", "4")
    #expect(model.desk.filterText.isEmpty)
    model.press("esc")
    #expect(!model.gateRows.isEmpty || model.current?.session.gates.isEmpty == true)
    // What needs a person is never hidden.
    model.press("2", "f")
    #expect(model.input == nil)
    #expect(model.view().text.contains("nothing in this list is ever hidden"))
  }

  @Test("tasks by state and by agent's role, on the board as in the list")
  func tasks() {
    var (model, engine) = opened()
    model.press("3", "f")
    model.type("src:architect")
    model.press("enter")
    let wanted = engine.session.tasks.filter { $0.role == "architect" }.map(\.id)
    #expect(model.taskRows.map(\.id) == wanted)
    #expect(!wanted.isEmpty && wanted.count < engine.session.tasks.count)
  }

  @Test("marks are put, found in a circle, filtered for, and taken away")
  func marks() {
    var (model, _) = opened()
    model.press("home", "m", "down", "down", "m")
    let marked = model.desk.marks
    #expect(marked.count == 2)
    let second = model.desk.feed.selected
    model.press("'")
    let first = model.desk.feed.selected
    #expect(first != second)
    model.press("'")
    #expect(model.desk.feed.selected == second)
    model.press("f")
    model.type("is:marked")
    model.press("enter")
    #expect(shown(model).count == 2)
    model.press("m")
    #expect(shown(model).count == 1)
    model.press("esc", "'", "m")
    #expect(model.desk.marks.isEmpty)
  }

  @Test("B goes to what stands in the way")
  func blockers() {
    var engine = Fixture.team()
    engine.work()
    var model = Model.console(120, 30)
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    model.press("enter", "B")
    #expect(model.desk.focus == .calls)
  }

  @Test("a text that is read can be searched, forwards, backwards, going round")
  func reading() {
    var model = Model.console(80, 24)
    model.press("?", "/")
    model.type("session")
    model.press("enter")
    let first = model.reading.last?.found
    #expect(first != nil)
    model.press("n")
    let second = model.reading.last?.found
    #expect(second != first)
    model.press("N")
    #expect(model.reading.last?.found == first)
    #expect(model.view().text.contains(" rows with session"))
    model.press("/")
    model.type("no such words anywhere")
    model.press("enter")
    #expect(model.view().text.contains("Nothing found."))
  }
}
