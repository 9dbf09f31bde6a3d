import Testing

@testable import Kernel

// covers Rule.swift

@Suite("Rule")
struct RuleTests {
  private let rule = Rule(
    id: "r", kind: .architecture, title: "Data over HTTP",
    words: [["directly", "straight to"], ["database", "postgres"]],
    unless: ["not directly", "no straight"], why: "W.", alternative: "Reach the database, not directly but by HTTP.")

  private func lines(_ text: String, _ rule: Rule? = nil) -> [String] {
    let brief = Brief(
      reading: Briefs.text([.functionalRequirements], replacing: [.functionalRequirements: text]), amendedBy: [],
      modules: [])
    return (rule ?? self.rule).breaches(in: brief).map(\.line)
  }

  @Test(
    "A line breaks a rule when it has one word of every group",
    arguments: [
      ("read the database directly", true), ("go straight to Postgres", true), ("DIRECTLY from the DATABASE!", true),
      ("read the database", false), ("ask directly", false), ("directly\nthe database", false),
      ("the database, not directly", false), ("straight, to postgres", true), ("indirectly from the database", false),
      ("databases directly", false), ("directly,database", true), ("no straight to the database", false), ("", false),
    ])
  func matching(text: String, isBroken: Bool) {
    #expect(lines(text).isEmpty != isBroken)
  }

  @Test("Words end where letters and digits end, in every alphabet")
  func boundaries() {
    var word = rule
    word.words = [["api"]]
    word.unless = []
    #expect(lines("rapid", word).isEmpty)
    #expect(lines("api2", word).isEmpty)
    #expect(lines("the API.", word) == ["the API."])
    #expect(lines("(api)", word).count == 1)
    word.words = [["größe"]]
    #expect(lines("Die GRÖSSE", word).isEmpty)
    #expect(lines("Die Größe", word).count == 1)
  }

  @Test("Every line is found, in order; what the rule proposes itself breaks nothing")
  func all() {
    #expect(
      lines("a: directly, database\nfine\nb: straight to postgres") == [
        "a: directly, database", "b: straight to postgres",
      ])
    var own = rule
    own.unless = []
    #expect(lines("- \(own.alternative)", own).isEmpty)
    #expect(lines("- \(own.alternative) Always.", own).count == 1)
  }

  @Test("It is looked for only in its fields, and says in which one it stands")
  func fields() {
    var narrow = rule
    narrow.fields = [.nonFunctionalConstraints]
    #expect(lines("directly to the database", narrow).isEmpty)
    let brief = Brief(
      reading: Briefs.text(
        [.businessContext, .nonFunctionalConstraints],
        replacing: [
          .nonFunctionalConstraints: "directly to the database"
        ]), amendedBy: [], modules: [])
    #expect(narrow.breach(in: brief)?.field == .nonFunctionalConstraints)
  }

  @Test("An error tells where its cause lies, and which dependency does not answer")
  func causes() {
    let workflow = Workflows.whole
    #expect(workflow.causeClass(of: "AssertionError: assert 1 == 2") == .test)
    #expect(workflow.causeClass(of: "no .ENV file") == .configuration)
    #expect(workflow.causeClass(of: "NameError") == .code)
    #expect(workflow.dependency(in: "connect to PyPI failed")?.id == "pypi")
    #expect(workflow.dependency(in: "connect failed") == nil)
    #expect(workflow.dependency("registry")?.severity == .blocker)
    #expect(workflow.rule("gdpr")?.neededLevel == 4)
    #expect(workflow.rule("nothing") == nil)
  }

  // MARK: - In a session

  @Test("Each line that breaks a rule is asked about, one after the other, and work begins when all are settled")
  func everyLine() throws {
    var driver = try Driver.supervised(
      requirements: "- Must: read the database directly\n- Must: go straight to the database")
    try driver.go(to: "conflict")
    let first = try driver.decision("conflict")
    #expect(first.subject == "rule:http-only")
    #expect(first.body.contains("read the database directly"))
    try driver.settle("conflict", "adopt")
    // The compliant way is part of the agreement now; the intake is looked through anew.
    #expect(
      driver.session.brief.text(of: .nonFunctionalConstraints).hasSuffix("- Reach the database over its service."))
    try driver.work()
    let second = try driver.decision("conflict")
    #expect(second.body.contains("go straight to the database"))
    try driver.settle("conflict", "adopt")
    try driver.work()
    #expect(try driver.open().playbook == "approve-intake")
    #expect(driver.session.settlements.map(\.how) == ["adopted", "adopted"])
    #expect(driver.session.settlements.map(\.line).first?.contains("read the database directly") == true)
  }

  @Test("A question about a line that is gone is withdrawn")
  func lineGone() throws {
    var driver = try Driver.supervised(requirements: "- Must: read the database directly")
    try driver.go(to: "conflict")
    let old = try driver.decision("conflict")
    try driver.order(.change(text: "- Must: lend a book", field: "Functional requirements"))
    try driver.settle("change", "incorporate")
    #expect(driver.session.decision(old.id)?.withdrawn != nil)
    try driver.work()
    #expect(try driver.open().playbook == "approve-intake")
  }

  @Test("Two rules broken at once are two questions, and a quality rule falls silent at the level it needs")
  func quality() throws {
    var driver = try Driver.supervised(level: 1, requirements: "- Must: keep GDPR\n- Should: tracing")
    try driver.go(to: "quality")
    #expect(driver.session.openDecisions.map(\.subject) == ["rule:tracing", "rule:gdpr"])
    let gdpr = try driver.decision("quality")
    #expect(gdpr.option("change-level")?.target == "4")
    #expect(gdpr.option("include") == nil)
    try driver.settle("quality", "change-level")
    #expect(driver.session.level == 4)
    #expect(driver.session.openDecisions.isEmpty)
    #expect(driver.session.currentStage?.id == 1)
    try driver.work()
    #expect(try driver.open().playbook == "approve-intake")
  }

  @Test("What was accepted at one level is asked again at another")
  func otherLevel() throws {
    var driver = try Driver.supervised(level: 1, requirements: "- Must: keep GDPR")
    try driver.go(to: "quality")
    try driver.settle("quality", "proceed")
    #expect(driver.session.risks.map(\.subject) == ["rule:gdpr"])
    try driver.work()
    #expect(try driver.open().playbook == "approve-plan")
    try driver.order(.change(text: "2", field: "level"))
    try driver.settle("change", "incorporate")
    try driver.work()
    try driver.answer("approve")
    try driver.work()
    #expect(try driver.open().playbook == "quality")
  }

  @Test("A sub-stage of a higher level that was added singly runs, and the rule is settled")
  func include() throws {
    var driver = try Driver.supervised(level: 1, modules: "none", requirements: "- Should: tracing")
    try driver.go(to: "quality")
    try driver.settle("quality", "include")
    #expect(driver.session.included == ["3.3"])
    try driver.work()
    try driver.answer("approve")
    let task = try #require(driver.session.task("plan"))
    var report = Driver.report(for: task)
    report.planned = Driver.plan(["3.1", "3.3"])
    try driver.perform("plan", .finished(report))
    try driver.answer("approve")
    try driver.work()
    #expect(driver.session.stages[3].substages.map(\.state) == [.done, .skipped, .skipped, .done])
  }
}
