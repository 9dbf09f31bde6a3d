import Kernel

/// A workflow as read from its file, before its playbooks and rules are put in.
struct WorkflowSource {
  /// The workflow; its playbooks, rules and digest are still empty.
  var workflow: Workflow
  /// Every playbook that a stage names, in the order named, and `task-failed`.
  let uses: [PlaybookUse]
  /// Every further playbook, in the order listed.
  let more: [(playbook: String, entry: YAMLEntry)]
  /// Every rule, in the order listed.
  let rules: [(rule: String, entry: YAMLEntry)]
  /// Who is to do the tasks of a supervised workflow, each role where it first stands.
  let staff: [(role: String, entry: YAMLEntry)]
  /// Where to point when something is missing.
  let place: YAMLEntry
}

/// One place where a workflow names a playbook for a situation.
struct PlaybookUse {
  /// The playbook's identifier.
  let playbook: String
  /// What it must be for.
  let situation: SituationKind
  /// The stage that names it; `nil` for all.
  let stage: Int?
  /// Where it is named.
  let entry: YAMLEntry
}

/// The names that the rest of the program can fulfil; `nil` leaves a kind of name unchecked.
struct KnownNames: Sendable {
  /// Catalogue names of gate checks.
  let gateKinds: [String]?
  /// Catalogue names of performers.
  let performers: [String]?

  /// Refuses a performer that nobody is.
  func check(performer: String, at entry: YAMLEntry) throws(LibraryFailure) {
    guard let performers, !performers.contains(performer) else { return }
    throw entry.failure("There is no performer “\(performer)”; known are \(performers.joined(separator: ", ")).")
  }
}

extension WorkflowSource {
  /// Reads a workflow from its file.
  init(reading file: LibraryFile, id: String, known: KnownNames) throws(LibraryFailure) {
    let root = try YAMLEntry.read(file)
    let table = try root.table(
      "a workflow", required: ["id", "title", "version", "levels", "fields", "modules", "stages", "gates"],
      optional: ["playbooks", "rules", "dependencies", "causes", "closing", "waiver-cap", "supervision"])
    let name = try table.entry("id")
    guard try name.identifier("the workflow's id") == id else {
      throw name.failure("The id must be “\(id)”, like the file's name.")
    }
    var reader = WorkflowReader(known: known)
    let modules = try reader.modules(table.entry("modules"))
    let levels = try reader.levels(table.entry("levels"))
    workflow = Workflow(
      id: id, title: try table.entry("title").text("the title"),
      version: try table.entry("version").whole("the version", in: 1...1_000_000), digest: "",
      fields: try reader.fields(table.entry("fields")), levels: levels, modules: modules,
      stages: try reader.stages(table.entry("stages"), modules: modules.map(\.id)),
      gates: try reader.gates(table.entry("gates")), playbooks: [],
      dependencies: try WorkflowReader.dependencies(table.optional("dependencies")),
      causes: try WorkflowReader.causes(table.optional("causes")),
      closing: try reader.closing(table.optional("closing")),
      waiverCap: try table.optional("waiver-cap")?.whole("how many waivers may stand at once", in: 0...50) ?? 5)
    workflow.supervision = try reader.supervision(table.optional("supervision"))
    staff = workflow.supervision == nil ? [] : reader.staff
    uses =
      reader.uses + [PlaybookUse(playbook: Playbook.taskFailed, situation: .taskFailed, stage: nil, entry: name)]
    more = try WorkflowReader.names(table.optional("playbooks"), of: "playbooks")
    rules = try WorkflowReader.names(table.optional("rules"), of: "rules")
    place = table.optional("playbooks") ?? name
  }
}

/// Reads the parts of one workflow and remembers what they name.
struct WorkflowReader {
  /// The names that can be fulfilled.
  let known: KnownNames
  /// Every playbook that a stage names.
  var uses: [PlaybookUse] = []
  /// Every task's identifier so far; they share one space in a session.
  var tasks: [String] = []
  /// Every sub-stage's identifier so far.
  var substages: [String] = []
  /// Which of the once-only pieces of work were seen.
  var onlyOnce: [String] = []
  /// Every role that a task needs, where it first stands.
  var staff: [(role: String, entry: YAMLEntry)] = []
  /// Where the verification stands, if there is one.
  var verification: YAMLEntry?
  /// Where it is first said that a sub-stage may be set aside.
  var isolating: YAMLEntry?

