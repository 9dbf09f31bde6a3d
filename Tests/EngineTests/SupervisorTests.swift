import Foundation
import Kernel
import Synchronization
import Testing

@testable import Engine

/// The loop (Supervisor, OpenSession, Performing, GuardedWorkspace, EnginePerformers) over the memory journal.
@Suite struct SupervisorTests {
  /// Writes the task's files, or fails as often as it was told to.
  final class Writer: TaskPerformer {
    let log = Mutex<[String]>([])
    let failures: Mutex<Int>
    let claimsOnly: Bool
    let planned: [PlannedTask]

    init(failures: Int = 0, claimsOnly: Bool = false, planned: [PlannedTask] = []) {
      self.failures = Mutex(failures)
      self.claimsOnly = claimsOnly
      self.planned = planned
    }

    func perform(_ assignment: Assignment) async throws -> TaskReport {
      log.withLock { $0.append("\(assignment.task.id)#\(assignment.task.attempt)") }
      let fails = failures.withLock { left in
        left -= 1
        return left >= 0
      }
      if fails { throw TaskFailure(cause: .cognitive, message: "told to fail") }
      if !claimsOnly {
        for path in assignment.task.expectedFiles {
          try await assignment.workspace.write(Array("x".utf8), to: path, executable: false)
        }
      }
      return TaskReport(
        files: assignment.task.expectedFiles.map { FileClaim(path: $0, hash: "claimed") },
        planned: planned.isEmpty ? nil : planned)
    }
  }

  /// Fails a gate as often as it was told to.
  final class Gatekeeper: GateRunner {
    let failures: Mutex<Int>
    init(failures: Int = 0) { self.failures = Mutex(failures) }

    func run(_ gate: Gate, of session: Session, in workspace: any Workspace, folder: SessionFolder, attempt: Int)
      async throws -> GateResult
    {
      let fails = failures.withLock { left in
        left -= 1
        return left >= 0
      }
      return GateResult(passed: !fails, required: gate.required, achieved: fails ? "2 errors" : "0 errors")
    }
  }

  let journal = MemoryJournal()
  let workspace = MemoryWorkspace()
  let folder: SessionFolder
  let planned = [
    PlannedTask(
      id: "4.1-files", title: "Write files", substage: "4.1", role: "developer", performer: "write", files: ["a.txt"])
  ]

