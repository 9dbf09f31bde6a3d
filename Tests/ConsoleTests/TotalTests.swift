import Kernel
import Screen
import Testing

@testable import Console

@Suite("Totality")
struct TotalTests {
  private func engines() -> [FakeEngine] {
    var one = FakeEngine("hotel")
    one.work()
    one.answer("approve")
    one.failing = ["coverage", "docs"]
    one.work()
    var two = FakeEngine("crm-bot", brief: GoldenTests.halfBrief)
    two.work()
    var three = FakeEngine("вокзал", title: "\u{202E}evil\u{1B}[2J\nname")
    three.broken = ["preflight"]
    three.work()
    three.status = .gone
    var four = RecoveryGoldenTests.failed(["coverage", "lint"], id: "inn")
    four.answer("waive", note: "\u{1B}[2J", fields: [FieldValue(field: Waiver.untilField, value: "2026-12-24")])
    four.take(.rollBack(to: 3, substages: [], reason: "\u{202E}back"), by: "ben")
    four.work()
    var five = Fixture.team("team")
    five.take(.raiseCallback(Callback(kind: .query, from: "\u{202E}x\u{1B}[2J", text: "\u{9B}31mwhat\nnow")))
    five.take(
      .recordFiles(
        FileBatch(
          author: .outside,
          operations: [FileOperation(kind: .created, path: "\u{202E}a\u{1B}.py", size: 1, before: nil, after: "0")])))
    return [one, two, three, four, five, Fixture.fallen("fallen")]
  }

  private func message(_ dice: inout Dice, _ snapshots: [SessionSnapshot]) -> Message {
    switch Int.random(in: 0..<20, using: &dice) {
    case 0: return .sessions(snapshots.filter { _ in Bool.random(using: &dice) })
    case 1: return .sessions(snapshots.shuffled(using: &dice))
    case 2:
      var changed = snapshots
      if let index = changed.indices.randomElement(using: &dice) {
        let events = EventHistory(changed[index].events.dropFirst(Int.random(in: 0...30, using: &dice)))
        changed[index] = changed[index].with(events: events) { session in
          for place in session.decisions.indices {
            session.decisions[place].digest = "\(UInt8.random(in: 0...255, using: &dice))"
          }
          let ends: [Standing] = [
            .active, .completed(at: .min), .aborted(by: "x", at: .max, reason: ""),
            .paused(by: "x", at: .min, reason: ""),
          ]
          session.standing = ends.randomElement(using: &dice) ?? .active
          session.createdAt = [.min, .max, 0].randomElement(using: &dice) ?? 0
        }
      }
      return .sessions(changed)
    case 3:
      return .resized(
        Size(columns: Int.random(in: 0...300, using: &dice), rows: Int.random(in: 0...100, using: &dice)))
    case 4: return .moment([Int64.min, -1, 0, Fixture.start, Int64.max].randomElement(using: &dice) ?? 0)
    case 5, 6: return .moment(Fixture.start + Int64.random(in: 0...10_000_000, using: &dice))
    case 7:
      let results: [SubmitResult] = [
        .accepted, .stale, .filesMoved(["a\u{1B}.py"]), .refused(why: "why", instead: "instead"),
      ]
      return .submitted(Int.random(in: 0...20, using: &dice), results.randomElement(using: &dice) ?? .stale)
    case 8: return .transcript(session: "hotel", lines: Array(repeating: "x\u{1B}[31m", count: 40))
    case 9: return .notice("copied to \u{9B}the clipboard")
    case 11:
      var found = Consequences()
      found.personEdits = ["\u{202E}a.py"]
      found.restoresTree = "x"
      let weighing = Weighing(session: "hotel", decision: "hotel-D2", option: nil, consequences: found)
      return .weighed(weighing, found, trouble: Bool.random(using: &dice) ? "no \u{9B}folder" : nil)
    case 10: return .edited(.note(session: "hotel", decision: "hotel-D2"), "text")
    default: return .key(.random(&dice))
    }
  }

  @Test("any messages in any order leave a console that draws at any size", arguments: 0..<60)
  func fuzz(_ seed: Int) {
    var dice = Dice(state: UInt64(seed))
    let snapshots = engines().map(\.snapshot)
    var model = Model.console(80, 24)
    for step in 0..<150 {
      model.send(message(&dice, snapshots))
      guard step.isMultiple(of: 5) else { continue }
      let size = Size(columns: Int.random(in: 1...300, using: &dice), rows: Int.random(in: 1...100, using: &dice))
      let frame = model.view(size: size)
      #expect(frame.size == size)
      #expect(model.places.first == .overview)
    }
  }

  @Test("every place draws at every size from 1x1 on")
  func sizes() {
    let snapshots = engines().map(\.snapshot)
    let ways: [[String]] = [
      [], ["enter"], ["enter", "2"], ["enter", "3"], ["enter", "4"], ["enter", "5"], ["enter", "6"], ["enter", "z"],
      ["D"], ["D", "tab"], ["D", "tab", "tab"], ["D", "?"], ["enter", "enter"], ["?"], [":"], ["q"], ["n"],
      ["enter", "p"],
      ["enter", "X"], ["/"], ["enter", "f"], ["enter", "u"], ["enter", "R"], ["enter", "C"], ["enter", "2", "z"],
      ["D", "f4"], ["D", "down", "right"], ["D", "down", "down", "tab"], ["T"], ["!"], ["enter", "H"],
      ["enter", "H", "left", "d"], ["enter", "r"], ["enter", "x"], [":", "a"], ["enter", "V"],
    ]
    let supervised: [[String]] = [
      ["3"], ["3", "enter"], ["3", "end", "enter"], ["3", "left"], ["3", "right", "right"], ["7"], ["7", "enter"],
      ["8"],
      ["8", "a"], ["8", "enter"], ["8", "end", "enter"], ["9"], ["9", "enter"], ["9", "down", "enter"], ["8", "z"],
    ]
    for way in ways + supervised {
      var model = Model.console(80, 24)
      model.send(.moment(Fixture.start + 900_000))
      model.send(.sessions(snapshots))
      if supervised.contains(way) { model.open(session: "team") }
      for key in way {
        model.press(key)
        model.wait(420)
      }
      for columns in [1, 2, 3, 17, 39, 40, 59, 60, 80, 121, 300] {
        for rows in [1, 3, 11, 12, 16, 24, 30, 100] {
          let frame = model.view(size: Size(columns: columns, rows: rows))
          #expect(frame.cells.count == columns * rows)
        }
      }
    }
  }

  @Test("hostile text is drawn as marks")
  func hostile() {
    var model = Model.console(120, 30)
    model.send(.moment(Fixture.start))
    model.send(.sessions(engines().map(\.snapshot)))
    for _ in 0..<5 {
      let text = model.view().text
      #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E || $0.value == 0x9B })
      model.press("down")
    }
    #expect(model.sessions.count == 6)
  }

  @Test("a message for a session that is gone changes nothing")
  func gone() {
    var engine = FakeEngine("hotel")
    engine.work()
    var model = Model.console(80, 24)
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    model.press("enter", "D")
    model.send(.sessions([]))
    model.wait(500)
    model.press("end", "a", "enter", "esc", "esc", "enter")
    #expect(model.place == .overview)
    #expect(model.view().text.contains("no sessions yet"))
  }
}
