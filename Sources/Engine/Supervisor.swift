import Foundation
import Kernel

/// How a supervisor's run ended.
public enum SupervisorEnd: Equatable, Sendable {
  /// The session is over.
  case ended(SessionState)
  /// It waits for a person, or rests, and the run was not to wait with it.
  case resting(SessionState)
  /// Another engine took the session.
  case replaced(by: Int)
  /// It was told to stop.
  case stopped
}

/// Runs one session: one inbox and one loop, so that no order is ever judged on a state that has moved on.
///
/// decide → append → apply → start what is outstanding → publish. Nothing acts on an event before it is durable, and
/// nothing is started that the journal does not say was started.
public final class Supervisor: Sendable {
  /// Settings of a run.
  public struct Settings: Sendable {
    /// Who holds the lease, for people.
    public var holder: String
    /// Whether the run ends when a person is needed, or waits.
    public var waitsForPersons: Bool
    /// How many tasks may be performed at once.
    public var parallelTasks: Int

    /// Makes settings from their parts.
    public init(holder: String, waitsForPersons: Bool, parallelTasks: Int = 2) {
      self.holder = holder
      self.waitsForPersons = waitsForPersons
      self.parallelTasks = parallelTasks
    }
  }

  private enum Input: Sendable {
    case journalMoved
    case noted(Severity, String)
    case taskEnded(TaskRecord, Result<TaskReport, any Error>)
    case attemptEnded(TaskRecord, AttemptReview.Outcome?)
    case gateEnded(GateRecord, Result<GateResult, any Error>, [FileOperation])
    case alarmed(Alert)
    case contained(AuthorityLevel)
    case ended(Effect, Demand)
    case timePassed
    case stop
  }

  private let journal: any Journal
  private let folder: SessionFolder
  private let performers: Performers
  private let settings: Settings
  private let makeWorkspace: @Sendable (Session) async throws -> any Workspace
  private let publish: @Sendable ([Event], Session) async -> Void
  private let inbox: AsyncStream<Input>
  private let post: AsyncStream<Input>.Continuation

  /// Prepares a run; `run` begins it.
  ///
  /// - Parameters:
  ///   - journal: Where the session's history is.
  ///   - folder: Where the session keeps its other files.
  ///   - performers: Who does the effects.
  ///   - makeWorkspace: Opens the session's workspace.
  ///   - publish: Told of every event this run adds or reads, in order.
  public init(
    journal: any Journal, folder: SessionFolder, performers: Performers, settings: Settings,
    makeWorkspace: @escaping @Sendable (Session) async throws -> any Workspace,
    publish: @escaping @Sendable ([Event], Session) async -> Void = { _, _ in }
  ) {
    self.journal = journal
    self.folder = folder
    self.performers = performers
    self.settings = settings
    self.makeWorkspace = makeWorkspace
    self.publish = publish
    (inbox, post) = AsyncStream.makeStream(of: Input.self)
  }

  /// Asks the run to end soon; effects are cancelled and noted as interrupted.
  public func stop() { post.yield(.stop) }

  /// Says how far the programs are contained that this run starts; it goes on record where it is another than before.
  public func report(containment level: AuthorityLevel) { post.yield(.contained(level)) }

  /// Takes the session's lease and performs what is outstanding until it ends, rests or is replaced.
  ///
  /// - Throws: ``LeaseHeld`` when an engine is alive, ``JournalFailure``, or ``Refusal`` for a session that is over.
  public func run(_ id: String) async throws -> SupervisorEnd {
    var open = try await OpenSession.open(id, in: journal)
    await publish([], open.session)
    if let end = finished(open.session) { return end }
    try folder.make()
    let lock = try takeLock(open.session)
    let epoch = open.session.epoch + 1
    let workspace = try await makeWorkspace(open.session)
    // What the last engine left under way is looked at before anything is said of it.
    let findings = await Reconciliation(performers: performers, workspace: workspace).findings(in: open.session)
    do {
      let order = Order(
        at: currentMoment(), by: "engine",
        demand: .takeLease(holder: settings.holder, epoch: epoch, findings: findings))
      let events = try await open.submit(order, epoch: epoch, request: "lease-\(epoch)-\(UUID().uuidString)")
      await publish(events, open.session)
    } catch is Refusal {
      throw LeaseHeld(process: nil)
    }
    let watch = Task { [journal, post] in
      for await session in journal.changes() where session == nil || session == id { post.yield(.journalMoved) }
    }
    defer { watch.cancel() }
    do {
      let end = try await loop(&open, epoch: epoch, inner: workspace)
      withExtendedLifetime(lock) {}
      return end
    } catch let replaced as Replaced {
      return .replaced(by: replaced.by)
    }
  }

