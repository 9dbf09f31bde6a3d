import Screen
import Testing

@testable import Theming

@Suite("ThemeFile")
struct ThemeFileTests {
  private static let colors = (0..<16).map { slot in
    "base0\(String(slot, radix: 16, uppercase: true)): \"\(slot == 0 ? "000000" : slot == 5 ? "ffffff" : "808080")\""
  }

  private static func scheme(_ extra: String = "", indentation: String = "  ") -> String {
    "scheme: Test\npalette:\n" + colors.map { "\(indentation)\($0)\n" }.joined() + extra
  }

  private func refusal(_ text: String) -> ThemeRefusal? {
    do {
      _ = try ThemeFile.parse(text, file: "t.yaml", name: "t")
      return nil
    } catch {
      return error
    }
  }

  @Test("a scheme of the first years has its colours at the top")
  func legacy() throws {
    let text = "scheme: Old\nauthor: Someone\n" + ThemeFileTests.colors.joined(separator: "\n")
    let theme = try ThemeFile.parse(text, file: "old.yaml", name: "old")
    #expect(theme.paint(.text) == Paint(.rgb(255, 255, 255), on: .rgb(0, 0, 0)))
  }

  @Test("numbers, octals and exponents among colours stay colours")
  func unquotedColors() throws {
    let text = ThemeFileTests.scheme().replacing("\"808080\"", with: "808080").replacing("\"000000\"", with: "000000")
    let theme = try ThemeFile.parse(text, file: "t.yaml", name: "t")
    #expect(theme.paint(.text).background == .rgb(0, 0, 0))
    #expect(theme.paint(.border).foreground == .rgb(128, 128, 128))
  }

  @Test("a faint colour is lifted just enough")
  func lifted() throws {
    let text = ThemeFileTests.scheme().replacing("base03: \"808080\"", with: "base03: \"333333\"")
    let theme = try ThemeFile.parse(text, file: "t.yaml", name: "t")
    let contrast = try #require(theme.paint(.muted).foreground.contrast(with: .rgb(0, 0, 0)))
    #expect(contrast >= 4.5 && contrast < 6)
  }

  @Test("the console part changes roles")
  func overrides() throws {
    let text = ThemeFileTests.scheme(
      "console:\n  stateAsk: { foreground: base05, background: ansi4, attributes: [underline] }\n")
    let theme = try ThemeFile.parse(text, file: "t.yaml", name: "t")
    #expect(theme.paint(.stateAsk) == Paint(.rgb(255, 255, 255), on: .ansi(4), .underline))
  }

  @Test("a wrong colour is refused with its place")
  func wrongColor() throws {
    let text = ThemeFileTests.scheme().replacing("base02: \"808080\"", with: "base02: \"80808\"")
    let found = try #require(refusal(text))
    #expect(found.description == "t.yaml:5:11: base02: expected a colour such as \"#12ab9f\", not 80808")
  }

  @Test("a role nobody has is refused with the list of roles")
  func wrongRole() throws {
    let found = try #require(refusal(ThemeFileTests.scheme("console:\n  stateAks: {}\n")))
    #expect(found.line == 20)
    #expect(found.column == 3)
    #expect(found.reason.contains("stateAks; expected one of background, text"))
  }

  @Test(
    "a file that is no theme is refused and says what was expected",
    arguments: [
      ("", "empty"), ("- a\n- b\n", "expected keys"), ("palette: 3\n", "expected base00"),
      ("palette:\n  base00: \"000000\"\n", "base01 is missing"), ("a: [1, 2\n", "expected"),
      ("console: &a {}\npalette: *a\n", "alias"), (String(repeating: "#", count: 70_000), "at most 65536"),
    ])
  func refusals(text: String, expected: String) throws {
    let found = try #require(refusal(text))
    #expect(found.description.contains(expected), "\(found)")
  }

  @Test("an alias bomb costs nothing")
  func aliasBomb() throws {
    var text = "a0: &a0 [x, x]\n"
    for level in 1..<24 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    let clock = ContinuousClock()
    let taken = clock.measure { _ = refusal(text) }
    #expect(refusal(text) != nil)
    #expect(taken < .seconds(1))
  }

  @Test("a key given twice is refused")
  func duplicateKey() throws {
    let found = try #require(refusal("name: a\nname: b\n" + ThemeFileTests.scheme()))
    #expect(found.reason.contains("twice"), "\(found)")
  }
}
