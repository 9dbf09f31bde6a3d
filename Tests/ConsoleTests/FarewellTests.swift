import Kernel
import Screen
import Testing

@testable import Console

// Covers Farewell.

@Suite("What is left on the normal screen")
struct FarewellTests {
  private func model(_ engines: [FakeEngine], _ columns: Int = 80) -> Model {
    var model = Model.console(columns, 24)
    model.send(.moment((engines.map(\.moment).max() ?? Fixture.start) + 125_000))
    model.send(.sessions(engines.map(\.snapshot)))
    return model
  }

  private func waiting(_ id: String) -> FakeEngine {
    var engine = FakeEngine(id)
    engine.work()
    return engine
  }

  @Test("what waits first, then what runs, then where it all is")
  func rows() {
    var working = FakeEngine("zoo")
    working.work()
    working.answer("approve")
    working.begin()
    var ended = FakeEngine("old")
    ended.take(.abort(reason: "", confirmation: "old"), by: "ana")
    var console = model([working, ended, waiting("hotel")], 100)
    #expect(
      console.farewell(keptIn: "~/.local/state/signalbox") == [
        "Signalbox: 1 decision for you, 2 of 3 sessions at work.",
        "ASK   hotel, stage 2: Approve the implementation plan, version 1?  waiting 2m",
        "RUN   zoo: stage 3 Generate, working",
        "ABRT  old: ended by a person, 3m ago",
        "Sessions go on; `signalbox` opens the console again.",
        "Kept in ~/.local/state/signalbox",
      ])
    console.press("D")
    console.wait(500)
    console.press("end", "b", "tab")
    console.type("half a thought")
    console.keepsMemory = true
    #expect(console.farewell(keptIn: "/s").contains("1 draft kept, sent by nobody."))
  }

  @Test("never more than ten rows, however many sessions there are, and the rest is counted", arguments: [1, 7, 8, 40])
  func most(_ count: Int) {
    let asking = (0..<count).map { waiting("w\($0)") }
    let resting = (0..<count).map { FakeEngine("r\($0)") }
    for engines in [asking, resting, asking + resting] {
      for columns in [40, 80, 200] {
        let rows = model(engines, columns).farewell(keptIn: "/state")
        #expect(rows.count <= 10)
        #expect(rows.allSatisfy { Width.columns(of: $0) <= columns })
        let named = rows.filter { $0.contains(" w") || $0.contains(" r") }.count
        #expect(named >= min(count, 5) || columns == 40)
      }
    }
    let rows = model(asking + resting).farewell(keptIn: "/state").joined(separator: "\n")
    if count == 40 { #expect(rows.contains("more questions") && rows.contains("40 more sessions")) }
  }

  @Test("without a session there is nothing to say")
  func none() {
    #expect(model([]).farewell(keptIn: "/state") == [])
  }
}
