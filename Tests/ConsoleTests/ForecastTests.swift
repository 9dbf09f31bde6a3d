import Kernel
import Screen
import Testing

@testable import Console

// Covers Forecast.

@Suite("How long it may take") struct ForecastTests {
  /// A session that was complete after some minutes of work and some of waiting.
  private func run(_ id: String, work: Int64, waiting: Int64) -> SessionSnapshot {
    var engine = FakeEngine(id)
    engine.work()
    let snapshot = engine.snapshot
    var session = snapshot.session
    let start = session.createdAt
    for place in session.decisions.indices {
      session.decisions[place].raisedAt = start
      session.decisions[place].withdrawn = "for the test"
    }
    session.decisions[0].withdrawn = nil
    session.decisions[0].raisedAt = start + 1000
    session.decisions[0].answer = Answer(
      decision: session.decisions[0].id, option: "approve", digest: "", by: "ana", at: start + 1000 + waiting * 60_000)
    session.standing = .completed(at: start + (work + waiting) * 60_000)
    return SessionSnapshot(session: session, events: snapshot.events, engine: snapshot.engine)
  }

  private func console(_ past: [SessionSnapshot]) -> (Model, SessionSnapshot) {
    var engine = FakeEngine("hotel")
    engine.work(effects: 1)
    engine.begin()
    var model = Model.console(120, 30)
    model.send(.moment(engine.moment))
    model.send(.sessions(past + [engine.snapshot]))
    return (model, engine.snapshot)
  }

  @Test("what people took is not work")
  func spent() {
    let past = run("one", work: 7, waiting: 50)
    #expect(past.worked(at: Int64.max) == 7 * 60_000)
    #expect(past.pastRun?.work == Int64(420_000))
  }

  @Test("three past runs of the same kind make a range; fewer leave the plan, and it is said which")
  func basis() {
    let (two, snapshot) = console([run("a", work: 20, waiting: 1), run("b", work: 30, waiting: 500)])
    #expect(two.forecast(snapshot)?.contains("by the plan of level 1") == true)
    let (three, same) = console([
      run("a", work: 20, waiting: 1), run("b", work: 30, waiting: 500), run("c", work: 25, waiting: 0),
    ])
    let words = three.forecast(same)
    #expect(words?.contains("from 3 past runs") == true)
    #expect(words?.contains("%") == false)
    // Each failed attempt widens it.
    let harder = same.with { session in
      for place in session.tasks.indices { session.tasks[place].failures = 2 }
    }
    func most(_ words: String?) -> Int {
      Int(words?.split(separator: " ").dropFirst().first?.split(separator: "-").last ?? "") ?? 0
    }
    #expect(most(three.forecast(harder)) > most(words))
  }

  @Test("while it waits, rests or has ended nothing is foretold; what takes longer than all others is unknown")
  func hidden() {
    var (model, snapshot) = console([])
    model.send(.moment(model.now + 86_400_000))
    #expect(model.forecast(snapshot)?.contains("ETA unknown: longer than by the plan") == true)
    var waiting = FakeEngine("hotel")
    waiting.work()
    #expect(model.forecast(waiting.snapshot) == nil)
    #expect(model.forecast(run("done", work: 1, waiting: 0)) == nil)
  }

  @Test("a rest is told apart from work")
  func rested() {
    var engine = FakeEngine("hotel")
    engine.work()
    engine.take(.pause(reason: "lunch"))
    engine.moment += 600_000
    engine.take(.resume)
    let snapshot = engine.snapshot
    #expect(snapshot.paused(at: engine.moment) >= 600_000)
    var model = Model.console(120, 30)
    model.send(.moment(engine.moment))
    #expect(model.timeSpent(snapshot).contains("rested 10m"))
  }
}
