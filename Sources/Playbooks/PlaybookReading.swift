import Kernel

/// A playbook as read from its files, with the places to which messages can point.
struct PlaybookSource {
  /// The playbook.
  let playbook: Playbook
  /// What the scenario is called in lists.
  let name: String
  /// What must have arisen.
  let situation: SituationKind
  /// Where the playbook's identifier stands.
  let place: YAMLEntry
  /// Where the stages stand, if they are given.
  let stages: YAMLEntry?
  /// What must hold beside.
  let conditions: [PlacedCondition]
  /// The options in order.
  let options: [OptionSource]
  /// The files it was read from, in order.
  let files: [LibraryFile]
}

extension PlaybookSource {
  /// Reads a playbook and the text beside it; all that does not depend on a workflow is checked.
  ///
  /// - Parameters:
  ///   - file: The playbook's YAML file.
  ///   - id: The identifier it must have, which is its file's name.
  ///   - companion: Finds the file that a playbook names as its text.
  init(
    reading file: LibraryFile, id: String, companion: (YAMLEntry) throws(LibraryFailure) -> LibraryFile
  ) throws(LibraryFailure) {
    let table = try YAMLEntry.read(file).table(
      "a playbook", required: ["id", "scenario", "title", "options"],
      optional: [
        "situation", "name", "stages", "when", "severity", "text", "body", "fields", "attempts", "reminders", "expiry",
        "records", "recommended",
      ])
    place = try table.entry("id")
    guard try place.identifier("the playbook's id") == id else {
      throw place.failure("The id must be “\(id)”, like the file's name.")
    }
    situation = try PlaybookSource.situation(table)
    let kind = situation
    stages = table.optional("stages")
    let when = try table.optional("when")?.conditions(of: kind, given: []) ?? []
    conditions = when
    let trigger = when.map(\.condition)
    let title = try table.entry("title").template("the title")
    let body = try PlaybookSource.body(table, companion: companion)
    files = [file] + (body.file.path == file.path ? [] : [body.file])
    let fields = try PlaybookSource.fields(table.optional("fields"))
    var options: [OptionSource] = []
    for entry in try table.entry("options").list(of: "options") {
      options.append(
        try OptionSource(
          reading: entry, after: options.map(\.option), for: kind, when: trigger, fields: fields))
    }
    self.options = options
    let records = try table.optional("records")?.template("what the report says of it")
    name = try table.optional("name")?.text("the scenario's name") ?? title.text
    playbook = Playbook(
      id: id, scenario: try PlaybookSource.scenario(table.entry("scenario"), of: kind), title: title.text,
      body: body.text, options: options.map(\.option),
      recommended: try PlaybookSource.recommended(table.optional("recommended"), of: options, for: kind),
      situation: kind, stages: try PlaybookSource.stages(table.optional("stages")), conditions: trigger,
      severity: try table.optional("severity")?.choice("severity", of: Severity.self) ?? .warning, fields: fields,
      attempts: try PlaybookSource.attempts(table.optional("attempts"), id: id),
      reminders: try PlaybookSource.reminders(table.optional("reminders")),
      expiry: try PlaybookSource.expiry(table.optional("expiry")), records: records?.text ?? "")
    let facts = kind.facts(given: trigger)
    for template in [title, body] + [records].compactMap(\.self) + options.flatMap(\.templates) {
      try template.check(facts: facts, usedFor: kind.words)
    }
    try checkWaysOn(table.entry("options"))
    for (place, field) in fields.enumerated() where !options.contains(where: { $0.option.fields.contains(field.name) })
    {
      throw try table.entry("fields").list(of: "fields")[place].failure(
        "No option takes the field “\(field.name)”, so what is filled in would be lost; name it under an option's fields."
      )
    }
  }

  /// A person must never be left with a question whose only answers are to rest or to end.
  private func checkWaysOn(_ entry: YAMLEntry) throws(LibraryFailure) {
    let ways = options.filter { $0.option.effect != .pause && $0.option.effect != .abort }
    guard !ways.isEmpty else { throw entry.failure("Expected at least one option by which the session goes on.") }
    guard ways.contains(where: { $0.offeredWhen.isEmpty && situation.alwaysOffers($0.option.effect) }) else {
      throw entry.failure(
        "Every option by which the session goes on may be missing; at least one must always be offered, "
          + "so without “offered-when” and with an effect that is always possible.")
    }
  }

  // MARK: - Parts

