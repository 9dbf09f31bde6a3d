import Kernel
import Screen
import Testing

@testable import Console

// Covers Hunt.swift.

@Suite("Searching a long feed")
struct HuntTests {
  /// A session with many events, of which the one in the place given says something else.
  private func model(_ count: Int, needle place: Int) -> Model {
    var engine = FakeEngine("hotel")
    let line = Event(at: engine.moment, by: "engine", fact: .noted(severity: .ok, text: "a line"))
    let needle = Event(at: engine.moment, by: "engine", fact: .noted(severity: .failure, text: "the needle"))
    engine.events += (0..<count).map { FeedEvent(seq: 1000 + $0, event: $0 == place ? needle : line) }
    var model = Model.console(120, 30)
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    model.press("enter")
    while model.isLooking { model.send(.moment(model.now)) }
    return model
  }

  /// Lets time pass while there is something to go on with; how often it did.
  private func goOn(_ model: inout Model) -> Int {
    var times = 0
    while model.wakeAfter == 1, times < 1_000 {
      model.send(.moment(model.now))
      times += 1
    }
    return times
  }

  @Test("older events are looked at only as far as a person may soon scroll")
  func near() {
    var model = model(50_000, needle: 10)
    let looked = model.desk.index.looked
    #expect(looked >= FeedIndex.newest && looked < FeedIndex.newest + FeedIndex.stride)
    #expect(model.wakeAfter != 1)
    model.press("up")
    for _ in 0..<200 { model.press("pgup") }
    _ = goOn(&model)
    #expect(model.desk.index.looked > looked)
    #expect(model.desk.index.left > 0)
    #expect(model.view().text.contains("STOPPED"))
  }

  @Test("what is far away is found bit by bit, and no key waits for it")
  func far() {
    var model = model(50_000, needle: 10)
    model.press("/")
    model.type("needle")
    model.press("enter")
    #expect(model.desk.hunt != nil)
    #expect(model.view().text.contains("Looking through older rows"))
    let times = goOn(&model)
    #expect(times > 10)
    #expect(model.desk.hunt == nil)
    #expect(model.desk.feed.selected == 1010)
    #expect(model.view().text.contains("the needle"))
    // From there it is the only problem in both directions.
    model.press("e")
    _ = goOn(&model)
    #expect(model.view().text.contains("No other problem in this direction."))
    #expect(model.desk.feed.selected == 1010)
    model.press("end")
    model.press("E")
    _ = goOn(&model)
    #expect(model.desk.feed.selected == 1010)
  }

  @Test("any key stops it, and it carries nobody off afterwards")
  func stopped() {
    var model = model(50_000, needle: 10)
    model.press("/")
    model.type("needle")
    model.press("enter")
    model.send(.moment(model.now))
    model.press("up")
    let selected = model.desk.feed.selected
    #expect(model.desk.hunt == nil)
    _ = goOn(&model)
    #expect(model.desk.feed.selected == selected)
    #expect(!model.view().text.contains("Looking through"))
  }
}
