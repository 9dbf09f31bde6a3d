import Screen
import Testing

// covers Picture.swift

@Suite("Picture")
struct PictureTests {
  private let theme = Theme(
    name: "test", palette: Palette((0..<16).map { .rgb(UInt8($0 * 16), UInt8($0 * 16), UInt8($0 * 16)) }))

  @Test("letters, lines and what lies behind stand at fixed places, whatever the letters are")
  func cells() {
    var canvas = Canvas(size: Size(columns: 12, rows: 3), glyphs: .full)
    let inside = canvas.box(canvas.area, title: "a&b<c>")
    canvas.write(" 漢 \u{1B}[2J", in: inside.line(0))
    canvas.select(inside.line(0), isFocused: true)
    let svg = canvas.frame.svg(theme: theme, title: "One <picture>")
    #expect(svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"132\" height=\"81\""))
    #expect(svg.contains("<title>One &lt;picture&gt;</title>"))
    #expect(svg.contains(">a&amp;b&lt;c&gt;</text>"))
    // A wide character takes two columns and stands alone.
    #expect(svg.contains("textLength=\"18\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#"))
    #expect(svg.contains(">漢</text>"))
    // The selected row lies on its own ground, and the corners are shapes.
    #expect(svg.contains("<rect x=\"21\" y=\"31\" width=\"90\" height=\"19\" fill=\"#202020\"/>"))
    #expect(!svg.unicodeScalars.contains("\u{250C}") && svg.contains("<path fill=\"#"))
    #expect(!svg.unicodeScalars.contains("\u{1B}"))
    #expect(svg == canvas.frame.svg(theme: theme, title: "One <picture>"))
  }

  @Test("colours that only a terminal knows are drawn as most have them; reverse exchanges them")
  func colors() {
    var canvas = Canvas(size: Size(columns: 8, rows: 1))
    canvas.write(Line("one", Style(.stateFailed)) + Line("two", Style(.text, on: .screen, .reverse)), in: canvas.area)
    let svg = canvas.frame.svg(theme: .terminal, title: "")
    #expect(svg.contains("fill=\"#cd3131\""))
    #expect(svg.contains("<rect x=\"39\" y=\"12\" width=\"27\" height=\"19\" fill=\"#d5dce4\"/>"))
    #expect(svg.contains("fill=\"#12171d\">two</text>") || svg.contains("fill=\"#12171d\" opacity=\"0.7\">two</text>"))
  }
}
