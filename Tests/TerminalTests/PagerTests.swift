import Testing

@testable import Terminal

// covers Pager.swift

@Suite("Pager")
struct PagerTests {
  private func links(_ environment: [String: String]) -> Bool { Pager(environment).letsLinksThrough }

  @Test("less is told to pass links where the person said nothing else, as git does")
  func unset() {
    for pager in [[:], ["PAGER": ""], ["PAGER": " "], ["PAGER": "less"], ["PAGER": "/usr/bin/less -S"]] {
      #expect(links(pager))
      #expect(Pager(pager).variables == ["LESS": "R"])
    }
    #expect(Pager([:]).command == "less" && Pager(["PAGER": "/opt/less -S"]).program == "/opt/less")
  }

  @Test(
    "what the person said of less is not changed, and decides",
    arguments: [
      ("FRX", true), ("-F -R", true), ("iR", true), ("--RAW-CONTROL-CHARS", true), ("", false), ("FX", false),
      ("-r", false), ("-PReady", false), ("FPR", false), ("-+R", false), ("--quit-if-one-screen", false),
    ])
  func own(_ words: String, _ expected: Bool) {
    #expect(links(["LESS": words]) == expected)
    #expect(Pager(["LESS": words]).variables.isEmpty)
    #expect(links(["LESS": words, "PAGER": "less -R"]))
  }

  @Test(
    "every other pager, and every line for the shell, gets plain text",
    arguments: [
      "more", "most", "bat", "vim -R -", "cat | less -R", "env less -R", "less -R; true", "lessor", "$X less",
    ])
  func others(_ pager: String) {
    #expect(!links(["PAGER": pager]))
    #expect(Pager(["PAGER": pager]).command == pager)
  }

  @Test("only versions that are known to pass links are believed to")
  func versions() {
    #expect(Pager.passesLinks(version: "less 590 (GNU regular expressions)\nCopyright"))
    #expect(Pager.passesLinks(version: "less 643.1 (PCRE2)"))
    for version in ["less 551 (GNU)", "BusyBox v1.36", "", "less", "less x", "more 2.38"] {
      #expect(!Pager.passesLinks(version: version))
    }
  }
}
