import Kernel

// What a workflow reaches for outside, how it tells causes apart, and what it lists by name.

extension WorkflowReader {
  /// Names of files in a list, with or without the ending, each once.
  static func names(
    _ entry: YAMLEntry?, of what: String
  ) throws(LibraryFailure) -> [(String, entry: YAMLEntry)] {
    var found: [(String, entry: YAMLEntry)] = []
    for item in try entry?.list(of: what) ?? [] {
      var name = try item.text("a name out of \(what)")
      if name.hasSuffix(".yaml") { name = String(name.dropLast(5)) }
      guard Library.isPlainName(name) else {
        throw item.failure("Expected the id of one of the \(what), not “\(name)”.")
      }
      guard !found.contains(where: { $0.0 == name }) else {
        throw item.failure("“\(name)” stands twice; keep one of them.")
      }
      found.append((name, item))
    }
    return found
  }

  /// What is reached for outside.
  static func dependencies(_ entry: YAMLEntry?) throws(LibraryFailure) -> [Dependency] {
    var found: [Dependency] = []
    for item in try entry?.list(of: "dependencies") ?? [] {
      let dependency = try dependency(item)
      guard !found.contains(where: { $0.id == dependency.id }) else {
        throw item.failure("The dependency “\(dependency.id)” stands twice.")
      }
      // The first one whose word is found wins, so a word that an earlier one has is never reached.
      for word in dependency.words {
        if let other = found.first(where: { $0.words.contains { word.contains($0) } }) {
          throw item.failure("“\(word)” already tells of “\(other.id)”; every word belongs to one dependency.")
        }
      }
      found.append(dependency)
    }
    return found
  }

  private static func dependency(_ entry: YAMLEntry) throws(LibraryFailure) -> Dependency {
    let table = try entry.table(
      "a dependency", required: ["id", "title", "words", "severity", "usual-outage", "affects"],
      optional: ["workaround", "probe"])
    let severity = try table.entry("severity").choice("severity", of: DependencySeverity.self)
    if severity == .workaround, table.optional("workaround") == nil {
      throw try table.entry("severity").failure("“workaround” says that something can stand in; add workaround: TEXT.")
    }
    var probe: [String] = []
    for word in try table.optional("probe")?.list(of: "the words of a command") ?? [] {
      probe.append(try word.text("a word of the command"))
    }
    if let place = table.optional("probe"), probe.isEmpty {
      throw place.failure("Expected a command, for example [git, ls-remote, origin], or leave “probe” out.")
    }
    return Dependency(
      id: try table.entry("id").identifier("the dependency's id"),
      title: try table.entry("title").text("the dependency's title"), words: try words(table.entry("words")),
      severity: severity, workaround: try table.optional("workaround")?.text("what can stand in") ?? "",
      usualOutage: try table.entry("usual-outage").text("how long it usually takes"),
      affects: try table.entry("affects").text("what cannot be done without it"), probe: probe)
  }

  /// By which words an error tells where its cause lies.
  static func causes(_ entry: YAMLEntry?) throws(LibraryFailure) -> [CauseSign] {
    var found: [CauseSign] = []
    for item in try entry?.list(of: "causes") ?? [] {
      let table = try item.table("a cause", required: ["class", "words"])
      let place = try table.entry("class").choice("class of a cause", of: CauseSign.Class.self)
      let words = try words(table.entry("words"))
      for word in words {
        if let other = found.first(where: { $0.words.contains { word.contains($0) } }) {
          throw try table.entry("words").failure(
            "“\(word)” already tells of \(other.place.rawValue); the first sign that fits wins.")
        }
      }
      found.append(CauseSign(place: place, words: words))
    }
    return found
  }

  private static func words(_ entry: YAMLEntry) throws(LibraryFailure) -> [String] {
    var words: [String] = []
    for item in try entry.list(of: "words") {
      let word = try item.text("a word")
      guard word == word.lowercased() else { throw item.failure("Write words in lower case: “\(word.lowercased())”.") }
      guard !words.contains(word) else { throw item.failure("“\(word)” stands twice; keep one of them.") }
      words.append(word)
    }
    guard !words.isEmpty else { throw entry.failure("Expected at least one word.") }
    return words
  }
}
