import Foundation
import Kernel
import Testing

@testable import Playbooks

/// covers WorkflowReading.swift, PlaybookReading.swift and Use.swift
@Suite struct ReadingTests {
  /// One way to spoil a built-in file, and what must be said about it.
  struct Spoiled: CustomTestStringConvertible, Sendable {
    let file: String
    let old: String
    let new: String
    let says: String
    var testDescription: String { "\(file): \(says)" }
  }

  static let workflow = "workflows/seven-stage.yaml"
  static let gate = "playbooks/gate-failed.yaml"
  static let spoiled: [Spoiled] = [
    Spoiled(file: workflow, old: "id: seven-stage", new: "id: eight-stage", says: "must be “seven-stage”"),
    Spoiled(file: workflow, old: "brief: incomplete-brief", new: "brief: nobody", says: "no playbook “nobody”"),
    Spoiled(file: workflow, old: "- substages", new: "- substage", says: "Expected a piece of work"),
    Spoiled(file: workflow, old: "module: mongodb", new: "module: couchdb", says: "no module “couchdb”"),
    Spoiled(
      file: workflow, old: "requires: [workers, redis, rabbitmq]", new: "requires: [kafka]", says: "no module “kafka”"),
    Spoiled(file: workflow, old: "aliases: [cache]", new: "aliases: [mongo]", says: "“mongo” already means"),
    Spoiled(file: workflow, old: "id: 4.1b", new: "id: 4.1", says: "“4.1” stands twice"),
    Spoiled(
      file: workflow, old: "          id: intake\n", new: "          id: survey\n", says: "“survey” stands twice"),
    Spoiled(file: workflow, old: "  - id: 3\n", new: "  - id: 2\n", says: "rising order"),
    Spoiled(file: workflow, old: "coverage: 60", new: "coverage: 600", says: "from 0 to 100, not “600”"),
    Spoiled(file: workflow, old: "minutes: [5, 7]", new: "minutes: [7, 5]", says: "from 7 to 10000, not “5”"),
    Spoiled(file: workflow, old: "\"{{coverage}}%\"", new: "\"{{cover}}%\"", says: "Nothing fills in {{cover}}"),
    Spoiled(
      file: workflow, old: "    advisory: true", new: "    advisory: false", says: "Expected either “mandatory: LEVEL”"),
    Spoiled(file: workflow, old: "kind: lint", new: "kind: lynt", says: "no kind of gate “lynt”"),
    Spoiled(file: workflow, old: "performer: survey", new: "performer: surveyor", says: "no performer “surveyor”"),
    Spoiled(
      file: workflow, old: "files: [artifacts/plans/implementation-plan.md]", new: "files: [../plan.md]",
      says: "no path below the workspace"),
    Spoiled(file: workflow, old: "  - field: maturity-level", new: "  - field: maturity", says: "no field of a brief"),
    Spoiled(
      file: workflow, old: "      - brief: incomplete-brief", new: "      - gates: gate-failed", says: "only once"),
    Spoiled(
      file: workflow, old: "    required: 0 errors\n    attempts: 3", new: "    required: 0 errors",
      says: "“attempts” is missing"),
    Spoiled(
      file: workflow, old: "title: uv installed", new: "titel: uv installed", says: "“titel” is not known in a gate"),
    Spoiled(file: gate, old: "id: gate-failed", new: "id: gate-fail", says: "must be “gate-failed”"),
    Spoiled(file: gate, old: "text: gate-failed.md", new: "text: ../x.md", says: "Markdown file beside"),
    Spoiled(file: gate, old: "text: gate-failed.md", new: "text: absent.md", says: "no file playbooks/absent.md"),
    Spoiled(file: gate, old: "scenario: 4", new: "scenario: 11", says: "from 0 to 10"),
    Spoiled(file: gate, old: "key: w", new: "key: g", says: "already chooses “regenerate”"),
    Spoiled(file: gate, old: "key: w", new: "key: l", says: "means “later”"),
    Spoiled(file: gate, old: "key: w", new: "key: 1", says: "one letter"),
    Spoiled(file: gate, old: "id: waive", new: "id: retry", says: "“retry” stands twice"),
    Spoiled(file: gate, old: "effect: waive", new: "effect: ignore", says: "“ignore” is no effect"),
    Spoiled(
      file: gate, old: "effect: waive", new: "effect: approve", says: "“approve” means nothing for a failed gate"),
    Spoiled(file: gate, old: "    effect: waive\n    note: required", new: "    effect: waive", says: "needs a reason"),
    Spoiled(file: gate, old: "    confirm: \"{{session}}\"\n", new: "", says: "must be confirmed"),
    Spoiled(file: gate, old: "recommended: regenerate", new: "recommended: hope", says: "no option “hope”"),
    Spoiled(file: gate, old: "required {{required}}", new: "required {{need}}", says: "Nothing fills in {{need}}"),
    Spoiled(
      file: "playbooks/gate-failed.md", old: "{{evidence}}", new: "{{proof}}", says: "Nothing fills in {{proof}}"),
    Spoiled(file: "playbooks/gate-failed.md", old: "{{evidence}}", new: "{{evidence", says: "not closed"),
    Spoiled(
      file: "playbooks/approve-plan.yaml", old: "effect: approve", new: "effect: regenerate", says: "means nothing"),
  ]

