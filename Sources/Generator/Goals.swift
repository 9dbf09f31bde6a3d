import Foundation
import Kernel

// Which requirements a task serves, so that none is left without a task and every file has a reason.

extension GenerationRequest {
  /// The requirements that a task serves, in the order written.
  ///
  /// What all entities share — infrastructure, shared code, tests — serves every requirement. What is made for each
  /// entity serves those that name one. A requirement that names none is about what the system does, so it is served by
  /// the business logic and the interfaces.
  func requirements(servedBy task: GenerationTask, isPerEntity: Bool) -> [Requirement] {
    guard isPerEntity else { return requirements }
    let names = DataModel(entities).entities.map { EntityName($0.written) }
    let isInterface = task.substage.hasPrefix("4.3") || task.id.hasSuffix("-api")
    return requirements.filter { requirement in
      let text = EntityName.readings(of: requirement.text)
      return isInterface || names.contains { $0.isNamed(in: text) }
    }
  }
}

/// An entity's name as requirements may write it: in the singular or plural, with or without capitals and accents.
private struct EntityName {
  /// Every reading, in the plural, since a plural's plural is itself.
  private let forms: [[String]]

  init(_ written: String) {
    forms = EntityName.readings(of: written).filter { !$0.isEmpty }.map(EntityName.plural)
  }

  /// The words of a text: once as generated names have them (“ö” is “oe”), once only without accents (“ö” is “o”).
  static func readings(of text: String) -> [[String]] {
    let folded = text.folding(options: .diacriticInsensitive, locale: nil)
    return [Transliteration.words(of: text), Transliteration.words(of: folded)]
  }

  /// Whether the words of a text name it.
  func isNamed(in readings: [[String]]) -> Bool {
    readings.contains { words in
      forms.contains { form in
        words.indices.contains { start in
          let end = start + form.count
          return end <= words.count && EntityName.plural(Array(words[start..<end])) == form
        }
      }
    }
  }

  private static func plural(_ words: [String]) -> [String] {
    Naming.plural(words.joined(separator: "_")).split(separator: "_").map(String.init)
  }
}

extension Priority {
  /// Its place, most important first.
  var place: Int {
    switch self {
    case .must: 0
    case .should: 1
    case .could: 2
    }
  }
}
