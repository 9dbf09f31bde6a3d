import Kernel

/// A role card as read from its file, with the places to which messages can point.
struct RoleCardSource {
  /// The card; for a role that works as another one, only its name and title count.
  var card: RoleCard
  /// The role whose card it has beside its own name, and where that is said.
  let standsFor: (role: String, entry: YAMLEntry)?
  /// Whether it has a title of its own.
  let hasTitle: Bool
  /// Where the role reports to is said.
  let reportsTo: YAMLEntry
  /// Every role it names, with its place.
  let references: [(role: String, entry: YAMLEntry)]

  /// Reads a card.
  ///
  /// - Parameters:
  ///   - file: The card's YAML file.
  ///   - id: The role it must be for, which is its file's name.
  init(reading file: LibraryFile, id: String) throws(LibraryFailure) {
    let root = try YAMLEntry.read(file)
    if case .mapping(let mapping) = root.node, mapping.keys.contains(where: { $0.scalar?.string == "as" }) {
      let table = try root.table("a role that works as another", required: ["id", "as"], optional: ["title"])
      let role = try RoleCardSource.id(table, mustBe: id)
      let place = try table.entry("as")
      let other = try place.identifier("the role it works as")
      card = RoleCard(role: role, title: try table.optional("title")?.text("the role's title") ?? "", charter: "")
      standsFor = (other, place)
      hasTitle = table.optional("title") != nil
      reportsTo = place
      references = []
      return
    }
    let table = try root.table(
      "a role card", required: ["id", "title", "reports-to", "charter"],
      optional: [
        "alone", "needs-approval", "forbidden", "allowed", "escalations", "constraints", "pitfalls", "delegation",
        "report", "gates", "attempts", "network",
      ])
    reportsTo = try table.entry("reports-to")
    var reader = RoleCardReader()
    let above = try reader.reference(reportsTo, "the role it reports to")
    guard above != id else { throw reportsTo.failure("A role cannot report to itself; name another one, or “person”.") }
    var card = RoleCard(
      role: try RoleCardSource.id(table, mustBe: id), title: try table.entry("title").text("the role's title"),
      charter: try table.entry("charter").text("what the role is there for"), reportsTo: above)
    card.standingOrders = try RoleCardReader.lines(table.optional("alone"), "what it does without asking")
    card.constraints = try RoleCardReader.lines(table.optional("constraints"), "what always holds")
    card.pitfalls = try RoleCardReader.lines(table.optional("pitfalls"), "known mistakes")
    for item in try table.optional("needs-approval")?.list(of: "what needs approval") ?? [] {
      card.preApprovals.append(try reader.preApproval(item))
    }
    for item in try table.optional("forbidden")?.list(of: "what is forbidden") ?? [] {
      card.forbidden.append(try reader.prohibition(item))
    }
    for item in try table.optional("escalations")?.list(of: "escalations") ?? [] {
      let parts = try item.table("an escalation", required: ["when", "to"])
      let to = try reader.reference(parts.entry("to"), "the role it turns to")
      card.escalations.append(Escalation(when: try parts.entry("when").text("when it stops"), to: to))
    }
    if let entry = table.optional("allowed") { card.allowed = try RoleCardReader.allowance(entry) }
    if let entry = table.optional("delegation") {
      card.delegation = try RoleCardReader.choices(entry, "section", of: DelegationSection.self)
    }
    if let entry = table.optional("report") {
      card.report = try RoleCardReader.choices(entry, "field of a report", of: ReportField.self)
    }
    if let entry = table.optional("gates") {
      let gates = try entry.table("the gates", required: [], optional: ["mandatory", "optional"])
      card.mandatoryGates = try RoleCardReader.gates(gates.optional("mandatory"), beside: [])
      card.optionalGates = try RoleCardReader.gates(gates.optional("optional"), beside: card.mandatoryGates)
    }
    card.attempts =
      try table.optional("attempts")?.whole("after how many failed attempts it escalates", in: 1...10) ?? card.attempts
    card.network = try table.optional("network")?.flag("whether it needs the network") ?? card.network
    self.card = card
    standsFor = nil
    hasTitle = true
    references = reader.references
  }

  private static func id(_ table: YAMLTable, mustBe id: String) throws(LibraryFailure) -> String {
    let place = try table.entry("id")
    guard try place.identifier("the role's id") == id else {
      throw place.failure("The id must be “\(id)”, like the file's name.")
    }
    guard id != RoleCard.person, id != Session.engineRole else {
      throw place.failure("“\(id)” is no role that has a card; give it another name.")
    }
    return id
  }
}

/// Reads the parts of a card and remembers every role it names.
private struct RoleCardReader {
  var references: [(role: String, entry: YAMLEntry)] = []

  /// A role, or `person`.
  mutating func reference(_ entry: YAMLEntry, _ what: String) throws(LibraryFailure) -> String {
    let role = try entry.identifier("\(what), or “person”,")
    references.append((role, entry))
    return role
  }