  private func takeLock(_ session: Session) throws -> EngineLock {
    if session.epoch > 0 {
      switch EngineLock.liveness(folder: folder, epoch: session.epoch) {
      case .alive(let process): throw LeaseHeld(process: process)
      case .stopped, .gone: break
      }
    }
    return try EngineLock(folder: folder, epoch: session.epoch + 1)
  }

  // MARK: - The loop

  private func loop(
    _ open: inout OpenSession, epoch: Int, inner: any Workspace
  ) async throws -> SupervisorEnd {
    let id = open.id
    let journal = journal
    let workspace = GuardedWorkspace(inner: inner) {
      (try? await journal.heads(of: id).first?.epoch) == epoch
    }
    let watch = WorkspaceWatch(workspace)
    var running: [Effect: Task<Void, Never>] = [:]
    var isStopping = false
    var alarm: Alarm?
    defer {
      for task in running.values { task.cancel() }
      alarm?.task.cancel()
    }
    do {
      try await settle(&open, epoch: epoch, workspace: workspace, watch: watch, running: &running)
      if let end = rest(open.session, running: running) { return try await leave(&open, epoch: epoch, end: end) }
      alarm = setAlarm(nil, for: open.session)
      for await input in inbox {
        switch input {
        case .journalMoved:
          let events = try await open.refresh()
          if open.session.epoch > epoch { throw Replaced(by: open.session.epoch) }
          if !events.isEmpty { await publish(events, open.session) }
        case .noted(let severity, let text):
          try await submit(&open, .note(severity, text: text), epoch: epoch)
        case .taskEnded(let task, let result):
          running[.perform(task: task.id, attempt: task.attempt)] = nil
          let demand = await demand(for: task, result: result, workspace: workspace)
          if !isStopping { try await submit(&open, demand, epoch: epoch) }
        case .attemptEnded(let task, let outcome):
          running[.perform(task: task.id, attempt: task.attempt)] = nil
          if !isStopping { try await report(outcome, of: task, workspace: workspace, to: &open, epoch: epoch) }
        case .gateEnded(let gate, let result, let operations):
          running[.runGate(gate.id, attempt: gate.attempt)] = nil
          guard !isStopping else { break }
          if !operations.isEmpty {
            let batch = FileBatch(author: .gate(gate.id, attempt: gate.attempt), operations: operations)
            try await submit(&open, .recordFiles(batch), epoch: epoch)
          }
          try await submit(&open, self.demand(for: gate, result: result), epoch: epoch)
        case .alarmed(let alert):
          if !isStopping { try await submit(&open, .alert(alert), epoch: epoch) }
        case .contained(let level): try await submit(&open, .reportContainment(level), epoch: epoch)
        case .ended(let effect, let demand):
          running[effect] = nil
          if !isStopping { try await submit(&open, demand, epoch: epoch) }
        case .timePassed:
          alarm = nil
          if !isStopping { try await submit(&open, .tick, epoch: epoch) }
        case .stop:
          isStopping = true
        }
        // What the session no longer counts as under way is stopped: it was paused, ended, gone back or undone.
        for (effect, task) in running where isStopping || !open.session.inFlight.contains(effect) { task.cancel() }
        if isStopping {
          if running.isEmpty { return try await leave(&open, epoch: epoch, end: .stopped) }
          continue
        }
        try await settle(&open, epoch: epoch, workspace: workspace, watch: watch, running: &running)
        if let end = rest(open.session, running: running) { return try await leave(&open, epoch: epoch, end: end) }
        alarm = setAlarm(alarm, for: open.session)
      }
      return .stopped
    } catch {
      // Whoever lost the lease, or the journal, lets go of its agents before it says so.
      for task in running.values { task.cancel() }
      for task in running.values { await task.value }
      throw error
    }
  }

