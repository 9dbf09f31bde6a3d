import Kernel

// How the work of a workflow is supervised: who works, how often it is tried, and how long it may take.

extension WorkflowReader {
  /// What a workflow says of its supervision; whatever it leaves out is as the kernel has it.
  func supervision(_ entry: YAMLEntry?) throws(LibraryFailure) -> Supervision? {
    guard let entry else {
      try refuseWithoutSupervision()
      return nil
    }
    let table = try entry.table(
      "the supervision", required: [],
      optional: [
        "agents", "provision", "attempts", "parallel", "time-limit", "retry-pauses", "file-limit", "health", "silence",
        "remedies", "fix-limit", "coverage",
      ])
    func number(_ name: String, _ words: String, _ range: ClosedRange<Int>, else plain: Int) throws(LibraryFailure)
      -> Int
    {
      try table.optional(name)?.whole(words, in: range) ?? plain
    }
    var rules = Supervision()
    rules.agents = try roster(table.optional("agents"), beside: nil)
    rules.provisions = try roster(table.optional("provision"), beside: rules.agents)
    rules.attempts = try budgets(table.optional("attempts"), roles: (rules.agents + rules.provisions).map(\.role))
    rules.parallel = try number("parallel", "how many tasks may be under way at once", 1...64, else: rules.parallel)
    rules.timeLimit = try number(
      "time-limit", "how many seconds an attempt may take", 1...86_400, else: rules.timeLimit)
    rules.fileLimit = try number(
      "file-limit", "how many files beside the expected ones", 0...100_000, else: rules.fileLimit)
    rules.silence = try number("silence", "after how many seconds an agent is silent", 1...86_400, else: rules.silence)
    rules.remedies = try number("remedies", "how often a remedy is tried", 1...10, else: rules.remedies)
    rules.fixLimit = try number("fix-limit", "how many mending tasks all gates may have", 0...100, else: rules.fixLimit)
    rules.coverage = try thresholds(table.optional("coverage"), roles: (rules.agents + rules.provisions).map(\.role))
    if let pauses = table.optional("retry-pauses") {
      rules.retryPauses = []
      for item in try pauses.list(of: "pauses in seconds") {
        rules.retryPauses.append(try item.whole("a pause in seconds", in: 0...3_600))
      }
      guard rules.retryPauses.count <= 9 else {
        throw pauses.failure("Expected at most 9 pauses, because nothing is tried more than 10 times by itself.")
      }
    }
    if let health = table.optional("health") {
      let parts = try health.table("the health checks", required: [], optional: ["interval", "retries"])
      rules.healthInterval =
        try parts.optional("interval")?.whole("how many seconds between two checks", in: 1...86_400)
        ?? rules.healthInterval
      rules.healthRetries =
        try parts.optional("retries")?.whole("how often a day a task may fail and be tried again", in: 0...10)
        ?? rules.healthRetries
    }
    return rules
  }

  /// What only supervised work does would be passed over without a word.
  private func refuseWithoutSupervision() throws(LibraryFailure) {
    if let verification {
      throw verification.failure("A verification is for supervised work only; add “supervision” to the workflow.")
    }
    if let isolating {
      throw isolating.failure(
        "A sub-stage is set aside in supervised work only; add “supervision” to the workflow, or leave “isolate” out.")
    }
  }

  /// Agents with names that nobody else has.
  ///
  /// - Parameter agents: Those a session begins with, when what is read may be added to them; one per role then, since
  ///   a second one would never be asked.
  private func roster(_ entry: YAMLEntry?, beside agents: [AgentRecord]?) throws(LibraryFailure) -> [AgentRecord] {
    var found: [AgentRecord] = []
    for item in try entry?.list(of: "agents") ?? [] {
      let table = try item.table("an agent", required: ["name", "role"], optional: ["performer"])
      let place = try table.entry("name")
      let name = try place.identifier("the agent's name")
      guard !((agents ?? []) + found).contains(where: { $0.name == name }) else {
        throw place.failure("The agent “\(name)” stands twice; every agent needs a name of its own.")
      }
      let role = try table.entry("role").identifier("the agent's role")
      guard role != Session.engineRole else {
        throw try table.entry("role").failure("Tasks of the role “\(role)” are done by the engine; it needs no agent.")
      }
      if agents != nil, let other = found.first(where: { $0.role == role }) {
        throw try table.entry("role").failure(
          "“\(other.name)” is added for “\(role)” already, and one per role is the most; remove one of them.")
      }
      let performer = try table.optional("performer")?.identifier("the performer", allowing: ".")
      if let performer, let entry = table.optional("performer") { try known.check(performer: performer, at: entry) }
      found.append(AgentRecord(name: name, role: role, performer: performer))
    }
    return found
  }

  /// What the work of each role must be covered by tests.
  private func thresholds(_ entry: YAMLEntry?, roles: [String]) throws(LibraryFailure) -> [RoleThreshold] {
    guard let entry else { return [] }
    guard case .mapping(let mapping) = entry.node else {
      throw entry.failure("Expected coverage as named percentages, for example {developer: 80}.")
    }
    var found: [RoleThreshold] = []
    for (key, value) in mapping {
      let place = YAMLEntry(node: key, file: entry.file)
      let role = try place.identifier("a role")
      guard roles.contains(role), !found.contains(where: { $0.role == role }) else {
        throw place.failure("“\(role)” stands twice, or no agent has that role.")
      }
      let percentage = try YAMLEntry(node: value, file: entry.file).whole("the coverage in percent", in: 0...100)
      found.append(RoleThreshold(role: role, percentage: percentage))
    }
    return found
  }

  /// How often what is tried; a misspelt name would leave its tasks with another number than was meant.
  private func budgets(_ entry: YAMLEntry?, roles: [String]) throws(LibraryFailure) -> [AttemptBudget] {
    guard let entry else { return [] }
    guard case .mapping(let mapping) = entry.node else {
      throw entry.failure("Expected attempts as named numbers, for example {generate: 3, developer: 2}.")
    }
    var budgets: [AttemptBudget] = []
    for (key, value) in mapping {
      let place = YAMLEntry(node: key, file: entry.file)
      let kind = try place.identifier("a role or a performer", allowing: ".")
      guard !budgets.contains(where: { $0.kind == kind }) else {
        throw place.failure("The attempts of “\(kind)” stand twice; keep one of them.")
      }
      let known = roles + staff.map(\.role)
      if let performers = self.known.performers, !performers.contains(kind), !known.contains(kind) {
        var names: [String] = []
        for name in known + performers where !names.contains(name) { names.append(name) }
        throw place.failure("“\(kind)” is neither a role nor a performer; known are \(names.joined(separator: ", ")).")
      }
      let attempts = try YAMLEntry(node: value, file: entry.file).whole("the attempts of “\(kind)”", in: 1...10)
      budgets.append(AttemptBudget(kind: kind, attempts: attempts))
    }
    return budgets
  }
}