  mutating func preApproval(_ entry: YAMLEntry) throws(LibraryFailure) -> PreApproval {
    let table = try entry.table(
      "what needs approval", required: ["action", "of"], optional: ["paths", "commands", "tools"])
    let place = try table.entry("of")
    var approvers: [String] = []
    if case .sequence = place.node {
      for item in try place.list(of: "roles") { approvers.append(try reference(item, "a role that approves")) }
      guard !approvers.isEmpty else { throw place.failure("Expected at least one role that approves, or “person”.") }
    } else {
      approvers = [try reference(place, "the role that approves")]
    }
    return PreApproval(
      action: try table.entry("action").text("what needs approval"), scope: try RoleCardReader.scope(table),
      approvers: approvers)
  }

  func prohibition(_ entry: YAMLEntry) throws(LibraryFailure) -> Prohibition {
    let table = try entry.table(
      "what is forbidden", required: ["action", "why"], optional: ["paths", "commands", "tools", "reading"])
    return Prohibition(
      action: try table.entry("action").text("what is forbidden"), why: try table.entry("why").text("why"),
      scope: try RoleCardReader.scope(table),
      reading: try table.optional("reading")?.flag("whether reading is forbidden too") ?? false)
  }

  static func scope(_ table: YAMLTable) throws(LibraryFailure) -> RoleScope {
    RoleScope(
      paths: try paths(table.optional("paths")), commands: try commands(table.optional("commands"), allowing: false),
      tools: try tools(table.optional("tools")))
  }

  static func allowance(_ entry: YAMLEntry) throws(LibraryFailure) -> RoleAllowance {
    let table = try entry.table("what is allowed", required: [], optional: ["read", "write", "commands", "tools"])
    return RoleAllowance(
      reads: try paths(table.optional("read")), writes: try paths(table.optional("write")),
      commands: try commands(table.optional("commands"), allowing: true), tools: try tools(table.optional("tools")))
  }

  // MARK: - Patterns

  private static func paths(_ entry: YAMLEntry?) throws(LibraryFailure) -> [String] {
    try patterns(entry, "a pattern of paths") { PathPattern.fault(in: $0) }
  }

  private static func commands(_ entry: YAMLEntry?, allowing: Bool) throws(LibraryFailure) -> [String] {
    try patterns(entry, "a command's first words") { CommandPattern.fault(in: $0, allowing: allowing) }
  }

  private static func tools(_ entry: YAMLEntry?) throws(LibraryFailure) -> [String] {
    try patterns(entry, "a pattern of tools") { text in
      let name = text.utf8.starts(with: RoleCard.kindPrefix.utf8) ? text.utf8.dropFirst(5) : text.utf8[...]
      return name.isEmpty || name.allSatisfy { $0 == UInt8(ascii: "*") } ? "it would fit every tool, or none" : nil
    }
  }

  private static func patterns(
    _ entry: YAMLEntry?, _ what: String, fault: (String) -> String?
  ) throws(LibraryFailure) -> [String] {
    var found: [String] = []
    for item in try entry?.list(of: "patterns, each \(what)") ?? [] {
      let text = try item.text(what)
      if let fault = fault(text) { throw item.failure("“\(text)” cannot be \(what): \(fault).") }
      guard !found.contains(where: { $0.utf8.elementsEqual(text.utf8) }) else {
        throw item.failure("“\(text)” stands twice; keep one of them.")
      }
      found.append(text)
    }
    return found
  }

  // MARK: - Words

  static func lines(_ entry: YAMLEntry?, _ what: String) throws(LibraryFailure) -> [String] {
    var found: [String] = []
    for item in try entry?.list(of: "sentences: \(what)") ?? [] {
      let text = try item.text("a sentence")
      guard !text.contains(where: \.isNewline) else {
        throw item.failure("Expected one sentence on one line; fold it without “|”.")
      }
      found.append(text)
    }
    return found
  }

  static func choices<Value: RawRepresentable & CaseIterable & Equatable>(
    _ entry: YAMLEntry, _ what: String, of type: Value.Type
  ) throws(LibraryFailure) -> [Value] where Value.RawValue == String {
    var found: [Value] = []
    for item in try entry.list(of: "\(what)s") {
      let value = try item.choice(what, of: type)
      guard !found.contains(value) else { throw item.failure("“\(value.rawValue)” stands twice; keep one of them.") }
      found.append(value)
    }
    return found
  }

  static func gates(_ entry: YAMLEntry?, beside others: [String]) throws(LibraryFailure) -> [String] {
    var found: [String] = []
    for item in try entry?.list(of: "gates") ?? [] {
      let gate = try item.identifier("a gate's id")
      guard !(others + found).contains(gate) else {
        throw item.failure("The gate “\(gate)” stands twice; keep one of them.")
      }
      found.append(gate)
    }
    return found
  }
}
