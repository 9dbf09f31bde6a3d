import Foundation
import Kernel
import Synchronization
import Testing

@testable import Engine

/// What becomes of effects whose engine died (Reconciliation), of outages, of ends, and of answers taken back.
@Suite struct RecoveryTests {
  let world: SupervisorTests

  init() throws { world = try SupervisorTests() }

  /// Writes to the workspace and is then cut off, as an agent is that dies with its engine.
  struct Once: TaskPerformer {
    var isRepeatable: Bool { false }
    func perform(_ assignment: Assignment) async throws -> TaskReport { TaskReport() }
  }

  private func leaveUnderWay(writing path: String?) async throws {
    try await world.begin()
    // The first picture is taken, then the plan is begun and its engine dies.
    var open = try await OpenSession.open("tiny", in: world.journal)
    let epoch = open.session.epoch + 1
    func order(_ demand: Demand, _ name: String) async throws {
      try await open.submit(Order(at: 2, by: "engine", demand: demand), epoch: epoch, request: name)
    }
    try await order(.takeLease(holder: "dead", epoch: epoch), "lease")
    while case .keep(let attempt)? = open.session.outstanding.first {
      try await order(.start(.keep(attempt: attempt), epoch: epoch), "keep")
      let tree = try await world.workspace.checkpoint(named: "k", message: "")
      try await order(.reportKept(attempt: attempt, outcome: .kept(tree: tree, files: [], edits: [])), "kept")
    }
    try await order(.start(.perform(task: "plan", attempt: 1), epoch: epoch), "start")
    if let path { try await world.workspace.write(Array("half".utf8), to: path, executable: false) }
  }

  private func supervisor(_ plan: any TaskPerformer) -> Supervisor {
    Supervisor(
      journal: world.journal, folder: world.folder,
      performers: Performers(
        tasks: ["plan": plan, "write": SupervisorTests.Writer(), "checkpoint": CheckpointPerformer()],
        gates: SupervisorTests.Gatekeeper(), probe: Answering()),
      settings: .init(holder: "test", waitsForPersons: false),
      makeWorkspace: { [workspace = world.workspace] _ in workspace })
  }

  @Test func whatDoesNoHarmIsDoneAgainWithoutAsking() async throws {
    try await leaveUnderWay(writing: "plan.md")
    let plan = SupervisorTests.Writer(planned: world.planned)
    _ = try await supervisor(plan).run("tiny")
    let session = try await world.session()
    #expect(session.findings.map(\.verdict) == [.notDone])
    #expect(plan.log.withLock { $0 } == ["plan#2"])
    #expect(session.openDecisions.map(\.playbook) == ["approve-plan"])
  }

  @Test func whatCannotBeToldIsPutToAPersonWithTheEvidence() async throws {
    try await leaveUnderWay(writing: "plan.md")
    #expect(try await supervisor(Once()).run("tiny") == .resting(.waiting))
    let session = try await world.session()
    #expect(session.findings.map(\.verdict) == [.unknown])
    #expect(session.findings.first?.files.map(\.path) == ["plan.md"])
    #expect(session.task("plan")?.doubt?.contains("added: plan.md") == true)
    #expect(session.openDecisions.first?.situation == "effect-unknown")
  }

  @Test func anUnchangedWorkspaceTellsThatNothingWasDone() async throws {
    try await leaveUnderWay(writing: nil)
    _ = try await supervisor(Once()).run("tiny")
    #expect(try await world.session().findings.map(\.verdict) == [.notDone])
  }

  @Test func anAnswerTakenBackBringsStateAndFilesBack() async throws {
    try await world.begin()
    _ = try await world.supervisor().run("tiny")
    let shown = try await world.workspace.tree()
    let asked = try #require(try await world.session().openDecisions.first)
    try await world.answer("approve")
    // The code is made and the gate fails, so that the session still waits.
    let failing = SupervisorTests.Gatekeeper(failures: 1)
    #expect(try await world.supervisor(gates: failing).run("tiny") == .resting(.waiting))
    #expect(try await world.workspace.tree() != shown)
    var open = try await OpenSession.open("tiny", in: world.journal)
    try await open.submit(Order(at: 9, by: "ada", demand: .undo(reason: "too soon")), request: "undo")
    #expect(open.session.restoration?.tree == shown)
    #expect(try await world.supervisor().run("tiny") == .resting(.waiting))
    let session = try await world.session()
    #expect(try await world.workspace.tree() == shown)
    let again = try #require(session.openDecisions.first)
    #expect(again.playbook == asked.playbook)
    #expect(again.tree == shown)
    #expect(session.decision(asked.id)?.isUndone == true)
    // What was discarded can still be had: it was kept before anything was put back.
    let before = try #require(session.checkpoints.last { $0.tree != shown })
    #expect(try await world.workspace.files(of: before.tree).contains { $0.path == "a.txt" })
    // The same answer leads to the same end; no attempt's number is used twice.
    try await world.answer("approve")
    #expect(try await world.supervisor().run("tiny") == .ended(.completed))
  }