  /// Starts everything that is outstanding and not begun, each after its start is durable.
  private func settle(
    _ open: inout OpenSession, epoch: Int, workspace: any Workspace, watch: WorkspaceWatch,
    running: inout [Effect: Task<Void, Never>]
  ) async throws {
    try await lookAtRoster(&open, epoch: epoch)
    while true {
      let most = open.session.workflow.supervision?.parallel ?? settings.parallelTasks
      let free = most - running.count
      let next = open.session.outstanding.first { !open.session.inFlight.contains($0) && running[$0] == nil }
      guard free > 0, let effect = next else { return }
      // A picture of the files, and putting them back, wait until nobody writes any more.
      if effect.needsStillness, !running.isEmpty { return }
      try await submit(&open, .start(effect, epoch: epoch), epoch: epoch)
      guard open.session.inFlight.contains(effect) else { continue }
      running[effect] = start(effect, session: open.session, workspace: workspace, watch: watch)
      try await lookAtRoster(&open, epoch: epoch)
    }
  }

  /// An agent whose performer nobody here is cannot work; one whose performer is here again can.
  private func lookAtRoster(_ open: inout OpenSession, epoch: Int) async throws {
    let sign = "Nothing here performs"
    for agent in open.session.agents {
      guard let performer = agent.performer else { continue }
      let isKnown = performers.tasks[performer] != nil
      if !isKnown, agent.isAssignable {
        let words = "\(sign) “\(performer)” tasks."
        try await submit(&open, .reportAgent(agent.name, state: .inactive, reason: words), epoch: epoch)
      } else if isKnown, agent.state == .inactive, agent.reason.hasPrefix(sign) {
        try await submit(&open, .reportAgent(agent.name, state: .available, reason: ""), epoch: epoch)
      }
    }
  }

  private func submit(_ open: inout OpenSession, _ demand: Demand, epoch: Int) async throws {
    let before = open.session.version
    let order = Order(at: currentMoment(), by: "engine", demand: demand)
    do {
      let events = try await open.submit(order, epoch: epoch, request: UUID().uuidString)
      await publish(events, open.session)
    } catch is Refusal {
      // A late report or a note after the end: the session has moved on, and its history says why.
      if open.session.version != before { await publish([], open.session) }
    }
    if open.session.epoch > epoch { throw Replaced(by: open.session.epoch) }
  }

  private func finished(_ session: Session) -> SupervisorEnd? {
    switch session.state {
    case .completed, .aborted, .failed: return session.outstanding.isEmpty ? .ended(session.state) : nil
    case .running, .waiting, .paused, .blocked, .interrupted: return nil
    }
  }

  private func rest(_ session: Session, running: [Effect: Task<Void, Never>]) -> SupervisorEnd? {
    guard running.isEmpty else { return nil }
    if let end = finished(session) { return end }
    guard !settings.waitsForPersons, session.outstanding.isEmpty, !session.isBackingOff else { return nil }
    return .resting(session.state)
  }

  private func leave(_ open: inout OpenSession, epoch: Int, end: SupervisorEnd) async throws -> SupervisorEnd {
    try await submit(&open, .releaseLease(epoch: epoch), epoch: epoch)
    return end
  }

  // MARK: - Effects

