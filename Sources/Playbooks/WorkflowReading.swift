import Kernel

/// A workflow as read from its file, before its playbooks are put in.
struct WorkflowSource {
  /// The workflow; its playbooks and its digest are still empty.
  var workflow: Workflow
  /// Every playbook it names, in the order named, with its use and its place; `task-failed` comes last.
  let uses: [(playbook: String, use: Use, entry: YAMLEntry)]
}

/// The names that the rest of the program can fulfil; `nil` leaves a kind of name unchecked.
struct KnownNames: Sendable {
  /// Catalogue names of gate checks.
  let gateKinds: [String]?
  /// Catalogue names of performers.
  let performers: [String]?
}

extension WorkflowSource {
  /// Reads a workflow from its file.
  init(reading file: LibraryFile, id: String, known: KnownNames) throws(LibraryFailure) {
    let root = try YAMLEntry.read(file)
    let table = try root.table(
      "a workflow", required: ["id", "title", "version", "levels", "fields", "modules", "stages", "gates"])
    let name = try table.entry("id")
    guard try name.identifier("the workflow's id") == id else {
      throw name.failure("The id must be “\(id)”, like the file's name.")
    }
    var reader = WorkflowReader(known: known)
    let modules = try reader.modules(table.entry("modules"))
    let levels = try reader.levels(table.entry("levels"))
    let workflow = Workflow(
      id: id, title: try table.entry("title").text("the title"),
      version: try table.entry("version").whole("the version", in: 1...1_000_000), digest: "",
      fields: try reader.fields(table.entry("fields")), levels: levels, modules: modules,
      stages: try reader.stages(table.entry("stages"), modules: modules.map(\.id)),
      gates: try reader.gates(table.entry("gates")), playbooks: [])
    self.init(workflow: workflow, uses: reader.uses + [(Playbook.taskFailed, .task, name)])
  }
}

/// Reads the parts of one workflow and remembers what they name.
private struct WorkflowReader {
  let known: KnownNames
  var uses: [(playbook: String, use: Use, entry: YAMLEntry)] = []
  /// Every task's identifier so far; they share one space in a session.
  private var tasks: [String] = []
  /// Every sub-stage's identifier so far.
  private var substages: [String] = []
  /// Which of the once-only pieces of work were seen.
  private var onlyOnce: [String] = []

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

  private func unknownModule(_ id: String, _ known: [String], _ entry: YAMLEntry) -> LibraryFailure {
    entry.failure("There is no module “\(id)”; known are \(known.joined(separator: ", ")).")
  }

  // MARK: - Stages

  mutating func stages(_ entry: YAMLEntry, modules: [String]) throws(LibraryFailure) -> [Stage] {
    var stages: [Stage] = []
    for item in try entry.list(of: "stages") {
      let table = try item.table("a stage", required: ["id", "name", "work"], optional: ["substages"])
      let id = try table.entry("id").whole("the stage's number", in: 0...99)
      guard id > stages.last?.id ?? -1 else {
        throw try table.entry("id").failure("Stages stand in rising order, each once.")
      }
      let substages = try substages(table.optional("substages"), modules: modules)
      var work: [Work] = []
      for piece in try table.entry("work").list(of: "work") {
        work.append(try self.work(piece, afterSubstages: onlyOnce.contains("substages")))
      }
      let runs = work.contains { if case .substages = $0 { return true } else { return false } }
      guard runs == !substages.isEmpty else {
        throw item.failure(
          runs
            ? "The work names “substages”, but the stage has none."
            : "The stage has sub-stages, but its work never runs them.")
      }
      stages.append(
        Stage(id: id, name: try table.entry("name").text("the stage's name"), work: work, substages: substages))
    }
    guard onlyOnce.contains("brief") else {
      throw entry.failure("No stage reads the brief; one must have the work “brief: PLAYBOOK”.")
    }
    return stages
  }

  private mutating func substages(_ entry: YAMLEntry?, modules: [String]) throws(LibraryFailure) -> [Substage] {
    var found: [Substage] = []
    for item in try entry?.list(of: "sub-stages") ?? [] {
      let table = try item.table("a sub-stage", required: ["id", "name", "done"], optional: ["level", "module"])
      let id = try table.entry("id").identifier("the sub-stage's id", allowing: ".ABCDEFGHIJKLMNOPQRSTUVWXYZ")
      guard !substages.contains(id) else {
        throw try table.entry("id").failure("The sub-stage “\(id)” stands twice.")
      }
      substages.append(id)
      let module = try table.optional("module")?.identifier("a module's id")
      if let module, !modules.contains(module) { throw unknownModule(module, modules, try table.entry("module")) }
      found.append(
        Substage(
          id: id, name: try table.entry("name").text("the sub-stage's name"),
          fromLevel: try table.optional("level")?.whole("the lowest level", in: 1...4) ?? 1, module: module,
          done: try table.entry("done").text("when the sub-stage is done")))
    }
    return found
  }

