import Kernel
import Testing

@testable import Playbooks

// covers RoleCardReading.swift and LibraryRoles.swift
@Suite struct RoleCardReadingTests {
  let library = Library(project: nil, person: nil)
  static let shipped = [
    "analyst", "architect", "auditor", "backend-engineer", "data-engineer", "developer", "reviewer", "ship-manager",
    "tester",
  ]

  @Test func everyShippedCardReads() throws {
    #expect(library.roleNames == Self.shipped)
    let cards = try library.roleCards()
    #expect(cards.map(\.role) == Self.shipped)
    let gates = try library.workflow("seven-stage").gates.map(\.id)
    for card in cards {
      #expect(!card.charter.isEmpty && !card.standingOrders.isEmpty && !card.escalations.isEmpty, "\(card.role)")
      #expect(card.attempts == 2 && !card.network, "\(card.role)")
      for gate in card.mandatoryGates + card.optionalGates { #expect(gates.contains(gate), "\(card.role): \(gate)") }
      #expect(RoleCard.chain(of: card.role, in: cards).last == "person")
      #expect(card.verdict(path: ".GIT/config", writing: true) != .unknown)
      for command in ["cat x; rm -rf /", "git push", "bash -c 'sudo id'"] {
        guard case .forbidden = card.verdict(command: command) else {
          Issue.record("\(card.role) does not forbid \(command)")
          continue
        }
      }
      guard case .forbidden = card.verdict(path: ".env", writing: false) else {
        Issue.record("\(card.role) may read secrets")
        continue
      }
    }
    #expect(
      RoleCard.chain(of: "developer", in: cards) == ["developer", "architect", "ship-manager", "person"])
    #expect(RoleCard.chain(of: "auditor", in: cards) == ["auditor", "person"])
  }