  private func start(
    _ effect: Effect, session: Session, workspace: any Workspace, watch: WorkspaceWatch
  ) -> Task<Void, Never> {
    switch effect {
    case .perform(let id, _):
      let task = session.task(id)
      if let task, let rules = session.workflow.supervision, task.performer != Playbook.checkpointPerformer {
        return Task { [self] in
          let outcome = await supervise(task, rules, session: session, workspace: workspace, watch: watch)
          post.yield(.attemptEnded(task, outcome))
        }
      }
      return Task { [self] in
        guard let task else { return }
        let result: Result<TaskReport, any Error>
        do {
          result = .success(try await perform(task, session: session, workspace: workspace))
        } catch {
          result = .failure(error)
        }
        post.yield(.taskEnded(task, result))
      }
    case .runGate(let id, let attempt):
      let gate = session.gate(id)
      let definition = session.workflow.gate(id)
      return Task { [self] in
        guard let gate, let definition else { return }
        let result: Result<GateResult, any Error>
        let isSupervised = session.workflow.supervision != nil
        if isSupervised { try? await watch.begin(effect.subject, owing: []) }
        do {
          result = .success(
            try await performers.gates.run(
              definition, of: session, in: workspace, folder: folder, attempt: attempt))
        } catch {
          result = .failure(error)
        }
        var operations: [FileOperation] = []
        if isSupervised, let changes = try? await watch.end(effect.subject).changes {
          operations = changes.map(\.operation)
        }
        post.yield(.gateEnded(gate, result, operations))
      }
    case .keep(let attempt):
      return Task { [self] in
        post.yield(.ended(effect, await keep(attempt, session: session, workspace: workspace)))
      }
    case .restore(let id, let attempt):
      return Task { [self] in
        post.yield(.ended(effect, await restore(id, attempt, session: session, workspace: workspace)))
      }
    case .probe(let id, let attempt):
      return Task { [self] in post.yield(.ended(effect, await probe(id, attempt, session: session))) }
    case .inspect(let subject, let attempt):
      return Task { [self] in post.yield(.ended(effect, await inspect(subject, attempt, workspace: workspace))) }
    }
  }

  private func keep(_ attempt: Int, session: Session, workspace: any Workspace) async -> Demand {
    do {
      var edits: [String] = []
      if let last = session.keptTree { edits = try await workspace.changes(since: last).map(\.path) }
      let look = try await workspace.look()
      let files = look.files.map { FileClaim(path: $0.path, hash: $0.hash) }
      for path in look.repositories { post.yield(.alarmed(Alert(leftOut: path))) }
      let tree = try await workspace.checkpoint(
        named: "keep-\(attempt)", message: "Picture \(attempt) of \(session.id)")
      return .reportKept(attempt: attempt, outcome: .kept(tree: tree, files: files, edits: edits))
    } catch {
      return .reportKept(attempt: attempt, outcome: .failed("\(error)"))
    }
  }

  private func restore(_ id: Int, _ attempt: Int, session: Session, workspace: any Workspace) async -> Demand {
    guard let owed = session.restoration, owed.id == id else {
      return .reportRestored(id, attempt: attempt, outcome: .failed("Nothing is to be put back."))
    }
    do {
      let summary = try await workspace.restore(tree: owed.tree)
      return .reportRestored(
        id, attempt: attempt,
        outcome: .restored(restored: summary.restored.count, removed: summary.removed.count))
    } catch {
      return .reportRestored(id, attempt: attempt, outcome: .failed("\(error)"))
    }
  }

  /// Looks at every file on the disk.
  private func inspect(_ subject: String, _ attempt: Int, workspace: any Workspace) async -> Demand {
    do {
      let files = try await workspace.files().filter { $0.size > 0 || $0.mode == "120000" }
      return .reportInspection(
        subject, attempt: attempt, files: files.map { FileClaim(path: $0.path, hash: $0.hash) })
    } catch {
      guard !Task.isCancelled else {
        return .interrupt(.inspect(subject, attempt: attempt), reason: "The workspace could not be read: \(error)")
      }
      // Looking again at once would find the same, for ever; what cannot be looked at is not there, and a person hears.
      post.yield(.noted(.failure, "The workspace could not be read, so no file counts as there: \(error)"))
      return .reportInspection(subject, attempt: attempt, files: [])
    }
  }

  /// Looks again and again, ever more seldom, until what is waited for answers.
  private func probe(_ id: String, _ attempt: Int, session: Session) async -> Demand {
    let gone = Demand.interrupt(.probe(id, attempt: attempt), reason: "It was cancelled.")
    guard let dependency = session.workflow.dependency(id) else { return gone }
    var looks = 0
    do {
      while true {
        if let words = try await performers.probe.look(for: dependency) {
          return .reportRestoredDependency(id, attempt: attempt, words: words)
        }
        let pauses = performers.probePauses
        try await Task.sleep(for: .milliseconds(pauses[min(looks, pauses.count - 1)]))
        looks += 1
      }
    } catch {
      return gone
    }
  }

