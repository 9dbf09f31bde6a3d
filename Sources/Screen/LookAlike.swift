/// A word with letters that look like others: of another alphabet, or drawn in another form.
///
///     Text.lookAlikes(in: ["аpprove"])  // one word; its first letter is U+0430
public struct LookAlike: Hashable, Sendable {
  /// The word as it stands in the text.
  public let word: String
  /// The letters that are not what they look like, each once.
  public let letters: [Unicode.Scalar]

  /// What is wrong with it, for people: the word, and each letter by its number.
  public var words: String {
    let parts = letters.map { scalar in
      let number = String(scalar.value, radix: 16, uppercase: true)
      let code = "U+" + String(repeating: "0", count: max(0, 4 - number.utf8.count)) + number
      return LookAlike.likeness[scalar].map { "\(code) is no \($0)" } ?? "\(code) is no plain letter"
    }
    return "\(word): \(parts.joined(separator: ", "))"
  }

  /// Letters of other alphabets and the ASCII letter that each looks like.
  static let likeness: [Unicode.Scalar: Character] = {
    let rows: [(String, String)] = [
      // Cyrillic.
      ("аеорсухіѕјһԁԛԝӏ", "aeopcyxisjhdqwl"), ("АВЕКМНОРСТУХІЅЈԚԜ", "ABEKMHOPCTYXISJQW"),
      // Greek.
      ("ονρικυχα", "ovpikuxa"), ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),
      // Armenian and Cherokee.
      ("օոսհցզայ", "onuhgqwj"), ("ᎪᏴᏟᎠᎬᎻᎫᏦᏞᎷᏢᏚᎢᏙᎳᏃᎡᏀ", "ABCDEHJKLMPSTVWZRG"),
    ]
    var found: [Unicode.Scalar: Character] = [:]
    for (letters, plain) in rows {
      for (letter, like) in zip(letters.unicodeScalars, plain) { found[letter] = like }
    }
    return found
  }()

  /// Letters in another form, which no text needs: full-width, mathematical, circled, Roman numbers.
  static func isForm(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0xFF21...0xFF3A, 0xFF41...0xFF5A, 0x1D400...0x1D7CB, 0x24B6...0x24E9, 0x1F130...0x1F189, 0x2160...0x217F,
      0x212A, 0x2102, 0x210A...0x2115, 0x2119...0x211D, 0x2124, 0x212C...0x2134, 0x251, 0x261:
      return true
    default: return false
    }
  }
}

extension Text {
  /// The most words that are named; whoever plays with letters need not fill the screen with them.
  public static let lookAlikeLimit = 5

  /// Finds the words in which a letter is not what it looks like, each once, at most ``lookAlikeLimit``.
  ///
  /// A word is one of them when it mixes Latin letters with their likes of another alphabet; when it has a letter in
  /// another form; or when all its letters look Latin while nothing else in the texts is of their alphabet. Text that
  /// is simply written in another alphabet is none.
  public static func lookAlikes(in texts: [String]) -> [LookAlike] {
    var found: [LookAlike] = []
    var doubtful: [(word: LookAlike, alphabet: Alphabet)] = []
    var genuine: Set<Alphabet> = []
    for text in texts where !text.utf8.allSatisfy({ $0 < 0x80 }) {
      for word in text.unicodeScalars.split(whereSeparator: { !isLetter($0) }) {
        guard word.contains(where: { $0.value >= 0x80 }) else { continue }
        var letters: [Unicode.Scalar] = []
        var isMixed = false
        var isDoubtful = word.count >= 3
        var alphabets: Set<Alphabet> = []
        for scalar in word {
          if LookAlike.isForm(scalar) {
            (isMixed, isDoubtful) = (true, false)
            if !letters.contains(scalar) { letters.append(scalar) }
            continue
          }
          let alphabet = Alphabet(scalar)
          alphabets.insert(alphabet)
          guard alphabet != .latin else {
            isDoubtful = false
            continue
          }
          if LookAlike.likeness[scalar] == nil {
            isDoubtful = false
            genuine.insert(alphabet)
          } else if !letters.contains(scalar) {
            letters.append(scalar)
          }
        }
        if alphabets.contains(.latin), alphabets.count > 1 { isMixed = true }
        guard !letters.isEmpty, isMixed || isDoubtful else { continue }
        let one = LookAlike(word: String(String.UnicodeScalarView(word)), letters: letters)
        if isMixed {
          if !found.contains(one) { found.append(one) }
          if found.count == lookAlikeLimit { return found }
        } else if let alphabet = alphabets.first, doubtful.count < 100, !doubtful.contains(where: { $0.word == one }) {
          doubtful.append((one, alphabet))
        }
      }
    }
    found += doubtful.filter { !genuine.contains($0.alphabet) }.map(\.word)
    return Array(found.prefix(lookAlikeLimit))
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x41...0x5A, 0x61...0x7A: true
    case ..<0x80: false
    default: scalar.properties.isAlphabetic || LookAlike.isForm(scalar)
    }
  }

  private enum Alphabet: Hashable {
    case latin, cyrillic, greek, armenian, cherokee, other

    init(_ scalar: Unicode.Scalar) {
      switch scalar.value {
      case ..<0x250, 0x1E00...0x1EFF, 0x2C60...0x2C7F, 0xA720...0xA7FF: self = .latin
      case 0x370...0x3FF, 0x1F00...0x1FFF: self = .greek
      case 0x400...0x52F, 0x1C80...0x1C8F, 0x2DE0...0x2DFF, 0xA640...0xA69F: self = .cyrillic
      case 0x530...0x58F: self = .armenian
      case 0x13A0...0x13FF, 0xAB70...0xABBF: self = .cherokee
      default: self = .other
      }
    }
  }
}
