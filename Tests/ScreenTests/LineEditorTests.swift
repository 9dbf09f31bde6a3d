import Screen
import Testing

@Suite("LineEditor")
struct LineEditorTests {
  private func typed(_ keys: [Key], into editor: LineEditor = LineEditor()) -> LineEditor {
    var editor = editor
    for key in keys { editor.handle(key) }
    return editor
  }

  @Test("typing, moving and deleting")
  func basics() {
    var editor = typed("abc".map { .character($0) } + [.left, .character("X"), .home, .character("Y"), .end])
    #expect(editor.text == "YabXc")
    #expect(editor.cursor == 5)
    editor = typed([.backspace, .home, .delete, .backspace], into: editor)
    #expect(editor.text == "abX")
    #expect(editor.cursor == 0)
  }

  @Test("words are moved over and deleted as a whole")
  func words() {
    var editor = LineEditor("broker choice_2, changed")
    editor = typed([.controlLeft, .controlLeft, .character("!")], into: editor)
    #expect(editor.text == "broker !choice_2, changed")
    editor = typed([.controlRight, .control("w")], into: editor)
    #expect(editor.text == "broker !, changed")
    editor = typed([.control("u")], into: editor)
    #expect(editor.text == ", changed")
    editor = typed([.alt("d")], into: editor)
    #expect(editor.text == "")
  }

  @Test("a character with marks is one step and one deletion")
  func clusters() {
    var editor = typed([.character("e"), .paste("\u{301}")], into: LineEditor("x"))
    // Pasted alone, a mark is not trusted and becomes visible.
    #expect(editor.text == "xe\\u{301}")
    editor = LineEditor("xe\u{301}👍🏽")
    editor = typed([.left, .left, .character("|")], into: editor)
    #expect(editor.text == "x|e\u{301}👍🏽")
    editor = typed([.delete, .delete], into: editor)
    #expect(editor.text == "x|")
  }

  @Test("a paste is cleaned, and keeps its lines only where there are lines")
  func paste() {
    #expect(typed([.paste("a\nb\u{1B}[2Jy\n")]).text == "a b^[[2Jy")
    #expect(typed([.paste("a\r\nb\n")], into: LineEditor(isMultiline: true)).text == "a\nb\n")
    #expect(typed([.paste(String(repeating: "x", count: 200_000))]).text.count == LineEditor.limit)
  }

  @Test("Return belongs to the dialog, unless there are several lines")
  func enter() {
    var single = LineEditor("a")
    for key in [Key.enter, .escape, .tab, .up, .down, .function(1)] {
      let isTaken = single.handle(key)
      #expect(!isTaken, "\(key)")
    }
    var several = LineEditor("a", isMultiline: true)
    let isTaken = several.handle(.enter)
    #expect(isTaken)
    #expect(several.text == "a\n")
  }

  @Test("lines are moved over in their column")
  func upAndDown() {
    var editor = LineEditor("first line\nab\nthird line", isMultiline: true)
    editor = typed([.up, .character("|")], into: editor)
    #expect(editor.text == "first line\nab|\nthird line")
    editor = typed([.up, .character("|"), .up, .home, .character(">")], into: editor)
    #expect(editor.text == ">fir|st line\nab|\nthird line")
    editor = typed([.down, .down, .down, .end, .character("<")], into: editor)
    #expect(editor.text.hasSuffix("third line<"))
  }

  @Test("one row scrolls sideways with the cursor in view")
  func singleRow() {
    let editor = LineEditor("0123456789")
    #expect(editor.picture(columns: 6, rows: 1).rows == ["56789"])
    #expect(editor.picture(columns: 6, rows: 1).cursor == Point(column: 5, row: 0))
    #expect(typed([.home], into: editor).picture(columns: 6, rows: 1).rows == ["012345"])
    #expect(LineEditor("漢字漢").picture(columns: 4, rows: 1).rows == [" 漢"])
    #expect(LineEditor("漢字漢").picture(columns: 4, rows: 1).cursor == Point(column: 3, row: 0))
    #expect(editor.picture(columns: 0, rows: 1).rows.isEmpty)
  }

  @Test("several rows break at the width and scroll down with the cursor")
  func severalRows() {
    let editor = LineEditor("abcdef\ngh", isMultiline: true)
    #expect(editor.picture(columns: 4, rows: 5).rows == ["abcd", "ef", "gh"])
    #expect(editor.picture(columns: 4, rows: 5).cursor == Point(column: 2, row: 2))
    #expect(editor.picture(columns: 4, rows: 2).rows == ["ef", "gh"])
    #expect(editor.picture(columns: 4, rows: 2).cursor == Point(column: 2, row: 1))
    #expect(LineEditor("abcd", isMultiline: true).picture(columns: 4, rows: 3).cursor == Point(column: 0, row: 1))
  }

  @Test("random keys never break it, and the cursor is always in the picture", arguments: 0..<20)
  func random(seed: UInt64) {
    var generator = TestGenerator(seed: seed)
    let keys: [Key] = [
      .character("a"), .character("漢"), .character(" "), .paste("e\u{301}👍🏽\nx"), .left, .right, .home, .end, .up, .down,
      .backspace, .delete, .control("w"), .alt("d"), .control("u"), .control("k"), .controlLeft, .controlRight, .enter,
    ]
    var editor = LineEditor(isMultiline: seed % 2 == 0)
    for _ in 0..<400 {
      editor.handle(keys.randomElement(using: &generator) ?? .left)
      let columns = Int.random(in: 1...9, using: &generator)
      let rows = Int.random(in: 1...4, using: &generator)
      let picture = editor.picture(columns: columns, rows: rows)
      #expect(picture.cursor.column < columns && picture.cursor.row < rows)
      #expect(picture.cursor.column >= 0 && picture.cursor.row >= 0)
      #expect(editor.cursor >= 0 && editor.cursor <= editor.text.unicodeScalars.count)
    }
  }
}

/// A generator that gives the same numbers for the same seed (SplitMix64).
struct TestGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
