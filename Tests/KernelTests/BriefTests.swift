import Testing

@testable import Kernel

// covers Brief.swift and BriefReading.swift

@Suite("Brief")
struct BriefTests {
  private func gaps(_ text: String, under workflow: Workflow = Workflows.full) -> [BriefField: String] {
    let brief = Brief(reading: text, modules: workflow.modules)
    return Dictionary(uniqueKeysWithValues: brief.gaps(under: workflow).map { ($0.rule.field, $0.problem) })
  }

  private func level(_ text: String) -> (level: Int?, problem: String?) {
    let brief = Brief(reading: "## Level\n\(text)")
    return (brief.level, brief.gaps(under: Workflows.full).first { $0.rule.field == .maturityLevel }?.problem)
  }

  // MARK: - What is a section

  @Test("A complete brief has no gap")
  func complete() {
    let brief = Brief(reading: Briefs.text(), modules: Workflows.modules)
    #expect(brief.gaps(under: Workflows.full).isEmpty)
    #expect(brief.title == "Library")
    #expect(brief.level == 2)
    #expect(brief.modules == ["bot"])
    #expect(brief.sections.map(\.field) == BriefField.allCases)
    #expect(brief.notices.isEmpty)
  }

  @Test(
    "A brief without sections lacks every required field, all told at once",
    arguments: ["", "# Only a title", "no heading at all", "\n\n\n", "#Title\n##Level\n2", "##", "## "])
  func nothing(text: String) {
    let required = Workflows.full.fields.filter(\.required).map(\.field)
    let found = gaps(text)
    #expect(Set(found.keys) == Set(required))
    #expect(Set(found.values) == ["It is missing."])
  }

  @Test("Line ends, a byte order mark and indented headings change nothing")
  func lineEnds() {
    let text = Briefs.text()
    let plain = Brief(reading: text, modules: Workflows.modules)
    for other in [
      text.replacing("\n", with: "\r\n"), text.replacing("\n", with: "\r"), "\u{FEFF}" + text,
      text.replacing("## ", with: " ## ").replacing("# # ## ", with: "### "),
    ] {
      let brief = Brief(reading: other, modules: Workflows.modules)
      #expect(brief.title == plain.title)
      #expect(brief.sections.map(\.field) == plain.sections.map(\.field))
      #expect(brief.sections.map(\.line) == plain.sections.map(\.line))
      #expect(brief.requirements == plain.requirements)
      #expect(brief.level == plain.level)
    }
    #expect(Brief(reading: text.replacing("\n", with: "\r\n")).entities == plain.entities)
  }

  @Test(
    "Headings are known in any case, by short names, with closing marks",
    arguments: [
      ("BUSINESS CONTEXT", BriefField.businessContext), ("context", .businessContext),
      ("Target Maturity Level:", .maturityLevel),
      ("level", .maturityLevel), ("Features ##", .functionalRequirements), ("MODULES", .optionalModules),
      ("Non-functional   constraints", .nonFunctionalConstraints), ("Integrations", .dependencies),
      ("Out of scope", .scopeBoundaries), ("deliverables", .expectedDeliverables), ("Criteria", .acceptanceCriteria),
      ("Risks", .openQuestions), ("Load", .expectedLoad), ("Entities", .dataModel), ("data-model", .dataModel),
    ])
  func headings(heading: String, field: BriefField) {
    #expect(BriefField(heading: heading) == field)
    #expect(Brief(reading: "## \(heading)\nx").sections.map(\.field) == [field])
  }

  @Test("Every field is known by its title and its identifier, and no name means two fields")
  func names() {
    for field in BriefField.allCases {
      #expect(BriefField(heading: field.title) == field)
      #expect(BriefField(heading: field.rawValue) == field)
      for name in field.otherHeadings { #expect(BriefField(heading: name) == field) }
      #expect(BriefField.sameName(field.title.uppercased(), field.rawValue))
    }
    #expect(!BriefField.sameName("Level", "Scope"))
    #expect(BriefField.sameName("Horoscope", "HOROSCOPE"))
  }

  @Test("A heading in decomposed letters is the same heading")
  func decomposed() {
    let composed = "## Caf\u{E9}\nx"
    let decomposed = "## Cafe\u{301}\nx"
    #expect(Brief(reading: composed).sections.map(\.heading) == Brief(reading: decomposed).sections.map(\.heading))
    // Known headings are ASCII; a combining mark makes another word of one.
    #expect(Brief(reading: "## Scope\u{301}\nx").sections.first?.field == nil)
  }

  @Test("An unknown heading is kept with its text and line, told, and never dropped")
  func unknownHeading() throws {
    let brief = Brief(reading: "# T\n\n## Horoscope\nLeo\n### inner\nrising\n## Level\n2")
    let section = try #require(brief.sections.first)
    #expect(section == BriefSection(field: nil, heading: "Horoscope", text: "Leo\n### inner\nrising", line: 3))
    #expect(brief.notices.contains { $0.contains("Horoscope") && $0.contains("line 3") })
    // Asked for gaps, a person sees it too: the field may be missing only because its heading was not understood.
    let driver = try Driver(brief: "## Busyness context\nMembers borrow books here.")
    #expect(try driver.open().body.contains("Busyness context"))
  }

  @Test("Marks inside fenced code are no headings", arguments: ["```", "~~~", "````"])
  func fences(fence: String) {
    let text = """
      ## Business context
      \(fence)text
      ## Level
      4
      # Title
      ```not the end
      \(fence)
      Members borrow books.
      ## Level
      2
      """
    let brief = Brief(reading: text)
    #expect(brief.sections.map(\.field) == [.businessContext, .maturityLevel])
    #expect(brief.level == 2)
    #expect(brief.title == "")
    #expect(brief.text(of: .businessContext).hasSuffix("Members borrow books."))
  }

  @Test("A section given twice counts with both texts, and two levels are no choice")
  func duplicates() {
    let brief = Brief(reading: "## Features\n- Must: a\n## Level\n1\n## Requirements\n- Could: b\n## Level\n3")
    #expect(brief.requirements.map(\.text) == ["a", "b"])
    #expect(brief.requirements.map(\.id) == ["FR-001", "FR-002"])
    let problem = brief.gaps(under: Workflows.full).first { $0.rule.field == .maturityLevel }?.problem
    #expect(problem == "It names more than one level: 1, 3; choose one.")
    #expect(
      Brief(reading: "## Level\n2\n## Level\nLevel 2").gaps(under: Workflows.tiny).allSatisfy {
        $0.rule.field != .maturityLevel
      })
  }