  private static func situation(_ table: YAMLTable) throws(LibraryFailure) -> SituationKind {
    guard let entry = table.optional("situation") else {
      let known = SituationKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw table.owner.failure(
        "“situation” is missing in a playbook; it says what must have arisen for the question to be asked. "
          + "Playbooks written for an older version have none. Known are \(known).")
    }
    return try entry.choice("situation", of: SituationKind.self)
  }

  private static func scenario(_ entry: YAMLEntry, of kind: SituationKind) throws(LibraryFailure) -> Int {
    let scenario = try entry.whole("the scenario", in: 0...10)
    guard scenario == kind.scenario else {
      throw entry.failure("The situation “\(kind.rawValue)” belongs to scenario \(kind.scenario), not \(scenario).")
    }
    return scenario
  }

  private static func body(
    _ table: YAMLTable, companion: (YAMLEntry) throws(LibraryFailure) -> LibraryFile
  ) throws(LibraryFailure) -> Template {
    switch (table.optional("text"), table.optional("body")) {
    case (let name?, nil):
      let file = try companion(name)
      return Template(text: file.text, file: file, line: 1, column: 1, isVerbatim: true)
    case (nil, let entry?): return try entry.template("the body")
    default:
      throw table.owner.failure("Expected either “text” (a Markdown file beside this one) or “body”, and not both.")
    }
  }

  private static func stages(_ entry: YAMLEntry?) throws(LibraryFailure) -> [Int] {
    guard let entry else { return [] }
    var stages: [Int] = []
    for item in try entry.list(of: "stages") {
      let stage = try item.whole("a stage's number", in: 0...99)
      guard stage > stages.last ?? -1 else { throw item.failure("Stages stand in rising order, each once.") }
      stages.append(stage)
    }
    guard !stages.isEmpty else { throw entry.failure("Expected at least one stage; leave “stages” out for any.") }
    return stages
  }

  private static func fields(_ entry: YAMLEntry?) throws(LibraryFailure) -> [DecisionField] {
    var fields: [DecisionField] = []
    for item in try entry?.list(of: "fields") ?? [] {
      let table = try item.table("a field", required: ["name", "why", "format"], optional: ["optional"])
      let place = try table.entry("name")
      let name = try place.text("the field's name")
      guard !fields.contains(where: { $0.name.lowercased() == name.lowercased() }) else {
        throw place.failure("The field “\(name)” stands twice.")
      }
      fields.append(
        DecisionField(
          name: name, why: try table.entry("why").text("why the field is asked"),
          format: try table.entry("format").text("the expected format"),
          isOptional: try table.optional("optional")?.flag("whether the field may stay empty") ?? false))
    }
    return fields
  }

  private static func recommended(
    _ entry: YAMLEntry?, of options: [OptionSource], for kind: SituationKind
  ) throws(LibraryFailure) -> String? {
    guard let entry else { return nil }
    let name = try entry.text("the recommended option")
    guard let source = options.first(where: { $0.option.id == name }) else {
      let known = options.map(\.option.id).joined(separator: ", ")
      throw entry.failure("There is no option “\(name)” to recommend; known are \(known).")
    }
    try source.checkRecommendation(at: entry, for: kind)
    return name
  }

  private static func attempts(_ entry: YAMLEntry?, id: String) throws(LibraryFailure) -> Int? {
    guard let entry else { return nil }
    guard id == Playbook.taskFailed else {
      throw entry.failure(
        "Only “\(Playbook.taskFailed)” says how often planned tasks are tried; the workflow says it for its own tasks "
          + "and gates.")
    }
    return try entry.whole("the attempts", in: 1...10)
  }

  private static func reminders(_ entry: YAMLEntry?) throws(LibraryFailure) -> [Int] {
    var reminders: [Int] = []
    for item in try entry?.list(of: "reminders") ?? [] {
      let minutes = try item.minutes("a reminder")
      guard minutes > reminders.last ?? 0 else { throw item.failure("Reminders stand in rising order, each once.") }
      reminders.append(minutes)
    }
    return reminders
  }

  private static func expiry(_ entry: YAMLEntry?) throws(LibraryFailure) -> Int? {
    guard let entry else { return nil }
    let table = try entry.table("an expiry", required: ["after", "effect"])
    let place = try table.entry("effect")
    let effect = try place.text("what the expiry does")
    guard effect == OptionEffect.pause.rawValue else {
      throw place.failure("Silence never decides: an expiry can only “pause”, not “\(effect)”.")
    }
    return try table.entry("after").minutes("the expiry")
  }
}
