import Kernel
import Screen
import Testing

@testable import Console

// Covers Attention, AlertNote.

@Suite("Being told") struct AttentionTests {
  private func console(_ change: (inout Attention) -> Void = { _ in }) -> (Model, FakeEngine) {
    var engine = FakeEngine("hotel")
    var model = Model.console(120, 30)
    change(&model.attention)
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    engine.work()
    return (model, engine)
  }

  private func notes(_ intents: [Intent]) -> [AlertNote] {
    intents.compactMap { if case .notify(let note) = $0 { note } else { nil } }
  }

  @Test("a question rings and asks for a notice; with the focus here it only rings")
  func ask() {
    var (model, engine) = console()
    var other = model
    let intents = model.update(.sessions([engine.snapshot]))
    #expect(intents.contains(.bell))
    #expect(notes(intents).map(\.kind) == [.ask])
    #expect(notes(intents).first?.session == "hotel")
    other.send(.key(.focus(true)))
    let quiet = other.update(.sessions([engine.snapshot]))
    #expect(quiet.contains(.bell))
    #expect(notes(quiet).isEmpty)
  }

  @Test("the bell, the notice and one's own program are each chosen")
  func ways() {
    var (model, engine) = console {
      $0.bell = false
      $0.desktop = false
      $0.hasProgram = true
    }
    let intents = model.update(.sessions([engine.snapshot]))
    #expect(!intents.contains(.bell))
    #expect(notes(intents).first?.program == true)
    #expect(notes(intents).first?.desktop == false)
    model.send(.alerted(1, way: "my-notifier: ended with 2"))
    model.press("!")
    #expect(model.view().text.contains("my-notifier: ended with 2"))
  }

  @Test("a muted session and quiet hours are silent, and the list says so; nothing is hidden on the screen")
  func quiet() {
    var (model, engine) = console()
    model.send(.moment(engine.moment))
    _ = model.perform(.mute)
    let intents = model.update(.sessions([engine.snapshot]))
    #expect(!intents.contains(.bell))
    #expect(notes(intents).isEmpty)
    #expect(model.view().text.contains("1 NEEDS YOU"))
    model.press("!")
    #expect(model.view().text.contains("not told aloud: this session is muted"))
    // Local time is 12:00 at the fixture's start.
    var (night, other) = console { $0.quietHours = Attention.QuietHours(from: 23 * 60, until: 13 * 60) }
    #expect(!night.update(.sessions([other.snapshot])).contains(.bell))
    var (day, third) = console { $0.quietHours = Attention.QuietHours(from: 13 * 60, until: 23 * 60) }
    #expect(day.update(.sessions([third.snapshot])).contains(.bell))
  }

  @Test("muting goes from half an hour to four, for good, and no more")
  func steps() {
    var (model, engine) = console()
    model.send(.moment(engine.moment))
    #expect(model.reasonQuiet("hotel") == nil)
    _ = model.perform(.mute)
    #expect(model.telling.muted["hotel"] == .until(model.now + 30 * 60_000))
    _ = model.perform(.mute)
    #expect(model.telling.muted["hotel"] == .until(model.now + 240 * 60_000))
    _ = model.perform(.mute)
    #expect(model.telling.muted["hotel"] == .always)
    _ = model.perform(.mute)
    #expect(model.telling.muted["hotel"] == nil)
    // Half an hour ends by itself.
    _ = model.perform(.muteAll)
    #expect(model.reasonQuiet("hotel") == "everything is muted")
    model.send(.moment(model.now + 31 * 60_000))
    #expect(model.reasonQuiet("hotel") == nil)
  }

