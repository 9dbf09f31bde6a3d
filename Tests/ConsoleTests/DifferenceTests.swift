import Screen
import Testing

@testable import Console

// Covers Difference.

@Suite("Differences") struct DifferenceTests {
  private let lines = [
    "@@ -10,4 +10,5 @@ def price", " total = 0", "-rate = read(old_name)", "+rate = read(new_name)", "+log(rate)",
    " return",
  ]

  private func strong(_ line: Line) -> [String] {
    line.spans.filter { $0.style.emphasis.contains(.underline) }.map(\.text)
  }

  @Test("only the words that changed stand out")
  func words() {
    let found = Difference.words("rate = read(old_name)", "rate = read(new_name)")
    #expect(strong(found.old) == ["old_name"])
    #expect(strong(found.new) == ["new_name"])
    #expect(found.old.text == "rate = read(old_name)")
    // A line that was replaced is not a puzzle of common letters.
    #expect(strong(Difference.words("import os", "total = price * 3").new).isEmpty)
  }

  @Test("one below the other keeps every line, its sign and the order of signs")
  func unified() {
    #expect(Difference(lines).unified(columns: 60).map(\.text) == lines)
  }

  @Test("both sides carry their own numbers, and nothing is lost")
  func beside() {
    let rows = Difference(lines).beside(columns: 61).map(\.text)
    #expect(rows[0] == "@@ -10,4 +10,5 @@ def price")
    #expect(rows[1].hasPrefix("10 total = 0") && rows[1].contains(" | 10 total = 0"))
    #expect(rows[2].hasPrefix("11-rate = read(old_name)") && rows[2].contains(" | 11+rate = read(new_name)"))
    #expect(rows[3].hasPrefix("   ") && rows[3].contains(" | 12+log(rate)"))
    #expect(rows[4].hasPrefix("12 return") && rows[4].contains(" | 13 return"))
  }

  @Test("long lines go on below, at any width, and hostile ones move nothing", arguments: [12, 20, 41, 80, 200])
  func widths(_ columns: Int) {
    let long = String(repeating: "word ", count: 40)
    let all = Difference(["@@ -1 +1 @@", "-" + long + "\u{1B}[2J", "+" + long + "\u{202E}x", "\\ No newline"])
    for line in all.beside(columns: columns) where columns >= 41 { #expect(line.columns <= columns) }
    let text = all.beside(columns: columns).map(\.text).joined()
    #expect(!text.unicodeScalars.contains("\u{1B}") && !text.unicodeScalars.contains("\u{202E}"))
    for line in all.unified(columns: columns) { #expect(line.columns <= columns) }
  }
}
