import Foundation

/// Turns any written name into ASCII words, the same way on every machine and for both Unicode normal forms.
///
/// It uses only Unicode's own tables, no locale. Letters it has no Latin reading for keep their code point
/// (`日` becomes `u65e5`), so that no two names lose their difference.
enum Transliteration {
  /// What one written scalar contributes to a word.
  private enum Piece: Equatable {
    case lower(String)
    case upper(String)
    case digit(String)
    case whole(String)
    case separator
    case nothing
  }

  /// The lower-case ASCII words of a written name, split at spaces, punctuation and humps (`OrderItem`).
  static func words(of text: String) -> [String] {
    var pieces: [Piece] = []
    for scalar in text.precomposedStringWithCanonicalMapping.unicodeScalars {
      if scalar.value == 0x308, let umlaut = umlaut(after: pieces.last) {
        pieces[pieces.count - 1] = umlaut
      } else {
        pieces.append(piece(for: scalar))
      }
    }
    pieces.removeAll { $0 == .nothing }

    var words: [String] = []
    var current = ""
    func finish() {
      if !current.isEmpty { words.append(current) }
      current = ""
    }
    for (index, piece) in pieces.enumerated() {
      switch piece {
      case .separator, .nothing:
        finish()
      case .whole(let text):
        finish()
        words.append(text)
      case .digit(let text), .lower(let text):
        current += text
      case .upper(let text):
        let previous = index > 0 ? pieces[index - 1] : .separator
        let next = index + 1 < pieces.count ? pieces[index + 1] : .separator
        if startsHump(previous: previous, next: next) { finish() }
        current += text
      }
    }
    finish()
    return words
  }

  /// Whether an upper-case letter between these two begins a new word: `orderItem`, `HTTPServer`, but not `ISBN`.
  private static func startsHump(previous: Piece, next: Piece) -> Bool {
    switch previous {
    case .lower, .digit: return true
    case .upper:
      if case .lower = next { return true }
      return false
    case .whole, .separator, .nothing: return false
    }
  }

  /// The German reading of a letter followed by a combining diaeresis, for letters that have no composed form with it.
  private static func umlaut(after piece: Piece?) -> Piece? {
    switch piece {
    case .lower(let text) where ["a", "o", "u"].contains(text): .lower(text + "e")
    case .upper(let text) where ["a", "o", "u"].contains(text): .upper(text + "e")
    default: nil
    }
  }

  private static func piece(for scalar: Unicode.Scalar) -> Piece {
    switch scalar.value {
    case 0x61...0x7A: return .lower(String(scalar))
    case 0x41...0x5A: return .upper(String(Unicode.Scalar(UInt8(scalar.value + 32))))
    case 0x30...0x39: return .digit(String(scalar))
    case 0x27, 0x2019: return .nothing
    case 0x00...0x7F: return .separator
    default: break
    }
    let properties = scalar.properties
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return .nothing
    case .uppercaseLetter, .titlecaseLetter:
      guard let text = latin(scalar) else { return .whole(codePoint(scalar)) }
      return .upper(text)
    case .lowercaseLetter, .modifierLetter, .otherLetter:
      guard let text = latin(scalar) else { return .whole(codePoint(scalar)) }
      return .lower(text)
    case .decimalNumber:
      guard let value = properties.numericValue else { return .whole(codePoint(scalar)) }
      return .digit(String(Int(value)))
    case .otherSymbol, .currencySymbol, .mathSymbol, .otherNumber, .letterNumber, .spacingMark, .privateUse:
      return .whole(codePoint(scalar))
    default: return .separator
    }
  }

  /// A word that stands for one scalar nobody has a Latin reading for, e.g. `u65e5`.
  private static func codePoint(_ scalar: Unicode.Scalar) -> String {
    "u" + String(scalar.value, radix: 16)
  }

  /// The Latin reading of a letter, in lower case, or `nil` when it has none here.
  private static func latin(_ scalar: Unicode.Scalar) -> String? {
    let lower = scalar.properties.lowercaseMapping
    if let single = lower.unicodeScalars.first, let text = letters[single] { return text }
    guard let name = scalar.properties.name else { return nil }
    let parts = name.split(separator: " ").map(String.init)
    guard parts.count >= 3 else { return nil }
    switch parts[0] {
    case "LATIN":
      guard parts[2] == "LETTER", parts.count >= 4, parts[3].utf8.count == 1 else { return nil }
      let base = parts[3].lowercased()
      let isUmlaut = parts.count >= 6 && parts[4] == "WITH" && parts[5] == "DIAERESIS"
      return isUmlaut && ["a", "o", "u"].contains(base) ? base + "e" : base
    case "GREEK":
      guard parts[2] == "LETTER", parts.count >= 4 else { return nil }
      return greek[parts[3]]
    case "HIRAGANA", "KATAKANA":
      guard parts[1] == "LETTER", let last = parts.last, last.utf8.allSatisfy({ (0x41...0x5A).contains($0) })
      else { return nil }
      return last.lowercased()
    default: return nil
    }
  }

  /// Readings that a scalar's Unicode name does not give away.
  private static let letters: [Unicode.Scalar: String] = {
    var table: [Unicode.Scalar: String] = [
      "ß": "ss", "æ": "ae", "œ": "oe", "ø": "oe", "ð": "d", "þ": "th", "đ": "d", "ł": "l", "ı": "i",
    ]
    let cyrillic = Array("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ".unicodeScalars)
    let cyrillicLatin = [
      "a", "b", "v", "g", "d", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "kh",
      "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya", "yo", "i", "yi", "ye", "g",
    ]
    for (scalar, text) in zip(cyrillic, cyrillicLatin) { table[scalar] = text }
    return table
  }()

  /// Readings of Greek letters by the letter's name, so that accents make no difference.
  private static let greek = [
    "ALPHA": "a", "BETA": "v", "GAMMA": "g", "DELTA": "d", "EPSILON": "e", "ZETA": "z", "ETA": "i", "THETA": "th",
    "IOTA": "i", "KAPPA": "k", "LAMDA": "l", "MU": "m", "NU": "n", "XI": "x", "OMICRON": "o", "PI": "p", "RHO": "r",
    "SIGMA": "s", "FINAL": "s", "TAU": "t", "UPSILON": "y", "PHI": "f", "CHI": "ch", "PSI": "ps", "OMEGA": "o",
  ]
}