  init() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("signalbox-\(UUID().uuidString)").path
    folder = SessionFolder(path: path)
    try folder.make()
  }

  func begin(_ brief: String = "# Tiny\n## Level\n1\n", answers: [AdvanceAnswer] = []) async throws {
    var open = OpenSession("tiny", in: journal)
    let creation = Creation(
      id: "tiny", title: "Tiny", workspace: "/memory", briefText: brief, workflow: Examples.workflow, answers: answers)
    try await open.submit(Order(at: 1, by: "ada", demand: .create(creation)), request: "create")
  }

  func supervisor(
    plan: Writer? = nil, write: Writer = Writer(), gates: Gatekeeper = Gatekeeper(), waits: Bool = false,
    publish: @escaping @Sendable ([Event], Session) async -> Void = { _, _ in }
  ) -> Supervisor {
    Supervisor(
      journal: journal, folder: folder,
      performers: Performers(
        tasks: ["plan": plan ?? Writer(planned: planned), "write": write, "checkpoint": CheckpointPerformer()],
        gates: gates, probe: Answering()),
      settings: .init(holder: "test", waitsForPersons: waits), makeWorkspace: { [workspace] _ in workspace },
      publish: publish)
  }

  func answer(_ option: String, note: String = "", by: String = "ada") async throws {
    var open = try await OpenSession.open("tiny", in: journal)
    let decision = try #require(open.session.openDecisions.first)
    let answer = Answer(decision: decision.id, option: option, digest: decision.digest, note: note)
    try await open.submit(Order(at: 2, by: by, demand: .answer(answer)), request: UUID().uuidString)
  }

  func session() async throws -> Session { try await OpenSession.open("tiny", in: journal).session }

  @Test func aSessionStopsForThePersonAndGoesOnToItsEnd() async throws {
    try await begin()
    #expect(try await supervisor().run("tiny") == .resting(.waiting))
    #expect(try await session().openDecisions.map(\.playbook) == ["approve-plan"])
    try await answer("approve")
    #expect(try await supervisor().run("tiny") == .ended(.completed))
    let end = try await session()
    // A picture before anything is done, one under the question, and the sub-stage's own.
    #expect(end.checkpoints.map(\.id) == ["K1", "K2", "4.1"])
    #expect(end.gates.map(\.state) == [.done])
    #expect(end.stages[1].substages.map(\.state) == [.done, .skipped])
    #expect(end.holder == nil)
  }

  @Test func answersInAdvanceAreRecordedAsThat() async throws {
    try await begin(answers: [
      AdvanceAnswer(by: "grace", playbook: "approve-plan", subject: nil, option: "approve", note: "", fields: [])
    ])
    #expect(try await supervisor().run("tiny") == .ended(.completed))
    let answer = try #require(try await session().decisions.first?.answer)
    #expect(answer.by == "grace")
    #expect(answer.inAdvance)
  }

  @Test func aFailedTaskIsTriedAgainThenAsked() async throws {
    try await begin()
    let plan = Writer(failures: 3, planned: planned)
    #expect(try await supervisor(plan: plan).run("tiny") == .resting(.waiting))
    #expect(plan.log.withLock { $0 } == ["plan#1", "plan#2", "plan#3"])
    #expect(try await session().openDecisions.map(\.playbook) == ["task-failed"])
    try await answer("retry")
    #expect(try await supervisor(plan: plan).run("tiny") == .resting(.waiting))
    #expect(plan.log.withLock { $0.last } == "plan#4")
  }

  @Test func filesThatWereOnlyClaimedAreMissing() async throws {
    try await begin()
    #expect(try await supervisor(plan: Writer(claimsOnly: true, planned: planned)).run("tiny") == .resting(.waiting))
    let task = try #require(try await session().task("plan"))
    #expect(task.state == .failed)
    #expect(task.error?.contains("missing: plan.md") == true)
  }

  @Test func aFailedGateIsPutToAPersonAndAWaiverIsNotAPass() async throws {
    try await begin()
    _ = try await supervisor().run("tiny")
    try await answer("approve")
    #expect(try await supervisor(gates: Gatekeeper(failures: 1)).run("tiny") == .resting(.waiting))
    try await answer("waive", note: "known")
    #expect(try await supervisor().run("tiny") == .ended(.completed))
    let end = try await session()
    #expect(end.gates.map(\.state) == [.waived])
    #expect(end.waivers.map(\.reason) == ["known"])
  }

  @Test func answeringWhileTheEngineWaitsMovesItOn() async throws {
    try await begin()
    let asked = AsyncStream.makeStream(of: Void.self)
    let engine = supervisor(waits: true) { _, session in
      if !session.openDecisions.isEmpty { asked.continuation.yield() }
    }
    let run = Task { try await engine.run("tiny") }
    for await _ in asked.stream { break }
    try await answer("approve")
    #expect(try await run.value == .ended(.completed))
  }

  @Test func twoEnginesCannotHoldOneSession() async throws {
    try await begin()
    let asked = AsyncStream.makeStream(of: Void.self)
    let first = supervisor(waits: true) { _, session in
      if !session.openDecisions.isEmpty { asked.continuation.yield() }
    }
    let run = Task { try await first.run("tiny") }
    for await _ in asked.stream { break }
    await #expect(throws: LeaseHeld.self) { try await supervisor().run("tiny") }
    first.stop()
    #expect(try await run.value == .stopped)
    #expect(try await session().holder == nil)
  }

  @Test func anEngineWhoseLeaseWasTakenStopsAndSaysByWhom() async throws {
    try await begin()
    let asked = AsyncStream.makeStream(of: Void.self)
    let engine = supervisor(waits: true) { _, session in
      if !session.openDecisions.isEmpty { asked.continuation.yield() }
    }
    let run = Task { try await engine.run("tiny") }
    for await _ in asked.stream { break }
    var other = try await OpenSession.open("tiny", in: journal)
    let epoch = other.session.epoch + 1
    try await other.submit(
      Order(at: 3, by: "engine", demand: .takeLease(holder: "other", epoch: epoch)), epoch: epoch, request: "take")
    #expect(try await run.value == .replaced(by: epoch))
    #expect(try await session().holder?.name == "other")
  }

  @Test func aGuardedWorkspaceChangesNothingWithoutTheLease() async throws {
    let guarded = GuardedWorkspace(inner: workspace) { false }
    await #expect(throws: WorkspaceRefusal.self) { try await guarded.write([1], to: "a", executable: false) }
    await #expect(throws: WorkspaceRefusal.self) { try await guarded.checkpoint(named: "c", message: "") }
    await #expect(throws: WorkspaceRefusal.self) { try await guarded.restore(tree: "t") }
    #expect(try await workspace.files().isEmpty)
  }

  @Test func pausingStopsWorkAndResumingCountsANewAttempt() async throws {
    try await begin()
    // This performer ends only by being cancelled.
    struct Endless: TaskPerformer {
      let began: AsyncStream<Void>.Continuation
      func perform(_ assignment: Assignment) async throws -> TaskReport {
        began.yield()
        while true { try await Task.sleep(for: .seconds(3_600)) }
      }
    }
    let began = AsyncStream.makeStream(of: Void.self)
    let rested = AsyncStream.makeStream(of: Void.self)
    let engine = Supervisor(
      journal: journal, folder: folder,
      performers: Performers(
        tasks: ["plan": Endless(began: began.continuation)], gates: Gatekeeper(), probe: Answering()),
      settings: .init(holder: "test", waitsForPersons: true), makeWorkspace: { [workspace] _ in workspace },
      // A rest keeps what was half done before it is one.
      publish: { _, session in
        if session.state == .paused, session.outstanding.isEmpty { rested.continuation.yield() }
      })
    let run = Task { try await engine.run("tiny") }
    for await _ in began.stream { break }
    var open = try await OpenSession.open("tiny", in: journal)
    try await open.submit(Order(at: 3, by: "ada", demand: .pause(reason: "lunch")), request: "pause")
    for await _ in rested.stream { break }
    #expect(try await session().outstanding.isEmpty)
    engine.stop()
    #expect(try await run.value == .stopped)
    #expect(try await session().task("plan")?.attempt == 2)
    try await open.refresh()
    try await open.submit(Order(at: 4, by: "ada", demand: .resume), request: "resume")
    #expect(try await supervisor().run("tiny") == .resting(.waiting))
    #expect(try await session().interruptions.map(\.effect) == [.perform(task: "plan", attempt: 1)])
  }
}