  @Test(arguments: spoiled)
  func aSpoiledFileIsRefusedWhereItIsSpoiled(_ spoiled: Spoiled) throws {
    let text = try builtIn(spoiled.file)
    try #require(text.contains(spoiled.old))
    let place = try #require(text.range(of: spoiled.old))
    let changed = text.replacingCharacters(in: place, with: spoiled.new)
    let project = try Scratch()
    try project.write(changed, to: ".signalbox/" + spoiled.file)
    let plain = try Library(project: nil, person: nil).workflow("seven-stage")
    let performers = plain.stages.flatMap(\.work).compactMap { work -> String? in
      if case .task(let task) = work { return task.performer } else { return nil }
    }
    let library = Library(
      project: project.path, person: nil, gateKinds: Array(Set(plain.gates.map(\.kind))), performers: performers)
    let failure = try #require(failure { _ = try library.workflow("seven-stage") })
    #expect(failure.file == ".signalbox/" + spoiled.file)
    #expect(failure.message.contains(spoiled.says), "\(failure)")
    #expect(failure.line >= 1 && failure.column >= 1)
    #expect(failure.line <= changed.split(separator: "\n", omittingEmptySubsequences: false).count)
  }

  @Test func aFactInATextIsFoundOnItsLine() throws {
    let project = try Scratch()
    try project.write("One.\n\nTwo ü {{nothing}}.\n", to: ".signalbox/playbooks/sign-off.md")
    let failure = failure { _ = try Library(project: project.path, person: nil).workflow("seven-stage") }
    #expect(failure?.line == 3)
    #expect(failure?.column == 7)
  }

  @Test func aBodyMayStandInTheFileItself() throws {
    let project = try Scratch()
    let text = try builtIn("playbooks/sign-off.yaml")
      .replacingOccurrences(of: "text: sign-off.md", with: "body: |\n  Look at **{{title}}**.\n\n  {{documents}}")
    try project.write(text, to: ".signalbox/playbooks/sign-off.yaml")
    let workflow = try Library(project: project.path, person: nil).workflow("seven-stage")
    #expect(workflow.playbook("sign-off")?.body == "Look at **{{title}}**.\n\n{{documents}}\n")
  }

  @Test func aWorkflowNeedsNoSwift() throws {
    let project = try Scratch()
    let text = try builtIn("workflows/prototype.yaml").replacingOccurrences(of: "id: prototype", with: "id: mine")
      .replacingOccurrences(of: "approval: approve-intake", with: "approval: my-question")
    try project.write(text, to: ".signalbox/workflows/mine.yaml")
    let question = try builtIn("playbooks/approve-intake.yaml")
      .replacingOccurrences(of: "id: approve-intake", with: "id: my-question")
    try project.write(question, to: ".signalbox/playbooks/my-question.yaml")
    let library = Library(project: project.path, person: nil)
    #expect(library.workflowNames == ["mine", "prototype", "seven-stage"])
    #expect(try library.workflow("mine").playbooks.map(\.id).contains("my-question"))
  }

