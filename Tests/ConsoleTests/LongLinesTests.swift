import Kernel
import Screen
import Testing

@testable import Console

// covers Ruler.swift, Sideways.swift, LongText.swift

@Suite("Time between rows, and long lines")
struct LongLinesTests {
  private let hour: Int64 = 3_600_000

  /// A session whose events are notes at chosen moments.
  private func notes(_ size: Size, _ entries: [(at: Int64, text: String)], now: Int64? = nil) -> Model {
    var engine = FakeEngine("hotel")
    engine.work()
    engine.events = entries.enumerated().map { place, entry in
      FeedEvent(
        seq: place + 1,
        event: Event(at: entry.at, by: "engine", fact: .noted(severity: .ok, text: entry.text)))
    }
    var model = Model.console(size.columns, size.rows)
    model.send(.moment(now ?? (entries.last?.at ?? 0) + 1_000))
    model.open(session: "hotel")
    model.send(.sessions([engine.snapshot]))
    return model
  }

  private func row(_ model: Model, _ text: String) -> String {
    model.view().rowsOfText.first { $0.contains(text) } ?? ""
  }

  // MARK: Rulers

  @Test("a silence of more than two minutes stands in the row behind it, a shorter one does not")
  func silence() {
    let start = Fixture.start
    let model = notes(
      Size(columns: 80, rows: 24),
      [(start, "one"), (start + 120_000, "two"), (start + 120_000 + 14 * 60_000, "three"), (start + 20 * hour, "four")])
    #expect(!row(model, "two").contains("silent"))
    #expect(row(model, "three").contains("-- 14m silent --"))
    // Fixture.start is noon there, so the day changes as well.
    #expect(row(model, "four").contains("-- Sun 23 Aug, 19h44 --"))
  }

  @Test("a small window keeps the length, and the message most of the row")
  func narrow() {
    let start = Fixture.start
    let model = notes(
      Size(columns: 40, rows: 12), [(start, "one"), (start + 14 * 60_000, String(repeating: "x", count: 60))])
    #expect(row(model, "xxx").contains("xxxxxxx~ -- 14m --"))
  }

  @Test("what a filter hides is no silence")
  func hidden() {
    let start = Fixture.start
    var model = notes(
      Size(columns: 120, rows: 40), [(start, "one"), (start + 60_000, "two"), (start + 300_000, "one again")])
    model.press("f")
    model.type("one")
    model.press("enter")
    #expect(row(model, "one again").contains("-- 5m, 1 hidden --"))
  }

  @Test("a clock that was set back is told, small differences of two machines are not")
  func clock() {
    let start = Fixture.start
    let model = notes(
      Size(columns: 80, rows: 24), [(start, "one"), (start - 9_000, "two"), (start - 600_000, "three")])
    #expect(!row(model, "two").contains("clock"))
    #expect(row(model, "three").contains("-- clock set back 9m --"))
    // What cannot be read has no moment, and says nothing of clocks.
    #expect(Ruler(before: start, after: 0, hidden: 0, today: start, offset: 0) == nil)
    #expect(Ruler(before: 0, after: start, hidden: 0, today: start, offset: 0) == nil)
  }

  @Test("the first event tells its day when that is not today, with the year when that is another one")
  func firstDay() {
    let start = Fixture.start
    #expect(Ruler(before: nil, after: start, hidden: 0, today: start + hour, offset: 0) == nil)
    let later = Ruler(before: nil, after: start, hidden: 0, today: start + 30 * hour, offset: 0)
    #expect(later?.words(offset: 0, today: start + 30 * hour).first == "Sat 22 Aug")
    #expect(later?.words(offset: 0, today: start + 9_000 * hour).first == "Sat 22 Aug 2026")
  }

  @Test("days have their names in every year, also before and after a leap day")
  func dayNames() {
    #expect(Clock.longDay(1, offset: 0) == "Thursday, 1 January 1970")
    #expect(Clock.dayName(1_709_164_800_000, offset: 0) == "Thu 29 Feb")
    #expect(Clock.dayName(1_709_251_200_000, offset: 0) == "Fri 1 Mar")
    #expect(Clock.dayName(1_709_251_200_000 - 1, offset: 0) == "Thu 29 Feb")
    #expect(Clock.dayName(1_709_251_200_000 - 1, offset: 60) == "Fri 1 Mar")
  }