  // MARK: - Time

  private struct Alarm {
    var at: Moment
    var task: Task<Void, Never>
  }

  /// Wakes the loop when time next brings something; at the latest every hour, because clocks are set.
  private func setAlarm(_ old: Alarm?, for session: Session) -> Alarm? {
    guard let next = session.nextAlarm else {
      old?.task.cancel()
      return nil
    }
    if let old, old.at == next { return old }
    old?.task.cancel()
    let wait = min(max(next - currentMoment(), 0) + 5, 3_600_000)
    let task = Task { [post] in
      do { try await Task.sleep(for: .milliseconds(wait)) } catch { return }
      post.yield(.timePassed)
    }
    return Alarm(at: next, task: task)
  }

  private func perform(
    _ task: TaskRecord, session: Session, workspace: any Workspace, account: AttemptAccount? = nil
  ) async throws -> TaskReport {
    let name = session.performer(of: task)
    guard let performer = performers.tasks[name] else {
      throw TaskFailure(cause: .hard, message: "Nothing here performs “\(name)” tasks.")
    }
    let secrets = performers.secrets()
    let transcript = Transcript(path: "\(folder.transcripts)/\(task.id)-\(task.attempt).log", secrets: secrets)
    transcript.write("begin \(task.title), attempt \(task.attempt)")
    defer { transcript.close() }
    let assignment = Assignment(
      session: session, task: task, workspace: workspace, folder: folder, transcript: transcript,
      note: { [post] severity, text in
        account?.sign()
        post.yield(.noted(severity, secrets.conceal(text)))
      },
      raise: { [journal] callback in
        account?.sign()
        var own = secrets.conceal(callback)
        if own.from.isEmpty { own.from = task.agent ?? task.performer }
        own.task = task.id
        own.attempt = task.attempt
        // It is in the journal when this returns, like everything a process beside the engine says.
        var open = try await OpenSession.open(session.id, in: journal)
        let order = Order(at: currentMoment(), by: own.from, demand: .raiseCallback(own))
        try await open.submit(order, request: "callback-\(UUID().uuidString)")
        let taken = open.session.callbacks.last {
          $0.text == own.text && $0.from == own.from && $0.task == own.task && $0.attempt == own.attempt
        }
        return taken?.id ?? ""
      },
      order: { [journal] demand in
        account?.sign()
        var open = try await OpenSession.open(session.id, in: journal)
        let order = Order(at: currentMoment(), by: task.agent ?? task.performer, demand: secrets.conceal(demand))
        try await open.submit(order, request: "agent-\(UUID().uuidString)")
        return open.session
      },
      alive: { account?.sign() },
      follow: { [journal] forPerson, isEnough in
        if forPerson { account?.waits(true) }
        defer { if forPerson { account?.waits(false) } }
        var open = try await OpenSession.open(session.id, in: journal)
        if isEnough(open.session) { return open.session }
        for await changed in journal.changes() where changed == nil || changed == session.id {
          _ = try await open.refresh()
          if isEnough(open.session) { return open.session }
        }
        throw CancellationError()
      })
    do {
      let report = try await performer.perform(assignment)
      transcript.write("end")
      return secrets.conceal(report)
    } catch {
      transcript.write("failed: \(error)")
      throw secrets.conceal(error)
    }
  }

  // MARK: - Supervised attempts

