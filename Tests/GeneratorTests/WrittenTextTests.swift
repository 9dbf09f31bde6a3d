import Testing

@testable import Generator

@Suite("WrittenText")
struct WrittenTextTests {
  @Test(arguments: [
    ("  two \r\n lines\t", "two lines"), ("a\u{202E}b", "a b"), ("a\u{0}b", "a b"), ("a\u{2028}b", "a b"),
    ("TODO: XXXL", "todo: xxxL"), ("Todo", "Todo"), ("Grüße 🚀", "Grüße 🚀"),
  ])
  func oneLine(written: String, expected: String) {
    #expect(WrittenText.line(written) == expected)
  }

  @Test func longLinesAreCut() {
    #expect(WrittenText.line(String(repeating: "é", count: 500)).unicodeScalars.count == 200)
  }

  @Test func pythonStringsStayStrings() {
    #expect(WrittenText.pythonString("a \"b\" \\ {{c}} 'd'") == "a \\x22b\\x22 \\\\ {{c}} 'd'")
  }

  @Test func tableCellsStayCells() {
    #expect(WrittenText.markdownCell("a | b\n<c> *d*") == "a \\| b \\<c> \\*d\\*")
  }

  @Test func paragraphsKeepTheirLines() {
    #expect(WrittenText.paragraphs("one\r\n\r\ntwo\u{7}\n\n") == "one\n\ntwo")
    #expect(WrittenText.paragraphs("two words\u{A0}here\tthere\n \n") == "two words here there")
    #expect(WrittenText.paragraphs("") == "")
  }
}
