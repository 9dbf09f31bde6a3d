import Kernel
import Screen
import Synchronization
import Testing

@testable import Console

// covers Clock.swift, EventText.swift, StateWord.swift, FeedIndex.swift, EventHistory.swift, FrameFacts.swift,
// ListPosition.swift,
// Message.swift, Place.swift

@Suite("Clock")
struct ClockTests {
  @Test("times of day are told at an offset from UTC, across midnight")
  func times() {
    #expect(Clock.time(Fixture.start, offset: 0) == "10:00")
    #expect(Clock.time(Fixture.start + 6_000, offset: 120, seconds: true) == "12:00:06")
    #expect(Clock.time(Fixture.start, offset: 15 * 60) == "01:00")
    #expect(Clock.time(Fixture.start, offset: -11 * 60) == "23:00")
    #expect(Clock.date(Fixture.start, offset: 0) == "2026-08-22")
    #expect(Clock.date(Fixture.start, offset: 15 * 60) == "2026-08-23")
    #expect(Clock.date(951_782_400_000, offset: 0) == "2000-02-29")
    #expect(Clock.date(0, offset: 0) == "1970-01-01")
    #expect(Clock.zone(120) == "UTC+2")
    #expect(Clock.zone(-210) == "UTC-3:30")
    #expect(Clock.zone(0) == "UTC")
  }

  @Test("ages take one unit, lengths two, and neither is ever negative")
  func ages() {
    #expect(Clock.age(12_900) == "12s")
    #expect(Clock.age(250_000) == "4m")
    #expect(Clock.age(3_840_000) == "1h04")
    #expect(Clock.age(260_000_000) == "3d")
    #expect(Clock.length(250_000) == "4m10")
    #expect(Clock.length(3_840_000) == "1h04m")
    #expect(Clock.length(266_400_000) == "3d02h")
    #expect(Clock.between(10, 5) == 0)
    #expect(Clock.between(Int64.min, Int64.max) > 0)
  }
}

@Suite("Positions")
struct PositionTests {
  @Test("news above the selected row moves neither the selection nor its place on the screen")
  func identity() {
    var position = ListPosition<String>()
    var rows = (0..<50).map { "row \($0)" }
    position.move(to: 20, count: 50, height: 10, find: { rows.firstIndex(of: $0) }, id: { rows[$0] })
    let before = position.resolve(count: 50, height: 10) { rows.firstIndex(of: $0) }
    rows.insert("new", at: 3)
    let after = position.resolve(count: 51, height: 10) { rows.firstIndex(of: $0) }
    #expect(after.index == 21)
    #expect(after.viewport.offset == before.viewport.offset + 1)
  }

  @Test("when the selected row is gone, its neighbour is selected")
  func gone() {
    var position = ListPosition<String>()
    var rows = ["a", "b", "c"]
    position.move(to: 1, count: 3, height: 3, find: { rows.firstIndex(of: $0) }, id: { rows[$0] })
    rows.remove(at: 1)
    position.settle(count: 2, height: 3, find: { rows.firstIndex(of: $0) }, id: { rows[$0] })
    #expect(position.selected == "c")
    position.settle(count: 0, height: 3, find: { _ in nil }, id: { _ in "" })
    #expect(position.selected == nil)
  }

  @Test("the order of sessions stays while somebody presses keys, and the selection is by name")
  func frozen() {
    var one = FakeEngine("one")
    let two = FakeEngine("two", at: Fixture.start + 1000)
    var model = Model.console(80, 24)
    model.send(.moment(Fixture.start + 60_000))
    model.send(.sessions([one.snapshot, two.snapshot]))
    #expect(model.order == ["one", "two"])
    model.press("down")
    var urgent = FakeEngine("urgent", at: Fixture.start + 2000)
    urgent.work()
    model.send(.sessions([one.snapshot, two.snapshot, urgent.snapshot]))
    #expect(model.order == ["one", "two", "urgent"])
    #expect(model.overview.selected == "two")
    model.wait(2500)
    one.take(.note(.info, text: "more"))
    model.send(.sessions([one.snapshot, two.snapshot, urgent.snapshot]))
    #expect(model.order == ["urgent", "one", "two"])
    #expect(model.overview.selected == "two")
  }
}