  /// Performs one attempt and holds everything it says and left against the disk; `nil` when it was cancelled.
  private func supervise(
    _ task: TaskRecord, _ rules: Supervision, session: Session, workspace: any Workspace, watch: WorkspaceWatch
  ) async -> AttemptReview.Outcome? {
    let secrets = performers.secrets()
    let account = AttemptAccount(task: task, session: session, folder: folder, secrets: secrets)
    let preflight: any Preflight =
      secrets.isEmpty ? performers.preflight : SecretPreflight(inner: performers.preflight, secrets: secrets)
    let supervised = SupervisedWorkspace(inner: workspace, preflight: preflight, attempt: account)
    let subject = "task:\(task.id)"
    do {
      try await watch.begin(subject, owing: task.expectedFiles)
      let saved = await AttemptReview.unpictured(in: session, workspace)
      let result: Result<TaskReport, any Error>
      do {
        result = .success(
          try await within(session.needsAgent(task) ? task.timeLimit ?? rules.timeLimit : nil, task, account, rules) {
            [self] in try await perform(task, session: session, workspace: supervised, account: account)
          })
      } catch {
        result = .failure(error)
      }
      supervised.close()
      let found = try await watch.end(subject)
      if case .failure(is CancellationError) = result { return nil }
      try Task.checkCancellation()
      return try await AttemptReview(
        attempt: account, workspace: workspace, preflight: preflight, rules: rules, saved: saved
      ).review(result, changes: found.changes, repositories: found.repositories, watch: watch)
    } catch is CancellationError {
      return nil
    } catch {
      supervised.close()
      let failure = TaskFailure(
        cause: .environment, message: "The workspace could not be looked at: \(error)",
        type: String(describing: type(of: error)))
      return AttemptReview.Outcome(result: .rejected(failure), operations: [], violations: account.account.violations)
    }
  }

  private enum Race: Sendable {
    case ended(Result<TaskReport, any Error>)
    case late
    case gone
  }

  /// Lets an attempt last no longer than it may; an agent that does not even stop then is left to itself, and whatever
  /// it writes is refused.
  private func within(
    _ seconds: Int?, _ task: TaskRecord, _ account: AttemptAccount, _ rules: Supervision,
    _ body: @escaping @Sendable () async throws -> TaskReport
  ) async throws -> TaskReport {
    guard let seconds else { return try await body() }
    let (races, post) = AsyncStream.makeStream(of: Race.self)
    let work = Task { try await body() }
    let ending = Task { post.yield(.ended(await work.result)) }
    let limit = Task {
      // Whoever waits for a person is not slow.
      var left = Moment(seconds) * 1_000
      while left > 0 {
        try await Task.sleep(for: .milliseconds(account.isWaiting ? 500 : max(left, 10)))
        left = Moment(seconds) * 1_000 - account.worked
      }
      post.yield(.late)
      try await Task.sleep(for: .seconds(5))
      post.yield(.gone)
    }
    let silence = Task { [self] in try await watchSilence(of: task, account, rules) }
    defer {
      limit.cancel()
      silence.cancel()
      ending.cancel()
    }
    var isLate = false
    return try await withTaskCancellationHandler {
      for await race in races {
        switch race {
        case .ended(let result):
          if isLate { throw tooLong(task, seconds) }
          return try result.get()
        case .late:
          isLate = true
          work.cancel()
        case .gone: throw tooLong(task, seconds)
        }
      }
      throw CancellationError()
    } onCancel: {
      work.cancel()
    }
  }

  private func tooLong(_ task: TaskRecord, _ seconds: Int) -> TaskFailure {
    TaskFailure(
      cause: .environment, message: "The attempt did not end within \(seconds) seconds and was stopped.",
      type: "TimeLimit")
  }

  /// Says once that an agent at work gives no sign.
  private func watchSilence(of task: TaskRecord, _ account: AttemptAccount, _ rules: Supervision) async throws {
    let limit = Moment(rules.silence) * 1_000
    while true {
      if account.isWaiting { account.sign() }
      let quiet = currentMoment() - account.account.lastSign
      if quiet >= limit {
        let who = task.agent ?? task.performer
        post.yield(
          .alarmed(
            Alert(
              kind: .agentSilent, subject: task.id,
              words: "\(who) has given no sign for \(rules.silence) seconds (\(task.title), attempt \(task.attempt))."))
        )
        return
      }
      try await Task.sleep(for: .milliseconds(max(limit - quiet, 100)))
    }
  }

