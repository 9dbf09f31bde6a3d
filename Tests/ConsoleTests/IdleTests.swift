import Kernel
import Screen
import Testing

@testable import Console

/// What a console costs that nobody touches. Covers Model, Clock.
@Suite("A console left alone")
struct IdleTests {
  /// Lives through some minutes as the shell does: wakes up when the model asks for it, and draws.
  private func rest(_ model: inout Model, minutes: Int64) -> (wakeUps: Int, pictures: Int, changed: Set<Int>) {
    let end = model.now + minutes * 60_000
    var (wakeUps, pictures) = (0, 0)
    var changed: Set<Int> = []
    var shown = model.view()
    while let wait = model.wakeAfter, model.now + wait <= end {
      model.send(.moment(model.now + wait))
      wakeUps += 1
      let next = model.view()
      let rows = Set(next.difference(from: shown).map(\.row))
      if !rows.isEmpty { pictures += 1 }
      changed.formUnion(rows)
      shown = next
    }
    return (wakeUps, pictures, changed)
  }

  @Test("where nothing runs, only the minute of the clock wakes it and changes its row")
  func nothingRuns() {
    var ended = FakeEngine("old")
    ended.take(.abort(reason: "", confirmation: "old"), by: "ana")
    var model = Model.console(80, 24)
    model.send(.moment(ended.moment + 90_000_000))
    model.send(.sessions([ended.snapshot]))
    for way in [[], ["enter"], ["7"], ["?"], ["esc", "esc"], ["T"], ["esc", ":"]] as [[String]] {
      for key in way { model.press(key) }
      // Messages have gone, and keys are quiet.
      model.wait(15_000)
      let found = rest(&model, minutes: 10)
      #expect(found.wakeUps <= 11, "\(way)")
      #expect(found.changed.subtracting([0]) == [], "\(way)")
    }
  }

  @Test("while something runs, it wakes once a second for ages below a minute, and then once a minute")
  func something() {
    var engine = FakeEngine("hotel")
    engine.work()
    engine.answer("approve")
    engine.begin()
    var model = Model.console(80, 24)
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    model.press("enter")
    let found = rest(&model, minutes: 10)
    #expect(found.wakeUps <= 60 + 11)
    // A question that waits for a person costs as little.
    var asking = FakeEngine("hotel")
    asking.work()
    model = Model.console(80, 24)
    model.send(.moment(asking.moment))
    model.send(.sessions([asking.snapshot]))
    model.press("D")
    model.wait(1_000)
    #expect(rest(&model, minutes: 10).wakeUps <= 60 + 11)
  }
}
