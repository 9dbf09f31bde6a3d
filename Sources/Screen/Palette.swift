/// The 24 colours of a base16 or base24 scheme, from which the look of every role follows.
public struct Palette: Hashable, Sendable {
  /// The colours in order: base00 to base0F, then base10 to base17.
  public let colors: [Color]

  /// Makes a palette from sixteen or twenty-four colours; missing ones follow the rules of base24.
  public init(_ colors: [Color]) {
    var all = Array(colors.prefix(24))
    while all.count < 16 { all.append(.standard) }
    let substitutes = [0x0, 0x0, 0x8, 0xA, 0xB, 0xC, 0xD, 0xE]
    while all.count < 24 { all.append(all[substitutes[all.count - 16]]) }
    self.colors = all
  }

  /// The colour of a slot, from 0x00 to 0x17.
  public subscript(slot: Int) -> Color {
    slot >= 0 && slot < colors.count ? colors[slot] : .standard
  }

  /// The sixteen colours the person chose for the terminal, with its own background.
  ///
  /// Blue is not used: many terminals still show it too dark to read on black.
  public static let terminal = Palette([
    .standard, .standard, .standard, .standard, .standard, .standard, .standard, .standard,
    .ansi(1), .ansi(3), .ansi(3), .ansi(2), .ansi(6), .ansi(6), .ansi(5), .ansi(1),
  ])
}

/// What a theme says about one role instead of what follows from its palette; `nil` keeps the rule.
public struct PaintOverride: Hashable, Sendable {
  /// The colour of the strokes.
  public var foreground: Color?
  /// The colour behind them, on every surface.
  public var background: Color?
  /// The weight.
  public var emphasis: Emphasis?

  /// Makes an override.
  public init(foreground: Color? = nil, background: Color? = nil, emphasis: Emphasis? = nil) {
    self.foreground = foreground
    self.background = background
    self.emphasis = emphasis
  }
}

extension Theme {
  /// The least contrast of text.
  public static let textContrast = 4.5
  /// The least contrast of borders.
  public static let borderContrast = 3.0

  /// Makes a theme from a palette: the one table that says which slot each role uses.
  ///
  /// Two thirds of published schemes have comments too faint to read, so every colour is moved towards the text colour
  /// until it can be read on the surface it lies on.
  public init(name: String, palette: Palette, overrides: [Role: PaintOverride] = [:]) {
    self.init(name: name) { role, surface in
      let change = overrides[role] ?? PaintOverride()
      let rule = Theme.rule(for: role)
      let surfaceColor = Theme.color(of: surface, in: palette)
      let background = change.background ?? rule.background.map { palette[$0] } ?? surfaceColor
      let wanted = change.foreground ?? Theme.ink(rule.foreground, on: background, in: palette)
      let isLine = role == .border || role == .borderFocus
      let foreground = wanted.lifted(
        to: isLine ? Theme.borderContrast : Theme.textContrast, on: background, towards: [palette[0x5], palette[0x7]])
      var emphasis = change.emphasis ?? rule.emphasis
      if change.emphasis == nil, foreground.luminance == nil, rule.foreground == 0x3 { emphasis.insert(.dim) }
      if surface == .selectionInactive { emphasis.insert(.underline) }
      // A surface that cannot be told by its colour is told by an attribute.
      if surface != .screen, surfaceColor == palette[0x0] {
        emphasis.remove(.dim)
        if surface != .selectionInactive { emphasis.insert(.reverse) }
      }
      return Paint(foreground, on: background, emphasis)
    }
  }

  /// The default theme: the person's own sixteen colours on the terminal's own background.
  public static let terminal = Theme(
    name: "terminal", palette: .terminal,
    overrides: [
      .borderFocus: PaintOverride(foreground: .standard),
      .title: PaintOverride(foreground: .standard),
      .key: PaintOverride(foreground: .standard),
      .stateBlocked: PaintOverride(foreground: .ansi(15)),
      .danger: PaintOverride(foreground: .ansi(15)),
    ])

  private struct Rule {
    let foreground: Int
    var background: Int?
    var emphasis: Emphasis = []
  }

  private static func rule(for role: Role) -> Rule {
    switch role {
    case .background, .text, .selectionInactive: Rule(foreground: 0x5)
    case .selection: Rule(foreground: 0x5, emphasis: .bold)
    case .panel: Rule(foreground: 0x5)
    case .muted, .border, .stateTodo, .stateSkipped: Rule(foreground: 0x3)
    case .borderFocus, .title, .key, .stateRunning: Rule(foreground: 0xD, emphasis: .bold)
    case .match: Rule(foreground: 0x0, background: 0xA)
    case .link: Rule(foreground: 0xC, emphasis: .underline)
    // Not bold: many terminals draw bold black as grey, which nobody can read on yellow.
    case .stateAsk: Rule(foreground: 0x0, background: 0xA)
    case .stateBlocked, .danger: Rule(foreground: 0x0, background: 0x8, emphasis: .bold)
    case .stateFailed: Rule(foreground: 0x8, emphasis: .bold)
    case .stateRetry: Rule(foreground: 0x9)
    case .stateWarning: Rule(foreground: 0xA)
    case .stateDone, .diffAdded: Rule(foreground: 0xB)
    case .diffRemoved: Rule(foreground: 0x8)
    case .statePaused, .diffChanged: Rule(foreground: 0xE)
    }
  }

  private static func color(of surface: Surface, in palette: Palette) -> Color {
    switch surface {
    case .screen: palette[0x0]
    case .panel, .selectionInactive: palette[0x1]
    case .selection: palette[0x2]
    }
  }

  /// The stroke colour; on a coloured background the terminal's own background colour cannot be asked for.
  private static func ink(_ slot: Int, on background: Color, in palette: Palette) -> Color {
    slot == 0x0 && palette[0x0] == .standard && background != .standard ? .ansi(0) : palette[slot]
  }
}
