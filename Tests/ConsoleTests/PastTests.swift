import Kernel
import Screen
import Testing

@testable import Console

// covers Past.swift, PastView.swift

@Suite("The past")
struct PastTests {
  /// A session with two answers, a failed gate and a person who is waited for.
  private var lived: FakeEngine {
    var engine = FakeEngine("hotel")
    engine.work()
    engine.answer("approve")
    engine.failing = ["coverage"]
    engine.work()
    engine.answer("retry")
    engine.failing = []
    engine.work()
    return engine
  }

  private func console(_ columns: Int, _ rows: Int, _ engine: FakeEngine) -> Model {
    var model = Model.console(columns, rows)
    model.send(.moment(engine.moment + 12_000))
    model.send(.sessions([engine.snapshot]))
    model.press("enter")
    return model
  }

  /// Sessions folded from the first so many events, one after another.
  private func folded(_ events: [FeedEvent]) -> [Session] {
    var session = Session()
    return events.map { entry in
      session.apply(entry.event)
      return session
    }
  }

  @Test("wherever one goes, the session is the one that its events make, however one came there")
  func foldsLikeThePresent() {
    let engine = lived
    let live = engine.snapshot
    let sessions = folded(Array(live.events))
    var past = Past(live, after: 1)
    var random = SystemRandomNumberGenerator()
    for count in (1...live.events.count).shuffled(using: &random) + [0, -5, live.events.count + 9] {
      past.go(to: count, in: live)
      let expected = min(max(1, count), live.events.count)
      #expect(past.snapshot.session == sessions[expected - 1], "after \(count) events")
      #expect(past.count == expected)
    }
  }

  @Test("a long history is folded from what was kept on the way")
  func longHistory() {
    var engine = FakeEngine("hotel")
    for number in 0..<3000 { engine.take(.note(.info, text: "note \(number)"), by: "ana") }
    let live = engine.snapshot
    #expect(live.events.count > 2000)
    let sessions = folded(Array(live.events))
    var past = Past(live, after: live.events.count)
    for count in [live.events.count - 1, 1500, 129, 128, 127, 2000] {
      past.go(to: count, in: live)
      #expect(past.snapshot.session == sessions[count - 1])
    }
  }

  @Test("what is drawn of the past is what was drawn then")
  func asItStood() throws {
    let engine = lived
    let timeline = 7
    for count in stride(from: 4, through: engine.events.count - 1, by: 3) {
      let then = SessionSnapshot(
        session: folded(Array(engine.events.prefix(count)))[count - 1],
        events: EventHistory(engine.events.prefix(count)),
        engine: engine.status)
      var live = Model.console(120, 38)
      live.send(.moment(then.session.updatedAt))
      live.send(.sessions([then]))
      live.press("enter")
      var back = console(120, 38 + timeline, engine)
      back.press("H")
      back.desks["hotel"]?.past?.go(to: count, in: engine.snapshot)
      back.send(.moment(back.now))
      back.send(.sessions([engine.snapshot]))
      func rows(_ frame: Frame, _ range: Range<Int>) -> [String] {
        range.map { frame.text.split(separator: "\n", omittingEmptySubsequences: false)[$0] }.map(String.init)
      }
      // The pipeline, and the panes below the timeline.
      let (before, after) = (live.view(), back.view())
      let hints = { (row: String) in row.replacing("  D opens it", with: "").replacing("  2 Enter opens it", with: "") }
      #expect(rows(after, 2..<5).map(trimmed) == rows(before, 1..<4).map(hints).map(trimmed))
      #expect(rows(after, 11..<43) == rows(before, 4..<36))
    }
  }

  private func trimmed(_ text: String) -> String {
    var text = text[...]
    while text.last == " " { text = text.dropLast() }
    return String(text)
  }

  @Test("from the past nothing is ordered, and every key says why")
  func readOnly() {
    let engine = lived
    var model = console(120, 40, engine)
    model.press("H")
    #expect(model.past != nil)
    for key in ["p", "u", "R", "C", "X", "a"] {
      let intents = model.press(key)
      #expect(intents.allSatisfy { if case .title = $0 { true } else { false } }, "\(key) made \(intents)")
      #expect(model.place == .session("hotel"), "\(key) opened something")
      #expect(model.toast?.text.contains("you look at the past") == true, "\(key): \(model.toast?.text ?? "")")
    }
    // What was asked then is read; it cannot be answered from there.
    model.press("2", "home", "enter")
    #expect(model.card == nil)
  }