  @Test("one session is told of once a minute; a test is always told")
  func grouped() {
    var (model, engine) = console()
    _ = model.update(.sessions([engine.snapshot]))
    #expect(model.sound(.blocked, session: "hotel", "again").isEmpty)
    #expect(!model.sound(.blocked, session: "zoo", "another").isEmpty)
    model.send(.moment(model.now + 61_000))
    #expect(!model.sound(.blocked, session: "hotel", "later").isEmpty)
    _ = model.perform(.muteAll)
    #expect(model.perform(.alertTest).contains(.bell))
    #expect(model.telling.sent.filter { $0.ways.contains { $0.contains("a moment ago") } }.count == 1)
  }

  @Test("a question that comes right after something else is told a minute later, once, and only if it still waits")
  func owed() {
    var (model, engine) = console()
    _ = model.update(.sessions([engine.snapshot]))
    let start = model.now
    #expect(model.sound(.ask, session: "hotel", "another").isEmpty)
    #expect(model.update(.moment(start + 30_000)).isEmpty)
    var answered = model
    #expect(notes(model.update(.moment(start + 61_000))).map(\.kind) == [.ask])
    #expect(notes(model.update(.moment(start + 200_000))).isEmpty)
    engine.answer("approve")
    _ = answered.update(.sessions([engine.snapshot]))
    #expect(notes(answered.update(.moment(start + 61_000))).isEmpty)
  }

  @Test("what is silent for long takes no place from a question that waits")
  func stalled() {
    var (model, engine) = console { $0.repeats = [] }
    _ = model.update(.sessions([engine.snapshot]))
    #expect(model.toast?.style == .stateAsk)
    var other = FakeEngine("zoo")
    other.begin()
    _ = model.update(.sessions([engine.snapshot, other.snapshot]))
    _ = model.update(.moment(model.now + 86_400_000))
    #expect(model.telling.words["zoo"] == .stalled)
    #expect(model.toast?.style == .stateAsk)
  }

  @Test("a question that waits is told again after the chosen minutes, once each; what waited before is not")
  func again() {
    var (model, engine) = console { $0.repeats = [10, 60] }
    _ = model.update(.sessions([engine.snapshot]))
    let start = model.now
    func told(after minutes: Int64) -> Int { notes(model.update(.moment(start + minutes * 60_000))).count }
    #expect(told(after: 5) == 0)
    #expect(told(after: 11) == 1)
    #expect(told(after: 12) == 0)
    #expect(told(after: 61) == 1)
    #expect(told(after: 300) == 0)
    // A console that is opened later shows it, and does not ring for what is on its screen.
    var late = Model.console(80, 24)
    late.send(.moment(start + 45 * 60_000))
    _ = late.update(.sessions([engine.snapshot]))
    #expect(late.update(.moment(start + 46 * 60_000)).isEmpty)
    #expect(late.update(.moment(start + 62 * 60_000)).contains(.bell))
  }

  @Test("the end of a session and a lost engine are told")
  func changes() {
    var (model, engine) = console()
    _ = model.update(.sessions([engine.snapshot]))
    model.send(.moment(model.now + 120_000))
    engine.session.standing = .completed(at: model.now)
    let intents = model.update(.sessions([engine.snapshot]))
    #expect(notes(intents).map(\.kind) == [.done])
    #expect(!intents.contains(.bell))
  }
}

@Suite("Reopening") struct MemoryTests {
  // Covers Memory, ConsoleMemory.
  private func console() -> (Model, FakeEngine) {
    var engine = FakeEngine("hotel")
    engine.work()
    var model = Model.console(120, 30)
    model.keepsMemory = true
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    return (model, engine)
  }

