/// What a piece of text means; a theme says how it looks. Views name roles and never colours.
public enum Role: UInt8, CaseIterable, Sendable {
  /// Empty cells.
  case background
  /// Ordinary text.
  case text
  /// Text that may be overlooked: units, hints, old times.
  case muted
  /// Header and status bars.
  case panel
  /// The frame of a pane.
  case border
  /// The frame of the pane that takes the keys.
  case borderFocus
  /// Names of panes and documents.
  case title
  /// The selected row of the focused pane.
  case selection
  /// The selected row of another pane.
  case selectionInactive
  /// What a search found.
  case match
  /// The name of a key in a hint.
  case key
  /// Something that can be opened.
  case link
  /// A decision waits for the person.
  case stateAsk
  /// Work cannot go on.
  case stateBlocked
  /// Ended badly, attempts used up.
  case stateFailed
  /// Failed and tried again.
  case stateRetry
  /// Worth a look, later.
  case stateWarning
  /// Work is going on.
  case stateRunning
  /// Finished and checked.
  case stateDone
  /// Not begun.
  case stateTodo
  /// Stopped by the person.
  case statePaused
  /// Not needed here.
  case stateSkipped
  /// Lines that were added.
  case diffAdded
  /// Lines that were removed.
  case diffRemoved
  /// Lines that were changed.
  case diffChanged
  /// What cannot be undone.
  case danger

  /// The one character that stands for this role in the role map of a frame.
  public var mark: Character {
    switch self {
    case .background: " "
    case .text: "."
    case .muted: "m"
    case .panel: "p"
    case .border: "b"
    case .borderFocus: "B"
    case .title: "T"
    case .selection: "s"
    case .selectionInactive: "i"
    case .match: "/"
    case .key: "k"
    case .link: "l"
    case .stateAsk: "A"
    case .stateBlocked: "X"
    case .stateFailed: "F"
    case .stateRetry: "R"
    case .stateWarning: "W"
    case .stateRunning: ">"
    case .stateDone: "D"
    case .stateTodo: "o"
    case .statePaused: "P"
    case .stateSkipped: "-"
    case .diffAdded: "+"
    case .diffRemoved: "_"
    case .diffChanged: "~"
    case .danger: "!"
    }
  }
}

/// What lies behind a text, so that a state word keeps its own colour on a selected row.
public enum Surface: UInt8, CaseIterable, Sendable {
  /// The plain screen.
  case screen
  /// A bar: header, status, dialog.
  case panel
  /// The selected row of the focused pane.
  case selection
  /// The selected row of a pane without focus.
  case selectionInactive
}

/// Changes to the weight of a text that mean the same in every theme.
public struct Emphasis: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt8

  /// Makes a set from its bits.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// Stronger strokes.
  public static let bold = Emphasis(rawValue: 1)
  /// Weaker colour.
  public static let dim = Emphasis(rawValue: 2)
  /// A line below.
  public static let underline = Emphasis(rawValue: 4)
  /// Foreground and background exchanged.
  public static let reverse = Emphasis(rawValue: 8)
}

/// How a text is to be understood: its role, what it lies on, and its weight.
public struct Style: Hashable, Sendable {
  /// What the text means.
  public var role: Role
  /// What lies behind it.
  public var surface: Surface
  /// Its weight, added to what the theme gives the role.
  public var emphasis: Emphasis

  /// Makes a style; the surface is the plain screen unless said otherwise.
  public init(_ role: Role, on surface: Surface = .screen, _ emphasis: Emphasis = []) {
    self.role = role
    self.surface = surface
    self.emphasis = emphasis
  }

  /// The same style in bold.
  public var bold: Style { Style(role, on: surface, emphasis.union(.bold)) }
  /// The same style, weaker.
  public var dim: Style { Style(role, on: surface, emphasis.union(.dim)) }
  /// The same style with a line below.
  public var underlined: Style { Style(role, on: surface, emphasis.union(.underline)) }
  /// The same style with colours exchanged.
  public var reversed: Style { Style(role, on: surface, emphasis.union(.reverse)) }
  /// Returns the same style on another surface.
  public func on(_ surface: Surface) -> Style { Style(role, on: surface, emphasis) }

  /// The style of ``Role/background``.
  public static let background = Style(.background)
  /// The style of ``Role/text``.
  public static let text = Style(.text)
  /// The style of ``Role/muted``.
  public static let muted = Style(.muted)
  /// The style of ``Role/panel``, on the panel surface.
  public static let panel = Style(.panel, on: .panel)
  /// The style of ``Role/border``.
  public static let border = Style(.border)
  /// The style of ``Role/borderFocus``.
  public static let borderFocus = Style(.borderFocus)
  /// The style of ``Role/title``.
  public static let title = Style(.title)
  /// The style of ``Role/selection``, on the selection surface.
  public static let selection = Style(.selection, on: .selection)
  /// The style of ``Role/selectionInactive``, on its own surface.
  public static let selectionInactive = Style(.selectionInactive, on: .selectionInactive)
  /// The style of ``Role/match``.
  public static let match = Style(.match)
  /// The style of ``Role/key``.
  public static let key = Style(.key)
  /// The style of ``Role/link``.
  public static let link = Style(.link)
  /// The style of ``Role/stateAsk``.
  public static let stateAsk = Style(.stateAsk)
  /// The style of ``Role/stateBlocked``.
  public static let stateBlocked = Style(.stateBlocked)
  /// The style of ``Role/stateFailed``.
  public static let stateFailed = Style(.stateFailed)
  /// The style of ``Role/stateRetry``.
  public static let stateRetry = Style(.stateRetry)
  /// The style of ``Role/stateWarning``.
  public static let stateWarning = Style(.stateWarning)
  /// The style of ``Role/stateRunning``.
  public static let stateRunning = Style(.stateRunning)
  /// The style of ``Role/stateDone``.
  public static let stateDone = Style(.stateDone)
  /// The style of ``Role/stateTodo``.
  public static let stateTodo = Style(.stateTodo)
  /// The style of ``Role/statePaused``.
  public static let statePaused = Style(.statePaused)
  /// The style of ``Role/stateSkipped``.
  public static let stateSkipped = Style(.stateSkipped)
  /// The style of ``Role/diffAdded``.
  public static let diffAdded = Style(.diffAdded)
  /// The style of ``Role/diffRemoved``.
  public static let diffRemoved = Style(.diffRemoved)
  /// The style of ``Role/diffChanged``.
  public static let diffChanged = Style(.diffChanged)
  /// The style of ``Role/danger``.
  public static let danger = Style(.danger)
}