  init(known: KnownNames) { self.known = known }

  mutating func levels(_ entry: YAMLEntry) throws(LibraryFailure) -> [Level] {
    var levels: [Level] = []
    for item in try entry.list(of: "levels") {
      let table = try item.table("a level", required: ["number", "name", "summary", "coverage", "minutes"])
      let number = try table.entry("number").whole("the level's number", in: 1...4)
      guard number > levels.last?.number ?? 0 else {
        throw try table.entry("number").failure("Levels stand in rising order, each once.")
      }
      levels.append(
        Level(
          number: number, name: try table.entry("name").text("the level's name"),
          summary: try table.entry("summary").text("the level's summary"),
          coverage: try table.entry("coverage").whole("the least coverage in percent", in: 0...100),
          minutes: try minutes(table.entry("minutes"))))
    }
    guard !levels.isEmpty else { throw entry.failure("Expected at least one level.") }
    return levels
  }

  private func minutes(_ entry: YAMLEntry) throws(LibraryFailure) -> ClosedRange<Int> {
    let items = try entry.list(of: "minutes")
    guard items.count == 2 else { throw entry.failure("Expected the minutes as two numbers, for example [5, 7].") }
    let least = try items[0].whole("the least minutes", in: 0...10_000)
    return least...(try items[1].whole("the most minutes", in: least...10_000))
  }

  mutating func fields(_ entry: YAMLEntry) throws(LibraryFailure) -> [BriefFieldRule] {
    var rules: [BriefFieldRule] = []
    for item in try entry.list(of: "fields") {
      let table = try item.table("a field", required: ["field", "required", "why", "format"])
      let field = try table.entry("field").choice("field of a brief", of: BriefField.self)
      guard !rules.contains(where: { $0.field == field }) else {
        throw try table.entry("field").failure("The field “\(field.rawValue)” stands twice.")
      }
      rules.append(
        BriefFieldRule(
          field: field, required: try table.entry("required").flag("whether the field is required"),
          why: try table.entry("why").text("why the field is asked"),
          format: try table.entry("format").text("the expected format")))
    }
    // A session begins only with a level; without this rule it would ask a question that has no fields.
    guard rules.contains(where: { $0.field == .maturityLevel && $0.required }) else {
      throw entry.failure("The field “maturity-level” must be asked and required, because everything depends on it.")
    }
    return rules
  }

  mutating func modules(_ entry: YAMLEntry) throws(LibraryFailure) -> [Module] {
    var modules: [Module] = []
    var names: [String] = ["none"]
    var wanted: [YAMLEntry] = []
    for item in try entry.list(of: "modules") {
      let table = try item.table("a module", required: ["id", "title"], optional: ["aliases", "requires"])
      let id = try table.entry("id").identifier("the module's id")
      let title = try table.entry("title").text("the module's title")
      var aliases: [String] = []
      for alias in try table.optional("aliases")?.list(of: "aliases") ?? [] {
        aliases.append(try alias.text("an alias").lowercased())
      }
      let own = [id] + aliases + (title.lowercased() == id ? [] : [title.lowercased()])
      if let taken = own.first(where: names.contains) {
        throw item.failure("“\(taken)” already means another module, or none; names and aliases must differ.")
      }
      names += own
      let required = try table.optional("requires")?.list(of: "modules") ?? []
      wanted += required
      var requires: [String] = []
      for entry in required { requires.append(try entry.identifier("a module's id")) }
      modules.append(Module(id: id, title: title, aliases: aliases, requires: requires))
    }
    for entry in wanted {
      let id = try entry.identifier("a module's id")
      guard modules.contains(where: { $0.id == id }) else { throw unknownModule(id, modules.map(\.id), entry) }
    }
    return modules
  }

  func unknownModule(_ id: String, _ known: [String], _ entry: YAMLEntry) -> LibraryFailure {
    entry.failure("There is no module “\(id)”; known are \(known.joined(separator: ", ")).")
  }
}
