import Screen
import Testing

@testable import Terminal

@Suite("Capabilities")
struct CapabilitiesTests {
  private func environment(_ values: [String: String]) -> Environment { Environment(values: values) }

  @Test("NO_COLOR takes all colours away, but only when it says something")
  func noColor() {
    #expect(environment(["NO_COLOR": "1"]).depth(colors: 256, hasDirectTerm: true) == .monochrome)
    #expect(environment(["NO_COLOR": "1"]).depth(colors: 256, hasDirectTerm: false, wish: .indexed) == .indexed)
    #expect(environment([:]).depth(colors: 8, hasDirectTerm: false, wish: .direct) == .eight)
    #expect(environment(["NO_COLOR": ""]).depth(colors: 256, hasDirectTerm: false) == .indexed)
  }

  @Test("the number of colours follows the description of the terminal")
  func depths() {
    let plain = environment([:])
    let found = [0, 2, 8, 16, 88, 256, 16_777_216].map { plain.depth(colors: $0, hasDirectTerm: false) }
    #expect(found == [.monochrome, .monochrome, .eight, .sixteen, .sixteen, .indexed, .direct])
    #expect(plain.depth(colors: 256, hasDirectTerm: true) == .direct)
    #expect(plain.depth(colors: 8, hasDirectTerm: true) == .eight)
  }

  @Test("full colour needs a terminal that says so and a description that can")
  func direct() {
    let claims = environment(["COLORTERM": "truecolor"])
    #expect(claims.directTerm(for: "xterm-256color") == "xterm-direct")
    #expect(claims.directTerm(for: "tmux-256color") == "tmux-direct")
    #expect(claims.directTerm(for: "screen-256color") == nil)
    #expect(claims.directTerm(for: "linux") == nil)
    #expect(environment([:]).directTerm(for: "xterm-256color") == nil)
  }

  @Test("drawing characters: ASCII where in doubt, no box lines in East Asia")
  func glyphs() {
    #expect(environment([:]).glyphs(term: "xterm", isUTF8: false) == .ascii)
    #expect(environment([:]).glyphs(term: "linux", isUTF8: true) == .ascii)
    #expect(environment(["LANG": "ja_JP.UTF-8"]).glyphs(term: "xterm", isUTF8: true) == .safe)
    #expect(environment(["LC_ALL": "C.UTF-8", "LANG": "ja_JP.UTF-8"]).glyphs(term: "xterm", isUTF8: true) == .full)
  }

  @Test("the wait after an escape byte is short, unless the person wants otherwise")
  func escapeDelay() {
    #expect(environment([:]).escapeDelay == 25)
    #expect(environment(["ESCDELAY": "200"]).escapeDelay == 200)
    #expect(environment(["ESCDELAY": "soon"]).escapeDelay == 25)
    #expect(environment(["ESCDELAY": "-1"]).escapeDelay == 1)
  }
}
