import Kernel
import Screen
import Testing

@testable import Console

// covers Keymap.swift, KeyLayout.swift, Rows.swift

@Suite("Keymap")
struct KeymapTests {
  /// A key that every keyboard has and no layout moves.
  private func isPlain(_ key: Key) -> Bool {
    switch key {
    case .up, .down, .left, .right, .enter, .escape, .tab, .backTab, .function, .home, .end, .pageUp, .pageDown: true
    default: false
    }
  }

  private func consoles() -> [Model] {
    var engine = FakeEngine("hotel")
    engine.work()
    var models: [Model] = []
    for keys in [
      [], ["enter"], ["D"], ["D", "tab"], ["enter", "p"], ["enter", "X"], ["q"], [":"], ["?"], ["n"],
      ["enter", "3"], ["enter", "8"], ["enter", "H"], ["T"],
    ] {
      var model = Model.console(80, 24)
      model.send(.moment(engine.moment))
      model.send(.sessions([engine.snapshot]))
      for key in keys { model.press(key) }
      models.append(model)
    }
    models.append(Model.console(80, 24))
    return models
  }

  @Test("no key means two things in one place")
  func conflicts() {
    #expect(Keymap.standard.conflicts == [])
    #expect(Keymap([Binding([.enter], .list, .open, "a"), Binding([.enter], .list, .copy, "b")]).conflicts.count == 1)
  }

  @Test("every action is in the table, with a sentence for people")
  func complete() {
    let listed = Set(Keymap.standard.bindings.map(\.action))
    for action in Action.allCases { #expect(listed.contains(action), "\(action.rawValue) has no row") }
    for row in Keymap.standard.bindings { #expect(row.help.hasSuffix("."), "\(row.action.rawValue): \(row.help)") }
  }

  /// All keys taken away that may be taken away, which is the worst a person can do.
  private var bare: Keymap {
    let changes = Action.allCases.map { KeyChange($0.rawValue, keys: []) }
    let allowed = changes.filter { Keymap.standard.changed(by: [$0]).troubles.isEmpty }
    let (keymap, troubles) = Keymap.standard.changed(by: allowed)
    #expect(troubles == [])
    #expect(allowed.count > 40 && allowed.count < changes.count)
    return keymap
  }

  @Test(
    "every action is reached by arrows, Enter, Esc, Tab and F-keys, directly or through the list of actions",
    arguments: [false, true])
  func reachable(isBare: Bool) {
    let keymap = isBare ? bare : .standard
    var reached: Set<Action> = []
    for var model in consoles() {
      model.keymap = keymap
      for place in model.chain {
        for row in model.keymap.rows(in: place) where row.keys.contains(where: isPlain) { reached.insert(row.action) }
      }
      model.press("f9")
      guard model.place == .palette else { continue }
      reached.formUnion(model.paletteRows.map(\.action))
    }
    for action in Action.allCases { #expect(reached.contains(action), "\(action.rawValue) cannot be reached") }
  }

  @Test("what the list of actions offers is done when chosen")
  func palette() {
    var engine = FakeEngine("hotel")
    engine.work()
    var model = Model.console(80, 24)
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    model.press("f9")
    model.type("theme")
    #expect(model.paletteRows.map(\.action) == [.theme])
    model.press("enter")
    #expect(model.place == .themes)
    model.press("esc")
    #expect(model.place == .overview)
    // What is not possible now is there with its reason.
    model.press("f9")
    model.type("searched for")
    #expect(model.view().text.contains("Not now: nothing was searched for"))
    model.press("esc")
    model.press("f9")
    model.type("leaves the console")
    model.press("enter")
    #expect(model.dialog?.kind == .quit)
  }

  @Test("letters of other scripts count by their place on the keyboard, but never in a text")
  func layouts() {
    #expect(KeyLayout.latin(for: "в") == "d")
    #expect(KeyLayout.latin(for: "В") == "D")
    #expect(KeyLayout.latin(for: "σ") == "s")
    #expect(KeyLayout.latin(for: "Σ") == "S")
    #expect(KeyLayout.latin(for: "d") == nil)
    var engine = FakeEngine("hotel")
    engine.work()
    var model = Model.console(80, 24)
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    _ = model.update(.key(.character("В")))
    #expect(model.card != nil)
    model.wait(500)
    // Russian "ф" stands where "a" does.
    _ = model.update(.key(.character("ф")))
    #expect(model.card?.choice == "approve")
    model.press("tab")
    model.type("фыв")
    #expect(model.draft.note.text == "фыв")
  }

  @Test("the manual lists every row of the table")
  func markdown() {
    let text = Keymap.standard.markdown
    for row in Keymap.standard.bindings { #expect(text.contains(row.help)) }
    #expect(
      text.contains(
        "| `D` | Opens the next decision: what you asked for, else what waited longest. | `decision.next` |"))
  }

  @Test("the status row shows at most eight keys, and help is always among them where letters work")
  func hints() {
    for model in consoles() {
      #expect(model.hints.count <= 8)
      if model.chain.contains(.everywhere), model.place != .reading {
        #expect(model.hints.contains { $0.words == "help" })
      }
    }
  }

  @Test("help names what is disabled and why")
  func disabled() {
    var model = Model.console(80, 24)
    model.send(.moment(Fixture.start))
    model.press("?")
    let lines = model.readingLines(Reading(subject: .help(nil))).map(\.text).joined(separator: " ")
      .split(separator: " ").joined(separator: " ")
    #expect(lines.contains("Not now: no decision is open."))
    for word in StateWord.allCases { #expect(lines.contains(word.rawValue)) }
  }
}
