import Testing

@testable import Screen

/// T9: letters that look like others. Covers LookAlike.
@Suite("Look-alikes")
struct LookAlikeTests {
  @Test(
    "a word with letters that are not what they look like is named with them",
    arguments: [
      ("press \u{430}pprove", ["\u{430}pprove: U+0430 is no a"]),
      ("\u{FF59}es", ["\u{FF59}es: U+FF59 is no plain letter"]),
      ("\u{1D41A}\u{1D41B}", ["\u{1D41A}\u{1D41B}: U+1D41A is no plain letter, U+1D41B is no plain letter"]),
      ("p\u{440}\u{440}\u{43E}d", ["p\u{440}\u{440}\u{43E}d: U+0440 is no p, U+043E is no o"]),
      ("N\u{39F}", ["N\u{39F}: U+039F is no O"]),
      // A whole word of likes, and nothing else of its alphabet.
      (
        "the \u{441}\u{43E}\u{440}\u{435} of it",
        ["\u{441}\u{43E}\u{440}\u{435}: U+0441 is no c, U+043E is no o, U+0440 is no p, U+0435 is no e"]
      ),
    ])
  func found(_ text: String, _ words: [String]) {
    #expect(Text.lookAlikes(in: [text]).map(\.words) == words)
  }

  @Test(
    "text in another alphabet, accents, units and pictures are none",
    arguments: [
      "approve", "Grüße, naïve café", "Сорок сороков: оса, рос, хор", "Привет мир", "Ελληνικά και νερό", "漢字",
      "Δt = 3 µs, α = 0.05",
      "Հայերեն", "👨‍👩‍👧 ok", "e\u{301}te\u{301}", "–→“x”", "Łódź, Ærø, ẞ",
    ])
  func none(_ text: String) {
    #expect(Text.lookAlikes(in: [text]) == [], "\(text)")
  }

  @Test("each word once, at most five, however long the text")
  func limits() {
    let one = Text.lookAlikes(in: ["\u{430}b \u{430}b", "\u{430}b"])
    #expect(one.count == 1)
    let many = (0..<20_000).map { "\u{430}b\(["x", "y", "z", "v", "w", "q", "k"][$0 % 7])" }.joined(separator: " ")
    #expect(Text.lookAlikes(in: [many]).count == Text.lookAlikeLimit)
    #expect(LookAlike.likeness.count == 80)
  }
}