  @Test("An amendment replaces the field, the last one wins, and the brief's own words stay elsewhere")
  func amendments() {
    let text = "## Level\n1\n## Scope\nAll."
    let brief = Brief(
      reading: text,
      amendedBy: [
        FieldValue(field: "Level", value: "3"), FieldValue(field: "target maturity level", value: " 4 \n"),
        FieldValue(field: "Horoscope", value: "Leo"),
      ])
    #expect(brief.level == 4)
    #expect(brief.text(of: .scopeBoundaries) == "All.")
    #expect(brief.sections.map(\.heading) == ["Scope", "Target maturity level", "Horoscope"])
    // An amendment is a text, not a brief: a heading in it opens nothing.
    let sly = Brief(reading: text, amendedBy: [FieldValue(field: "Scope", value: "x\n## Level\n2")])
    #expect(sly.level == 1)
  }

  // MARK: - The level

  @Test(
    "A level is one whole number from 1 to 4, in whatever words",
    arguments: [
      ("2", 2), ("Level 2", 2), ("  level: 3 (Pre-Production)", 3), ("- 4", 4), ("2 – for a team of 2 to 5", 2),
      ("Level 2\n\nWe are 3 people.", 2), ("1, please", 1),
    ])
  func levels(text: String, expected: Int) {
    let found = level(text)
    #expect(found.level == expected)
    #expect(found.problem == nil)
  }

  @Test(
    "Anything else is asked again, with the valid ones",
    arguments: [
      ("7", "There is no level 7; valid are 1, 2, 3, 4."), ("0", "There is no level 0; valid are 1, 2, 3, 4."),
      ("soon", "“soon” names no level; valid are 1, 2, 3, 4."),
      ("２", "“２” names no level; valid are 1, 2, 3, 4."),
      ("99999999999999999999", "“99999999999999999999” names no level; valid are 1, 2, 3, 4."),
      ("2 or 3", "It names more than one level: 2, 3; choose one."),
      ("2/3", "It names more than one level: 2, 3; choose one."),
      ("1, level 2 and 3", "It names more than one level: 1, 2, 3; choose one."),
      ("TBD", "It says only “TBD”."), ("?", "It says only “?”."), ("", "It is missing."),
    ])
  func wrongLevels(text: String, problem: String) {
    #expect(level(text).problem == problem)
  }

  // MARK: - Modules

  @Test("Modules are known by identifier, title and alias, once each; “none” is an answer, silence is not")
  func modules() {
    func read(_ text: String) -> [String]? { Brief(reading: "## Modules\n\(text)", modules: Workflows.modules).modules }
    #expect(read("none") == [])
    #expect(read("None.") == [])
    #expect(read("") == nil)
    #expect(read("bot, Background Workers") == ["bot", "workers"])
    #expect(read("- telegram\n* WORKER.\n") == ["bot", "workers"])
  }

  @Test("Unknown and contradictory modules are gaps that name them")
  func wrongModules() {
    func problem(_ text: String) -> String? { gaps("## Modules\n\(text)")[.optionalModules] }
    #expect(problem("spaceships, bot")?.hasPrefix("Unknown module: spaceships; known are workers, bot") == true)
    #expect(problem("none, bot") == "It says “none” and names modules.")
    #expect(problem("bot and workers")?.contains("bot and workers") == true)
    #expect(problem("bot") == nil)
  }

  // MARK: - Requirements

