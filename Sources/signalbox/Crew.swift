import Agents
import Engine
import Foundation
import Kernel
import Playbooks

/// The file that says who works for a session, as it was when the session began.
struct CrewFile {
  let definitions: [AgentDefinition]
  private let bytes: [UInt8]

  /// The name of the copy in a session's folder.
  static let name = "agents.yaml"

  /// Reads the file that was named, else the project's or the person's own; `nil` where there is none.
  init?(wiring: Wiring, named path: String?) throws {
    if let path {
      let whole = StateFolder.absolute(path)
      bytes = try AgentsFile.bytes(of: whole)
      definitions = try AgentsFile.read(bytes: bytes, name: whole, roles: wiring.library.roleNames)
      return
    }
    guard let found = try wiring.library.agentsFile() else { return nil }
    (definitions, bytes) = found
  }

  /// Keeps a copy, so that who works does not change under a session that goes on. No secret stands in it.
  func freeze(into folder: SessionFolder) throws {
    let path = "\(folder.path)/\(CrewFile.name)"
    guard
      FileManager.default.createFile(atPath: path, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
    else {
      throw Told(
        .refused, why: "\(path) cannot be written.", instead: "Look at the state folder with `signalbox doctor`.")
    }
  }
}

/// The agents of a session that are programs of their own.
struct Crew: Sendable {
  let definitions: [AgentDefinition]
  let cards: [RoleCard]
  private let wiring: Wiring

  /// Reads what was kept when the session began; `nil` where only the built-in generator works.
  init?(wiring: Wiring, folder: SessionFolder) throws {
    let path = "\(folder.path)/\(CrewFile.name)"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let kept = KeptCards(folder)
    try self.init(
      wiring: wiring, definitions: AgentsFile.read(path: path), cards: kept.areThere ? kept.cards() : nil)
  }

  /// Makes a crew whose cards are those of the library, where it has none of its own.
  init(wiring: Wiring, definitions: [AgentDefinition], cards: [RoleCard]? = nil) throws {
    self.definitions = definitions
    self.cards = try cards ?? wiring.library.roleCards()
    self.wiring = wiring
  }

  var containment: Containment { wiring.containment }
  var launcher: String { wiring.launcher }
  var environment: [String: String] { wiring.environment }

  /// The performer's name of an agent.
  static func performer(_ definition: AgentDefinition) -> String { "agent:\(definition.name)" }

  /// A workflow whose roster has the agents of a file in the roles they have there; who else stood in these roles goes,
  /// because nobody asked for them. The file's order is the order of preference.
  static func roster(_ definitions: [AgentDefinition], of workflow: Workflow) -> Workflow {
    guard var rules = workflow.supervision else { return workflow }
    let roles = Set(definitions.flatMap(\.roles))
    rules.agents.removeAll { roles.contains($0.role) }
    rules.provisions.removeAll { roles.contains($0.role) }
    for definition in definitions {
      for role in definition.roles {
        let name = definition.roles.count == 1 ? definition.name : "\(definition.name)-\(role)"
        rules.agents.append(
          AgentRecord(name: name, role: role, performer: definition.kind == .generator ? nil : performer(definition)))
      }
    }
    // Programs that ask a model need longer than templates; the longest that is wished counts for all.
    if let longest = definitions.compactMap(\.limits.seconds).max() { rules.timeLimit = max(rules.timeLimit, longest) }
    if let silence = definitions.compactMap(\.limits.silence).max() { rules.silence = silence }
    var own = workflow
    own.supervision = rules
    return own
  }

  /// Adds a performer for each agent. What an agent does not take is done by whoever does it without agents.
  func join(_ performers: inout Performers) {
    let builtIn = performers.tasks
    performers.preflight = CardPreflight(performers.preflight, cards: cards)
    performers.secrets = { [self] in secrets }
    for definition in definitions where definition.kind != .generator {
      performers.tasks[Crew.performer(definition)] = CrewMember(crew: self, definition: definition, builtIn: builtIn)
    }
  }

  /// The values that agents are given under `environment:`, as they are now; what cannot be read is given to nobody.
  ///
  /// Names that never hold a secret are left out, and addresses that name no user, because files may well hold them.
  var secrets: KnownSecrets {
    let plain = ["PATH", "HOME", "LANG", "TZ", "TERM", "USER", "LOGNAME", "SHELL", "TMPDIR", "PWD"]
    var values: [String: String] = [:]
    for definition in definitions {
      for variable in definition.environment {
        if case .plain = variable { continue }
        let name = variable.name
        guard !plain.contains(name), !name.hasPrefix("LC_"), !name.hasPrefix("XDG_"),
          let value = try? self.value(of: variable, for: definition)
        else { continue }
        if value.contains("://"), !value.contains("@") { continue }
        values[name] = value
      }
    }
    return KnownSecrets(values)
  }

  /// The card of a role.
  func card(_ role: String) -> RoleCard? { cards.first { $0.role == role } }

  /// Everything a program gets in its environment: what its definition lists, and what no program can do without.
  func variables(of definition: AgentDefinition, home: String) throws -> [String: String] {
    var variables = [
      "PATH": environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin", "HOME": home,
      "LANG": environment["LANG"] ?? "C.UTF-8", "TERM": "dumb",
    ]
    for variable in definition.environment { variables[variable.name] = try value(of: variable, for: definition) }
    return variables
  }

