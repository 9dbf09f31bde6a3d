import Kernel
import Screen
import Testing

@testable import Console

// covers OnlyLooking.swift

@Suite("A console that only looks")
struct OnlyLookingTests {
  private func console(_ engine: FakeEngine) -> Model {
    var model = Model.console(80, 24)
    model.isReadOnly = true
    model.send(.moment(engine.moment + 5_000))
    model.send(.sessions([engine.snapshot]))
    return model
  }

  @Test("a console that only looks orders nothing, whatever is pressed, and says so everywhere")
  func readOnly() {
    var engine = FakeEngine("hotel")
    engine.work()
    let ways: [[String]] = [
      [], ["enter"], ["enter", "D"], ["enter", "8", "enter"], ["enter", "4"], ["n"], [":"], ["q"],
    ]
    for way in ways {
      for action in Action.allCases where action != .quit && action != .interrupt {
        var model = console(engine)
        for key in way { model.press(key) }
        model.wait(500)
        var intents = model.perform(action)
        model.wait(500)
        intents += model.press("a", "right", "enter", "enter", "y")
        let forbidden = intents.filter(\.changesSessions)
        #expect(forbidden == [], "\(way) \(action.rawValue)")
      }
    }
    var model = console(engine)
    #expect(model.windowTitle == "[read-only] (1!) Signalbox")
    for (columns, rows) in [(200, 60), (120, 40), (80, 24), (60, 16), (40, 12), (30, 8)] {
      model.send(.resized(Size(columns: columns, rows: rows)))
      #expect(model.view().text.contains("READ-ONLY"), "\(columns)x\(rows)")
    }
    model.send(.resized(Size(columns: 80, rows: 24)))
    model.press("D")
    model.wait(500)
    #expect(model.view().text.contains("To answer: this console is read-only"))
    #expect(model.press("a", "enter").filter(\.changesSessions) == [])
    #expect(model.view().text.contains("Not sent: this console is read-only"))
    // Nothing can be typed that could never be sent.
    model.press("tab")
    #expect(model.card?.isTyping == false)
    _ = model.update(.key(.paste("a note")))
    #expect(model.drafts.isEmpty)
    for action in [
      Action.pause, .abort, .undo, .rollBack, .change, .reply, .revoke, .startEngine, .newSession, .export,
    ] {
      #expect(model.reasonDisabled(action) == Model.reasonReadOnly)
    }
  }

  @Test("where no engine works, it names no key that would start one")
  func noEngine() {
    var engine = FakeEngine("hotel")
    engine.work()
    engine.status = .gone
    var model = console(engine)
    #expect(!model.view().text.contains("starts one"))
    model.press("enter")
    #expect(model.engineTrouble != nil && !model.view().text.contains("starts one"))
    model.isReadOnly = false
    #expect(model.view().text.contains("starts one"))
  }

  @Test("on an empty machine it starts no sample")
  func empty() {
    var model = Model.console(80, 24)
    model.isReadOnly = true
    model.send(.moment(Fixture.start))
    model.wait(500)
    #expect(model.press("enter").filter(\.changesSessions) == [])
    #expect(model.reasonDisabled(.open) == Model.reasonReadOnly)
  }

  @Test("in lines, everything can be heard and nothing is ordered")
  func lines() {
    var engine = FakeEngine("hotel")
    engine.work()
    var desk = LineDesk([engine])
    desk.console.model.isReadOnly = true
    desk.said = desk.console.begin()
    #expect(desk.text.contains("READ-ONLY: everything can be looked at"))
    #expect(desk.console.prompt == "hotel (read-only) > ")
    desk.type("decide", "1")
    #expect(desk.text.contains("Nothing can be sent: this console is read-only"))
    desk.type("yes", "later", "pause", "new 1", "engine", "export", "undo")
    #expect(desk.text.contains("Not now: this console is read-only"))
    #expect(desk.intents.filter(\.changesSessions) == [])
  }
}
