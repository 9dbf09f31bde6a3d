import Kernel

/// One option of a playbook as read, with the places to which messages can point.
struct OptionSource {
  /// The option.
  let option: PlaybookOption
  /// Where its identifier stands.
  let place: YAMLEntry
  /// Where its effect stands.
  let effect: YAMLEntry
  /// Where its target stands, if it has one.
  let target: YAMLEntry?
  /// When it is offered.
  let offeredWhen: [PlacedCondition]
  /// When it is recommended.
  let recommendedWhen: [PlacedCondition]
  /// Every text in which facts may stand.
  let templates: [Template]
}

/// Whether an option asks for a reason.
private enum NoteRule: String, CaseIterable {
  case required, optional
}

extension OptionSource {
  /// Reads an option.
  ///
  /// - Parameters:
  ///   - entry: The option's values.
  ///   - others: The options before it.
  ///   - situation: What the playbook is for.
  ///   - trigger: When the playbook fires.
  ///   - fields: The playbook's own fields.
  init(
    reading entry: YAMLEntry, after others: [PlaybookOption], for situation: SituationKind, when trigger: [Condition],
    fields: [DecisionField]
  ) throws(LibraryFailure) {
    let table = try entry.table(
      "an option", required: ["id", "key", "title", "says", "effect"],
      optional: ["note", "confirm", "target", "offered-when", "recommended-when", "fields", "reversible"])
    place = try table.entry("id")
    effect = try table.entry("effect")
    target = table.optional("target")
    let id = try OptionSource.identifier(place, after: others)
    let key = try OptionSource.key(table.entry("key"), after: others)
    let kind = try effect.choice("effect", of: OptionEffect.self)
    guard situation.effects.contains(kind) else {
      let known = situation.effects.map(\.rawValue).joined(separator: ", ")
      throw effect.failure("“\(kind.rawValue)” means nothing for \(situation.words); possible are \(known).")
    }
    let title = try table.entry("title").template("the option's title")
    let says = try table.entry("says").template("what the option says")
    let confirm = try table.optional("confirm")?.template("the word to confirm")
    let wanted = try target?.template("what the effect acts on")
    let note = try table.optional("note")?.choice("note", of: NoteRule.self) ?? .optional
    offeredWhen = try table.optional("offered-when")?.conditions(of: situation, given: trigger) ?? []
    recommendedWhen = try table.optional("recommended-when")?.conditions(of: situation, given: trigger) ?? []
    let isReversible = try table.optional("reversible")?.flag("whether it can be undone")
    if kind.isFinal, isReversible == true {
      throw try table.entry("reversible").failure("Nothing takes “\(kind.rawValue)” back; leave “reversible” out.")
    }
    option = PlaybookOption(
      id: id, key: key, title: title.text, says: says.text, effect: kind, noteRequired: note == .required,
      confirm: confirm?.text, target: wanted?.text, offeredWhen: offeredWhen.map(\.condition),
      recommendedWhen: recommendedWhen.map(\.condition),
      fields: try OptionSource.fields(table.optional("fields"), of: kind, known: fields), isReversible: isReversible)
    templates = [title, says] + [confirm, wanted].compactMap(\.self)
    try checkTarget(for: situation)
    try checkCare(for: situation)
  }

  private static func identifier(_ entry: YAMLEntry, after others: [PlaybookOption]) throws(LibraryFailure) -> String {
    let id = try entry.identifier("the option's id")
    guard id.count > 1 else {
      throw entry.failure("An option's id needs two letters or more, so that no key is mistaken for it.")
    }
    guard !others.contains(where: { $0.id == id }) else { throw entry.failure("The option “\(id)” stands twice.") }
    return id
  }

  private static func key(_ entry: YAMLEntry, after others: [PlaybookOption]) throws(LibraryFailure) -> String {
    let key = try entry.identifier("the option's key")
    guard key.count == 1, let letter = key.first, letter.isLetter, letter != "l" else {
      throw entry.failure("Expected the key as one letter from a to z, but not l, which means “later”.")
    }
    if let other = others.first(where: { $0.key == key }) {
      throw entry.failure("The key “\(key)” already chooses “\(other.id)”; choose another.")
    }
    return key
  }