  private func value(of variable: AgentVariable, for definition: AgentDefinition) throws -> String {
    switch variable {
    case .plain(_, let value): return value
    case .inherited(let name):
      guard let value = environment[name] else {
        throw TaskFailure(
          cause: .environment, message: "\(definition.name) needs the variable \(name), which is not set.",
          type: "AgentEnvironment")
      }
      return value
    case .file(let name, let path):
      let whole = path.hasPrefix("~/") ? (environment["HOME"] ?? NSHomeDirectory()) + path.dropFirst() : path
      guard let data = FileManager.default.contents(atPath: whole), data.count <= 1 << 16 else {
        throw TaskFailure(
          cause: .environment, message: "\(definition.name) takes \(name) from \(path), which cannot be read.",
          type: "AgentEnvironment")
      }
      return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  /// Where a program lies, looked up in the person's own folders of programs.
  func program(_ definition: AgentDefinition) throws -> [String] {
    guard let name = definition.command.first else { return [] }
    if name.hasPrefix("/") { return definition.command }
    if let program = findProgram(name, path: environment["PATH"] ?? "") {
      return [program] + definition.command.dropFirst()
    }
    throw TaskFailure(
      cause: .environment, message: "\(definition.name): there is no program \(name) in the folders of PATH.",
      type: "AgentNotFound")
  }
}

/// One agent of a session as a performer: a program for what it takes, the built-in performers for everything else.
struct CrewMember: TaskPerformer {
  let crew: Crew
  let definition: AgentDefinition
  let builtIn: [String: any TaskPerformer]

  /// Whoever died with it is asked about, since it may have reached something outside.
  var isRepeatable: Bool { false }

  func perform(_ assignment: Assignment) async throws -> TaskReport {
    guard definition.takes.contains(assignment.task.performer) else {
      guard let other = builtIn[assignment.task.performer] else {
        throw TaskFailure(cause: .hard, message: "Nothing here performs “\(assignment.task.performer)” tasks.")
      }
      return try await other.perform(assignment)
    }
    let home = try Home(definition.home, person: crew.environment["HOME"] ?? NSHomeDirectory())
    defer { home.remove() }
    var variables = try crew.variables(of: definition, home: home.path)
    variables["SIGNALBOX_TASK"] = assignment.task.id
    variables["SIGNALBOX_SESSION"] = assignment.session.id
    variables["SIGNALBOX_ATTEMPT"] = String(assignment.task.attempt)
    assignment.transcript.write("containment \(crew.containment.level.sentence)")
    let short = definition.environment.map(\.name).filter(assignment.transcript.secrets.tooShort.contains)
    if !short.isEmpty { assignment.transcript.write(KnownSecrets.remark(tooShort: short)) }
    switch definition.kind {
    case .command: return try await command(assignment, variables: variables)
    case .acp, .generator:
      let before = crew.containment.startupFiles
      // One's own rules are kept as they are by keeping the folder they are in, so it has to be there.
      if definition.home == .keep { for folder in crew.containment.kept { try? StateFolder.make(folder) } }
      let result: Result<TaskReport, any Error>
      do {
        result = .success(try await protocolAgent(assignment, variables: variables, home: home))
      } catch {
        result = .failure(error)
      }
      // What was there could not be changed in a sandbox; what was not is only noticed.
      for path in crew.containment.startupFiles where !before.contains(path) {
        await assignment.note(
          .failure,
          "\(path) is new since \(definition.name) began, and your shell or desktop obeys it; look at it before you log in."
        )
      }
      return try result.get()
    }
  }

  private func words(_ assignment: Assignment) throws -> [String] {
    let file = assignment.task.expectedFiles.first ?? ""
    return try crew.program(definition).map {
      AgentDefinition.fill($0, task: assignment.task, workspace: assignment.workspace.root, file: file)
    }
  }

  private func command(_ assignment: Assignment, variables: [String: String]) async throws -> TaskReport {
    try await CommandAgent(
      name: definition.name, argv: try words(assignment), environment: variables, network: definition.network,
      containment: crew.containment
    ).perform(assignment)
  }

  private func protocolAgent(
    _ assignment: Assignment, variables: [String: String], home: Home
  ) async throws -> TaskReport {
    let launcher = crew.launcher
    var options = definition.options.map { (id: $0.name, value: $0.value) }
    if let model = definition.model { options.append(("model", model)) }
    var limits = ACPAgent.Limits()
    limits.turns = definition.limits.turns
    limits.toolCalls = definition.limits.toolCalls ?? limits.toolCalls
    limits.cost = definition.limits.cents.map { Double($0) / 100 }
    let agent = ACPAgent(
      .init(
        name: definition.name, arguments: try words(assignment), environment: variables, writable: [home.path],
        readable: [URL(fileURLWithPath: launcher).deletingLastPathComponent().path], network: definition.network,
        mode: definition.mode, options: options,
        resumes: definition.profile.canLoad, limits: limits),
      containment: crew.containment, card: { crew.card($0) },
      prompt: { assignment, card in
        Delegation(
          assignment,
          card: card
            ?? RoleCard(
              role: assignment.task.workingRole, title: assignment.task.workingRole, charter: "Does what its task says."
            ),
          cards: crew.cards, agent: definition
        ).text
      },
      server: { try ACPAgent.DeskServer.open(for: $0, program: launcher) })
    return try await agent.perform(assignment)
  }

  /// The home folder a program gets: the person's own, or a fresh one that goes with the attempt.
  struct Home {
    let path: String
    private let fresh: PrivateFolder?

    init(_ kind: AgentDefinition.Home, person: String) throws {
      switch kind {
      case .keep: fresh = nil
      case .fresh: fresh = try PrivateFolder("home", below: "/tmp")
      }
      path = fresh?.path ?? person
    }

    func remove() { fresh?.remove() }
  }
}
