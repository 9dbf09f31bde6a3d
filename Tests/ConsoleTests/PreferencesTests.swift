import Kernel
import Screen
import Testing

@testable import Console

// covers Preferences.swift

@Suite("Preferences and progress")
struct PreferencesTests {
  private func console(_ engines: FakeEngine...) -> Model {
    var model = Model.console(80, 24)
    model.send(.moment((engines.map(\.moment).max() ?? 0) + 5_000))
    model.send(.preferences(Preferences(showsProgress: true)))
    model.send(.sessions(engines.map(\.snapshot)))
    return model
  }

  // MARK: Progress

  @Test("progress is what was counted; what waits for a person, and what cannot go on, come first")
  func progress() {
    var engine = FakeEngine("hotel")
    engine.work()
    var model = console(engine)
    guard case .waiting(let percent?) = model.progress else {
      Issue.record("\(model.progress)")
      return
    }
    // The same count as the pipeline shows, of all stages.
    let steps = engine.session.stages.compactMap { engine.snapshot.steps(of: $0) }
    #expect(percent == steps.map(\.done).reduce(0, +) * 100 / steps.map(\.all).reduce(0, +))
    #expect(percent > 0 && percent < 100)
    engine.answer("approve")
    engine.begin()
    #expect(
      model.update(.sessions([engine.snapshot])).contains { if case .progress(.done) = $0 { true } else { false } })
    // The same again is not told again.
    #expect(!model.update(.sessions([engine.snapshot])).contains { if case .progress = $0 { true } else { false } })
    engine.status = .gone
    model.send(.sessions([engine.snapshot]))
    guard case .failed = model.progress else {
      Issue.record("\(model.progress)")
      return
    }
    engine.take(.pause(reason: ""), by: "ana")
    model.send(.sessions([engine.snapshot]))
    #expect(model.progress == .none)
  }

  @Test("a session that is over shows nothing, unless it failed and is looked at")
  func over() {
    var ended = FakeEngine("old")
    ended.take(.abort(reason: "", confirmation: "old"), by: "ana")
    var model = console(ended)
    #expect(model.progress == .none)
    model.press("enter")
    #expect(model.progress == .none)
    #expect(Model.console(80, 24).progress == .none)
  }

  @Test("where it is not shown, nothing is told, and switching it off takes it back")
  func off() {
    var engine = FakeEngine("hotel")
    engine.work()
    var model = Model.console(80, 24)
    model.send(.moment(engine.moment))
    #expect(!model.update(.sessions([engine.snapshot])).contains { if case .progress = $0 { true } else { false } })
    #expect(
      model.update(.preferences(Preferences(showsProgress: true)))
        .contains { if case .progress(.waiting) = $0 { true } else { false } })
    #expect(model.update(.preferences(Preferences())).contains(.progress(.none)))
  }

  // MARK: Files that change

  @Test("keys that change while the console is open hold at once, in hints and in what they do")
  func keys() {
    var engine = FakeEngine("hotel")
    engine.work()
    var model = console(engine)
    let (keymap, troubles) = Keymap.standard.changed(by: [KeyChange("help.open", keys: ["W"])])
    #expect(troubles == [])
    var attention = Attention()
    attention.bell = false
    model.send(.preferences(Preferences(attention: attention, keymap: keymap)))
    #expect(model.view().text.contains("W help"))
    #expect(model.attention.bell == false)
    model.press("W")
    #expect(model.place == .reading)
    #expect(model.press("f5") == [.reload])
  }
}