  @Test("pane, row, filter, level, marks, times, theme and mutes lead back in the next console")
  func place() {
    var (model, engine) = console()
    model.press("enter", "f", "up")
    model.type("sev:ask")
    model.press("enter", "home", "m", "t", "4", "z", "M")
    model.press("T", "down", "enter")
    _ = model.perform(.mute)
    let kept = model.memory
    var next = Model.console(120, 30)
    next.keepsMemory = true
    next.recall(kept, drafts: [])
    next.send(.moment(engine.moment))
    next.send(.sessions([engine.snapshot]))
    next.press("enter")
    #expect(next.desk.focus == .gates)
    #expect(next.desk.isZoomed)
    #expect(next.desk.filterText == "sev:ask")
    #expect(next.desk.level == .problems)
    #expect(next.desk.marks == model.desk.marks)
    #expect(next.timeFormat == model.timeFormat)
    #expect(next.theme == model.theme)
    #expect(next.readsMouse)
    #expect(next.telling.muted == model.telling.muted)
    #expect(next.memory == kept)
  }

  @Test("each key of a draft is kept, an answered one is forgotten, and the next console has it")
  func drafts() {
    var (model, engine) = console()
    model.press("D")
    model.wait(500)
    model.press("tab")
    let intents = model.type("no")
    let kept = intents.compactMap { if case .keepDraft(let draft) = $0 { draft } else { nil } }
    #expect(kept.map(\.note) == ["n", "no"])
    #expect(kept.last?.session == "hotel")
    var next = Model.console(120, 30)
    next.recall(model.memory, drafts: kept.suffix(1))
    next.send(.moment(engine.moment))
    next.send(.sessions([engine.snapshot]))
    next.press("D")
    #expect(next.draft.note.text == "no")
    #expect(next.card?.choice == nil)
    // Emptied by hand it is forgotten.
    let end = model.press("backspace", "backspace").compactMap {
      if case .keepDraft(let draft) = $0 { draft } else { nil }
    }
    #expect(end.last?.isEmpty == true)
  }

  @Test("what is not there any more leads nowhere and breaks nothing")
  func gone() {
    var memory = Memory()
    var place = Memory.Place()
    place.pane = 99
    place.level = 99
    place.rows = ["1": "seven", "2": "D-404", "4": "no-gate"]
    place.filters = ["2": "hidden", "77": "x"]
    memory.places["hotel"] = place
    memory.overviewRow = "nobody"
    memory.theme = "none"
    memory.times = -3
    var (model, _) = console()
    model.recall(memory, drafts: [KeptDraft(session: "nobody", subject: "D-1", note: "x")])
    model.press("enter")
    #expect(model.desk.focus == .feed)
    #expect(model.desk.filters.isEmpty)
    #expect(model.theme == "terminal")
    for size in [Size(columns: 40, rows: 12), Size(columns: 200, rows: 60)] { _ = model.view(size: size) }
  }
}

@Suite("Themes and mouse") struct HandsTests {
  // Covers ThemePick, Pointing.
  private func console() -> (Model, FakeEngine) {
    var engine = FakeEngine("hotel")
    engine.work()
    var model = Model.console(120, 30)
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot, FakeEngine("zoo").snapshot]))
    return (model, engine)
  }

  @Test("each theme is shown while it is selected; Enter keeps it, Esc goes back")
  func themes() {
    var (model, _) = console()
    model.press("T")
    #expect(model.view().text.contains("terminal  in use"))
    #expect(model.press("down") == [.theme("safe")])
    #expect(model.press("esc") == [.theme("terminal")])
    #expect(!model.hasChosenTheme)
    model.press("T", "down")
    #expect(model.press("enter").isEmpty)
    #expect(model.theme == "safe")
    #expect(model.hasChosenTheme)
    #expect(model.place == .overview)
  }

  @Test("the mouse is off at first; M turns it on and off and says what that means")
  func toggle() {
    var (model, _) = console()
    #expect(!model.readsMouse)
    #expect(model.press("M") == [.mouse(true)])
    #expect(model.view().text.contains("Shift-drag selects text"))
    #expect(model.press("M") == [.mouse(false)])
  }

  @Test("a click selects, a second one opens; over a question it does nothing")
  func click() {
    var (model, _) = console()
    let rows = model.listed.map(\.id)
    let list = model.overviewAreas.list
    func press(_ column: Int, _ row: Int) {
      model.send(.key(.mouse(Key.Mouse(.press(1), at: Point(column: column, row: row)))))
    }
    press(list.column + 4, list.row + 3)
    #expect(model.overview.selected == rows[1])
    press(list.column + 4, list.row + 3)
    #expect(model.currentID == rows[1])
    model.press("q", "D")
    model.wait(500)
    let before = model.card
    for row in 0..<30 { press(50, row) }
    #expect(model.card?.choice == before?.choice)
    #expect(model.card?.phase == .open)
    model.press("esc", "esc")
    // A pane gets the focus by a click on it.
    model.overview.recall("hotel")
    model.press("enter")
    let gates = model.paneAreas.first { $0.pane == .gates }?.area
    press((gates?.column ?? 0) + 3, (gates?.row ?? 0) + 2)
    #expect(model.desk.focus == .gates)
  }

  @Test("what is pasted over a question goes into its note and sends nothing")
  func paste() {
    var (model, _) = console()
    model.press("D")
    model.wait(500)
    let intents = model.update(.key(.paste("a\r\ny\ra")))
    #expect(intents.filter(\.isAnswer).isEmpty)
    #expect(model.card?.focus == .note)
    #expect(model.card?.choice == nil)
    #expect(!model.draft.note.text.isEmpty)
  }
}

