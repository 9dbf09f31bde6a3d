import Testing

@testable import Screen

// covers Theme.swift, Palette.swift and Contrast.swift
@Suite("Theme")
struct ThemeTests {
  @Test("contrast is that of WCAG 2")
  func contrast() throws {
    let white = Color.rgb(255, 255, 255)
    #expect(abs(try #require(Color.rgb(0, 0, 0).contrast(with: white)) - 21) < 0.001)
    // Published values: #777777 on white is 4.48, #767676 is 4.54.
    #expect(abs(try #require(Color.rgb(0x77, 0x77, 0x77).contrast(with: white)) - 4.48) < 0.01)
    #expect(abs(try #require(Color.rgb(0x76, 0x76, 0x76).contrast(with: white)) - 4.54) < 0.01)
    #expect(Color.standard.contrast(with: white) == nil)
  }

  @Test("lifting reaches the contrast, from any colour on any background", arguments: 0..<200)
  func lifting(seed: UInt64) throws {
    var generator = TestGenerator(seed: seed)
    func color() -> Color {
      .rgb(
        UInt8.random(in: 0...255, using: &generator), UInt8.random(in: 0...255, using: &generator),
        UInt8.random(in: 0...255, using: &generator))
    }
    let (front, behind, end) = (color(), color(), color())
    let lifted = front.lifted(to: 4.5, on: behind, towards: [end])
    #expect(try #require(lifted.contrast(with: behind)) >= 4.5)
    if try #require(front.contrast(with: behind)) >= 4.5 { #expect(lifted == front) }
    let pair = Color.indexedPair(lifted, on: behind)
    #expect(pair.foreground >= 16 && pair.background >= 16)
    let shown = try #require(Color.fixed(pair.foreground).contrast(with: Color.fixed(pair.background)))
    #expect(shown >= 4.5)
  }

  @Test("random palettes stay readable everywhere", arguments: 0..<50)
  func palettes(seed: UInt64) throws {
    var generator = TestGenerator(seed: seed)
    let colors = (0..<16).map { _ in
      Color.rgb(
        UInt8.random(in: 0...255, using: &generator), UInt8.random(in: 0...255, using: &generator),
        UInt8.random(in: 0...255, using: &generator))
    }
    let theme = Theme(name: "random", palette: Palette(colors))
    for role in Role.allCases {
      for surface in Surface.allCases {
        let paint = theme.paint(role, on: surface)
        let least = role == .border || role == .borderFocus ? 3.0 : 4.5
        #expect(try #require(paint.foreground.contrast(with: paint.background)) >= least)
      }
    }
  }

  @Test("the nearest of 256 colours; exact entries stay exact")
  func indexed() {
    #expect(Color.rgb(0, 0, 0).index(in: .indexed) == 16)
    #expect(Color.rgb(255, 255, 255).index(in: .indexed) == 231)
    #expect(Color.rgb(95, 135, 175).index(in: .indexed) == 67)
    #expect(Color.rgb(8, 8, 8).index(in: .indexed) == 232)
    #expect(Color.standard.index(in: .direct) == -1)
    #expect(Color.ansi(9).index(in: .eight) == 1)
    #expect(Color.ansi(9).index(in: .sixteen) == 9)
    // Numbers below eight would be read as entries of the terminal's table.
    #expect(Color.rgb(0, 0, 3).index(in: .direct) == 8)
    #expect(Color.rgb(1, 2, 3).index(in: .direct) == 0x010203)
  }

  @Test("without colours, what matters can still be told apart")
  func monochrome() {
    func look(_ role: Role, on surface: Surface = .screen) -> Emphasis { Theme.mono.paint(role, on: surface).emphasis }
    for role in [Role.title, .key, .muted, .match, .stateAsk, .stateBlocked, .stateFailed, .danger, .link, .selection] {
      #expect(look(role) != look(.text), "\(role)")
    }
    #expect(look(.border) != look(.borderFocus))
    #expect(look(.text, on: .selection) != look(.text))
    #expect(look(.text, on: .selection) != look(.text, on: .selectionInactive))
    #expect(look(.stateAsk) != look(.stateFailed))
    #expect(look(.diffAdded) != look(.diffRemoved))
    for role in Role.allCases {
      for surface in Surface.allCases {
        #expect(Theme.mono.paint(role, on: surface).foreground == .standard)
        // Reverse and dim together is unreadable on some terminals.
        #expect(!Theme.mono.paint(role, on: surface).emphasis.isSuperset(of: [.dim, .reverse]))
      }
    }
  }

  @Test("the person's own sixteen colours show every surface by an attribute")
  func terminalTheme() {
    #expect(!Theme.terminal.usesPalette)
    for role in Role.allCases {
      #expect(Theme.terminal.paint(role, on: .selection).emphasis.contains(.reverse))
      #expect(Theme.terminal.paint(role, on: .selectionInactive).emphasis.contains(.underline))
      let paint = Theme.terminal.paint(role)
      // Bright black is invisible on many backgrounds, blue on black.
      #expect(paint.foreground != .ansi(8) && paint.foreground != .ansi(4))
      if paint.foreground == .ansi(0) { #expect(paint.background != .standard) }
    }
  }

  @Test("a palette of sixteen gets the other eight by the rules of base24")
  func base24() {
    let palette = Palette((0..<16).map { .rgb($0, 0, 0) })
    #expect(palette[0x12] == .rgb(8, 0, 0))
    #expect(palette[0x17] == .rgb(14, 0, 0))
    #expect(palette[0x18] == .standard)
  }
}