  @Test("one walks through events, stages and decisions, and stops at both ends")
  func walks() {
    let engine = lived
    var model = console(120, 40, engine)
    model.press("H")
    var counts = [model.past?.count ?? 0]
    for _ in 0..<200 {
      model.press("left")
      counts.append(model.past?.count ?? 0)
    }
    #expect(counts == counts.sorted(by: >))
    #expect(model.toast?.text == "This is where it began.")
    model.press("L")
    let first = model.past?.snapshot.events.last?.event.fact
    if case .stageStarted = first {} else { Issue.record("\(String(describing: first)) is no start of a stage") }
    model.press(".")
    let next = model.past?.snapshot.events.last?.event.fact
    if case .decisionAnswered(let answer) = next {
      #expect(answer.option == "approve")
    } else {
      Issue.record("\(String(describing: next)) is no answer")
    }
    model.press(",")
    #expect(model.toast?.text == "Nobody decided anything before.")
    for _ in 0..<500 { model.press("right") }
    #expect(model.past?.count == engine.events.count || model.toast?.text.hasPrefix("This is the newest") == true)
    // Only a person says "now".
    #expect(model.past != nil)
    model.press("G")
    #expect(model.past == nil)
    #expect(model.desk.isFollowing)
  }

  @Test("a question that is opened is of the present")
  func decisionsLeaveThePast() throws {
    let engine = lived
    #expect(!engine.session.openDecisions.isEmpty)
    var model = console(120, 40, engine)
    model.press("H", "left", "left", "D")
    #expect(model.past == nil)
    #expect(model.card?.shown == engine.session.openDecisions.first)
  }

  @Test("what changed since is told from the records of both")
  func sinceThen() {
    let engine = lived
    var model = console(120, 40, engine)
    model.press("H")
    model.desks["hotel"]?.past?.go(to: 5, in: engine.snapshot)
    let rows = model.sincePast
    #expect(rows.first { $0.label == "Events" }?.value == "\(engine.events.count - 5) more")
    let decided = rows.first { $0.label == "Decided" }?.value ?? ""
    #expect(decided.contains("Approve and begin to generate (ana)") && decided.contains("Run it again (ana)"))
    #expect(rows.first { $0.label == "Stages" }?.value.contains("TODO -> DONE") == true)
    model.press("d")
    #expect(model.place == .reading)
    model.press("esc", "esc")
    #expect(model.past == nil)
  }

  @Test("an event that is read leads to its moment")
  func fromAnEvent() {
    let engine = lived
    var model = console(120, 40, engine)
    model.press("1", "up", "up", "up")
    guard let seq = model.desk.feed.selected else {
      Issue.record("nothing is selected")
      return
    }
    model.open(Reading(subject: .event(session: "hotel", seq: seq)))
    model.press("H")
    #expect(model.past?.snapshot.events.last?.seq == seq)
    #expect(model.place == .session("hotel"))
  }

  @Test("a history whose beginning is not here has no past to look at")
  func cutHistory() {
    let engine = lived
    var model = Model.console(120, 40)
    model.send(.moment(engine.moment))
    model.send(
      .sessions([SessionSnapshot(session: engine.session, events: EventHistory(engine.events.dropFirst(3)))]))
    model.press("enter", "H")
    #expect(model.past == nil)
    #expect(model.toast?.text.contains("its first events are not here") == true)
  }

  @Test(
    "a past moment in every size",
    arguments: [(40, 12), (60, 16), (80, 24), (120, 30), (200, 60)].map { Size(columns: $0.0, rows: $0.1) })
  func frames(_ size: Size) {
    let engine = lived
    var model = console(size.columns, size.rows, engine)
    model.press("H", "left", "left", "left", "left", "left", "left")
    Golden.expect(model, "past")
    model.press("d")
    Golden.expect(model, "past-since")
  }
}
