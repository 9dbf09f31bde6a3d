/// Something the person or the terminal did.
public enum Key: Hashable, Sendable {
  /// A character was typed, without Control or Alt.
  case character(Character)
  /// A letter with Control, always in lower case; also `" "`, `"\\"`, `"]"`, `"^"` and `"_"`.
  case control(Character)
  /// A character with Alt.
  case alt(Character)
  /// A function key, from 1; with Shift numbers go on at 13.
  case function(Int)
  /// The Return key.
  case enter
  /// The Escape key.
  case escape
  /// The Tab key.
  case tab
  /// Tab with Shift.
  case backTab
  /// Deletes to the left.
  case backspace
  /// Deletes to the right.
  case delete
  /// The Insert key.
  case insert
  /// An arrow.
  case up
  /// An arrow.
  case down
  /// An arrow.
  case left
  /// An arrow.
  case right
  /// An arrow with Control or Alt.
  case controlUp
  /// An arrow with Control or Alt.
  case controlDown
  /// An arrow with Control or Alt: one word to the left.
  case controlLeft
  /// An arrow with Control or Alt: one word to the right.
  case controlRight
  /// The Home key.
  case home
  /// The End key.
  case end
  /// The Page Up key.
  case pageUp
  /// The Page Down key.
  case pageDown
  /// Text that was pasted as a whole; it is never to be read as keys.
  case paste(String)
  /// The window has a new size.
  case resize(Size)
  /// The window got or lost the focus, if the terminal says so.
  case focus(Bool)
  /// The terminal's background is dark, or light, if the terminal says so; it comes again when that changes.
  case background(isDark: Bool)
  /// A mouse event.
  case mouse(Mouse)

  /// What the mouse did, and where.
  public struct Mouse: Hashable, Sendable {
    /// The kinds of mouse events.
    public enum Action: Hashable, Sendable {
      /// A button went down; 1 is the left one.
      case press(Int)
      /// A button went up.
      case release
      /// The wheel turned up.
      case wheelUp
      /// The wheel turned down.
      case wheelDown
    }

    /// What happened.
    public let action: Action
    /// The cell it happened in.
    public let point: Point

    /// Makes a mouse event.
    public init(_ action: Action, at point: Point) {
      self.action = action
      self.point = point
    }
  }

  private static let names: [(String, Key)] = [
    ("enter", .enter), ("esc", .escape), ("tab", .tab), ("shift-tab", .backTab), ("backspace", .backspace),
    ("delete", .delete), ("insert", .insert), ("up", .up), ("down", .down), ("left", .left), ("right", .right),
    ("ctrl-up", .controlUp), ("ctrl-down", .controlDown), ("ctrl-left", .controlLeft),
    ("ctrl-right", .controlRight), ("home", .home), ("end", .end), ("pgup", .pageUp), ("pgdn", .pageDown),
    ("space", .character(" ")), ("ctrl-space", .control(" ")),
  ]

  /// The name written in key files and help, such as `ctrl-p`, `f1` or `D`; empty for events without a key.
  public var name: String {
    if let named = Key.names.first(where: { $0.1 == self }) { return named.0 }
    switch self {
    case .character(let character): return String(character)
    case .control(let character): return "ctrl-\(character)"
    case .alt(let character): return "alt-\(character)"
    case .function(let number): return "f\(number)"
    default: return ""
    }
  }

  /// Reads a name as written in key files; `nil` when no key has it.
  public init?(name: String) {
    let lowered = name.lowercased()
    if let named = Key.names.first(where: { $0.0 == lowered }) {
      self = named.1
    } else if name.count == 1, let character = name.first {
      self = .character(character)
    } else if lowered.hasPrefix("ctrl-"), lowered.count == 6, let character = lowered.last {
      self = .control(character)
    } else if lowered.hasPrefix("alt-"), name.count == 5, let character = name.last {
      self = .alt(character)
    } else if lowered.hasPrefix("f"), let number = Int(lowered.dropFirst()), (1...24).contains(number) {
      self = .function(number)
    } else {
      return nil
    }
  }
}