  @Test("A requirement has a number, a priority and its words")
  func requirements() {
    let text = """
      ## Functional requirements
      Some words before.
      - Must: lend a book
      * SHOULD: send
        reminders by e-mail
      - could - be pretty
      - Should be fast
      - return a book
        - Must: ask for the card
      After.
      """
    let brief = Brief(reading: text)
    #expect(
      brief.requirements == [
        Requirement(id: "FR-001", priority: .must, text: "lend a book"),
        Requirement(id: "FR-002", priority: .should, text: "send reminders by e-mail"),
        Requirement(id: "FR-003", priority: .could, text: "be pretty"),
        Requirement(id: "FR-004", priority: .must, text: "Should be fast"),
        Requirement(id: "FR-005", priority: .must, text: "return a book"),
        Requirement(id: "FR-006", priority: .must, text: "ask for the card"),
      ])
    #expect(brief.notices == ["2 requirements name no priority; they count as Must."])
  }

  @Test("More than 999 requirements keep numbers of their own")
  func manyRequirements() {
    let text = "## Features\n" + String(repeating: "- a\n", count: 1_001)
    #expect(Brief(reading: text).requirements.last?.id == "FR-1001")
  }

  @Test("Requirements that say nothing are gaps")
  func vagueRequirements() {
    #expect(gaps("## Features\nlend books")[.functionalRequirements]?.hasPrefix("It lists no requirement") == true)
    #expect(
      gaps("## Features\n- Must: lend\n- Must: TBD\n- Could:")[.functionalRequirements]
        == "These say nothing yet: FR-002, FR-003.")
  }

  @Test(
    "Words that only hold a place are a gap in a required field and none in another",
    arguments: [
      "TBD", "tbd.", "?", "????", "…", "TODO", "N/A", "to be determined", "-", "xxx", "I don't know", "TBD??",
    ])
  func vague(text: String) {
    #expect(Brief.isVague(text))
    #expect(gaps("## Scope\n\(text)")[.scopeBoundaries] == "It says only “\(text)”.")
    #expect(gaps("## Load\n\(text)")[.expectedLoad] == nil)
  }

  @Test("Real words are not vague", arguments: ["none", "No accounts.", "Später", "本", "7", "Nathan"])
  func notVague(text: String) {
    #expect(!Brief.isVague(text))
  }

  @Test("Two words are too little where sentences are needed")
  func tooLittle() {
    #expect(gaps("## Context\nBooks!")[.businessContext] == "“Books!” is too little to work with.")
    #expect(gaps("## Acceptance\nIt works")[.acceptanceCriteria] == "“It works” is too little to work with.")
    #expect(gaps("## Acceptance\nAll tests pass")[.acceptanceCriteria] == nil)
  }

  // MARK: - The data model

  @Test("Entities have fields of every type, and may refer to each other and to themselves")
  func entities() {
    let text = """
      ## Data model
      ### Book
      - title: Text
      - pages: int
      - price: money
      - lent: bool
      - since: date
      - seen: timestamp
      - contact: e-mail
      - contact2: email
      - part of: reference to Book
      ### Lesezirkel für Ärzte
      * book: Reference to Book
      """
    let (entities, problems) = Brief.entities(in: Brief(reading: text).text(of: .dataModel))
    #expect(entities.map(\.name) == ["Book", "Lesezirkel für Ärzte"])
    #expect(
      entities.first?.fields.map(\.type) == [
        .text, .integer, .decimal, .boolean, .date, .datetime, .email, .reference(to: "Book"),
      ])
    #expect(problems == ["“contact” has the unknown type “e-mail”."])
  }

  @Test(
    "Everything not understood in a data model is told",
    arguments: [
      ("- title: text\n### A\n- a: text", "“title: text” stands before the first entity (### name)."),
      ("### A\n- title", "“title” has no type; write “title: text”."),
      ("### A\n- title: spaceship", "“title” has the unknown type “spaceship”."),
      ("### A\n- b: reference to B", "A.b refers to B, which is not described."),
      ("### A\n- b: reference to ", "“b” has the unknown type “reference to”."),
      ("### A\n- a: text\n### A\n- a: text", "the entity A is described twice."),
      ("### A\n- a: text\n- a: date", "the field a of A is described twice."),
      ("### A\n- : text", "“: text” has no name; write “name: text”."),
      ("### A\n- a: text\n###\n- b: text", "an entity has no name (### name)."),
      ("### A\n- b: reference to Caf\u{E9}\n### Cafe\u{301}", "A.b refers to Caf\u{E9}, which is not described."),
    ])
  func wrongEntities(model: String, problem: String) {
    let found = gaps("## Data model\n\(model)")[.dataModel]
    #expect(found == "Not understood: \(problem)")
  }

  @Test("A data model without entities is a gap")
  func noEntities() {
    #expect(gaps("## Data model\nBooks and members.")[.dataModel] == "It describes no entity.")
  }

  @Test("A brief of one mebibyte full of mistakes is read, and its gaps stay readable")
  func huge() {
    let line = "### a\n- b\n- c: reference to d\n"
    let text = "## Data model\n" + String(repeating: line, count: (1 << 20) / line.utf8.count)
    let found = gaps(text)
    #expect(found[.dataModel]?.hasSuffix(" more") == true)
    #expect(found.values.map(\.utf8.count).max() ?? 0 < 4_000)
  }
}
