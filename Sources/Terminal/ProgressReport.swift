import Screen

/// The words in which terminals are told how far the work is (OSC 9;4), for their tab or the taskbar.
///
/// They are sent only where they are known to be understood: an older iTerm2 takes everything behind OSC 9 for a notice.
enum ProgressReport {
  /// How often what is shown is said again, in nanoseconds: Ghostty takes it away after fifteen seconds of silence.
  static let refresh: UInt64 = 10_000_000_000

  /// The sequence for it, always in the full form with both numbers.
  static func sequence(for progress: WorkProgress) -> String {
    let (state, value): (Int, Int?)
    switch progress {
    case .none: (state, value) = (0, nil)
    case .done(let percent): (state, value) = (1, percent)
    case .failed(let percent): (state, value) = (2, percent)
    case .unknown: (state, value) = (3, nil)
    case .waiting(let percent): (state, value) = (4, percent)
    }
    return "\u{1B}]9;4;\(state);\(min(max(value ?? 0, 0), 100))\u{7}"
  }

  /// Whether the terminal is known to show it.
  static func isTaken(_ environment: Environment) -> Bool {
    guard !Environment.isSimple(environment.term), !environment.isInAnyMultiplexer else { return false }
    switch environment.terminalProgram {
    case "ghostty", "rio": return true
    case "iTerm.app": return isAtLeast([3, 6, 6], environment.terminalProgramVersion)
    default: return environment.isInWindowsTerminal || ["xterm-ghostty", "rio"].contains(environment.term)
    }
  }

  private static func isAtLeast(_ wanted: [Int], _ version: String) -> Bool {
    let parts = version.split(separator: ".").map { Int($0.prefix { $0.isNumber }) ?? 0 }
    for (place, number) in wanted.enumerated() {
      let own = place < parts.count ? parts[place] : 0
      if own != number { return own > number }
    }
    return true
  }
}
