import Foundation
import Kernel
import Screen
import Testing

@testable import Console

// covers Remapping.swift, and that no text names a key that is not in the table in force

@Suite("Remapping")
struct RemappingTests {
  private func reasons(_ changes: KeyChange..., prefix: Key? = nil) -> [String] {
    Keymap.standard.changed(by: changes, prefix: prefix).troubles.map(\.reason)
  }

  private func keys(_ action: Action, _ place: Where, after changes: KeyChange...) throws -> [Key] {
    let (keymap, troubles) = Keymap.standard.changed(by: changes)
    #expect(troubles == [])
    return try #require(keymap.bindings.first { $0.action == action && $0.place == place }).keys
  }

  @Test("an action gets the keys that are written, each where it can be pressed")
  func keysGo() throws {
    let next = KeyChange("decision.next", keys: ["W", "f12"])
    // A letter is text in some places, and the function key needs no second row.
    #expect(try keys(.nextDecision, .everywhere, after: next) == [.character("W")])
    #expect(try keys(.nextDecision, .always, after: next) == [.function(12)])
    #expect(try keys(.help, .everywhere, after: KeyChange("help.open", keys: ["ctrl-v"])) == [.control("v")])
    #expect(try keys(.help, .always, after: KeyChange("help.open", keys: ["W"])) == [.function(1)])
    let confirm = KeyChange("answer.confirm", keys: ["f12", "enter"])
    for place in [Where.decision, .dialog, .typing, .palette] {
      #expect(try keys(.confirm, place, after: confirm) == [.function(12), .enter])
    }
    // One place alone.
    let close = KeyChange("place.close", in: "session", keys: ["f12"])
    #expect(try keys(.close, .session, after: close) == [.function(12)])
    #expect(try keys(.close, .reading, after: close) == [.enter, .backspace])
    // Where none of the keys could be pressed, a place keeps its own.
    let up = KeyChange("move.up", keys: ["up", "U"])
    #expect(try keys(.moveUp, .list, after: up) == [.up, .character("U")])
    #expect(try keys(.moveUp, .palette, after: up) == [.up])
    // What had no letter gets a row for it.
    #expect(try keys(.repaint, .everywhere, after: KeyChange("console.repaint", keys: ["Z"])) == [.character("Z")])
    #expect(try keys(.repaint, .always, after: KeyChange("console.repaint", keys: ["Z"])) == [.control("l")])
    // No key at all is a wish too; Esc stays what it is.
    #expect(try keys(.undo, .everywhere, after: KeyChange("session.undo", keys: [])) == [])
    #expect(try keys(.close, .always, after: KeyChange("place.close", keys: ["f12"])) == [.function(12), .escape])
    // Two actions may exchange their keys.
    #expect(
      try keys(
        .pause, .session, after: KeyChange("session.pause", keys: ["z"]), KeyChange("pane.zoom", keys: ["p"]))
        == [.character("z")])
  }

  @Test(
    "what cannot stand is refused with the reason",
    arguments: [
      ("decison.next", ["N"], "no action is called “decison.next”; did you mean decision.next?"),
      ("session.pause", ["Pause"], "“Pause” is no key"),
      ("session.pause", ["x"], "in session x is report.export already"),
      ("session.pause", ["D"], "D would be session.pause in session, and hide decision.next of everywhere there"),
      ("decision.next", ["p"], "p would be session.pause in session, and hide decision.next of everywhere there"),
      ("session.pause", ["ctrl-i"], "ctrl-i is the same as Tab"),
      ("session.pause", ["ctrl-c"], "ctrl-c keeps its meaning, console.interrupt"),
      ("session.pause", ["esc"], "esc keeps its meaning, place.close"),
      ("session.pause", ["ctrl-s"], "ctrl-s stops and starts"),
      ("session.pause", ["ctrl-b"], "ctrl-b is the prefix of the tmux"),
      ("answer.why", ["w"], "w cannot be answer.why: in decision it is text"),
      ("answer.confirm", ["ctrl-y"], "answer.confirm needs one key that every keyboard has"),
      ("move.up", ["k"], "move.up needs one key that every keyboard has"),
      ("palette.open", ["ctrl-k"], "palette.open needs one key that every keyboard has"),
      ("answer.confirm", ["f2", "enter"], "f2 would open a decision and confirm it"),
    ])
  func refused(action: String, keys: [String], reason: String) {
    let found = reasons(KeyChange(action, keys: keys), prefix: .control("b"))
    #expect(found.contains { $0.hasPrefix(reason) }, "\(found)")
  }

  @Test("what has no key of its own is named as the list of all actions finds it")
  func nameless() {
    var model = Model.console(80, 24)
    model.keymap = Keymap.standard.changed(by: [KeyChange("session.undo", keys: [])]).keymap
    #expect(model.keyName(.undo) == "F9 session.undo")
    #expect(model.keyName(.confirm, in: .dialog) == "Enter")
    #expect(model.keyName(.quit) == "F9 console.quit")
    model.press("f9")
    model.type("session.undo")
    #expect(model.paletteRows.map(\.action) == [.undo])
  }

  @Test("a place must be known, and the action must be at home there")
  func places() {
    #expect(reasons(KeyChange("place.close", in: "sesion", keys: ["q"]))[0].hasPrefix("no place is called “sesion”"))
    #expect(reasons(KeyChange("feed.follow", in: "board", keys: ["q"]))[0].hasSuffix("it works in feed"))
    #expect(reasons(KeyChange("palette.open", in: "always", keys: ["ctrl-k"]))[0].contains("every keyboard"))
  }

  @Test("any list of changes gives a table without conflicts, or a reason that points at one of its words")
  func anything() {
    var random = SystemRandomNumberGenerator()
    let names = [
      "a", "D", "f2", "f5", "enter", "esc", "tab", "up", "ctrl-k", "ctrl-c", "alt-x", " ", "pgdn", "nonsense",
    ]
    for _ in 0..<400 {
      let changes = (0..<3).map { _ in
        KeyChange(
          Action.allCases.randomElement(using: &random)?.rawValue ?? "",
          in: Bool.random() ? Where.allCases.randomElement(using: &random)?.rawValue : nil,
          keys: Array(names.shuffled(using: &random).prefix(Int.random(in: 0...3))))
      }
      let (keymap, troubles) = Keymap.standard.changed(by: changes)
      if troubles.isEmpty {
        #expect(keymap.conflicts == [], "\(changes)")
        #expect(keymap.binding(for: .escape, in: .always)?.action == .close)
      }
      for trouble in troubles {
        #expect(changes.indices.contains(trouble.change))
        if case .key(let at) = trouble.part { #expect(changes[trouble.change].keys.indices.contains(at)) }
      }
    }
  }

  /// A console whose every named key is another one.
  private func changed(_ columns: Int, _ rows: Int) -> Model {
    let wanted = [
      ("decision.next", ["Z", "f7"]), ("search.open", ["/"]), ("session.pause", ["P"]),
      ("engine.start", ["Q"]), ("feed.follow", ["F"]), ("filter.open", ["ctrl-k"]), ("session.undo", ["U"]),
      ("field.next", ["ctrl-n", "tab"]), ("answer.why", ["ctrl-w"]), ("help.open", ["ctrl-v"]), ("past.open", ["O"]),
      ("answer.effects", ["ctrl-e"]), ("move.page-down", ["ctrl-f"]), ("past.now", ["I"]), ("item.open", ["f8"]),
      ("item.pager", ["K"]), ("pane.2", ["ctrl-t"]), ("pane.next", ["ctrl-g"]), ("place.close", ["f6"]),
      ("editor.open", ["ctrl-o"]),
    ]
    let (keymap, troubles) = Keymap.standard.changed(by: wanted.map { KeyChange($0.0, keys: $0.1) })
    #expect(troubles == [])
    var model = Model.console(columns, rows)
    model.keymap = keymap
    return model
  }

  @Test("a changed key works, also in a text, and every text names it", arguments: [(80, 24), (120, 30), (40, 12)])
  func texts(columns: Int, rows: Int) {
    var engine = FakeEngine("hotel")
    engine.work()
    engine.status = .gone
    var model = changed(columns, rows)
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    var seen = ""
    func look() { seen += model.view().text + "\n" }
    look()
    #expect(model.press("D") == [])
    #expect(model.place == .overview)
    model.press("f8")
    look()
    model.press("Z")
    #expect(model.place == .decision)
    model.wait(500)
    look()
    for _ in 0..<9 { model.press("ctrl-f") }
    model.press("a")
    look()
    model.press("ctrl-n")
    #expect(model.card?.isTyping == true)
    // A key of the table goes before the text; any other is the text's.
    model.type("note")
    look()
    model.press("f6", "f6")
    #expect(model.place != .decision)
    model.press("ctrl-t", "f8")
    look()
    for old in ["D opens", "D decide", "PgDn", "Tab", "F4", "S starts", "Right", "Esc", "F1 "] {
      #expect(!seen.contains(old), "\(old)\n\(seen)")
    }
    for new in ["Z ", "Ctrl-V help"] { #expect(seen.contains(new), "\(new)\n\(seen)") }
  }

  @Test("no source of the console spells a key's name in a text")
  func sources() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources/Console")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.count > 30)
    for name in names
    where !name.hasPrefix("Linear") && !["Keymap.swift", "Remapping.swift"].contains(name) {
      let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
      for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        let code = line.drop { $0 == " " }
        guard !code.hasPrefix("//"), code.contains("\"") else { continue }
        let found = code.firstMatch(of: /"[^"]*\b(Tab|PgDn|PgUp|F[0-9]+|Ctrl-[A-Z]|D opens|Esc|Up, Down)\b[^"]*"/)
        // The first words a newcomer reads name keys that everybody has.
        let isPlain = found?.output.0.contains("Keys: arrows") ?? true
        #expect(isPlain, "\(name):\(number + 1) names a key; ask keyName(…) for it.")
      }
    }
  }
}
