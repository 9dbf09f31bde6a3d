import Foundation
import Kernel
import Testing

@testable import Playbooks

/// covers Library.swift, LibraryPlace.swift, WorkflowFit.swift and SampleBrief.swift, and every built-in file below Library/
@Suite struct LibraryTests {
  let library = Library(project: nil, person: nil)

  @Test func everyBuiltInFileIsInOrder() {
    #expect(library.failures() == [])
    #expect(library.workflowNames == ["drill", "prototype", "seven-stage"])
    #expect(library.check() == [])
    #expect(
      library.playbookNames == [
        "abort-requested", "agent-missing", "approve-intake", "approve-plan", "architecture-conflict", "blocker-open",
        "change-requested", "dependency-failed", "effect-unknown", "gate-coverage", "gate-failed", "incomplete-brief",
        "library-changed",
        "loop-brief", "loop-gate", "loop-task", "quality-conflict", "quality-contradiction", "restore-failed",
        "rollback-requested", "sign-off", "task-failed", "unsupported", "verification-failed",
      ])
    #expect(
      library.ruleNames == [
        "access-control", "audit-logging", "compliance", "coverage-without-tests", "http-only-data-access",
        "load-tests", "metrics", "naming", "nginx-in-production", "production-readiness", "python-version",
        "rabbitmq-broker", "scaling", "separate-processes",
      ])
    #expect(library.briefs.map(\.name) == ["library", "notes", "shop"])
  }

  @Test func sevenStagesStandInOrder() throws {
    let workflow = try library.workflow("seven-stage")
    #expect(
      workflow.stages.map { "\($0.id) \($0.name)" } == [
        "0 AI Initialization", "1 Prompt Validation", "2 Requirements Clarification & Intake",
        "3 Architecture Mapping & Planning", "4 Code Generation", "5 Quality Verification", "6 QA Report & Handoff",
      ])
    #expect(workflow.levels.map(\.coverage) == [60, 75, 80, 85])
    #expect(workflow.levels.map(\.minutes) == [5...7, 10...12, 15...18, 25...35])
    #expect(workflow.fields.filter(\.required).count == 10)
    #expect(workflow.fields.filter { !$0.required }.map(\.field) == [.expectedLoad, .openQuestions])
    #expect(Set(workflow.fields.map(\.field)) == Set(BriefField.allCases))
  }

  @Test func subStagesRunInTheDomainsOrder() throws {
    let workflow = try library.workflow("seven-stage")
    let stage = try #require(workflow.stage(4))
    let ids =
      "4.1 4.1b 4.1c 4.1d 4.2 4.2b 4.3 4.3b 4.3c 4.3d 4.4 4.4b 4.5 4.5b 4.X 4.A 4.Z 4.Y 4.6 4.6b 4.6c 4.6d 4.7 4.8"
    #expect(stage.substages.map(\.id).joined(separator: " ") == ids)
    func run(_ level: Int, _ modules: [String] = []) -> String {
      stage.substages.filter { $0.skipReason(level: level, modules: modules) == nil }.map(\.id).joined(separator: " ")
    }
    #expect(run(1) == "4.1 4.2 4.3 4.6")
    #expect(run(2) == "4.1 4.1b 4.2 4.3 4.3b 4.6 4.6b")
    #expect(run(3) == "4.1 4.1b 4.1c 4.2 4.3 4.3b 4.3c 4.6 4.6b 4.6c")
    #expect(run(4) == "4.1 4.1b 4.1c 4.1d 4.2 4.3 4.3b 4.3c 4.3d 4.6 4.6b 4.6c 4.6d 4.7 4.8")
    #expect(run(1, ["workers", "bot"]) == "4.1 4.2 4.3 4.4 4.5 4.6")
    #expect(run(2, ["workers", "bot"]) == "4.1 4.1b 4.2 4.3 4.3b 4.4 4.4b 4.5 4.5b 4.6 4.6b")
    #expect(run(4, workflow.modules.map(\.id)) == ids)
    let worker = try #require(stage.substages.first { $0.id == "4.4b" })
    #expect(worker.skipReason(level: 1, modules: ["workers"]) == "level 2 and up")
    #expect(worker.skipReason(level: 4, modules: []) == "not requested")
  }

  @Test func modulesBringWhatTheyNeed() throws {
    let workflow = try library.workflow("seven-stage")
    #expect(workflow.modules.count == 9)
    #expect(workflow.resolve(modules: ["bot"]).modules == ["bot", "rabbitmq"])
    #expect(workflow.resolve(modules: ["storage"]).modules == ["storage"])
    #expect(workflow.resolve(modules: ["realtime"]).modules == ["workers", "rabbitmq", "redis", "realtime"])
    let payment = workflow.resolve(modules: ["payment"])
    #expect(payment.modules == ["workers", "rabbitmq", "payment", "communication"])
    #expect(payment.notices.contains("Background workers was added because Payment gateway needs it."))
  }

  @Test func gatesStandInTheChecklistsOrder() throws {
    let gates = try library.workflow("seven-stage").gates
    #expect(
      gates.map(\.id) == [
        "python-version", "uv", "environment-file", "lint", "format", "types", "security", "tests", "coverage",
        "coverage-artefacts", "placeholders", "naming", "documents",
      ])
    #expect(gates.filter { !$0.isMandatory(at: 4) }.map(\.id) == ["python-version", "naming"])
    #expect(gates.filter { !$0.isMandatory(at: 1) }.map(\.id) == ["python-version", "security", "naming"])
    #expect(gates.allSatisfy { $0.fromLevel == 1 })
    #expect(gates.first { $0.id == "security" }?.settings == [Setting(name: "maximumHigh", value: "0")])
    #expect(gates.first { $0.id == "coverage" }?.required == "{{coverage}}%")
    let known = [
      "python-version", "tool-available", "environment-file", "lint", "format", "types", "security", "tests",
      "coverage", "coverage-artefacts", "placeholders", "documents", "naming",
    ]
    #expect(gates.map(\.kind).allSatisfy(known.contains))
  }

  @Test func workOfEveryStage() throws {
    let stages = try library.workflow("seven-stage").stages
    let words = stages.map { stage in
      stage.work.map { work in
        switch work {
        case .brief(let playbook): return "brief \(playbook)"
        case .task(let task): return "task \(task.id) by \(task.performer) as \(task.role)"
        case .shortcomings(let playbook): return "shortcomings \(playbook)"
        case .rules(let kind, let playbook): return "rules \(kind.rawValue) \(playbook)"
        case .substages: return "substages"
        case .gates(let playbook): return "gates \(playbook)"
        case .approval(let playbook): return "approval \(playbook)"
        case .verification(let task, let playbook): return "verification \(task.id) by \(task.performer) \(playbook)"
        }
      }
    }
    #expect(
      words == [
        ["task context by context as engine"],
        ["brief incomplete-brief"],
        [
          "rules architecture architecture-conflict", "rules quality quality-conflict",
          "task survey by survey as architect", "shortcomings unsupported",
          "task intake by document.intake as analyst", "approval approve-intake",
        ],
        ["task plan by document.plan as architect", "approval approve-plan"],
        ["substages"],
        [
          "rules quality quality-conflict", "task toolchain by toolchain as engine", "gates gate-failed",
          "verification final-audit by audit verification-failed", "task checklist by document.checklist as auditor",
        ],
        [
          "task report by document.report as auditor", "approval sign-off", "task package by package as engine",
        ],
      ])
  }

  @Test func everyPlaybookIsCalmAndCareful() throws {
    for name in library.playbookNames {
      let playbook = try library.playbook(name)
      let situation = try #require(playbook.situation)
      for effect in [OptionEffect.pause, .abort] where situation.effects.contains(effect) {
        #expect(playbook.options.contains { $0.effect == effect }, "\(name) offers no \(effect.rawValue)")
      }
      for option in playbook.options where option.effect == .abort {
        #expect(option.confirm == "{{session}}", "\(name)")
        // Who asked to stop has said why already.
        #expect(option.noteRequired || situation == .abortRequested, "\(name)")
      }
      #expect(playbook.body.contains("**What waiting costs:** "), "\(name)")
      let texts = [playbook.title, playbook.body, playbook.records] + playbook.options.flatMap { [$0.title, $0.says] }
      #expect(playbook.options.allSatisfy { $0.says.hasSuffix(".") }, "\(name)")
      #expect(texts.allSatisfy { !$0.contains("!") && !$0.contains("  ") }, "\(name)")
      let pictures = texts.joined().unicodeScalars.filter { $0.properties.isEmojiPresentation }
      #expect(pictures.isEmpty, "\(name)")
      #expect(!playbook.records.isEmpty, "\(name)")
    }
  }

  @Test func whatAWorkflowReachesForOutside() throws {
    let workflow = try library.workflow("seven-stage")
    #expect(
      workflow.dependencies.map { "\($0.id) \($0.severity.rawValue)" } == [
        "pypi blocker", "container-registry workaround", "git-remote workaround", "service-apis workaround",
        "usage-statistics informational",
      ])
    let pypi = try #require(workflow.dependency(in: "HTTPSConnectionPool(host='PyPI.org', port=443): Read timed out."))
    #expect(pypi.workaround == "the packages already downloaded")
    #expect(pypi.probe == ["python3", "-m", "pip", "index", "versions", "pip"])
    #expect(workflow.dependency(in: "AssertionError") == nil)
    #expect(workflow.causeClass(of: "ModuleNotFoundError: No module named 'redis'") == .dependency)
    #expect(
      workflow.causeClass(of: "1 validation error: DATABASE_URL environment variable is not set") == .configuration)
    #expect(workflow.causeClass(of: "fixture 'redis' not found") == .test)
    #expect(workflow.causeClass(of: "AssertionError: Expected 1 payment, got 2") == .code)
    #expect(workflow.causeClass(of: "something odd") == .code)
    #expect(workflow.waiverCap == 5)
    #expect(
      workflow.closing.map { "\($0.id) \($0.performer) \($0.files.joined()) \($0.maxAttempts)" } == [
        "partial-report document.partial-report artifacts/reports/partial-qa-report.md 2",
        "partial-package package.partial  2",
      ])
    #expect(workflow.gates.compactMap(\.fix) == ["repair.lint", "repair.format"])
    #expect(try library.workflow("prototype").gates.compactMap(\.fix) == ["repair.lint", "repair.format"])
  }

  // MARK: - Sample briefs

  @Test func sampleBriefsAreComplete() throws {
    let workflow = try library.workflow("seven-stage")
    for sample in library.briefs {
      let brief = Brief(reading: sample.text, modules: workflow.modules)
      #expect(brief.gaps(under: workflow) == [], "\(sample.name)")
      #expect(brief.sections.allSatisfy { $0.field != nil }, "\(sample.name)")
      #expect(!sample.title.isEmpty)
    }
    func brief(_ name: String) throws -> Brief {
      Brief(reading: try library.brief(name).text, modules: workflow.modules)
    }
    let first = try brief("library")
    #expect(first.level == 2)
    #expect(first.modules == [])
    #expect(first.entities.map(\.name) == ["Book", "Loan"])
    #expect(first.entities[1].fields[0].type == .reference(to: "Book"))
    #expect(try brief("notes").level == 1)
    #expect(try brief("notes").entities.count == 1)
    #expect(try brief("shop").entities.count == 6)
    #expect(try brief("shop").modules == ["workers"])
    let prototype = try library.workflow("prototype")
    #expect(Brief(reading: try library.brief("notes").text, modules: []).gaps(under: prototype) == [])
  }

  @Test func theFirstSampleStartsWithoutAQuestion() throws {
    let workflow = try library.workflow("seven-stage")
    let creation = Creation(
      id: "s", title: "t", workspace: "/w", briefText: try library.brief("library").text, workflow: workflow)
    let events = try decide(Order(at: 1, by: "Ada", demand: .create(creation)), in: Session())
    let session = Session(replaying: events)
    #expect(session.openDecisions == [])
    #expect(session.outstanding == [.keep(attempt: 1)])
  }

  // MARK: - Search order

  @Test func theProjectWinsOverThePersonFileByFile() throws {
    let project = try Scratch()
    let person = try Scratch()
    let plain = try library.workflow("seven-stage")
    try person.write("From the person. **What waiting costs:** nothing.", to: "playbooks/sign-off.md")
    let library = Library(project: project.path, person: person.path)
    #expect(try library.playbook("sign-off").body.hasPrefix("From the person."))
    try project.write("From the project.", to: ".signalbox/playbooks/sign-off.md")
    #expect(try library.playbook("sign-off").body == "From the project.")
    let changed = try library.workflow("seven-stage")
    #expect(changed.playbook("sign-off")?.body == "From the project.")
    #expect(changed.playbook("approve-plan") == plain.playbook("approve-plan"))
    #expect(changed.digest != plain.digest)
    try project.write("# Mine\n", to: ".signalbox/briefs/mine.md")
    #expect(library.briefs.map(\.name) == ["library", "mine", "notes", "shop"])
  }

  @Test func theDigestFollowsTheBytes() throws {
    let plain = try library.workflow("seven-stage").digest
    #expect(plain.count == 64)
    #expect(try library.workflow("seven-stage").digest == plain)
    #expect(try library.workflow("prototype").digest != plain)
    let project = try Scratch()
    try project.write(
      try builtIn("workflows/seven-stage.yaml") + "# one more remark\n", to: ".signalbox/workflows/seven-stage.yaml")
    #expect(try Library(project: project.path, person: nil).workflow("seven-stage").digest != plain)
  }

  @Test(arguments: ["", "nope", "../playbooks/sign-off", "a/b", "seven-stage.yaml", "-x"])
  func unknownNamesAreRefusedWithTheKnownOnes(name: String) {
    let failure = failure { _ = try library.workflow(name) }
    #expect(failure?.message == "There is no such file; known are drill, prototype, seven-stage.")
  }

  @Test func aFolderOrALoopIsNoFile() throws {
    let project = try Scratch()
    try FileManager.default.createDirectory(
      atPath: project.path + "/.signalbox/workflows/odd.yaml", withIntermediateDirectories: true)
    let library = Library(project: project.path, person: nil)
    #expect(failure { _ = try library.workflow("odd") }?.message == "This is not a regular file.")
    #expect(library.failures().count == 1)
  }
}
