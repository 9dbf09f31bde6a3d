/// Finds the Latin letter at the place of a Cyrillic or Greek one, so that keys keep their place on the keyboard.
///
/// Only letters whose place is the same on every common layout of the script are listed.
enum KeyLayout {
  private static let positions: [Character: Character] = {
    let pairs: [(foreign: String, latin: String)] = [
      ("йцукенгшщзфывапролдячсмитьі", "qwertyuiopasdfghjklzxcvbnms"),
      ("σςερτυθιοπαδφγηξκλζχψωβνμ", "swertyuiopadfghjklzxcvbnm"),
    ]
    var table: [Character: Character] = [:]
    for pair in pairs {
      for (foreign, latin) in zip(pair.foreign, pair.latin) {
        table[foreign] = latin
        if let upper = foreign.uppercased().first, let latinUpper = latin.uppercased().first, upper != foreign {
          table[upper] = table[upper] ?? latinUpper
        }
      }
    }
    return table
  }()

  /// The Latin letter at the same place, or `nil` for characters that need no mapping.
  static func latin(for character: Character) -> Character? { positions[character] }
}