@Suite("Feed")
struct FeedTests {
  private func session(_ model: inout Model, events: Int) -> SessionSnapshot {
    var engine = FakeEngine("hotel")
    for number in 0..<events { engine.take(.note(number.isMultiple(of: 7) ? .warning : .ok, text: "note \(number)")) }
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    model.press("enter")
    return engine.snapshot
  }

  @Test("moving up stops following, counts what comes, and G follows again")
  func follow() {
    var model = Model.console(80, 24)
    let snapshot = session(&model, events: 30)
    #expect(model.view().text.contains("FOLLOW"))
    model.press("up", "up")
    let selected = model.desk.feed.selected
    var events = snapshot.events
    for seq in 1...5 {
      let event = Event(at: model.now, by: "engine", fact: .noted(severity: .failure, text: "bad \(seq)"))
      events.append(FeedEvent(seq: 1000 + seq, event: event))
    }
    model.send(.sessions([snapshot.with(events: events)]))
    #expect(model.desk.feed.selected == selected)
    #expect(model.view().text.contains("STOPPED +5 new (5 problems), G follows"))
    model.press("G")
    #expect(model.desk.isFollowing)
    #expect(model.view().text.contains("bad 5"))
  }

  @Test("a filter always says how many it hides; Esc clears it")
  func filter() {
    var model = Model.console(80, 24)
    let snapshot = session(&model, events: 30)
    model.press("f")
    model.type("note 2")
    model.press("enter")
    let shown = snapshot.events.filter {
      if case .noted(_, let text) = $0.event.fact { text.contains("note 2") } else { false }
    }
    #expect(shown.count == 11)
    #expect(model.view().text.contains("[note 2] \(snapshot.events.count - 11) hidden"))
    model.press("f")
    model.type(" nowhere")
    #expect(model.view().text.contains("0 of \(snapshot.events.count) events shown"))
    model.press("esc")
    #expect(model.desk.filterText.isEmpty)
    // An exclamation mark hides instead.
    model.press("f")
    model.type("!note")
    #expect(!model.view().text.contains("note 3"))
  }

  @Test("the amount shown is chosen by arrows in the filter line")
  func levels() {
    var model = Model.console(80, 24)
    _ = session(&model, events: 30)
    model.press("f4", "up", "enter")
    #expect(model.desk.level == .problems)
    #expect(model.view().text.contains("problems only ("))
    #expect(!model.view().text.contains("note 1 "))
    model.press("f4", "down", "down", "enter")
    #expect(model.desk.level == .everything)
    #expect(!model.view().text.contains("hidden"))
  }

  @Test("search, next, previous, next problem")
  func search() {
    var model = Model.console(80, 24)
    let snapshot = session(&model, events: 30)
    func selectedText() -> String {
      let event = snapshot.events.first { $0.seq == model.desk.feed.selected }?.event
      return event.map { EventText($0, in: snapshot.session).text } ?? ""
    }
    model.press("home", "/")
    model.type("note 2")
    model.press("enter")
    #expect(selectedText() == "note 2")
    model.press("n")
    #expect(selectedText() == "note 20")
    model.press("N")
    #expect(selectedText() == "note 2")
    model.press("e")
    #expect(selectedText() == "note 7")
    model.press("E")
    #expect(selectedText() == "note 0")
  }