  @Test("lines say it as a line of its own, in whole words")
  func lines() {
    let start = Fixture.start
    let model = notes(Size(columns: 80, rows: 24), [(start, "one"), (start + 13 * hour + 240_000, "two")])
    var console = LinearConsole(model)
    let said = console.type("feed").lines
    #expect(said.count == 3)
    #expect(said.dropFirst().first == "Sunday, 23 August 2026, 13 hours 4 minutes of silence.")
  }

  @Test("silence, another day, a clock set back and hidden events in one picture", arguments: GoldenTests.sizes)
  func picture(_ size: Size) {
    let start = Fixture.start + 11 * hour
    let end = "that is long enough to give way to what stands at the right end of its row, whatever the window"
    var model = notes(
      size,
      [
        (start, "The plan was made, \(end)"), (start + 14 * 60_000, "Tests passed, \(end)"),
        (start + 20 * 60_000, "a detail"), (start + 24 * 60_000, "Coverage measured, \(end)"),
        (start + 10 * hour, "Documents written, \(end)"), (start + 9 * hour, "Packages made, \(end)"),
      ])
    model.press("f")
    model.type("!detail")
    model.press("enter", "w")
    model.wait(5_000)
    Golden.expect(model, "feed-rulers")
  }

  // MARK: Long lines

  private let long =
    "begin " + String(repeating: "-", count: 100) + " middle " + String(repeating: "=", count: 100) + " end"

  @Test("long rows move by half their width, both ends are marked, and the place is kept while moving up and down")
  func sideways() {
    let start = Fixture.start
    var model = notes(
      Size(columns: 80, rows: 24), [(start, "short"), (start + 1_000, long), (start + 2_000, long + "!")])
    #expect(row(model, "begin").contains("----~"))
    model.press("left")
    #expect(model.desk.sideways.isEmpty && model.view().text.contains("Not now: it begins here"))
    model.press("right")
    let moved = model.desk.sideways[.feed] ?? 0
    #expect(moved == 25 + 1 || moved == 25 || moved == 26)
    #expect(!model.view().text.contains("begin "))
    #expect(row(model, "~----").hasSuffix("~|"))
    model.press("up", "up")
    #expect(model.desk.sideways[.feed] == moved)
    // A row that ends before is marked, too.
    #expect(model.view().rowsOfText.contains { $0.contains(" ~ ") })
    for _ in 0..<20 { model.press("right") }
    #expect(model.view().text.contains("end"))
    #expect(model.view().text.contains("no line in sight is longer"))
    for _ in 0..<20 { model.press("h") }
    #expect(model.desk.sideways.isEmpty)
    #expect(model.view().text.contains("begin "))
    // Esc is one step back, too.
    model.press("right", "esc")
    #expect(model.desk.sideways.isEmpty && model.place == .session("hotel"))
  }

  @Test("the word of a row's state stays in sight while the rest of its row is moved")
  func frozen() {
    let start = Fixture.start
    var model = notes(Size(columns: 40, rows: 12), [(start, "one")])
    model.press("2", "right")
    let moved = row(model, ">ASK")
    #expect(moved.hasPrefix(">ASK  ~") && !moved.contains("~~") && moved.contains("version 1?"), "\(moved)")
  }

  @Test("what is selected is shown whole below the feed, and the list keeps its rows")
  func whole() {
    let start = Fixture.start
    var model = notes(
      Size(columns: 120, rows: 40), (0..<60).map { (start + $0 * 1_000, "\($0) " + long) })
    let height = model.height(of: .feed)
    model.press("w")
    #expect(model.height(of: .feed) == height - 5)
    let text = model.view().text
    #expect(text.contains("Event 60 "))
    #expect(text.contains("middle"))
    model.press("up", "up")
    #expect(model.view().text.contains("Event 58 "))
    model.press("w")
    #expect(model.height(of: .feed) == height)
  }

