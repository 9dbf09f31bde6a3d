/// A colour as a theme names it; the terminal prints the nearest one it has.
public enum Color: Hashable, Sendable {
  /// Whatever the terminal uses when nothing is said.
  case standard
  /// One of the sixteen colours the person chose for the terminal.
  case ansi(UInt8)
  /// Red, green and blue.
  case rgb(UInt8, UInt8, UInt8)
}

/// How many colours a terminal can show.
public enum ColorDepth: Int, Comparable, CaseIterable, Sendable {
  /// None: only bold, dim, underline and reverse.
  case monochrome = 0
  /// Eight.
  case eight = 8
  /// Sixteen.
  case sixteen = 16
  /// The cube of 256.
  case indexed = 256
  /// Red, green and blue of one byte each.
  case direct = 16_777_216

  /// Compares by the number of colours.
  public static func < (left: ColorDepth, right: ColorDepth) -> Bool { left.rawValue < right.rawValue }
}

/// How a role looks: colours, and attributes on top of them.
public struct Paint: Hashable, Sendable {
  /// The colour of the strokes.
  public var foreground: Color
  /// The colour behind them.
  public var background: Color
  /// Weight added to the colours.
  public var emphasis: Emphasis

  /// Makes a look.
  public init(_ foreground: Color = .standard, on background: Color = .standard, _ emphasis: Emphasis = []) {
    self.foreground = foreground
    self.background = background
    self.emphasis = emphasis
  }
}

/// The look of every role on every surface.
public struct Theme: Hashable, Sendable {
  /// The name by which a person chooses it.
  public let name: String
  private var paints: [Paint]

  /// Makes a theme by asking for the look of each role on each surface.
  public init(name: String, paint: (Role, Surface) -> Paint) {
    self.name = name
    paints = Role.allCases.flatMap { role in Surface.allCases.map { paint(role, $0) } }
  }

  /// The look of a role on a surface.
  public func paint(_ role: Role, on surface: Surface = .screen) -> Paint {
    paints[Int(role.rawValue) * Surface.allCases.count + Int(surface.rawValue)]
  }

  /// Tells whether the theme names colours that only 256 colours or more come near.
  public var usesPalette: Bool {
    paints.contains { paint in
      if case .rgb = paint.foreground { return true }
      if case .rgb = paint.background { return true }
      return false
    }
  }

  /// The attributes that tell a role apart without any colour.
  public static func monochrome(_ role: Role, on surface: Surface) -> Emphasis {
    let own: Emphasis
    switch role {
    case .background, .text, .stateRetry, .stateWarning, .stateDone, .statePaused, .diffAdded: own = []
    case .panel: own = [.reverse]
    case .muted, .border, .stateTodo, .stateSkipped: own = [.dim]
    case .borderFocus, .title, .key, .stateFailed, .stateRunning, .diffChanged: own = [.bold]
    case .selection: own = [.reverse]
    case .selectionInactive, .link: own = [.underline]
    case .match: own = [.reverse]
    case .stateAsk, .stateBlocked, .danger: own = [.reverse, .bold]
    case .diffRemoved: own = [.dim]
    }
    switch surface {
    case .screen: return own
    case .panel, .selection: return own.subtracting(.dim).union(.reverse)
    case .selectionInactive: return own.union(.underline)
    }
  }

  /// A look without colours.
  public static let mono = Theme(name: "mono") { role, surface in
    Paint(.standard, on: .standard, Theme.monochrome(role, on: surface))
  }
}
