import Testing

@testable import Terminal

@Suite("Notice")
struct NoticeTests {
  private func sequence(_ values: [String: String], _ text: String = "2 need you") -> String {
    Notice.sequence(for: text, environment: Environment(values: values))
  }

  @Test("each terminal is asked in its own words, an unknown one not at all")
  func words() {
    #expect(sequence(["TERM": "xterm-256color"]).isEmpty)
    #expect(sequence(["TERM": "linux"]).isEmpty)
    #expect(sequence(["TERM_PROGRAM": "WezTerm", "TERM": "xterm-256color"]) == "\u{1B}]9;2 need you\u{7}")
    #expect(sequence(["TERM": "xterm-kitty"]) == "\u{1B}]99;;2 need you\u{1B}\\")
    #expect(sequence(["TERM": "foot"], "a;b") == "\u{1B}]777;notify;Signalbox;a,b\u{7}")
  }

  @Test("inside a multiplexer the words are wrapped")
  func wrapped() {
    let expected = "\u{1B}Ptmux;\u{1B}\u{1B}]777;notify;Signalbox;2 need you\u{7}\u{1B}\\"
    #expect(sequence(["TERM": "tmux-256color", "TMUX": "/tmp/tmux"]) == expected)
  }

  @Test("a text cannot end the words and begin its own")
  func hostile() {
    let sent = sequence(["TERM": "xterm-kitty"], "x\u{7}\u{1B}]52;c;eA==\u{7}")
    #expect(sent == "\u{1B}]99;;x^G^[]52;c;eA==^G\u{1B}\\")
  }
}
