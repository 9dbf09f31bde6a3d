import Screen

/// The words in which terminals are asked for a notice on the desktop.
enum Notice {
  /// The longest text that is sent, in columns.
  private static let limit = 200

  /// Returns the sequence for a text; empty where the terminal might show it as garbage.
  static func sequence(for text: String, environment: Environment) -> String {
    let clean = Text.cut(Text.clean(text).string, to: limit)
    let program = environment.terminalProgram
    let term = environment.term
    let sequence: String
    if ["iTerm.app", "WezTerm", "ghostty"].contains(program) || term == "xterm-ghostty" {
      sequence = "\u{1B}]9;\(clean)\u{7}"
    } else if term == "xterm-kitty" {
      sequence = "\u{1B}]99;;\(clean)\u{1B}\\"
    } else if term.hasPrefix("foot") || term.hasPrefix("rxvt") || environment.isInMultiplexer {
      // Semicolons separate the parts.
      sequence = "\u{1B}]777;notify;Signalbox;\(clean.replacing(";", with: ","))\u{7}"
    } else {
      return ""
    }
    guard environment.isInMultiplexer else { return sequence }
    // A multiplexer passes on what is wrapped, if it was told to; otherwise it drops it.
    return "\u{1B}Ptmux;" + sequence.replacing("\u{1B}", with: "\u{1B}\u{1B}") + "\u{1B}\\"
  }
}
