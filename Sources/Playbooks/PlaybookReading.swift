import Kernel

/// A playbook as read from its files, with the places to which messages can point.
struct PlaybookSource {
  /// The playbook.
  let playbook: Playbook
  /// Every text in which facts may stand.
  let templates: [Template]
  /// Every option's effect with its place.
  let effects: [(effect: OptionEffect, entry: YAMLEntry)]
  /// The files it was read from, in order.
  let files: [LibraryFile]

  /// Checks that the playbook can do its work where a workflow uses it.
  func check(for use: Use) throws(LibraryFailure) {
    for template in templates { try template.check(facts: use.facts, usedFor: use.words) }
    for (effect, entry) in effects where !use.effects.contains(effect) {
      let known = use.effects.map(\.rawValue).joined(separator: ", ")
      throw entry.failure("“\(effect.rawValue)” means nothing for \(use.words); possible are \(known).")
    }
  }
}

extension PlaybookSource {
  /// Reads a playbook and the text beside it.
  ///
  /// - Parameters:
  ///   - file: The playbook's YAML file.
  ///   - id: The identifier it must have, which is its file's name.
  ///   - companion: Finds the file that a playbook names as its text.
  init(
    reading file: LibraryFile, id: String, companion: (YAMLEntry) throws(LibraryFailure) -> LibraryFile
  ) throws(LibraryFailure) {
    let table = try YAMLEntry.read(file).table(
      "a playbook", required: ["id", "scenario", "title", "options"], optional: ["text", "body", "recommended"])
    let found = try table.entry("id")
    guard try found.identifier("the playbook's id") == id else {
      throw found.failure("The id must be “\(id)”, like the file's name.")
    }
    let title = try table.entry("title")
    var templates = [try title.template("the title")]
    var files = [file]
    let body: String
    switch (table.optional("text"), table.optional("body")) {
    case (let name?, nil):
      let companion = try companion(name)
      files.append(companion)
      body = companion.text
      templates.append(Template(text: body, file: companion, line: 1, column: 1, isVerbatim: true))
    case (nil, let entry?):
      body = try entry.text("the body")
      templates.append(try entry.template("the body"))
    default: throw found.failure("Expected either “text” (a Markdown file beside this one) or “body”, and not both.")
    }
    var options: [PlaybookOption] = []
    var effects: [(effect: OptionEffect, entry: YAMLEntry)] = []
    for entry in try table.entry("options").list(of: "options") {
      let read = try PlaybookSource.option(entry, after: options)
      options.append(read.option)
      effects.append((read.option.effect, read.effect))
      templates += read.templates
    }
    guard options.contains(where: { $0.effect != .pause && $0.effect != .abort }) else {
      throw try table.entry("options").failure("Expected at least one option by which the session goes on.")
    }
    var recommended: String?
    if let entry = table.optional("recommended") {
      let name = try entry.text("the recommended option")
      guard options.contains(where: { $0.id == name }) else {
        let known = options.map(\.id).joined(separator: ", ")
        throw entry.failure("There is no option “\(name)” to recommend; known are \(known).")
      }
      recommended = name
    }
    self.init(
      playbook: Playbook(
        id: id, scenario: try table.entry("scenario").whole("the scenario", in: 0...10),
        title: try title.text("the title"), body: body, options: options, recommended: recommended),
      templates: templates, effects: effects, files: files)
  }

  private static func option(
    _ entry: YAMLEntry, after others: [PlaybookOption]
  ) throws(LibraryFailure) -> (option: PlaybookOption, effect: YAMLEntry, templates: [Template]) {
    let table = try entry.table(
      "an option", required: ["id", "key", "title", "says", "effect"], optional: ["note", "confirm"])
    let id = try table.entry("id").identifier("the option's id")
    guard id.count > 1 else {
      throw try table.entry("id").failure(
        "An option's id needs two letters or more, so that no key is mistaken for it.")
    }
    guard !others.contains(where: { $0.id == id }) else {
      throw try table.entry("id").failure("The option “\(id)” stands twice.")
    }
    let key = try table.entry("key").identifier("the option's key")
    guard key.count == 1, let letter = key.first, letter.isLetter, letter != "l" else {
      throw try table.entry("key").failure(
        "Expected the key as one letter from a to z, but not l, which means “later”.")
    }
    if let other = others.first(where: { $0.key == key }) {
      throw try table.entry("key").failure("The key “\(key)” already chooses “\(other.id)”; choose another.")
    }
    let title = try table.entry("title")
    let says = try table.entry("says")
    let effect = try table.entry("effect").choice("effect", of: OptionEffect.self)
    let confirm = table.optional("confirm")
    let note = try table.optional("note")?.choice("note", of: NoteRule.self) ?? .optional
    if effect.isFinal, confirm == nil {
      throw try table.entry("effect").failure(
        "An option that ends the session must be confirmed; add confirm: \"{{session}}\".")
    }
    if effect == .waive || effect == .requestChanges, note == .optional {
      throw try table.entry("effect").failure("“\(effect.rawValue)” needs a reason; add note: required.")
    }
    var templates = [try title.template("the option's title"), try says.template("what the option says")]
    if let confirm { templates.append(try confirm.template("the word to confirm")) }
    let option = PlaybookOption(
      id: id, key: key, title: try title.text("the option's title"), says: try says.text("what the option says"),
      effect: effect, noteRequired: note == .required, confirm: try confirm?.text("the word to confirm"))
    return (option, try table.entry("effect"), templates)
  }
}

/// Whether an option asks for a reason.
private enum NoteRule: String, CaseIterable {
  case required, optional
}

extension YAMLEntry {
  /// The value as a text with places for facts.
  func template(_ what: String) throws(LibraryFailure) -> Template {
    Template(
      text: try text(what), file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, isVerbatim: false)
  }
}
