/// The person's pager, and whether links in a text reach the terminal through it.
///
/// Only `less` is known to pass them, from its version 590 on, when it was told to (`-R`). As git does, it is told so where
/// the person has not said anything else in `LESS`; their own words are never changed.
public struct Pager: Equatable, Sendable {
  /// The command line.
  public let command: String
  /// The program in it.
  public let program: String
  /// What the pager gets beside the person's environment.
  public let variables: [String: String]
  /// Whether the person's words let links through, if the program can.
  public let letsLinksThrough: Bool

  /// Reads `PAGER` and `LESS`.
  public init(_ environment: [String: String]) {
    let wanted = environment["PAGER"] ?? ""
    command = wanted.allSatisfy(\.isWhitespace) ? "less" : wanted
    let words = command.split(separator: " ").map(String.init)
    program = words.first ?? ""
    // A line for the shell may do anything; only plain words are read.
    let isPlain = command.utf8.allSatisfy {
      (0x20..<0x7F).contains($0) && !"|&;<>()$`\\\"'*?[]#~=%!{}".utf8.contains($0)
    }
    guard isPlain, program.split(separator: "/").last == "less" else {
      (variables, letsLinksThrough) = ([:], false)
      return
    }
    let isToldHere = Self.passesRaw(words.dropFirst().filter { $0.hasPrefix("-") })
    if let own = environment["LESS"] {
      let ownWords = own.split(separator: " ").map { $0.hasPrefix("-") ? String($0) : "-\($0)" }
      (variables, letsLinksThrough) = ([:], isToldHere || Self.passesRaw(ownWords))
    } else {
      (variables, letsLinksThrough) = (["LESS": "R"], true)
    }
  }

  /// Whether a `less` that says this of itself passes links.
  public static func passesLinks(version: String) -> Bool {
    let words = version.split(whereSeparator: \.isWhitespace)
    guard words.count > 1, words[0] == "less", let number = Int(words[1].prefix { $0.isNumber }) else { return false }
    return number >= 590
  }

  /// Whether options of `less` say that colours and links are passed on. What stands behind an option that takes a text
  /// is part of that text.
  private static func passesRaw(_ words: some Sequence<String>) -> Bool {
    words.contains { word in
      if word.hasPrefix("--") { return word == "--RAW-CONTROL-CHARS" }
      guard !word.hasPrefix("-+") else { return false }
      return word.dropFirst().prefix { !"bDhjkoOpPtTxyz#\"+".contains($0) }.contains("R")
    }
  }
}
