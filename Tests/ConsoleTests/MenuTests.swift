import Kernel
import Screen
import Testing

@testable import Console

// covers Menu.swift, Copying.swift, Opening.swift, LinearItems.swift

@Suite("Copying and opening")
struct MenuTests {
  private func console(_ engine: FakeEngine, _ keys: String...) -> Model {
    var model = Model.console(80, 24)
    model.send(.moment(engine.moment + 5_000))
    model.send(.sessions([engine.snapshot]))
    for key in keys { model.press(key) }
    return model
  }

  /// Stopped at a gate that failed, with evidence and a finding in a file.
  private var failed: FakeEngine {
    var engine = FakeEngine("hotel")
    engine.work()
    engine.failing = ["coverage"]
    engine.answer("approve")
    engine.work()
    return engine
  }

  @Test("what can be copied is listed, and a digit, a letter or Enter copies it")
  func copyMenu() {
    var model = console(failed, "enter", "4", "home")
    #expect(model.press("y") == [])
    #expect(model.place == .menu)
    #expect(model.menu?.items.map(\.name) == ["line", "id", "path", "text", "rows"])
    let text = model.view().text
    #expect(text.contains("1 line") && text.contains("FAIL Test coverage") && text.contains("evidence/coverage.txt"))
    #expect(model.press("i") == [.copy("coverage")])
    #expect(model.place == .session("hotel"))
    model.press("y")
    #expect(model.press("3") == [.copy("evidence/coverage.txt")])
    model.press("y")
    #expect(model.press("down", "down", "up", "enter") == [.copy("coverage")])
    // Letters of other scripts count by their place.
    model.press("y")
    #expect(model.update(.key(.character("ш"))) == [.copy("coverage")])
    // Esc, and keys that stand for nothing, copy nothing.
    model.press("y")
    #expect(model.press("9", "x", "esc") == [])
    #expect(model.place == .session("hotel"))
    model.press("y")
    guard case .copy(let whole)? = model.press("t").first else {
      Issue.record("nothing was copied")
      return
    }
    #expect(whole.contains("app/orders.py:41 C901"))
    model.press("y")
    guard case .copy(let rows)? = model.press("r").first else {
      Issue.record("nothing was copied")
      return
    }
    #expect(rows.split(separator: "\n").count == 3)
  }

  @Test("where there is one text, it is copied at once")
  func single() {
    var model = console(failed, "?")
    guard case .copy(let text)? = model.press("y").first else {
      Issue.record("nothing was copied")
      return
    }
    #expect(text.contains("The words and marks"))
    #expect(model.place == .reading)
  }

  @Test("a row of the feed has its line, its number and the rows on the screen")
  func feed() {
    var model = console(failed, "enter")
    model.press("y")
    let names = model.menu?.items.map(\.name) ?? []
    #expect(names.starts(with: ["line", "id"]) && names.contains("rows"))
    guard case .copy(let rows)? = model.press("r").first else {
      Issue.record("nothing was copied")
      return
    }
    #expect(rows.split(separator: "\n").count == model.height(of: .feed))
  }

  @Test("nothing that is copied can do anything where it is pasted")
  func hostile() {
    var model = console(failed, "enter", "6")
    model.send(.transcript(session: "hotel", lines: ["ok \u{1B}[201~rm -rf ~\r", "\u{202E}abc"]))
    model.press("y")
    for item in model.menu?.items ?? [] {
      guard case .copy(let text) = item.intent else { continue }
      #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value < 0x7F })
    }
    #expect(model.menu?.items.count == 2)
  }

  @Test("the evidence of a gate is opened with the hash it had; of several files one is asked for")
  func openGate() {
    var model = console(failed, "enter", "4", "home")
    let evidence = NamedFile(session: "hotel", path: "evidence/coverage.txt", hash: "4be1c0ffee00coverage")
    #expect(model.press("o") == [])
    #expect(model.menu?.items.map(\.name) == ["evidence/coverage.txt", "app/orders.py"])
    #expect(model.press("1") == [.readFile(evidence)])
    model.press("o", "down")
    #expect(model.press("enter") == [.readFile(NamedFile(session: "hotel", path: "app/orders.py", line: 41))])
    // A gate that passed has one file, which is opened at once.
    model.press("end")
    #expect(model.press("o").count == 1)
  }

