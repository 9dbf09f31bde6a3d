import Kernel

/// What is known about one requirement: which generated work serves it, and what nobody can know without reading.
struct RequirementCoverage {
  /// How far the work that serves a requirement is.
  enum State: String {
    case generated = "GENERATED"
    case partly = "PARTLY GENERATED"
    case unmapped = "CHECK BY HAND"
    case open = "NOT GENERATED"
    case leftOut = "LEFT OUT"
  }

  /// The requirement.
  let requirement: Requirement
  /// How far the work is.
  let state: State
  /// The entities that the requirement's text names.
  let entities: [String]
  /// The tasks that serve it.
  let tasks: [TaskRecord]

  /// What the state rests on, and what a person still has to judge.
  var evidence: String {
    let done = tasks.filter { $0.state == .done }.count
    let work = "\(done) of \(Words.count(tasks.count, "generating task", "generating tasks")) done."
    switch state {
    case .leftOut: return "A person chose to leave it out; section 10 names it."
    case .open: return "No task that generates code is done."
    case .unmapped: return "\(work) The text names no entity of the data model, so nothing can be said about it."
    case .generated, .partly:
      let names = Words.list(entities.map(Markdown.inline), otherwise: "")
      return
        "Covered by generated create, read, update and delete for \(names); check by hand what goes beyond. \(work)"
    }
  }
}

extension RequirementCoverage {
  /// Every requirement of a session, in order.
  ///
  /// Which task serves which requirement is not written down by anybody, so every generating task serves all of them;
  /// the state never says more than "generated", and not even that for a text that names no entity.
  static func all(in session: Session) -> [RequirementCoverage] {
    let tasks = session.generatingTasks
    let done = tasks.filter { $0.state == .done }.count
    let skipped = session.stages.flatMap(\.substages).filter { $0.state == .skipped }.map(\.id)
    let planned = max(tasks.count, session.planned.filter { !skipped.contains($0.substage) }.count)
    let state: State = done == 0 ? .open : done < planned ? .partly : .generated
    return session.brief.requirements.map { requirement in
      let isLeftOut =
        session.shortcomingsLeftOut
        && session.shortcomings.contains { shortcoming in
          shortcoming.subject.contains(requirement.id) || shortcoming.subject == requirement.text
        }
      let entities = entities(namedIn: requirement.text, of: session.brief.entities)
      return RequirementCoverage(
        requirement: requirement,
        state: isLeftOut ? .leftOut : state != .open && entities.isEmpty ? .unmapped : state, entities: entities,
        tasks: tasks)
    }
  }

  /// The paths among some files that carry an entity's name, as words or run together.
  static func files(naming entity: String, among files: [FileClaim]) -> [String] {
    let name = words(entity)
    guard !name.isEmpty else { return [] }
    return files.map(\.path).filter { path in
      let spoken = " " + words(path).joined(separator: " ") + " "
      let forms = [name.joined(separator: " "), name.joined()].flatMap { [$0, $0 + "s", $0 + "es"] }
      return forms.contains { spoken.contains(" \($0) ") }
    }
  }

  /// The names of entities that stand in a text as words, in singular or simple plural, whatever their case.
  static func entities(namedIn text: String, of entities: [Entity]) -> [String] {
    let spoken = " " + words(text).joined(separator: " ") + " "
    return entities.map(\.name).filter { name in
      let name = words(name).joined(separator: " ")
      guard !name.isEmpty else { return false }
      var forms = [name, name + "s", name + "es"]
      if name.hasSuffix("y") { forms.append(name.dropLast() + "ies") }
      return forms.contains { spoken.contains(" \($0) ") }
    }
  }

  /// The words of a text in lower case; `OrderLine`, `order_line` and “order line” are the same two.
  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var wasLower = false
    for character in text {
      let isWord = character.isLetter || character.isNumber
      if !isWord || (character.isUppercase && wasLower) {
        if !word.isEmpty { words.append(word) }
        word = ""
      }
      if isWord { word += character.lowercased() }
      wasLower = character.isLowercase
    }
    if !word.isEmpty { words.append(word) }
    return words
  }
}

extension Session {
  /// The tasks that generate code: those of sub-stages, without the engine's own checkpoints.
  var generatingTasks: [TaskRecord] {
    tasks.filter { $0.substage != nil && $0.performer != Playbook.checkpointPerformer }
  }
}
