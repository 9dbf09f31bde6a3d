import Testing

@testable import Screen

/// The hostile texts T1 to T18 of the promises, as far as a text can carry them.
@Suite("Text")
struct TextTests {
  @Test(
    "hostile text is shown and cannot act",
    arguments: [
      // T1 clipboard write and read, T2 title, T3 reports, T4 fake screen.
      ("\u{1B}]52;c;cm0gLXJmIH4K\u{7}", "^[]52;c;cm0gLXJmIH4K^G", 2), ("\u{1B}]52;c;?\u{7}", "^[]52;c;?^G", 2),
      ("\u{1B}]0;approved\u{7}\u{1B}[21t", "^[]0;approved^G^[[21t", 3), ("\u{1B}[6n", "^[[6n", 1),
      ("\u{1B}P$qm\u{1B}\\", "^[P$qm^[\\", 2), ("\u{1B}[2J\u{1B}[HGATE PASSED", "^[[2J^[[HGATE PASSED", 2),
      // T5 rewriting the row.
      ("FAIL\rPASS", "FAIL^MPASS", 1), ("no\u{8}\u{8}yes", "no^H^Hyes", 2),
      // T6 C1 controls as characters.
      ("\u{9B}31m", "\\u{9B}31m", 1), ("\u{90}\u{9D}", "\\u{90}\\u{9D}", 2),
      // T7 directions.
      ("approve \u{202E}tcejer\u{202C}", "approve \\u{202E}tcejer\\u{202C}", 2),
      ("\u{2066}a\u{2069}\u{61C}", "\\u{2066}a\\u{2069}\\u{61C}", 3),
      // T8 what nobody can see.
      ("a\u{200B}b", "a\\u{200B}b", 1), ("x\u{FEFF}\u{AD}\u{3164}", "x\\u{FEFF}\\u{AD}\\u{3164}", 3),
      ("\u{115F}\u{2800}\u{2060}", "\\u{115F}\\u{2800}\\u{2060}", 3), ("a\u{FE0F}", "a\\u{FE0F}", 1),
      ("\u{E0041}\u{E0042}\u{E0043}", "\\u{E0041}\\u{E0042}\\u{E0043}", 3),
      (
        "\u{E0041}\u{E0042}\u{E0043}\u{E0044}\u{E0045}\u{E0046}!",
        "\\u{E0041}\\u{E0042}\\u{E0043}\\u{E0044}[+2 hidden]!", 6
      ),
      // T12 links, T13 more lines, T16 other strings of terminals.
      ("\u{1B}]8;;file:///etc/passwd\u{7}docs", "^[]8;;file:///etc/passwd^Gdocs", 2),
      ("ok\nDECISION 7 ANSWERED: approve", "ok^JDECISION 7 ANSWERED: approve", 1),
      ("\u{1B}Ptmux;\u{1B}\u{1B}]52", "^[Ptmux;^[^[]52", 3), ("a\u{7F}", "a^?", 1), ("a\r\nb", "a^M^Jb", 2),
    ])
  func hostile(text: String, shown: String, hidden: Int) {
    let clean = Text.clean(text)
    #expect(clean.string == shown)
    #expect(clean.hiddenCount == hidden)
    #expect(Text.clean(bytes: text.utf8) == clean)
    #expect(clean.segments.filter(\.isMark).isEmpty == false)
  }

  @Test(
    "ordinary writing of many languages stays as it is",
    arguments: [
      "plain", "Grüße", "漢字かな", "עברית", "हिन्दी", "❤\u{FE0F}", "👩‍👩‍👧", "👍🏽", "1\u{FE0F}\u{20E3}", "e\u{301}", "аpprove",
    ])
  func ordinary(text: String) {
    let clean = Text.clean(text)
    #expect(Array(clean.string.unicodeScalars) == Array(text.unicodeScalars))
    #expect(clean.hiddenCount == 0)
    #expect(clean.segments.count == 1)
  }

  @Test("T10: a hundred thousand marks on one letter become four and a number, fast")
  func flood() {
    var scalars = String.UnicodeScalarView("a".unicodeScalars)
    scalars.append(contentsOf: Array(repeating: Unicode.Scalar(0x301 as UInt16)!, count: 100_000))
    scalars.append("b")
    let text = String(scalars)
    var clean = Text.clean("")
    let taken = ContinuousClock().measure { clean = Text.clean(text) }
    #expect(clean.string == "a\u{301}\u{301}\u{301}\u{301}[+99996 hidden]b")
    #expect(clean.hiddenCount == 99_996)
    #expect(taken < .seconds(1))
  }

  @Test("a mark with nothing below it is made visible")
  func loneMark() {
    #expect(Text.clean("\u{301}a").string == "\\u{301}a")
  }

  @Test("bytes that are not UTF-8 are written out, one by one")
  func invalidBytes() {
    #expect(Text.clean(bytes: [0x61, 0x9B, 0x33]).string == "a\\x9B3")
    #expect(Text.clean(bytes: [0xC3]).string == "\\xC3")
    #expect(Text.clean(bytes: [0xE2, 0x82, 0x61]).string == "\\xE2\\x82a")
    // A surrogate, an overlong slash, and one beyond Unicode.
    #expect(Text.clean(bytes: [0xED, 0xA0, 0x80]).string == "\\xED\\xA0\\x80")
    #expect(Text.clean(bytes: [0xC0, 0xAF]).string == "\\xC0\\xAF")
    #expect(Text.clean(bytes: [0xE0, 0x80, 0xAF]).hiddenCount == 3)
    #expect(Text.clean(bytes: [0xF4, 0x90, 0x80, 0x80]).hiddenCount == 4)
  }

  @Test("lines end at line feeds, with or without a return before; a lone return does not end a line")
  func lines() {
    #expect(Text.lines("a\r\nb\nc\rd\n").map(\.string) == ["a", "b", "c^Md"])
    #expect(Text.lines("").map(\.string) == [""])
    #expect(Text.lines("\n\n").map(\.string) == ["", ""])
    #expect(Text.lines("x\r").map(\.string) == ["x^M"])
    #expect(Text.lines("a\u{2028}b").map(\.string) == ["a\\u{2028}b"])
  }

  @Test("tabs become spaces up to the next stop")
  func tabs() {
    #expect(Text.clean("a\tb").string == "a       b")
    #expect(Text.clean("漢字\tb").string == "漢字    b")
    #expect(Text.clean("\t").hiddenCount == 0)
  }

  @Test("T14: an unfinished control string of a megabyte is one mark and a text")
  func megabyte() {
    let clean = Text.clean("\u{1B}]" + String(repeating: "x", count: 1_000_000))
    #expect(clean.hiddenCount == 1)
    #expect(clean.segments.map(\.isMark) == [true, false])
  }

  @Test("cutting counts columns and says that something is missing")
  func cut() {
    #expect(Text.cut("shop-api", to: 8) == "shop-api")
    #expect(Text.cut("shop-api", to: 7) == "shop-a~")
    #expect(Text.cut("漢字漢", to: 4) == "漢~")
    #expect(Text.cut("漢字", to: 1) == "~")
    #expect(Text.cut("abc", to: 0) == "")
  }
}