@Suite("What is wrong with the person's files")
struct TroubleTests {
  @Test("every trouble stays listed, however many came at once, and the overview says so")
  func troubles() {
    var model = Model.console(80, 24)
    model.send(.moment(Fixture.start))
    model.send(.sessions([FakeEngine("hotel").snapshot]))
    let first = "config.yaml:2:1: “colour” is not known."
    model.send(.troubles([first]))
    #expect(model.view().text.contains("config.yaml:2:1"))
    model.send(
      .troubles([first, "Built-in keys are used. keys.yaml:5:18: “Z” stands twice; keep one of them."]))
    #expect(model.view().text.contains("2 problems with your files; ! lists them"))
    // Toasts go, the problems do not.
    model.wait(60_000)
    #expect(model.view().text.contains("2 problems with your files; ! lists them"))
    model.press("!")
    let text = model.view().text
    #expect(text.contains("What is wrong with your files"))
    #expect(text.contains("config.yaml:2:1") && text.contains("keys.yaml:5:18"))
  }

  @Test("a first run says where settings would be")
  func firstRun() {
    var model = Model.console(80, 24)
    model.settingsWords = "~/.config/signalbox/config.yaml (not there)"
    #expect(model.view().text.contains("Settings:  ~/.config/signalbox/config.yaml (not there)"))
    #expect(model.view().text.contains("colours: terminal (T)"))
  }

  @Test("a session that cannot be read is never taken for none", arguments: [(80, 24), (40, 12), (200, 60)])
  func unreadable(_ columns: Int, _ rows: Int) {
    let bad = ReadingOn(
      session: "ledger", done: 0, all: 0,
      trouble: "The journal of ledger does not hold at event 100: its content does not match its hash")
    var model = Model.console(columns, rows)
    model.send(.moment(Fixture.start))
    model.send(.reading([bad]))
    for sessions in [[], [FakeEngine("hotel").snapshot]] {
      model.send(.sessions(sessions))
      let text = model.view().text.split(whereSeparator: { $0 == "\n" || $0 == " " || $0 == "|" }).joined(
        separator: " ")
      #expect(!text.contains("no sessions yet"))
      #expect(text.contains("ERR"))
      #expect(text.contains("ledger cannot be read"))
      #expect(text.contains("at event 100"))
      #expect(text.contains("signalbox verify ledger"))
    }
    model.open(session: "ledger")
    model.send(.moment(Fixture.start + 2_000))
    let said = model.view().text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(said.contains("ledger cannot be read") && said.contains("goes back to the overview."))
  }
}
