import Prose
import Screen
import Testing

// Covers Markdown.swift of Prose.

@Suite("Markdown")
struct MarkdownTests {
  private func text(_ source: String, _ columns: Int = 40) -> [String] {
    Markdown.rows(source, columns: columns).lines.map(\.text)
  }

  @Test("headings, lists and paragraphs become rows")
  func blocks() {
    #expect(
      text("# Title\nfirst\nsecond line\n\n- one\n  - two\n1. three\n> said") == [
        "Title", "first second line", "", "- one", "  - two", "1. three", "| said",
      ])
  }

  @Test("tables are aligned, and the widest column gives way")
  func tables() {
    #expect(text("| A | Long |\n|---|---|\n| 1 | two |") == ["A  Long", "1  two"])
    let narrow = text("| A | Long |\n|---|---|\n| 1 | a text that does not fit |", 12)
    #expect(narrow.allSatisfy { Width.columns(of: $0) <= 12 })
    #expect(narrow[1].hasSuffix("~"))
  }

  @Test("bold, code and links keep their words")
  func spans() {
    let line = Markdown.rows("a **b `c`** [d](e) *f", columns: 80).lines.first ?? Line()
    #expect(line.text == "a b c d (e) *f")
    #expect(line.spans.contains { $0.text == "c" && $0.style.role == .link && $0.style.emphasis.contains(.bold) })
  }

  @Test("code keeps its lines; what is unknown stays as written")
  func code() {
    #expect(text("```\nif x:\n  y\n```\n<b>kept</b>") == ["  if x:", "    y", "<b>kept</b>"])
  }

  @Test("hidden characters become visible and are counted")
  func hidden() {
    let found = Markdown.rows("a\u{202E}b\u{1B}[2J", columns: 40)
    #expect(found.hidden == 2)
    #expect(found.lines.map(\.text).joined().contains("\\u{202E}"))
  }

  @Test("any text at any width stays within it", arguments: 1..<30)
  func widths(_ columns: Int) {
    let source = "# A heading that is long\n- an item with `code` and **bold** words\n\n| a | b | c |\n| d | e | f |\n"
    // A table keeps four columns a cell, however small the window is; the canvas cuts it.
    for line in Markdown.rows(source, columns: columns).lines where columns >= 16 {
      #expect(line.columns <= columns)
    }
  }

  @Test("nested lists, tasks, quotes and several blocks in one item")
  func nesting() {
    #expect(
      text("1. first\n\n   more of it\n2. second\n   - [ ] open\n   - [x] done\n\n> - said\n>   on") == [
        "1. first", "", "   more of it", "2. second", "   - [ ] open", "   - [x] done", "", "| - said on",
      ])
  }

  @Test("columns are aligned as they ask")
  func alignment() {
    #expect(
      text("| a | b | c |\n|--:|:-:|---|\n| 1 | 222 | 3 |\n| 444 | 5 | 6 |") == [
        "  a   b   c", "  1  222  3", "444   5   6",
      ])
  }

  @Test(
    "names and patterns of others stand as they are",
    arguments: [
      "app/__init__.py and app/__main__.py", "src/*/a.py and lib/*/b.py", "src/**/a and lib/**/b", "a \\d+ b \\. c",
      "C:\\_new\\*.txt", "&lt;script&gt; &#27;[2J", "snake_case_name and _one_", "[x]: http://hidden", "2 * 3 * 4",
      "~~struck~~", "rm -rf ./* && echo *",
    ])
  func raw(_ source: String) {
    #expect(text(source, 80) == [source])
  }

  @Test("a report's own escapes are undone, and numbered characters never become control characters")
  func escaped() {
    func rows(_ source: String) -> String {
      Markdown.rows(source, columns: 80, from: .escaped).lines.map(\.text).joined(separator: "\n")
    }
    #expect(rows("a \\*b\\* \\_c\\_ &lt;d&gt;") == "a *b* _c_ <d>")
    let hostile = rows("a&#27;[2Jb &#x202e;c")
    #expect(!hostile.unicodeScalars.contains("\u{1B}"))
    #expect(!hostile.unicodeScalars.contains("\u{202E}"))
  }

  @Test("where a link leads is always said, with its title; what surrounds code is not lost")
  func links() {
    #expect(text("[safe](http://evil.example \"hm\")", 80) == ["safe (http://evil.example) \"hm\""])
    #expect(text("https://a.example", 80) == ["https://a.example"])
    #expect(text("![alt](p.png)", 80) == ["alt (p.png)"])
    #expect(text("``` said by nobody\nx\n```", 80) == ["  said by nobody", "  x"])
    #expect(text("<!-- said -->\n\nb", 80) == ["<!-- said -->", "", "b"])
  }

  @Test("every word of any text is on the screen, in both ways of reading", arguments: 0..<40)
  func nothingLost(_ seed: UInt64) {
    var dice = Dice(state: seed)
    let pieces = [
      "#", "##", "-", "1.", ">", "|", "---", "```", "`", "**", "*", "_", "[", "](", ")", "]:", "<", ">", "&amp;", "\\",
      "\n",
      "\n\n", " ", " ", "  ", "~~~", "!", "[ ]", "|---|",
    ]
    var source = ""
    var words: [String] = []
    for number in 0..<60 {
      for _ in 0..<Int.random(in: 0...3, using: &dice) { source += pieces.randomElement(using: &dice) ?? "" }
      words.append("w\(number)x")
      source += "w\(number)x "
    }
    for origin in [Markdown.Origin.raw, .escaped] {
      let shown = Markdown.rows(source, columns: 4000, from: origin).lines.map(\.text).joined(separator: " ")
      for word in words where origin == .raw { #expect(shown.contains(word), "\(word) of \(source.debugDescription)") }
    }
  }
}
