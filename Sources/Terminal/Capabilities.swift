// Terminal is the only module that says ncurses. It knows nothing of sessions, decisions or keys' meanings, never
// waits for time to pass, and never writes anything that was not drawn, except modes, title, bell and clipboard.

import CNcurses
import Glibc
import Screen

/// What a person asks of the terminal instead of what is found out about it.
public struct TerminalOptions: Sendable {
  /// Where keys come from.
  public var input: Int32
  /// Where the picture goes.
  public var output: Int32
  /// The kind of terminal; `nil` takes it from the environment.
  public var term: String?
  /// The number of colours to use at most, whatever `NO_COLOR` says; `nil` finds out.
  public var depth: ColorDepth?
  /// The drawing characters; `nil` finds out.
  public var glyphs: GlyphSet?
  /// The file that standard error goes to while the screen is in use; `nil` takes one without a name.
  public var standardErrorLog: String?
  /// Whether the mouse is read; off leaves selecting text to the terminal.
  public var usesMouse: Bool
  /// Milliseconds to wait after an escape byte for the rest of a key; `nil` takes `ESCDELAY`, or 25.
  public var escapeDelay: Int?

  /// Makes options; everything is found out unless said otherwise.
  public init(
    input: Int32 = 0, output: Int32 = 1, term: String? = nil, depth: ColorDepth? = nil, glyphs: GlyphSet? = nil,
    standardErrorLog: String? = nil, usesMouse: Bool = false, escapeDelay: Int? = nil
  ) {
    self.input = input
    self.output = output
    self.term = term
    self.depth = depth
    self.glyphs = glyphs
    self.standardErrorLog = standardErrorLog
    self.usesMouse = usesMouse
    self.escapeDelay = escapeDelay
  }
}

/// What was found out about the terminal.
public struct Capabilities: Sendable, Equatable {
  /// The kind of terminal in use.
  public let term: String
  /// The size at the start.
  public let size: Size
  /// How many colours can be shown.
  public let depth: ColorDepth
  /// The drawing characters to use.
  public let glyphs: GlyphSet
  /// Whether text may be anything but ASCII.
  public let isUTF8: Bool
  /// Whether control strings that it does not know are passed over, and not shown as garbage.
  public let ignoresUnknown: Bool
  /// Whether it is known to show how far the work is.
  public let takesProgress: Bool
  /// Sentences for the person about what is not as it should be.
  public let notes: [String]
}

/// Why a screen could not be opened, and what to do instead.
public struct TerminalRefusal: Error, Equatable, CustomStringConvertible {
  /// What is wrong.
  public let reason: String
  /// The way out.
  public let hint: String

  /// Both in one sentence.
  public var description: String { "\(reason): \(hint)" }
}

/// Facts of the environment, read once.
struct Environment: Sendable {
  var values: [String: String]

  static func current() -> Environment {
    var values: [String: String] = [:]
    for name in [
      "TERM", "COLORTERM", "NO_COLOR", "ESCDELAY", "LC_ALL", "LC_CTYPE", "LANG", "TMPDIR", "TERM_PROGRAM", "TMUX",
      "TERM_PROGRAM_VERSION", "WT_SESSION", "STY", "ZELLIJ",
    ] {
      if let value = getenv(name) { values[name] = String(cString: value) }
    }
    return Environment(values: values)
  }

  private func value(_ name: String) -> String? {
    guard let value = values[name], !value.isEmpty else { return nil }
    return value
  }

  var term: String { value("TERM") ?? "unknown" }
  var temporaryDirectory: String { value("TMPDIR") ?? "/tmp" }
  var forbidsColor: Bool { value("NO_COLOR") != nil }
  var claimsDirectColor: Bool { ["truecolor", "24bit"].contains(value("COLORTERM") ?? "") }
  /// Milliseconds between an escape byte and the rest of a key.
  var escapeDelay: Int { value("ESCDELAY").flatMap { Int($0) }.map { min(max($0, 1), 5000) } ?? 25 }

  var terminalProgram: String { value("TERM_PROGRAM") ?? "" }
  var terminalProgramVersion: String { value("TERM_PROGRAM_VERSION") ?? "" }
  var isInMultiplexer: Bool { value("TMUX") != nil }
  /// Whether any program lies between this one and the terminal that the environment tells of.
  var isInAnyMultiplexer: Bool { isInMultiplexer || value("STY") != nil || value("ZELLIJ") != nil }
  var isInWindowsTerminal: Bool { value("WT_SESSION") != nil }

  /// East Asian terminals draw box lines two columns wide.
  var hasWideLines: Bool {
    let locale = value("LC_ALL") ?? value("LC_CTYPE") ?? value("LANG") ?? ""
    return ["ja", "ko", "zh"].contains { locale.hasPrefix($0) }
  }

  /// Terminals that know nothing beyond their description.
  static func isSimple(_ term: String) -> Bool {
    ["linux", "vt", "dumb", "ansi", "cons", "sun", "unknown"].contains { term.hasPrefix($0) }
  }

  func glyphs(term: String, isUTF8: Bool) -> GlyphSet {
    if !isUTF8 || Environment.isSimple(term) { return .ascii }
    return hasWideLines ? .safe : .full
  }

  /// The description of the same terminal that takes red, green and blue; nil where none fits.
  func directTerm(for term: String) -> String? {
    // Such a description is itself the claim; COLORTERM does not travel with it, e.g. over ssh.
    if term.hasSuffix("-direct") { return term }
    guard claimsDirectColor else { return nil }
    if term.hasPrefix("tmux") { return "tmux-direct" }
    if term.hasPrefix("screen") || Environment.isSimple(term) { return nil }
    return "xterm-direct"
  }

  /// What the person asked for, as far as the terminal can; without a wish, NO_COLOR decides.
  func depth(colors: Int, hasDirectTerm: Bool, wish: ColorDepth? = nil) -> ColorDepth {
    let possible = Environment.depth(colors: colors, hasDirectTerm: hasDirectTerm)
    return min(possible, wish ?? (forbidsColor ? .monochrome : .direct))
  }

  private static func depth(colors: Int, hasDirectTerm: Bool) -> ColorDepth {
    switch colors {
    case ..<8: return .monochrome
    case 8..<16: return .eight
    case 16..<256: return .sixteen
    case 256..<65_536: return hasDirectTerm ? .direct : .indexed
    default: return .direct
    }
  }
}
