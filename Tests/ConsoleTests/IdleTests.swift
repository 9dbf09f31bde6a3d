import Kernel
import Screen
import Terminal
import Testing

@testable import Console

/// What a console costs that nobody touches. Covers Model, Clock.
@Suite("A console left alone", .serialized)
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

  @Test("at the terminal, ten minutes of nothing are ten short changes of the clock")
  func bytes() throws {
    var ended = FakeEngine("old")
    ended.take(.abort(reason: "", confirmation: "old"), by: "ana")
    var model = Model.console(120, 30)
    model.send(.moment(ended.moment + 90_000_000))
    model.send(.sessions([ended.snapshot]))
    model.press("enter")
    model.wait(15_000)
    let terminal = try #require(FarEnd())
    let session = try TerminalSession.open(
      TerminalOptions(
        input: terminal.near, output: terminal.near, term: "xterm-256color", depth: .indexed, glyphs: .ascii)
    ) { _ in }
    defer { session.close() }
    // A title is sent after the picture it belongs to, so that each step has an end that can be waited for.
    func show(_ title: String) -> Int {
      var frame = model.view()
      frame.title = title
      terminal.forget()
      session.show(frame, theme: .terminal)
      #expect(terminal.read(until: "]2;\(title)\u{7}"))
      return terminal.received.count - title.utf8.count - 5
    }
    _ = show("begun")
    #expect(show("the same again") == 0)
    let end = model.now + 600_000
    var (sent, step) = (0, 0)
    while let wait = model.wakeAfter, model.now + wait <= end {
      model.send(.moment(model.now + wait))
      step += 1
      let bytes = show("step \(step)")
      #expect(bytes <= 48, "\(bytes) bytes at step \(step)")
      sent += bytes
    }
    #expect(sent > 0 && sent <= 400, "\(sent) bytes")
    #expect(terminal.waiting() == 0)
  }
}
