import Foundation
import Kernel
import Testing

@testable import Playbooks

/// covers WorkflowReading.swift, StageReading.swift, WorkflowParts.swift, PlaybookReading.swift, OptionReading.swift,
/// ConditionReading.swift, SituationWords.swift and Template.swift; SupervisionReading.swift has tests of its own
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
    Spoiled(file: workflow, old: "fix: repair.lint", new: "fix: repair.lynt", says: "no performer “repair.lynt”"),
    Spoiled(
      file: workflow, old: "performer: package.partial", new: "performer: package.half",
      says: "no performer “package.half”"),
    Spoiled(file: workflow, old: "id: partial-report", new: "id: report", says: "“report” stands twice"),
    Spoiled(file: workflow, old: "waiver-cap: 5", new: "waiver-cap: many", says: "from 0 to 50, not “many”"),
    Spoiled(file: workflow, old: "  - effect-unknown\n", new: "  - effect-lost\n", says: "no playbook “effect-lost”"),
    Spoiled(file: workflow, old: "  - effect-unknown\n", new: "  - loop-task\n", says: "“loop-task” stands twice"),
    Spoiled(file: workflow, old: "  - effect-unknown\n", new: "  - ../x\n", says: "id of one of the playbooks"),
    Spoiled(file: workflow, old: "gates: gate-failed", new: "gates: sign-off", says: "is for an approval"),
    Spoiled(
      file: workflow, old: "approval: approve-plan", new: "approval: gate-failed", says: "expected a playbook for an"),
    Spoiled(
      file: workflow, old: "{kind: architecture, playbook", new: "{kind: taste, playbook", says: "no kind of rule"),
    Spoiled(
      file: workflow, old: "{kind: quality, playbook: quality-conflict}", new: "{kind: quality}",
      says: "“playbook” is missing in a check of rules"),
    Spoiled(
      file: workflow, old: "      - rules: {kind: architecture, playbook: architecture-conflict}\n", new: "",
      says: "no stage checks those"),
    Spoiled(file: workflow, old: "  - compliance\n", new: "  - obedience\n", says: "no rule “obedience”"),
    Spoiled(file: workflow, old: "severity: blocker", new: "severity: bad", says: "“bad” is no severity"),
    Spoiled(
      file: workflow, old: "    workaround: the images already on this machine\n", new: "", says: "add workaround: TEXT"
    ),
    Spoiled(file: workflow, old: "[git, ls-remote, --exit-code, origin, HEAD]", new: "[]", says: "Expected a command"),
    Spoiled(file: workflow, old: "id: git-remote", new: "id: pypi", says: "“pypi” stands twice"),
    Spoiled(
      file: workflow, old: "words: [container registry,", new: "words: [the pypi mirror,",
      says: "already tells of “pypi”"
    ),
    Spoiled(file: workflow, old: "words: [container registry,", new: "words: [Container registry,", says: "lower case"),
    Spoiled(file: workflow, old: "- class: test", new: "- class: luck", says: "no class of a cause"),
    Spoiled(
      file: workflow, old: "words: [fixture,", new: "words: [importerror in x,", says: "already tells of dependency"),
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
    Spoiled(file: gate, old: "situation: gate-failed\n", new: "", says: "Playbooks written for an older version"),
    Spoiled(file: gate, old: "situation: gate-failed", new: "situation: gate-broken", says: "no situation"),
    Spoiled(file: gate, old: "scenario: 4", new: "scenario: 3", says: "belongs to scenario 4, not 3"),
    Spoiled(file: gate, old: "severity: warning", new: "severity: bad", says: "no severity"),
    Spoiled(file: gate, old: "[fixable is yes, unav", new: "[fixable yes, unav", says: "FACT TEST VALUE"),
    Spoiled(file: gate, old: "[fixable is yes, unav", new: "[fixable equals yes, unav", says: "“equals” is no test"),
    Spoiled(
      file: gate, old: "[fixable is yes, unav", new: "[mendable is yes, unav", says: "Nothing fills in “mendable”"),
    Spoiled(file: gate, old: "[fixable is yes, unav", new: "[fixable is maybe, unav", says: "never “maybe”"),
    Spoiled(file: gate, old: "[fixable is yes, unav", new: "[achieved at-least 3, unav", says: "is a text"),
    Spoiled(file: gate, old: "[fixable is yes, unav", new: "[fixes at-least two, unav", says: "whole numbers"),
    Spoiled(
      file: gate, old: "[fixable is yes, unav", new: "[unavailable is no, unav", says: "This condition stands twice"),
    Spoiled(
      file: gate, old: "reminders: [4h, 1d, 3d]\n", new: "reminders: [4h, 1d, 3w]\n",
      says: "for example 30m, 4h or 3d, not “3w”"),
    Spoiled(file: gate, old: "reminders: [4h, 1d, 3d]\n", new: "reminders: [4h, 1h]\n", says: "rising order"),
    Spoiled(
      file: gate, old: "reminders: [4h, 1d, 3d]", new: "expiry: {after: 3d, effect: waive}",
      says: "Silence never decides: an expiry can only “pause”, not “waive”"),
    Spoiled(file: gate, old: "reminders: [4h, 1d, 3d]", new: "expiry: {after: 3d}", says: "“effect” is missing"),
    Spoiled(file: gate, old: "reminders: [4h, 1d, 3d]", new: "attempts: 3", says: "Only “task-failed”"),
    Spoiled(file: gate, old: "reminders: [4h, 1d, 3d]", new: "stages: [5, 4]", says: "rising order"),
    Spoiled(file: gate, old: "[Until, Comp", new: "[Until then, Comp", says: "no field “Until then”"),
    Spoiled(
      file: gate, old: "    fields: [Until, Compensating action, Files]\n", new: "",
      says: "No option takes the field “Until”"),
    Spoiled(file: gate, old: "  - name: Files", new: "  - name: until", says: "“until” stands twice"),
    Spoiled(file: gate, old: "    target: \"{{previous-stage}}\"\n", new: "", says: "needs a target"),
    Spoiled(file: gate, old: "target: \"{{previous-stage}}\"", new: "target: soon", says: "not “soon”"),
    Spoiled(file: gate, old: "target: \"{{previous-stage}}\"", new: "target: \"44\"", says: "no stage “44”"),
    Spoiled(file: gate, old: "target: \"{{previous-stage}}\"", new: "target: \"4:4.9\"", says: "no sub-stage “4.9”"),
    Spoiled(
      file: gate, old: "target: \"{{previous-stage}}\"", new: "target: \"{{last-stage}}\"",
      says: "Nothing fills in {{last-stage}}"),
    Spoiled(file: gate, old: "effect: retry\n", new: "effect: retry\n    target: lint\n", says: "leave the target out"),
    Spoiled(
      file: gate, old: "effect: defer\n    note: required", new: "effect: defer", says: "“defer” needs a reason"),
    Spoiled(
      file: gate, old: "recommended: regenerate", new: "recommended: waive", says: "“waive” is never recommended"),
    Spoiled(
      file: gate, old: "effect: pause\n", new: "effect: pause\n    recommended-when: []\n",
      says: "at least one condition"),
    Spoiled(
      file: gate, old: "    effect: abort\n", new: "    effect: abort\n    reversible: true\n",
      says: "Nothing takes “abort” back"),
    Spoiled(
      file: "playbooks/loop-task.yaml", old: "effect: retry\n    note: required", new: "effect: retry",
      says: "never simply tried again"),
    Spoiled(
      file: "playbooks/loop-task.yaml", old: "\noptions:", new: "\nrecommended: other-way\noptions:",
      says: "never recommended in a loop"),
    Spoiled(
      file: "playbooks/loop-task.md", old: "{{error}}", new: "{{gaps}}", says: "Nothing fills in {{gaps}} for a loop"),
    Spoiled(
      file: "playbooks/change-requested.yaml", old: "effect: roll-back\n",
      new: "effect: roll-back\n    target: \"2\"\n",
      says: "leave the target out"),
    Spoiled(
      file: "playbooks/change-requested.yaml", old: "    confirm: \"{{session}}\"\n", new: "", says: "may discard files"
    ),
    Spoiled(
      file: "playbooks/approve-plan.yaml", old: "    note: required\n    confirm: \"{{session}}\"\n  - id: pause",
      new: "    note: required\n  - id: pause", says: "may discard files"),
    Spoiled(
      file: "playbooks/sign-off.yaml", old: "text:", new: "when: [revision at-least 2]\ntext:",
      says: "always asked by it"),
    Spoiled(file: "playbooks/sign-off.yaml", old: "text:", new: "stages: [5]\ntext:", says: "must hold 6"),
    Spoiled(
      file: "playbooks/quality-conflict.yaml", old: "target: \"{{needed-level}}\"", new: "target: \"9\"",
      says: "no level “9”"),
    Spoiled(
      file: "playbooks/quality-conflict.yaml", old: "target: \"{{substages-needed}}\"", new: "target: 4.3z",
      says: "no sub-stage “4.3z”"),
    Spoiled(
      file: "playbooks/effect-unknown.yaml", old: "    effect: retry\n",
      new: "    effect: retry\n    offered-when: [missing at-least 1]\n", says: "must always be offered"),
    Spoiled(file: gate, old: "    effect: waive\n    note: required", new: "    effect: waive", says: "needs a reason"),
    Spoiled(
      file: gate, old: "    effect: abort\n    note: required\n    confirm: \"{{session}}\"\n",
      new: "    effect: abort\n    note: required\n", says: "must be confirmed"),
    Spoiled(file: gate, old: "recommended: regenerate", new: "recommended: hope", says: "no option “hope”"),
    Spoiled(file: gate, old: "required {{required}}", new: "required {{need}}", says: "Nothing fills in {{need}}"),
    Spoiled(
      file: "playbooks/gate-failed.md", old: "{{evidence}}", new: "{{proof}}", says: "Nothing fills in {{proof}}"),
    Spoiled(file: "playbooks/gate-failed.md", old: "{{evidence}}", new: "{{evidence", says: "not closed"),
    Spoiled(
      file: "playbooks/approve-plan.yaml", old: "effect: approve", new: "effect: regenerate",
      says: "before any sub-stage"),
  ]

  /// What the built-in workflow itself names; nothing else counts as known.
  static let known: (gateKinds: [String], performers: [String]) = {
    guard let plain = try? Library(project: nil, person: nil).workflow("seven-stage") else { return ([], []) }
    let tasks = plain.stages.flatMap(\.work).compactMap { work -> String? in
      switch work {
      case .task(let task), .verification(let task, _): return task.performer
      case .brief, .shortcomings, .rules, .substages, .gates, .approval: return nil
      }
    }
    let performers = tasks + ["generate"] + plain.closing.map(\.performer) + plain.gates.compactMap(\.fix)
    return (plain.gates.map(\.kind), performers)
  }()

  @Test(arguments: spoiled)
  func aSpoiledFileIsRefusedWhereItIsSpoiled(_ spoiled: Spoiled) throws {
    let text = try builtIn(spoiled.file)
    try #require(text.contains(spoiled.old))
    let place = try #require(text.range(of: spoiled.old))
    let changed = text.replacingCharacters(in: place, with: spoiled.new)
    let project = try Scratch()
    try project.write(changed, to: ".signalbox/" + spoiled.file)
    let library = Library(
      project: project.path, person: nil, gateKinds: Self.known.gateKinds, performers: Self.known.performers)
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
    #expect(library.workflowNames == ["drill", "mine", "prototype", "seven-stage"])
    #expect(try library.workflow("mine").playbooks.map(\.id).contains("my-question"))
  }

  @Test func everythingInAPlaybookIsRead() throws {
    let scratch = try Scratch()
    let text = """
      id: late
      scenario: 4
      situation: gate-failed
      name: A gate late in the day
      stages: [5]
      when:
        - attempts-left is 0
        - evidence is-not ""
        - finding-count at-least 2
        - achieved contains 7 %
      severity: failure
      title: "{{gate}}"
      body: Text.
      fields:
        - {name: Until, why: It ends., format: A day.}
        - {name: Files, why: It is small., format: Paths., optional: true}
      reminders: [30m, 4h, 1d]
      expiry: {after: 3d, effect: pause}
      records: "{{gate}} was waived."
      recommended: again
      options:
        - {id: again, key: g, title: Again, says: Again., effect: retry}
        - id: waive
          key: w
          title: Waive
          says: Waives.
          effect: waive
          note: required
          offered-when: [fixable is no]
          fields: [Until, Files]
          reversible: false
        - id: back
          key: b
          title: Back
          says: Goes back.
          effect: roll-back
          target: "{{code-stage}}:4.2"
          recommended-when: [fixes at-most 3]
      """
    try scratch.write(text, to: ".signalbox/playbooks/late.yaml")
    let expected = Playbook(
      id: "late", scenario: 4, title: "{{gate}}", body: "Text.",
      options: [
        PlaybookOption(
          id: "again", key: "g", title: "Again", says: "Again.", effect: .retry, noteRequired: false, confirm: nil),
        PlaybookOption(
          id: "waive", key: "w", title: "Waive", says: "Waives.", effect: .waive, noteRequired: true, confirm: nil,
          offeredWhen: [Condition(fact: "fixable", test: .equal, value: "no")], fields: ["Until", "Files"],
          isReversible: false),
        PlaybookOption(
          id: "back", key: "b", title: "Back", says: "Goes back.", effect: .rollBack, noteRequired: false, confirm: nil,
          target: "{{code-stage}}:4.2", recommendedWhen: [Condition(fact: "fixes", test: .atMost, value: "3")]),
      ], recommended: "again", situation: .gateFailed, stages: [5],
      conditions: [
        Condition(fact: "attempts-left", test: .equal, value: "0"),
        Condition(fact: "evidence", test: .different, value: ""),
        Condition(fact: "finding-count", test: .atLeast, value: "2"),
        Condition(fact: "achieved", test: .contains, value: "7 %"),
      ], severity: .failure,
      fields: [
        DecisionField(name: "Until", why: "It ends.", format: "A day."),
        DecisionField(name: "Files", why: "It is small.", format: "Paths.", isOptional: true),
      ], reminders: [30, 240, 1_440], expiry: 4_320, records: "{{gate}} was waived.")
    #expect(try Library(project: scratch.path, person: nil).playbook("late") == expected)
  }

  @Test func aConditionIsRefusedWhereItStands() throws {
    let project = try Scratch()
    let text = try builtIn("playbooks/gate-coverage.yaml")
      .replacingOccurrences(of: "when: [gate-id is coverage]", with: "when:\n  - gate-id is coverage\n  - gate is\n")
    try project.write(text, to: ".signalbox/playbooks/gate-coverage.yaml")
    let failure = try refusal { _ = try Library(project: project.path, person: nil).workflow("seven-stage") }
    #expect(failure.line == line(of: "  - gate is", in: text))
    #expect(failure.column == 5)
  }

  @Test func aWorkflowThatMissesAQuestionSaysWhichAndWhere() throws {
    let project = try Scratch()
    let text = try builtIn("playbooks/loop-gate.yaml")
      .replacingOccurrences(of: "[origin is gate]", with: "[origin is gate, gate-id is lint]")
    try project.write(text, to: ".signalbox/playbooks/loop-gate.yaml")
    let failure = try refusal { _ = try Library(project: project.path, person: nil).workflow("seven-stage") }
    #expect(
      failure.message == "The workflow has no playbook for a loop that fits whatever else holds; add one for the "
        + "situation “loop” with the condition “origin is gate” to “playbooks”.")
    #expect(failure.line == line(of: "  - task-failed", in: try builtIn("workflows/seven-stage.yaml")))
  }

  @Test func aQuestionThatIsNotForEveryStageLeavesAHole() throws {
    let project = try Scratch()
    let text = try builtIn("playbooks/abort-requested.yaml")
      .replacingOccurrences(of: "name: Stopping", with: "stages: [0, 1, 2, 3, 4, 6]")
    try project.write(text, to: ".signalbox/playbooks/abort-requested.yaml")
    let library = Library(project: project.path, person: nil)
    let failure = try refusal { _ = try library.workflow("seven-stage") }
    #expect(failure.message.contains("no playbook for a wish to stop in stage 5 that fits"))
    // A second one for the rest closes it.
    let rest = text.replacingOccurrences(of: "id: abort-requested", with: "id: abort-checks")
      .replacingOccurrences(of: "[0, 1, 2, 3, 4, 6]", with: "[5]")
    try project.write(rest, to: ".signalbox/playbooks/abort-checks.yaml")
    let workflow = try builtIn("workflows/seven-stage.yaml")
      .replacingOccurrences(of: "  - abort-requested\n", with: "  - abort-requested\n  - abort-checks\n")
    try project.write(workflow, to: ".signalbox/workflows/seven-stage.yaml")
    #expect(try library.workflow("seven-stage").playbook("abort-checks")?.stages == [5])
  }

  @Test func everydayPlaybooksComeByThemselves() throws {
    let project = try Scratch()
    let library = Library(project: project.path, person: nil)
    let whole = try library.workflow("prototype").playbooks.map(\.id)
    let text = try builtIn("workflows/prototype.yaml")
    let start = try #require(text.range(of: "playbooks:\n"))
    let end = try #require(text.range(of: "\nrules:"))
    try project.write(
      text.replacingCharacters(in: start.lowerBound..<end.lowerBound, with: ""),
      to: ".signalbox/workflows/prototype.yaml")
    let added = try library.workflow("prototype").playbooks.map(\.id)
    // What only a workflow of its own kind needs is listed by it.
    #expect(Set(whole).subtracting(added) == ["quality-contradiction"])
    #expect(added.count == Set(added).count)
  }
}
