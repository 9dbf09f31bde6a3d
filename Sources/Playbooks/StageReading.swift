import Kernel

// Stages with their work, sub-stages and tasks, and the gates.

extension WorkflowReader {
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
        work.append(try self.work(piece, stage: id))
        // What is verified is what the gates have seen, so a gate that runs afterwards would prove nothing.
        guard case .gates = work.last, work.contains(where: \.isVerification), let verification else { continue }
        throw verification.failure("The verification stands before the gates of its stage; write it after them.")
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
      let table = try item.table(
        "a sub-stage", required: ["id", "name", "done"], optional: ["level", "module", "isolate"])
      let id = try table.entry("id").identifier("the sub-stage's id", allowing: ".ABCDEFGHIJKLMNOPQRSTUVWXYZ")
      guard !substages.contains(id) else {
        throw try table.entry("id").failure("The sub-stage “\(id)” stands twice.")
      }
      substages.append(id)
      let module = try table.optional("module")?.identifier("a module's id")
      if let module, !modules.contains(module) { throw unknownModule(module, modules, try table.entry("module")) }
      let canIsolate = try table.optional("isolate")?.flag("whether the sub-stage may be set aside") ?? false
      if canIsolate, isolating == nil { isolating = table.optional("isolate") }
      found.append(
        Substage(
          id: id, name: try table.entry("name").text("the sub-stage's name"),
          fromLevel: try table.optional("level")?.whole("the lowest level", in: 1...4) ?? 1, module: module,
          done: try table.entry("done").text("when the sub-stage is done"), canIsolate: canIsolate))
    }
    return found
  }

  private mutating func work(_ entry: YAMLEntry, stage: Int) throws(LibraryFailure) -> Work {
    if entry.node.scalar?.string == "substages" {
      try once("substages", entry)
      return .substages
    }
    let kinds = ["brief", "task", "shortcomings", "rules", "gates", "verification", "approval"]
    let table = try entry.table("a piece of work (or the word substages)", required: [], optional: kinds)
    guard table.entries.count == 1, let (kind, value) = table.entries.first else {
      throw entry.failure("Expected exactly one of: \(kinds.joined(separator: ", ")).")
    }
    switch kind {
    case "task": return .task(try task(value))
    case "rules":
      let parts = try value.table("a check of rules", required: ["kind", "playbook"])
      let rules = try parts.entry("kind").choice("kind of rule", of: RuleKind.self)
      return .rules(
        rules,
        playbook: try use(
          parts.entry("playbook"), for: rules == .architecture ? .architectureConflict : .qualityConflict,
          stage: stage))
    case "brief":
      try once(kind, entry)
      return .brief(playbook: try use(value, for: .briefIncomplete, stage: stage))
    case "shortcomings": return .shortcomings(playbook: try use(value, for: .unsupported, stage: stage))
    case "gates":
      try once(kind, entry)
      return .gates(playbook: try use(value, for: .gateFailed, stage: stage))
    case "verification": return try verification(value, at: entry, stage: stage)
    default: return .approval(playbook: try use(value, for: .approval, stage: stage))
    }
  }

  private mutating func verification(
    _ value: YAMLEntry, at entry: YAMLEntry, stage: Int
  ) throws(LibraryFailure) -> Work {
    try once("verification", entry)
    guard onlyOnce.contains("substages") else {
      throw entry.failure("The verification looks at what the sub-stages made; write it after the work “substages”.")
    }
    verification = entry
    let parts = try value.table("a verification", required: ["task", "playbook"])
    return .verification(
      try task(parts.entry("task")),
      playbook: try use(parts.entry("playbook"), for: .verificationFailed, stage: stage))
  }

  private mutating func use(
    _ entry: YAMLEntry, for situation: SituationKind, stage: Int
  ) throws(LibraryFailure) -> String {
    let playbook = try entry.identifier("a playbook's id")
    uses.append(PlaybookUse(playbook: playbook, situation: situation, stage: stage, entry: entry))
    return playbook
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
    try known.check(performer: performer, at: table.entry("performer"))
    var files: [String] = []
    for file in try table.entry("files").list(of: "files") { files.append(try path(file)) }
    let role = try table.entry("role").identifier("the role")
    if role != Session.engineRole, !staff.contains(where: { $0.role == role }) {
      staff.append((role, try table.entry("role")))
    }
    return TaskTemplate(
      id: id, title: try table.entry("title").text("the task's title"), role: role, performer: performer, files: files,
      maxAttempts: try table.entry("attempts").whole("the attempts", in: 1...10))
  }

  /// The tasks that are still done after an abort.
  mutating func closing(_ entry: YAMLEntry?) throws(LibraryFailure) -> [TaskTemplate] {
    var closing: [TaskTemplate] = []
    for item in try entry?.list(of: "closing tasks") ?? [] { closing.append(try task(item)) }
    return closing
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
      optional: ["level", "mandatory", "advisory", "settings", "fix"])
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
    let fix = try table.optional("fix")?.identifier("the performer that mends", allowing: ".")
    if let fix, let entry = table.optional("fix") { try known.check(performer: fix, at: entry) }
    return Gate(
      id: try table.entry("id").identifier("the gate's id"), title: try table.entry("title").text("the gate's title"),
      category: try table.entry("category").text("the gate's category"), kind: kind,
      fromLevel: try table.optional("level")?.whole("the lowest level", in: 1...4) ?? 1, mandatoryFrom: mandatory,
      required: required.text, settings: settings,
      maxAttempts: try table.entry("attempts").whole("the attempts", in: 1...10), fix: fix)
  }
}

extension Work {
  /// Whether it is the final verification.
  fileprivate var isVerification: Bool { if case .verification = self { true } else { false } }
}
