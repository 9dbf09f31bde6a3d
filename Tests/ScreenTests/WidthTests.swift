import Testing

@testable import Screen

// covers Width.swift and WidthTable.swift
@Suite("Width")
struct WidthTests {
  @Test(
    "the columns of a text are those it takes in the grid",
    arguments: [
      ("abc", 3), ("", 0), ("Grüße", 5), ("漢字", 4), ("ｙ", 2), ("é", 1), ("e\u{301}", 1), ("👍", 2),
      // One placeholder each: a family, a thumb with a tone, a flag, a character newer than Unicode 14.
      ("👩‍👩‍👧", 1), ("👍🏽", 1), ("🇩🇪", 1), ("\u{1FAE8}", 1),
      // A selector never changes the width: heart, warning sign, keycap.
      ("❤\u{FE0F}", 1), ("\u{26A0}\u{FE0F}", 1), ("1\u{FE0F}\u{20E3}", 1),
      // Ambiguous characters are narrow.
      ("─│·…", 4), ("\u{1F9D1}\u{200D}\u{1F680}x", 2),
    ])
  func columns(text: String, expected: Int) {
    #expect(Width.columns(of: text) == expected)
  }

  @Test("the table is sorted and covers every scalar")
  func tableIsSorted() {
    #expect(WidthTable.changes.first == 4)
    for (left, right) in zip(WidthTable.changes, WidthTable.changes.dropFirst()) {
      #expect(left >> 3 < right >> 3)
      #expect(left & 7 != right & 7)
    }
  }

  @Test("the table agrees with what Swift knows about Unicode")
  func agreesWithStandardLibrary() {
    var checked = 0
    for value in UInt32(0x20)...0x2FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let found = Width.classify(scalar)
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator:
        #expect(found == .hidden || found == .unknown, "U+\(String(value, radix: 16))")
      case .nonspacingMark, .enclosingMark:
        #expect(found == .mark || found == .hidden || found == .unknown, "U+\(String(value, radix: 16))")
      case .unassigned, .privateUse, .surrogate:
        #expect(found == .unknown || found == .hidden, "U+\(String(value, radix: 16))")
      default: continue
      }
      checked += 1
    }
    #expect(checked > 10_000)
  }

  @Test("a base takes four marks and no more")
  func marks() throws {
    let text = "a" + String(String.UnicodeScalarView(Array(repeating: "\u{301}", count: 100_000)))
    var reader = ClusterReader(text.unicodeScalars)
    let first = reader.next()
    let cluster = try #require(first)
    #expect(cluster.glyph.marks.count == 4)
    #expect(cluster.count == 100_001)
    #expect(cluster.width == 1)
    let rest = reader.next()
    #expect(rest == nil)
  }

  @Test("a control is one cell that shows its picture")
  func controls() {
    var reader = ClusterReader("\u{1B}\r\n\u{9B}".unicodeScalars)
    var glyphs: [Glyph] = []
    while let cluster = reader.next() { glyphs.append(cluster.glyph) }
    #expect(glyphs == [Glyph("\u{241B}"), Glyph("\u{240D}"), Glyph("\u{240A}"), .placeholder])
  }
}