  @Test(arguments: ["seven-stage", "prototype"])
  func everyRoleOfAWorkflowHasACard(name: String) throws {
    let rules = try #require(try library.workflow(name).supervision)
    for role in (rules.agents + rules.provisions).map(\.role) { #expect(library.roleNames.contains(role), "\(role)") }
  }

  @Test func aDeveloperIsABackendEngineerByAnotherName() throws {
    var engineer = try library.roleCard("backend-engineer")
    engineer.role = "developer"
    engineer.title = "Developer"
    #expect(try library.roleCard("developer") == engineer)
  }

  @Test func aBackendEngineerHasTheBordersOfItsCard() throws {
    let card = try library.roleCard("backend-engineer")
    func path(_ path: String, own: [String] = []) -> String {
      words(card.verdict(path: path, writing: true, expecting: own))
    }
    func command(_ text: String) -> String { words(card.verdict(command: text)) }
    func words(_ verdict: RoleVerdict) -> String {
      switch verdict {
      case .allowed: return "allowed"
      case .needsApproval(let of, _): return of.joined(separator: "+")
      case .forbidden: return "forbidden"
      case .unknown: return "unknown"
      }
    }
    #expect(path("services/business_service/api/routes/book.py") == "allowed")
    #expect(path("tests/unit/test_values.py") == "allowed")
    #expect(path("services/data_service/models/book.py") == "architect+data-engineer")
    #expect(path("services/shared/contracts/book.py") == "architect")
    #expect(path("pyproject.toml") == "architect+person")
    #expect(path("services/data_service/migrations/versions/v0001_initial.py") == "forbidden")
    #expect(path("docker-compose.dev.yml") == "forbidden")
    #expect(path("Makefile") == "forbidden")
    #expect(path(".bandit") == "forbidden")
    #expect(path("README.md") == "unknown")
    let own = ["services/data_service/migrations/env.py", "docker-compose.yml"]
    #expect(path("services/data_service/migrations/env.py", own: own) == "allowed")
    #expect(path("docker-compose.yml", own: own) == "allowed")
    #expect(path("services/data_service/migrations/versions/v0002.py", own: own) == "forbidden")
    #expect(command("ruff check . --fix && ruff format .") == "allowed")
    #expect(command("cd services && pytest -q 2>&1 | tail -5") == "allowed")
    #expect(command("uv run mypy services") == "allowed")
    #expect(command("uv add httpx") == "architect+person")
    #expect(command("python3 -m pip install httpx") == "architect+person")
    #expect(command("docker compose up -d") == "forbidden")
    #expect(command("uv run alembic upgrade head") == "forbidden")
    #expect(command("python main.py") == "unknown")
    #expect(words(card.verdict(tool: "signalbox_ask")) == "allowed")
    #expect(words(card.verdict(tool: "x", kind: "execute")) == "unknown")
  }

  /// The failure of reading a project's cards, with the text of one of them.
  private func failureReading(_ text: String, role: String = "cook") throws -> LibraryFailure? {
    let project = try Scratch()
    try project.write(text, to: ".signalbox/roles/\(role).yaml")
    return failure { _ = try Library(project: project.path, person: nil).roleCards() }
  }

  private static let good = """
    id: cook
    title: Cook
    reports-to: ship-manager
    charter: Cooks.
    needs-approval:
      - action: Buy
        of: [architect, person]
        paths: ["shop/**"]
    forbidden:
      - {action: Burning, why: it smells., commands: [burn -f], reading: true}
    allowed: {read: ["**"], commands: [stir !-x], tools: ["kind:read"]}
    escalations:
      - {when: It is raw., to: person}
    gates: {mandatory: [taste], optional: [looks]}
    report: [files, notes]

    """

  @Test func aProjectsCardWinsOverThePersonsAndTheBuiltIn() throws {
    #expect(try failureReading(Self.good) == nil)
    let project = try Scratch()
    let person = try Scratch()
    try person.write("id: developer\nas: tester\n", to: "roles/developer.yaml")
    let own = Library(project: project.path, person: person.path)
    #expect(try own.roleCard("developer").title == "Tester")
    try project.write("id: developer\nas: reviewer\ntitle: Dev\n", to: ".signalbox/roles/developer.yaml")
    #expect(try own.roleCard("developer").title == "Dev")
    #expect(try own.roleCard("developer").reportsTo == "ship-manager")
    #expect(own.check().isEmpty)
  }

  @Test(arguments: [
    ("id: cook", "id: chef", 1, 5, "The id must be “cook”, like the file's name."),
    ("reports-to: ship-manager", "reports-to: cook", 3, 13, "A role cannot report to itself"),
    ("reports-to: ship-manager", "reports-to: boss", 3, 13, "There is no role “boss”; known are analyst, "),
    ("title: Cook", "titel: Cook", 2, 1, "“titel” is not known in a role card; known are id, title"),
    ("charter: Cooks.\n", "", 1, 1, "“charter” is missing in a role card."),
    ("of: [architect, person]", "of: [architect, boss]", 7, 21, "There is no role “boss”"),
    ("of: [architect, person]", "of: []", 7, 9, "at least one role that approves"),
    ("\"shop/**\"", "\"/shop/**\"", 8, 13, "it begins with “/”"),
    ("\"shop/**\"", "\"shop**\"", 8, 13, "“**” must stand alone"),
    ("burn -f", "burn; rm", 10, 51, "it holds a sign of the shell"),
    ("burn -f", "burn !-f", 10, 51, "only stands in what is allowed"),
    ("reading: true", "reading: maybe", 10, 70, "true or false"),
    ("why: it smells., ", "", 10, 5, "“why” is missing in what is forbidden."),
    ("kind:read", "kind:", 11, 55, "it would fit every tool, or none"),
    ("to: person}", "to: boss}", 13, 28, "There is no role “boss”"),
    ("optional: [looks]", "optional: [taste]", 14, 40, "The gate “taste” stands twice"),
    ("[files, notes]", "[files, mood]", 15, 17, "“mood” is no field of a report; known are files, tests"),
    ("report: [files, notes]", "attempts: 0", 15, 11, "as a whole number from 1 to 10, not “0”"),
    ("allowed: {read:", "allowed: {reads:", 11, 11, "“reads” is not known in what is allowed"),
  ])
  func aBadCardIsRefusedWhereItStands(old: String, new: String, line: Int, column: Int, words: String) throws {
    #expect(Self.good.contains(old))
    let failure = try failureReading(Self.good.replacing(old, with: new, maxReplacements: 1))
    #expect(failure?.file == ".signalbox/roles/cook.yaml")
    #expect(failure?.line == line && failure?.column == column, "\(failure?.description ?? "none")")
    #expect(failure?.message.contains(words) == true, "\(failure?.description ?? "none")")
  }

  @Test(arguments: [
    ("id: cook\nas: nobody\n", 2, "There is no card of another role “nobody”"),
    ("id: cook\nas: cook\n", 2, "There is no card of another role “cook”"),
    ("id: cook\nas: developer\n", 2, "“developer” works as another role itself"),
    ("id: cook\nas: tester\ncharter: x\n", 3, "“charter” is not known in a role that works as another"),
  ])
  func aBadStandInIsRefused(text: String, line: Int, words: String) throws {
    let failure = try failureReading(text)
    #expect(failure?.line == line)
    #expect(failure?.message.contains(words) == true, "\(failure?.description ?? "none")")
  }

  @Test func rolesThatReportInACircleAreRefused() throws {
    let project = try Scratch()
    for (role, above) in [("a", "b"), ("b", "c"), ("c", "b")] {
      let text = "id: \(role)\ntitle: T\ncharter: C\nreports-to: \(above)\n"
      try project.write(text, to: ".signalbox/roles/\(role).yaml")
    }
    let library = Library(project: project.path, person: nil)
    let expected = LibraryFailure(
      file: ".signalbox/roles/b.yaml", line: 4, column: 13,
      message:
        "“b” reports to itself: b → c → b. One of them must report to somebody else, so that the chain ends with “person”."
    )
    #expect(failure { _ = try library.roleCards() } == expected)
    #expect(library.check().map(\.kind) == [.refused])
    // Each card for itself can be read, and its chain still ends.
    #expect(RoleCard.chain(of: "a", in: [try library.roleCard("a"), try library.roleCard("b")]).last == "person")
  }

  @Test func thePersonAndTheEngineHaveNoCard() throws {
    for role in ["person", "engine"] {
      let text = "id: \(role)\nas: tester\n"
      #expect(try failureReading(text, role: role)?.message.contains("no role that has a card") == true)
    }
  }
}