  /// Writes an attempt's end down: the files first, then what was wrong with them, then what it means.
  private func report(
    _ outcome: AttemptReview.Outcome?, of task: TaskRecord, workspace: any Workspace, to open: inout OpenSession,
    epoch: Int
  ) async throws {
    let effect = Effect.perform(task: task.id, attempt: task.attempt)
    guard let outcome else {
      return try await submit(&open, .interrupt(effect, reason: "It was cancelled."), epoch: epoch)
    }
    // Whoever was paused or undone meanwhile counts no more; its files are noticed as edits.
    guard open.session.inFlight.contains(effect) else { return }
    if !outcome.operations.isEmpty {
      let author = FileAuthor.task(task.id, attempt: task.attempt, agent: task.agent)
      try await submit(&open, .recordFiles(FileBatch(author: author, operations: outcome.operations)), epoch: epoch)
    }
    let who = task.agent ?? task.performer
    for words in outcome.violations {
      let alert = Alert(
        kind: .conduct, subject: task.id, words: "\(who) \(words) (\(task.title), attempt \(task.attempt)).",
        severity: .failure)
      try await submit(&open, .alert(alert), epoch: epoch)
    }
    for alert in outcome.alerts { try await submit(&open, .alert(alert), epoch: epoch) }
    switch outcome.result {
    case .rejected(let failure):
      for rejection in failure.rejections {
        let alert = Alert(
          kind: .fileRejected, subject: rejection.path,
          words: "\(rejection.path) by \(who) was kept aside: \(rejection.reasons.joined(separator: " "))")
        try await submit(&open, .alert(alert), epoch: epoch)
      }
      try await submit(
        &open, .reportTask(task.id, attempt: task.attempt, outcome: .failed(failure)), epoch: epoch)
    case .approved(let report, _):
      let demand = await demand(for: task, result: .success(report), workspace: workspace)
      try await submit(&open, demand, epoch: epoch)
    }
  }

  /// What an attempt's end means, with its files as the disk has them.
  private func demand(
    for task: TaskRecord, result: Result<TaskReport, any Error>, workspace: any Workspace
  ) async -> Demand {
    switch result {
    case .success(var report):
      if !task.expectedFiles.isEmpty {
        do {
          let expected = Set(task.expectedFiles)
          report.files = try await workspace.files().filter { expected.contains($0.path) && $0.size > 0 }
            .map { FileClaim(path: $0.path, hash: $0.hash) }
        } catch {
          let words = "The workspace could not be read: \(error)"
          return .reportTask(
            task.id, attempt: task.attempt, outcome: .failed(TaskFailure(cause: .environment, message: words)))
        }
      }
      return .reportTask(task.id, attempt: task.attempt, outcome: .finished(report))
    case .failure(is CancellationError):
      return .interrupt(.perform(task: task.id, attempt: task.attempt), reason: "It was cancelled.")
    case .failure(let failure as TaskFailure):
      return .reportTask(task.id, attempt: task.attempt, outcome: .failed(failure))
    case .failure(let refusal as WorkspaceRefusal):
      let failure = TaskFailure(cause: .environment, message: refusal.description)
      return .reportTask(task.id, attempt: task.attempt, outcome: .failed(failure))
    case .failure(let error):
      let failure = TaskFailure(cause: .cognitive, message: String(describing: error))
      return .reportTask(task.id, attempt: task.attempt, outcome: .failed(failure))
    }
  }

  private func demand(for gate: GateRecord, result: Result<GateResult, any Error>) -> Demand {
    switch result {
    case .success(let result): return .reportGate(gate.id, attempt: gate.attempt, result: result)
    case .failure(is CancellationError):
      return .interrupt(.runGate(gate.id, attempt: gate.attempt), reason: "It was cancelled.")
    case .failure(let error):
      let words = GateResult(
        passed: false, required: gate.required, achieved: "not checked", unavailable: String(describing: error))
      return .reportGate(gate.id, attempt: gate.attempt, result: words)
    }
  }
}

extension Effect {
  /// Whether nothing else may be under way while it is done.
  fileprivate var needsStillness: Bool {
    switch self {
    case .keep, .restore, .inspect: return true
    case .perform, .runGate, .probe: return false
    }
  }
}