  @Test("the index looks at each event once and begins again only when the window moved")
  func index() {
    var engine = FakeEngine("hotel")
    for number in 0..<20 { engine.take(.note(.warning, text: "note \(number)")) }
    var index = FeedIndex()
    index.choose(level: .problems, filter: "", marks: [])
    index.refresh(engine.snapshot)
    #expect(index.count(EventHistory(engine.events)) == 20)
    engine.take(.note(.failure, text: "one more"))
    index.refresh(engine.snapshot)
    #expect(index.count(EventHistory(engine.events)) == 21)
    let last = engine.events.count - 1
    #expect(index.event(at: 20) == last)
    #expect(index.row(of: engine.events[last].seq, in: EventHistory(engine.events)) == 20)
    let windowed = SessionSnapshot(
      session: engine.session, events: EventHistory(engine.snapshot.events.dropFirst(10)))
    index.refresh(windowed)
    #expect(index.hidden(windowed.events) == windowed.events.count - index.count(windowed.events))
  }

  @Test("a long history is drawn by its visible rows only")
  func long() {
    var engine = FakeEngine("hotel")
    let event = Event(at: engine.moment, by: "engine", fact: .noted(severity: .ok, text: "a line"))
    engine.events += (0..<100_000).map { FeedEvent(seq: 1000 + $0, event: event) }
    var model = Model.console(120, 30)
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    model.press("enter")
    let clock = ContinuousClock()
    let spent = clock.measure {
      for _ in 0..<20 {
        model.press("up")
        _ = model.view()
      }
    }
    // Twenty keys with their frames; the promise is 30 ms each in a release build, with room for a debug build here.
    #expect(spent < .seconds(6))
    model.press("home")
    // Older ones are looked at bit by bit; meanwhile keys are answered, and then the wish is fulfilled.
    #expect(model.isLooking)
    #expect(model.wakeAfter == 1)
    #expect(model.view().text.contains(" older ones "))
    for _ in 0..<400 where model.isLooking { model.send(.moment(model.now)) }
    #expect(!model.isLooking)
    #expect(model.view().text.contains("Session hotel began"))
  }

  /// Pages that count how often they are read, and from which event on.
  private final class Pages: EventPages {
    let all: [FeedEvent]
    private let reads = Mutex<[Range<Int>]>([])
    var read: [Range<Int>] { reads.withLock { $0 } }

    init(_ all: [FeedEvent]) { self.all = all }

    func events(at places: Range<Int>) -> [FeedEvent] {
      reads.withLock { $0.append(places) }
      return Array(all[min(places.lowerBound, all.count)..<min(places.upperBound, all.count)])
    }
  }

