import Engine
import Foundation
import Gates
import Generator
import JournalSQLite
import Kernel
import Playbooks
import Reports
import Synchronization
import Workspaces

/// Puts the program together from what the environment says; the one place where all targets meet.
struct Wiring: Sendable {
  let environment: [String: String]
  let state: StateFolder
  let library: Library
  /// The folder of the person's own playbooks and themes.
  private let personFolder: String
  /// Signalbox's own absolute path, by which guardians and callback servers are started.
  let launcher: String
  private let found: Found<Containment>

  init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    self.environment = environment
    let state = StateFolder(environment: environment)
    self.state = state
    let launcher = Bundle.main.executablePath ?? CommandLine.arguments[0]
    self.launcher = launcher
    let config = environment["XDG_CONFIG_HOME"] ?? (environment["HOME"] ?? NSHomeDirectory()) + "/.config"
    let personFolder = config + "/signalbox"
    self.personFolder = personFolder
    found = Found {
      Containment.find(
        launcher: launcher, hiding: [StateFolder.absolute(state.path)], keeping: [StateFolder.absolute(personFolder)],
        home: environment["HOME"] ?? NSHomeDirectory())
    }
    library = Library(
      project: FileManager.default.currentDirectoryPath, person: config + "/signalbox",
      gateKinds: GateCatalogue().names)
  }

  /// The person's own settings.
  var settingsFile: String { personFolder + "/config.yaml" }

  /// Paths in words as a person writes them, with `~` for their home.
  func atHome(_ words: String) -> String {
    guard let home = environment["HOME"], home.count > 1 else { return words }
    return String((" " + words).replacingOccurrences(of: " \(home)/", with: " ~/").dropFirst())
  }

  /// Where a file of keys may lie, the one that wins first.
  var keyFiles: [String] { [".signalbox/keys.yaml", personFolder + "/keys.yaml"] }

  /// The folder one works in, where it has playbooks of its own.
  var project: String? {
    let folder = FileManager.default.currentDirectoryPath
    return FileManager.default.fileExists(atPath: folder + "/.signalbox") ? folder : nil
  }

  /// Who is at the keyboard, as the operating system knows them.
  var person: String { NSUserName() }

  /// Where an answer given now comes from; asserted, because any program of the same user could say the same.
  func origin(client: String) -> AnswerOrigin {
    AnswerOrigin(
      user: Int(getuid()), host: ProcessInfo.processInfo.hostName,
      terminal: ttyname(0).map { String(cString: $0) } ?? "", client: client)
  }

  /// Refuses what only a person orders where it is asked for by something that works for a session.
  func refuseInsideTask(_ what: String) throws {
    guard environment["SIGNALBOX_TASK"] == nil else {
      throw Told(
        .refused, why: "\(what) from inside a task.", instead: "A person does it from a terminal of their own.")
    }
  }

  /// The journal that `SIGNALBOX_STORE` names, else the one in the state folder.
  func journal() throws -> SQLiteJournal {
    let store = environment["SIGNALBOX_STORE"] ?? "sqlite:" + state.journal
    guard store.hasPrefix("sqlite:") else {
      throw Told(
        .refused, why: "SIGNALBOX_STORE names a store this version does not have: \(store)",
        instead: "Use sqlite:PATH, or unset it to use \(state.journal).")
    }
    try StateFolder.make(state.path)
    return try SQLiteJournal(path: StateFolder.absolute(String(store.dropFirst("sqlite:".count))))
  }

  /// Opens the workspace of a session.
  func workspace(of session: Session) async throws -> GitWorkspace {
    try await GitWorkspace(root: session.workspace, store: state.session(session.id).objects)
  }

  /// What agents and checks are kept in, as far as this machine offers it. Looking starts two programs, so it is done once,
  /// and only for whoever asks.
  var containment: Containment { found.value }

  /// Answers on the files as they are now.
  var answers: AnswerSubmission { AnswerSubmission { try await workspace(of: $0) } }

  /// Consequences with what only the disk can tell.
  func filled(_ consequences: Consequences, of session: Session) async throws -> Consequences {
    guard consequences.restoresTree != nil else { return consequences }
    return try await WorkspaceFacts(workspace(of: session)).fill(consequences, in: session)
  }

  /// Everyone who does effects: one line per kind.
  ///
  /// - Parameter session: Whose agents are wanted beside the built-in ones.
  func performers(journal: any Journal, of session: String? = nil) throws -> Performers {
    let generator = try SystemGenerator()
    // Several state folders may share one set of tools; tests do.
    let folder = environment["SIGNALBOX_TOOLCHAIN"].map(StateFolder.absolute) ?? state.toolchains
    let toolchain = Toolchain(folder: folder, requirements: generator.toolchainRequirements)
    var real = Performers(
      tasks: [
        "context": ContextPerformer(),
        "checkpoint": CheckpointPerformer(),
        "quarantine": QuarantinePerformer(),
        AuditPerformer.name: AuditPerformer(),
        "survey": SurveyPerformer(generator),
        "generate": GeneratePerformer(generator),
        "toolchain": ToolchainPerformer(toolchain),
        "document.intake": DocumentPerformer(.intake, journal: journal, version: Version.number),
        "document.plan": DocumentPerformer(.plan, journal: journal, version: Version.number) {
          try generator.plan(for: $0)
        },
        "document.checklist": DocumentPerformer(.checklist, journal: journal, version: Version.number),
        "document.report": DocumentPerformer(.report, journal: journal, version: Version.number),
        "document.partial-report": DocumentPerformer(.partialReport, journal: journal, version: Version.number),
        "package": PackagePerformer(journal: journal, version: Version.number),
        "package.partial": PackagePerformer(journal: journal, version: Version.number, partial: true),
        "repair.lint": RepairPerformer(toolchain, .lint),
        "repair.format": RepairPerformer(toolchain, .format),
      ],
      gates: QualityGates(toolchain: toolchain, containment: { [found] in found.value }),
      probe: CommandProbe(environment: environment),
      preflight: PreflightCatalogue())
    if let session, let crew = try Crew(wiring: self, folder: state.session(session)) { crew.join(&real) }
    // Only a state folder that a drill made says which one; there, its script lets things go wrong.
    guard let drill = try rehearsed() else { return real }
    return ScriptedFaults(drill: drill, journal: journal).around(real)
  }

  /// What an engine does before it begins: it takes away what killed ones left, and holds what the session began with
  /// against what is on disk now.
  func makeReady(_ id: String, journal: any Journal) async throws {
    for line in PrivateFolder.sweep().lines { remark(line) }
    var open = try await OpenSession.open(id, in: journal)
    let library = Library(project: open.session.project, person: personFolder, gateKinds: GateCatalogue().names)
    try await offerPlaybooks(of: library, to: &open)
    try await KeptCards(state.session(id)).hold(against: library, telling: &open)
  }

  /// Offers a session the playbooks on disk where they are others than those it began with; a person decides.
  private func offerPlaybooks(of library: Library, to open: inout OpenSession) async throws {
    // A file that cannot be read any more changes nothing; `signalbox playbooks check` tells of it.
    guard let workflow = try? library.workflow(open.session.workflow.id) else { return }
    guard workflow.digest != open.session.workflow.digest, open.session.standing == .active else { return }
    try await open.submit(
      Order(at: currentMoment(), by: "engine", demand: .offer(workflow)), request: "offer-\(workflow.digest)")
  }

  /// The drill that this state folder was made for, if it was made for one.
  func rehearsed() throws -> Drill? {
    guard let data = FileManager.default.contents(atPath: state.path + "/" + DrillStage.mark) else { return nil }
    return try library.drill(String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
  }

  /// A supervisor for a session.
  func supervisor(
    of session: String, journal: any Journal, waitsForPersons: Bool,
    publish: @escaping @Sendable ([Event], Session) async -> Void = { _, _ in }
  ) throws -> Supervisor {
    let name = "process \(ProcessInfo.processInfo.processIdentifier) on \(ProcessInfo.processInfo.hostName)"
    let supervisor = Supervisor(
      journal: journal, folder: state.session(session), performers: try performers(journal: journal, of: session),
      settings: .init(holder: name, waitsForPersons: waitsForPersons),
      makeWorkspace: { session in
        let workspace = try await GitWorkspace(root: session.workspace, store: state.session(session.id).objects)
        // A restore that was cut short is finished before anything else looks at the files.
        if let tree = try await workspace.pendingRestore { _ = try await workspace.restore(tree: tree) }
        return workspace
      },
      publish: { events, session in
        await publish(events, session)
        // Only whoever holds the lease tidies the journal's log, and says so when it cannot.
        guard let journal = journal as? SQLiteJournal else { return }
        do { _ = try await journal.checkpointIfNeeded() } catch { remark("\(error)") }
      })
    // Whoever starts the first program finds out how far it is contained; from then on it stands on record.
    found.tell { [weak supervisor] containment in supervisor?.report(containment: containment.level) }
    return supervisor
  }

  /// Whether the engine of a session works.
  func liveness(of session: Session) -> EngineLiveness {
    guard let holder = session.holder else { return .gone }
    return EngineLock.liveness(folder: state.session(session.id), epoch: holder.epoch)
  }

  /// The session's state in one word, with what only a look at the machine can tell.
  func word(for session: Session) -> SessionState {
    guard session.state == .running, liveness(of: session) == .gone else { return session.state }
    return .interrupted
  }
}

/// Something that takes a moment to find out, found out when it is first asked for.
private final class Found<Value: Sendable>: Sendable {
  private let look: @Sendable () -> Value
  private let known = Mutex<Value?>(nil)
  private let listeners = Mutex<[@Sendable (Value) -> Void]>([])

  init(_ look: @escaping @Sendable () -> Value) { self.look = look }

  var value: Value {
    let (value, isNew) = known.withLock { known -> (Value, Bool) in
      if let known { return (known, false) }
      let found = look()
      known = found
      return (found, true)
    }
    guard isNew else { return value }
    let waiting = listeners.withLock { listeners in
      defer { listeners = [] }
      return listeners
    }
    for listener in waiting { listener(value) }
    return value
  }

  /// Tells what is found once it is found, at once where it is known.
  func tell(_ listener: @escaping @Sendable (Value) -> Void) {
    let value = known.withLock { known in
      if known == nil { listeners.withLock { $0.append(listener) } }
      return known
    }
    if let value { listener(value) }
  }
}