  @Test("what comes of it goes to the pager, and why not is said")
  func outcome() {
    var model = console(failed, "enter")
    let file = NamedFile(session: "hotel", path: "app/orders.py")
    #expect(
      model.update(.fileRead(file, "a\nb", trouble: nil)).contains(
        .openPager(PagerText("app/orders.py", "a\nb", of: "hotel"))))
    #expect(
      !model.update(.fileRead(file, nil, trouble: "it is not there")).contains {
        if case .openPager = $0 { true } else { false }
      })
    #expect(model.view().text.contains("Not opened: it is not there"))
  }

  @Test("events, tasks, decisions and stages name their files, and what names none says so")
  func subjects() {
    var model = console(failed, "enter")
    model.press("f")
    model.type("src:gate")
    model.press("enter", "end")
    #expect(model.openables.first?.hash != nil)
    model.press("3")
    #expect(model.openables.map(\.path).allSatisfy { !$0.isEmpty })
    model.press("D")
    #expect(model.openables.first?.path == "evidence/coverage.txt")
    model.wait(500)
    model.press("f11")
    #expect(model.place == .menu)
    model.press("esc", "esc", "5", "home")
    model.press("down", "down")
    #expect(model.openables.map(\.path) == ["artifacts/plan.md"])
    #expect(model.press("o") == [.readFile(NamedFile(session: "hotel", path: "artifacts/plan.md"))])
    model.press("9")
    #expect(model.reasonDisabled(.openFile) == "nothing is selected that names a file")
    model.press("?")
    #expect(model.reasonDisabled(.openFile) == "this names no file and no evidence")
    model.press("o")
    #expect(model.toast?.text.contains("this names no file and no evidence") == true)
  }

  @Test("of the past only evidence is opened, since the disk shows the present")
  func past() {
    var model = console(failed, "enter", "H", "4", "home")
    #expect(model.past != nil)
    #expect(model.openables.allSatisfy { $0.hash != nil })
    model.press("5", "home")
    #expect(model.reasonDisabled(.openFile)?.contains("only its evidence") == true)
  }

  @Test("in lines the menus are words to type, and a file is said in pages")
  func lines() {
    var desk = LineDesk([failed])
    desk.type("gates", "read 1", "copy")
    #expect(desk.text.contains("Type copy line, copy id, copy path, copy text, copy rows."))
    desk.type("copy id")
    #expect(desk.intents.last == .copy("coverage"))
    desk.type("do item.copy")
    #expect(desk.text.contains("Type copy line"))
    #expect(desk.console.model.place == .session("hotel"))
    desk.type("file")
    #expect(desk.text.contains("1. evidence/coverage.txt"))
    for words in ["file 1", "file coverage", "open coverage"] {
      desk.type(words)
      #expect(
        desk.intents.last
          == .readFile(NamedFile(session: "hotel", path: "evidence/coverage.txt", hash: "4be1c0ffee00coverage")))
    }
    let file = NamedFile(session: "hotel", path: "evidence/coverage.txt")
    desk.said = []
    desk.take(desk.console.take(.fileRead(file, "first\n\u{1B}[2Jsecond", trouble: nil)))
    #expect(desk.said == ["evidence/coverage.txt, 2 lines.", "first", "^[[2Jsecond"])
    desk.type("file artifacts/plan.md")
    desk.take(desk.console.take(.fileRead(file, nil, trouble: "it is not there (any more).")))
    #expect(desk.text.contains("Not opened: it is not there (any more)."))
    desk.type("file nowhere.py")
    #expect(desk.text.contains("Nothing called nowhere.py is on record."))
    desk.type("open nowhere.py")
    #expect(desk.text.contains("Which one?"))
  }
}