  @Test("a history in pages gives the same events as one in memory, and reads a page once while it is near")
  func pages() {
    let all = (0..<10_000).map { number in
      FeedEvent(
        seq: number + 1, event: Event(at: Int64(number), by: "x", fact: .noted(severity: .ok, text: "\(number)")))
    }
    let pages = Pages(all)
    var history = EventHistory(pages: pages)
    for start in stride(from: 0, to: all.count, by: 500) { history.append(contentsOf: all[start..<start + 500]) }
    #expect(history.count == all.count)
    #expect(history.last == all.last)
    // Following reads nothing.
    #expect(pages.read.isEmpty)
    for place in [0, 255, 256, 257, 1, 5_000, 9_999] { #expect(history[place] == all[place]) }
    #expect(pages.read == [0..<256, 256..<512, 4_864..<5_120])
    #expect(history.firstPlace(from: 4_321) == 4_320)
    #expect(Array(history.upTo(300)) == Array(all.prefix(300)))
    #expect(Array(history.upTo(9_990)) == Array(all.prefix(9_990)))
    // What cannot be read is said to be so, and everything else stays where it is.
    let broken = EventHistory(pages: Pages([]))
    var longer = broken
    longer.append(contentsOf: all)
    #expect(longer[0].seq == 1)
    guard case .noted(.failure, let words) = longer[0].event.fact else {
      Issue.record("an event that cannot be read is shown as if it had been")
      return
    }
    #expect(words.contains("signalbox verify"))
  }

  @Test("what is found backwards is what is found forwards")
  func bothWays() {
    var engine = FakeEngine("hotel")
    engine.work()
    for number in 0..<9_000 {
      engine.take(.note(number % 7 == 0 ? .warning : .info, text: "note \(number)"))
    }
    let snapshot = engine.snapshot
    for filter in ["", "sev:warn", "note 12", "!note", "stage:2"] {
      for level in FeedLevel.allCases {
        var index = FeedIndex()
        index.choose(level: level, filter: filter, marks: [])
        repeat { index.refresh(snapshot) } while index.left > 0
        let rows = (0..<index.count(snapshot.events)).map { index.event(at: $0) }
        #expect(rows == rows.sorted(), "\(filter) \(level)")
        #expect(Set(rows).count == rows.count)
        #expect(rows.count + index.hidden(snapshot.events) == snapshot.events.count)
        if filter == "sev:warn", level != .everything { #expect(rows.count >= 1_286) }
      }
    }
  }
}

@Suite("Words")
struct WordTests {
  @Test("what a session does is one word, in the order in which it needs a person")
  func states() {
    var engine = FakeEngine("hotel")
    engine.begin()
    #expect(engine.snapshot.word(at: engine.moment) == .running)
    #expect(engine.snapshot.word(at: engine.moment + 400_000) == .stalled)
    engine.status = .gone
    #expect(engine.snapshot.word(at: engine.moment) == .lost)
    engine.status = .none
    #expect(engine.snapshot.word(at: engine.moment) == .idle)
    engine.status = .alive("here", since: 0)
    engine.broken = ["preflight"]
    engine.end(engine.session.inFlight[0])
    #expect(engine.snapshot.word(at: engine.moment) == .retry)
    engine.work()
    #expect(engine.snapshot.word(at: engine.moment) == .ask)
    engine.take(.pause(reason: ""))
    #expect(engine.snapshot.word(at: engine.moment) == .paused)
    engine.take(.abort(reason: "", confirmation: "hotel"))
    #expect(engine.snapshot.word(at: engine.moment) == .aborted)
    let words = StateWord.allCases
    #expect(words.firstIndex(of: .ask) == 0)
    #expect(Set(words.map(\.rawValue)).count == words.count)
  }

  @Test("a pass without evidence is unproven, a waiver is never a pass")
  func gates() {
    var gate = GateRecord(id: "g", title: "G", category: "", mandatory: true, required: "r", maxAttempts: 1)
    gate.state = .done
    gate.results = [GateResult(passed: true, required: "r", achieved: "r")]
    #expect(gate.word == .unproven)
    gate.results[0].evidence = "file"
    #expect(gate.word == .passed)
    gate.state = .waived
    #expect(gate.word == .waived)
    gate.state = .failed
    #expect(gate.word == .failed)
    gate.mandatory = false
    #expect(gate.word == .warning)
  }

  @Test("steps are counted from tasks, sub-stages, gates and approvals, never guessed")
  func steps() {
    var engine = FakeEngine("hotel")
    engine.work()
    let plan = engine.session.stages[2]
    #expect(engine.snapshot.steps(of: plan).map { [$0.done, $0.all] } == [1, 2])
    engine.answer("approve")
    engine.work(effects: 2)
    #expect(engine.snapshot.steps(of: engine.session.stages[3]).map { [$0.done, $0.all] } == [1, 3])
    #expect(engine.snapshot.steps(of: engine.session.stages[4]).map { [$0.done, $0.all] } == [0, 3])
  }

  @Test("time waited for people counts overlapping questions once")
  func waited() {
    var engine = FakeEngine("hotel")
    engine.work()
    let raised = engine.session.openDecisions[0].raisedAt
    #expect(engine.snapshot.waited(at: raised + 5000) == 5000)
    let twice = engine.snapshot.with { session in
      var second = session.decisions[0]
      second.raisedAt = raised + 1000
      session.decisions.append(second)
    }
    #expect(twice.waited(at: raised + 5000) == 5000)
  }

  @Test("every kind of event has words, and a level")
  func events() {
    var engine = FakeEngine("hotel")
    engine.work()
    engine.answer("approve")
    engine.failing = ["coverage"]
    engine.work()
    let session = engine.session
    for entry in engine.events {
      let words = EventText(entry.event, in: session)
      #expect(!words.text.isEmpty)
      #expect(words.source.utf8.count <= 8, "\(words.source)")
    }
    let strange = Event(at: 0, by: "x", fact: .unknown(type: "later.kind", data: "{\"a\":\"\u{1B}[2J\"}"))
    #expect(EventText(strange, in: session).text.hasPrefix("later.kind {\"a\":\"^["))
    let waiver = Event(at: 0, by: "ana", fact: .noted(severity: .warning, text: "look"))
    #expect(EventText.level(of: waiver.fact) == .problems)
  }
}

@Suite("Decision cards")
struct CardTests {
  @Test("a difference names what was removed and what was added")
  func difference() {
    var engine = FakeEngine("hotel")
    engine.work()
    let old = engine.session.openDecisions[0]
    var new = old
    new.body = old.body.split(separator: "\n").dropLast().joined(separator: "\n") + "\nadded"
    let found = DecisionCard.difference(from: old, to: new)
    #expect(found.contains { $0.isAdded && $0.text == "added" })
    #expect(found.contains { !$0.isAdded })
    #expect(DecisionCard.difference(from: old, to: old).isEmpty)
  }

  @Test("consequences come from the functions that would cause them, the gravest first, with the shell's own")
  func effects() {
    var engine = FakeEngine("hotel")
    engine.work()
    engine.answer("approve")
    engine.failing = ["coverage"]
    engine.work()
    let decision = engine.session.openDecisions[0]
    let snapshot = SessionSnapshot(
      session: engine.session, events: engine.snapshot.events, engine: engine.snapshot.engine,
      facts: [
        AddedConsequence(decision: decision.id, option: "again", text: "app/main.py has edits of yours.", isLoss: true)
      ])
    var model = Model.console(120, 30)
    model.send(.moment(engine.moment))
    model.send(.sessions([snapshot]))
    model.press("D")
    model.wait(500)
    model.press("g")
    guard let card = model.card, let option = card.chosen else {
      Issue.record("no option was chosen")
      return
    }
    let lines = model.effectLines(option, of: card, columns: 80).map(\.text)
    #expect(lines[0] == "Lost       app/main.py has edits of yours.")
    #expect(lines.contains("Again      sub-stages 3.1, 3.2 run again"))
    #expect(!lines.contains { $0.hasPrefix("Keeps") })
    #expect(card.effects["waive"]?.consequences.waivers == ["coverage"])
  }

  @Test("a withdrawn question stays on the screen and says so")
  func withdrawn() {
    var engine = FakeEngine("hotel")
    engine.work()
    var model = Model.console(80, 24)
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    model.press("D")
    model.wait(500)
    engine.take(.abort(reason: "", confirmation: "hotel"), by: "ben")
    model.send(.sessions([engine.snapshot]))
    #expect(model.place == .decision)
    #expect(model.view().text.contains("No longer asked: The session was aborted."))
    // What is typed on was meant for the question; it closes nothing.
    #expect(model.press("q", "enter", "D").isEmpty)
    #expect(model.place == .decision)
    model.wait(500)
    model.press("end", "a")
    #expect(model.press("enter").isEmpty)
    #expect(model.place == .overview)
  }

  @Test("when nothing moves, the console asks for a moment once a minute")
  func quiet() {
    var engine = FakeEngine("hotel")
    engine.work()
    var model = Model.console(80, 24)
    // A moment at which no age reaches its next minute within ten seconds.
    model.send(.moment(engine.session.createdAt + 365_000))
    model.send(.sessions([engine.snapshot]))
    #expect((model.wakeAfter ?? 0) > 1000)
    let before = model.view()
    model.wait(10_000)
    #expect(model.view().text.split(separator: "\n").dropFirst() == before.text.split(separator: "\n").dropFirst())
  }
}