  @Test func regeneratingIsOnlyForAfterTheSubStages() {
    #expect(Use.approval(afterSubstages: true).effects.contains(.regenerate))
    #expect(!Use.approval(afterSubstages: false).effects.contains(.regenerate))
    for use in [Use.brief, .shortcomings, .approval(afterSubstages: true), .gates, .task] {
      #expect(use.effects.contains(.pause) && use.effects.contains(.abort), "\(use.words)")
      #expect(use.facts.contains("session"), "\(use.words)")
    }
  }

  /// Leads a session to every question and looks for facts that nobody filled in.
  @Test func everyFactIsFilledInByTheKernel() throws {
    let workflow = try Library(project: nil, person: nil).workflow("seven-stage")
    var seen: [String: Decision] = [:]
    var session = Session()
    func order(_ demand: Demand, by: String = "Ada") throws {
      for event in try decide(Order(at: 1, by: by, demand: demand), in: session) { session.apply(event) }
      for decision in session.decisions { seen[decision.playbook] = decision }
    }
    func answer(_ option: String, note: String = "", fields: [FieldValue] = []) throws {
      let decision = try #require(session.openDecisions.first)
      try order(
        .answer(Answer(decision: decision.id, option: option, digest: decision.digest, note: note, fields: fields)))
    }
    func perform(_ report: (TaskRecord) -> TaskOutcome) throws {
      while let effect = session.outstanding.first {
        guard case .perform(let id, let attempt) = effect, let task = session.task(id) else { return }
        try order(.start(effect, epoch: 1), by: "engine")
        try order(.reportTask(id, attempt: attempt, outcome: report(task)), by: "engine")
      }
    }
    func finished(_ task: TaskRecord) -> TaskOutcome {
      let files = task.expectedFiles.map { FileClaim(path: $0, hash: String(repeating: "a", count: 64)) }
      var report = TaskReport(files: files)
      if task.id == "survey" {
        report.shortcomings = [Shortcoming(subject: "Workers", reason: "Not known.", canLeaveOut: true)]
      }
      if task.id == "plan" { report.planned = [] }
      return .finished(report)
    }
    let text = try Library(project: nil, person: nil).brief("shop").text
      .replacingOccurrences(of: "2 - development ready", with: "Nine - development ready")
    try order(
      .create(Creation(id: "tea", title: "Tea", workspace: "/w", briefText: text, workflow: workflow)))
    try order(.takeLease(holder: "test", epoch: 1), by: "engine")
    try perform { _ in .failed(TaskFailure(cause: .hard, message: "No disk.")) }
    try answer("retry")
    try perform(finished)
    try answer("fill", fields: [FieldValue(field: "level", value: "2")])
    try perform(finished)
    try answer("leave-out")
    try perform(finished)
    try answer("approve")
    try perform(finished)
    try answer("approve")
    try perform(finished)
    while case .runGate(let gate, let attempt)? = session.outstanding.first {
      try order(.start(.runGate(gate, attempt: attempt), epoch: 1), by: "engine")
      try order(
        .reportGate(gate, attempt: attempt, result: GateResult(passed: gate != "lint", required: "0", achieved: "2")),
        by: "engine")
    }
    try answer("waive", note: "Known.")
    try perform(finished)
    #expect(Set(seen.keys) == Set(workflow.playbooks.map(\.id)))
    for decision in seen.values {
      let texts = [decision.title, decision.body] + decision.options.flatMap { [$0.title, $0.says, $0.confirm ?? ""] }
      #expect(texts.allSatisfy { !$0.contains("{{") }, "\(decision.playbook)")
      #expect(decision.options.first { $0.effect == .abort }?.confirm == "tea")
    }
    try answer("approve")
    try perform(finished)
    #expect(session.state == .completed)
  }
}