  private static func fields(
    _ entry: YAMLEntry?, of effect: OptionEffect, known: [DecisionField]
  ) throws(LibraryFailure) -> [String] {
    var names: [String] = []
    for item in try entry?.list(of: "names of fields") ?? [] {
      let name = try item.text("a field's name")
      guard known.contains(where: { $0.name == name }) else {
        let list = known.isEmpty ? "it has none" : "it has \(known.map(\.name).joined(separator: ", "))"
        throw item.failure("The playbook has no field “\(name)”; \(list).")
      }
      guard !names.contains(name) else { throw item.failure("The field “\(name)” stands twice.") }
      if effect == .amend, BriefField(heading: name) == nil {
        throw item.failure("“amend” fills in fields of the brief, and “\(name)” is none.")
      }
      names.append(name)
    }
    return names
  }

  /// Refuses a target that is missing, senseless or never looked at.
  private func checkTarget(for situation: SituationKind) throws(LibraryFailure) {
    let words: String
    switch option.effect {
    // A change that discards the code goes back to where requirements are taken in, and nowhere else.
    case .rollBack where situation == .changeRequested: words = ""
    case .rollBack: words = "a stage, or a stage and sub-stages, for example “3” or “4:4.2,4.3”"
    case .changeLevel: words = "a level, for example “4”"
    case .include: words = "sub-stages, for example “4.3c,4.3d”"
    case .reassign: words = "a performer"
    case .adopt where situation == .agentMissing: words = "a performer, for example “generate”"
    case .approve, .requestChanges, .amend, .adopt, .proceed, .retry, .fix, .skip, .waive, .leaveOut, .regenerate,
      .incorporate, .postpone, .substitute, .wait, .dismiss, .pause, .abort, .grant, .deny:
      words = ""
    }
    guard let target, let text = option.target else {
      if words.isEmpty { return }
      throw effect.failure("“\(option.effect.rawValue)” needs a target: \(words), or a fact.")
    }
    guard !words.isEmpty else {
      throw target.failure("“\(option.effect.rawValue)” acts on what the question is about; leave the target out.")
    }
    guard !text.contains("{{") else { return }
    let isWellFormed: Bool
    switch option.effect {
    case .rollBack: isWellFormed = RollBackTarget(reading: text) != nil
    case .changeLevel: isWellFormed = Int(text) != nil
    default: isWellFormed = !text.split(separator: ",").isEmpty
    }
    guard isWellFormed else { throw target.failure("Expected as target \(words), or a fact, not “\(text)”.") }
  }

  /// Refuses an option that would end, destroy or accept something too easily.
  private func checkCare(for situation: SituationKind) throws(LibraryFailure) {
    let name = option.effect.rawValue
    switch option.effect {
    case .waive, .requestChanges, .skip, .proceed, .postpone:
      if !option.noteRequired { throw effect.failure("“\(name)” needs a reason; add note: required.") }
    case .abort:
      if option.confirm == nil {
        throw effect.failure("An option that ends the session must be confirmed; add confirm: \"{{session}}\".")
      }
    case .rollBack:
      // Going back to the code keeps every file; whether the stage before does, its workflow knows.
      let target = option.target ?? ""
      if option.confirm == nil, !target.hasPrefix("{{code-stage}}"), target != "{{previous-stage}}" {
        throw effect.failure(OptionSource.discards)
      }
    case .retry:
      if situation == .loop, !option.noteRequired {
        throw effect.failure(
          "A loop is never simply tried again; add note: required, so that somebody says what will be different.")
      }
    case .approve, .amend, .adopt, .fix, .leaveOut, .regenerate, .changeLevel, .include, .incorporate, .substitute,
      .wait, .reassign, .dismiss, .pause, .grant, .deny:
      break
    }
    if let first = recommendedWhen.first { try checkRecommendation(at: first.entry, for: situation) }
  }

  /// Why going back must be confirmed.
  static let discards =
    "An option that may discard files must be confirmed; add confirm: \"{{session}}\", "
    + "or go back to {{code-stage}}, which keeps them."

  /// Refuses to recommend what a person should only choose unprompted.
  func checkRecommendation(at entry: YAMLEntry, for situation: SituationKind) throws(LibraryFailure) {
    if option.effect == .abort || option.effect == .waive {
      throw entry.failure("“\(option.effect.rawValue)” is never recommended; a person chooses it unprompted.")
    }
    if situation == .loop, option.effect == .retry {
      throw entry.failure("Another try is never recommended in a loop; recommend a way out of it.")
    }
  }
}
