import Testing

@testable import Screen

// covers LinkedText.swift, WorkProgress.swift

@Suite("LinkedText")
struct LinkedTextTests {
  private let end = "\u{1B}]8;;\u{1B}\\"

  private func linked(_ text: String, columns: Int? = nil, host: String = "forge") -> String {
    let files = ["app/orders.py", "README.md", "/state/evidence/lint-1.log", "a b.txt", "naïve/ä.py"]
    return LinkedText.linked(text, columns: columns, host: host) { path in
      guard files.contains(path) else { return nil }
      return path.hasPrefix("/") ? path : "/work/" + path
    }
  }

  private func link(_ target: String, _ words: String) -> String { "\u{1B}]8;;\(target)\u{1B}\\\(words)\(end)" }

  @Test("a path is a link to its file, with the line behind it and without the sentence around it")
  func paths() {
    #expect(
      linked("- app/orders.py:41:3 C901, see README.md.")
        == "- \(link("file://forge/work/app/orders.py", "app/orders.py:41:3")) C901, see "
        + "\(link("file://forge/work/README.md", "README.md")).")
    #expect(
      linked("Evidence  /state/evidence/lint-1.log  sha256 9f3c")
        == "Evidence  \(link("file://forge/state/evidence/lint-1.log", "/state/evidence/lint-1.log"))  sha256 9f3c")
    #expect(linked("(`naïve/ä.py`)") == "(`\(link("file://forge/work/na%C3%AFve/%C3%A4.py", "naïve/ä.py"))`)")
    #expect(linked("a b.txt and app/none.py and -app/orders.py") == "a b.txt and app/none.py and -app/orders.py")
    #expect(linked("app/orders.py", host: "") == "app/orders.py")
    #expect(linked("app/orders.py", host: "a\u{1B}b") == "app/orders.py")
  }

  @Test("a web address is a link to exactly what is shown")
  func addresses() {
    let address = "https://example.org/a(b)?c=d,e#f"
    #expect(linked("See \(address).") == "See \(link(address, address)).")
    #expect(linked("(http://example.org/x)") == "(\(link("http://example.org/x", "http://example.org/x")))")
    for text in [
      "https://bank.example@evil.example/", "https://", "https:///etc/passwd", "javascript:alert(1)",
      "file:///etc/passwd", "xhttp://example.org", "https://bänk.example/", "https://example.org/ä",
    ] { #expect(!linked(text).contains("\u{1B}"), "\(text)") }
  }

  @Test("whatever stands in the text, the only sequences are the links that are written here")
  func hostile() {
    let text = """
      \u{1B}]8;;https://evil.example\u{1B}\\README.md\u{1B}]8;;\u{1B}\\
      \u{1B}]52;c;eA==\u{7} https://example.org/\u{1B}]8;;file:///etc/passwd\u{7} \u{9B}2J a\u{202E}b
      """
    let found = linked(text)
    #expect(!found.contains("\u{7}") && !found.contains("\u{9B}") && !found.contains("\u{202E}"))
    var rest = found[...]
    while let escape = rest.firstRange(of: "\u{1B}") {
      rest = rest[escape.lowerBound...]
      let isOurs =
        rest.hasPrefix("\u{1B}]8;;\u{1B}\\") || rest.hasPrefix("\u{1B}]8;;https://")
        || rest.hasPrefix("\u{1B}]8;;file://forge/work/README.md\u{1B}\\")
      #expect(isOurs, "\(rest.prefix(30).unicodeScalars.map { $0.value })")
      guard let close = rest.dropFirst().firstRange(of: "\u{1B}\\") else {
        Issue.record("a link has no end")
        return
      }
      rest = rest[close.upperBound...]
    }
    #expect(LinkedText.plain(text).unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value < 0x7F })
  }

  @Test("what was cut at the edge of the window is no address any more")
  func cut() {
    let text = "see https://example.org/long\n/path README.md"
    #expect(!linked(text, columns: 28).contains("https://example.org/long\u{1B}"))
    #expect(linked(text, columns: 28).contains("README.md\(end)"))
    #expect(linked(text, columns: 60).contains("\(link("https://example.org/long", "https://example.org/long"))"))
    // The rest of a word that was cut is none either.
    #expect(!linked("0123456789/a\nREADME.md", columns: 12).contains("\u{1B}"))
  }

  @Test("a text full of paths is looked up so often and no more")
  func lookups() {
    var count = 0
    let text = (0..<10_000).map { "a/\($0).py a/\($0).py" }.joined(separator: "\n")
    _ = LinkedText.linked(text, host: "forge") { _ in
      count += 1
      return nil
    }
    #expect(count == 4_000)
  }
}