  @Test func anEndedSessionStillMakesWhatItClosesWith() async throws {
    var workflow = Examples.workflow
    workflow.closing = [
      TaskTemplate(
        id: "partial-report", title: "Partial report", role: "auditor", performer: "write", files: ["partial.md"],
        maxAttempts: 2)
    ]
    var open = OpenSession("tiny", in: world.journal)
    let creation = Creation(
      id: "tiny", title: "Tiny", workspace: "/memory", briefText: "# Tiny\n## Level\n1\n", workflow: workflow)
    try await open.submit(Order(at: 1, by: "ada", demand: .create(creation)), request: "create")
    _ = try await world.supervisor().run("tiny")
    try await open.refresh()
    try await open.submit(
      Order(at: 3, by: "ada", demand: .abort(reason: "enough", confirmation: "tiny")), request: "abort")
    #expect(!open.session.outstanding.isEmpty)
    #expect(try await world.supervisor().run("tiny") == .ended(.aborted))
    let session = try await world.session()
    #expect(session.task("partial-report")?.state == .done)
    #expect(session.outstanding.isEmpty)
    #expect(try await world.workspace.files().map(\.path).contains("partial.md"))
  }

  /// Answers after some looks in vain.
  final class Returning: DependencyProbe {
    let looks = Mutex<Int>(0)
    let after: Int
    init(after: Int) { self.after = after }
    func look(for dependency: Dependency) async throws -> String? {
      looks.withLock { count in
        count += 1
        return count > after ? "\(dependency.title) answers." : nil
      }
    }
  }

  /// Fails for want of something outside until that is back.
  struct Needing: TaskPerformer {
    let probe: Returning
    let then: SupervisorTests.Writer
    func perform(_ assignment: Assignment) async throws -> TaskReport {
      guard probe.looks.withLock({ $0 > probe.after }) else {
        throw TaskFailure(cause: .environment, message: "timeout while asking pypi")
      }
      return try await then.perform(assignment)
    }
  }

  @Test func anOutageIsWaitedForAndNoticedWhenItIsOver() async throws {
    var workflow = Examples.workflow
    workflow.dependencies = Examples.richWorkflow.dependencies
    workflow.playbooks.append(
      Playbook(
        id: "outage", scenario: 6, title: "{{dependency}} does not answer", body: "{{error}}",
        options: [
          PlaybookOption(
            id: "wait", key: "w", title: "Wait", says: "It waits.", effect: .wait, noteRequired: false, confirm: nil)
        ], recommended: "wait", situation: .dependencyFailed))
    var open = OpenSession("tiny", in: world.journal)
    let creation = Creation(
      id: "tiny", title: "Tiny", workspace: "/memory", briefText: "# Tiny\n## Level\n1\n", workflow: workflow)
    try await open.submit(Order(at: 1, by: "ada", demand: .create(creation)), request: "create")
    let probe = Returning(after: 3)
    let engine = Supervisor(
      journal: world.journal, folder: world.folder,
      performers: Performers(
        tasks: ["plan": Needing(probe: probe, then: SupervisorTests.Writer(planned: world.planned))],
        gates: SupervisorTests.Gatekeeper(), probe: probe, probePauses: [1]),
      settings: .init(holder: "test", waitsForPersons: false),
      makeWorkspace: { [workspace = world.workspace] _ in workspace })
    #expect(try await engine.run("tiny") == .resting(.waiting))
    #expect(try await world.session().openDecisions.map(\.playbook) == ["outage"])
    try await world.answer("wait")
    #expect(try await world.session().state == .blocked)
    #expect(try await engine.run("tiny") == .resting(.waiting))
    let session = try await world.session()
    #expect(session.openDecisions.map(\.playbook) == ["approve-plan"])
    #expect(probe.looks.withLock { $0 } == 4)
    #expect(session.waits.isEmpty)
  }
}