  @Test("readings are wrapped until they are cut, and what is found is brought into sight")
  func readings() {
    let start = Fixture.start
    var model = notes(Size(columns: 80, rows: 24), [(start, "short"), (start + 1_000, long)])
    model.press("enter")
    #expect(model.view().text.contains("end"))
    model.press("right")
    #expect(model.view().text.contains("long lines are wrapped (w cuts them)"))
    model.press("w")
    #expect(!model.view().text.contains("middle"))
    #expect(row(model, "begin").contains("~"))
    model.press("right")
    #expect(row(model, "~----").contains("~"))
    model.press("/")
    model.type("middle")
    model.press("enter")
    #expect(model.view().text.contains("middle"))
    model.press("w")
    #expect(model.view().text.contains("begin") && model.view().text.contains("end"))
    // Help is always wrapped.
    model.press("esc", "?", "w")
    #expect(model.view().text.contains("this text is always wrapped"))
  }

  @Test("the next console shows lines as this one did")
  func kept() {
    let start = Fixture.start
    var model = notes(Size(columns: 120, rows: 40), [(start, "short"), (start + 1_000, long)])
    model.press("w", "right", "enter", "w")
    let memory = model.memory
    var next = notes(Size(columns: 120, rows: 40), [(start, "short"), (start + 1_000, long)])
    next.recall(memory, drafts: [])
    #expect(next.desk.showsWhole && next.desk.cutsReadings)
    #expect(next.desk.sideways == model.desk.sideways && !next.desk.sideways.isEmpty)
  }

  // MARK: Very long texts

  private let huge = (0..<20_000).map { "line \($0) " + String(repeating: "x", count: 60) }.joined(separator: "\n")

  @Test("of a text of more than a megabyte the beginning is laid out, and the pager gets all of it")
  func hugeEvent() throws {
    let start = Fixture.start
    var model = notes(Size(columns: 120, rows: 40), [(start, "short"), (start + 1_000, huge)])
    let clock = ContinuousClock()
    let took = clock.measure {
      model.press("enter")
      _ = model.view()
    }
    // Laying all of it out takes seconds in a build for tests; a row of the feed costs what any other costs.
    #expect(took < .seconds(1), "\(took)")
    model.press("esc")
    let drawn = clock.measure { for _ in 0..<10 { _ = model.view() } }
    #expect(drawn < .seconds(1), "\(drawn) for ten pictures")
    model.press("enter")
    model.press("end")
    let text = model.view().text
    #expect(text.contains("Only the beginning is shown; P opens all of it in your pager (1.4 MB)."))
    guard case .openPager(let found)? = model.press("P").first else {
      Issue.record("no pager")
      return
    }
    let paged = found.text
    #expect(paged.contains("line 0 ") && paged.contains("line 19999 "))
    #expect(paged.utf8.count >= huge.utf8.count)
  }

  @Test("a question that is shown only in part is answered only after its whole was opened")
  func hugeQuestion() throws {
    var engine = FakeEngine("hotel")
    engine.work()
    let raised = try #require(engine.session.openDecisions.first)
    var long = raised
    long.body = huge
    let place = try #require(engine.session.decisions.firstIndex { $0.id == raised.id })
    engine.session.decisions[place] = long
    var model = Model.console(120, 40)
    model.send(.moment(engine.moment + 1_000))
    model.send(.sessions([engine.snapshot]))
    model.press("D")
    model.wait(500)
    model.press("end", "a")
    model.wait(500)
    #expect(model.card?.wasRead == false)
    model.press("enter")
    #expect(model.view().text.contains("F8"))
    #expect(model.card?.phase == .open)
    model.press("f8")
    #expect(model.card?.wasRead == true)
  }

  @Test("a text is never cut within a character")
  func start() {
    #expect(LongText.start(of: "äöü", bytes: 3) == "ä")
    #expect(LongText.start(of: "abc", bytes: 3) == "abc")
    #expect(LongText.beginning(of: String(repeating: "ä", count: 600_000))?.utf8.count == 65_536)
    #expect(LongText.size(1_340_000) == "1.3 MB")
  }
}