  private mutating func work(_ entry: YAMLEntry, afterSubstages: Bool) throws(LibraryFailure) -> Work {
    if entry.node.scalar?.string == "substages" {
      try once("substages", entry)
      return .substages
    }
    let kinds = ["brief", "task", "shortcomings", "gates", "approval"]
    let table = try entry.table("a piece of work (or the word substages)", required: [], optional: kinds)
    guard table.entries.count == 1, let (kind, value) = table.entries.first else {
      throw entry.failure("Expected exactly one of: \(kinds.joined(separator: ", ")).")
    }
    if kind == "task" { return .task(try task(value)) }
    let playbook = try value.identifier("a playbook's id")
    switch kind {
    case "brief":
      try once(kind, entry)
      uses.append((playbook, .brief, value))
      return .brief(playbook: playbook)
    case "shortcomings":
      uses.append((playbook, .shortcomings, value))
      return .shortcomings(playbook: playbook)
    case "gates":
      try once(kind, entry)
      uses.append((playbook, .gates, value))
      return .gates(playbook: playbook)
    default:
      uses.append((playbook, .approval(afterSubstages: afterSubstages), value))
      return .approval(playbook: playbook)
    }
  }

  private mutating func once(_ kind: String, _ entry: YAMLEntry) throws(LibraryFailure) {
    guard !onlyOnce.contains(kind) else { throw entry.failure("“\(kind)” may stand only once in a workflow.") }
    onlyOnce.append(kind)
  }

  private mutating func task(_ entry: YAMLEntry) throws(LibraryFailure) -> TaskTemplate {
    let table = try entry.table("a task", required: ["id", "title", "role", "performer", "files", "attempts"])
    let id = try table.entry("id").identifier("the task's id")
    guard !tasks.contains(id) else { throw try table.entry("id").failure("The task “\(id)” stands twice.") }
    tasks.append(id)
    let performer = try table.entry("performer").identifier("the performer", allowing: ".")
    if let performers = known.performers, !performers.contains(performer) {
      throw try table.entry("performer").failure(
        "There is no performer “\(performer)”; known are \(performers.joined(separator: ", ")).")
    }
    var files: [String] = []
    for file in try table.entry("files").list(of: "files") { files.append(try path(file)) }
    return TaskTemplate(
      id: id, title: try table.entry("title").text("the task's title"),
      role: try table.entry("role").identifier("the role"), performer: performer, files: files,
      maxAttempts: try table.entry("attempts").whole("the attempts", in: 1...10))
  }

  /// A path below the workspace that cannot leave it.
  private func path(_ entry: YAMLEntry) throws(LibraryFailure) -> String {
    let path = try entry.text("a path below the workspace")
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." || $0 == ".git" }) else {
      throw entry.failure("“\(path)” is no path below the workspace; write it without a leading “/”, “.” or “..”.")
    }
    return path
  }

  // MARK: - Gates

  mutating func gates(_ entry: YAMLEntry) throws(LibraryFailure) -> [Gate] {
    var gates: [Gate] = []
    for item in try entry.list(of: "gates") {
      let gate = try gate(item)
      guard !gates.contains(where: { $0.id == gate.id }) else {
        throw item.failure("The gate “\(gate.id)” stands twice.")
      }
      gates.append(gate)
    }
    guard gates.isEmpty || onlyOnce.contains("gates") else {
      throw entry.failure("There are gates, but no stage has the work “gates: PLAYBOOK”, so none would ever run.")
    }
    return gates
  }

  private func gate(_ entry: YAMLEntry) throws(LibraryFailure) -> Gate {
    let table = try entry.table(
      "a gate", required: ["id", "title", "category", "kind", "required", "attempts"],
      optional: ["level", "mandatory", "advisory", "settings"])
    let kind = try table.entry("kind").identifier("the gate's kind")
    if let kinds = known.gateKinds, !kinds.contains(kind) {
      throw try table.entry("kind").failure(
        "There is no kind of gate “\(kind)”; known are \(kinds.joined(separator: ", ")).")
    }
    let advisory = try table.optional("advisory")?.flag("whether the gate only advises") ?? false
    let mandatory = try table.optional("mandatory")?.whole("the level from which a failure blocks", in: 1...4)
    guard advisory == (mandatory == nil) else {
      throw entry.failure("Expected either “mandatory: LEVEL” or “advisory: true”, so that nobody has to guess.")
    }
    let required = try table.entry("required").template("what is required")
    try required.check(facts: ["coverage"], usedFor: "a gate")
    var settings: [Setting] = []
    if let entry = table.optional("settings") {
      guard case .mapping(let mapping) = entry.node else { throw entry.failure("Expected settings as named values.") }
      for (key, value) in mapping {
        let name = key.scalar?.string ?? ""
        guard !settings.contains(where: { $0.name == name }) else {
          throw YAMLEntry(node: key, file: entry.file).failure("The setting “\(name)” stands twice.")
        }
        settings.append(
          Setting(name: name, value: try YAMLEntry(node: value, file: entry.file).text("the setting “\(name)”")))
      }
    }
    return Gate(
      id: try table.entry("id").identifier("the gate's id"), title: try table.entry("title").text("the gate's title"),
      category: try table.entry("category").text("the gate's category"), kind: kind,
      fromLevel: try table.optional("level")?.whole("the lowest level", in: 1...4) ?? 1, mandatoryFrom: mandatory,
      required: required.text, settings: settings,
      maxAttempts: try table.entry("attempts").whole("the attempts", in: 1...10))
  }
}
