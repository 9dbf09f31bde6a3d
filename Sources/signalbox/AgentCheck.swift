import Agents
import Engine
import Foundation
import Gates
import Kernel

/// How far agents are kept away from what decides about them, and whether each one starts.
enum AgentCheck {
  /// How long an agent has until it is ready, in seconds.
  static let patience = 20

  /// A row for the containment and one for each agent, in the file's order.
  static func all(wiring: Wiring, named path: String?) async -> [MachineCheck] {
    let file: CrewFile?
    let crew: Crew
    do {
      file = try CrewFile(wiring: wiring, named: path)
      crew = try Crew(wiring: wiring, definitions: file?.definitions ?? [])
    } catch {
      return [
        MachineCheck(
          name: "agents", isGood: false, isNeeded: true, found: Told(error)?.why ?? "\(error)",
          instead: Told(error)?.instead ?? "Correct the file.")
      ]
    }
    guard file != nil else {
      return [
        containment(crew.containment),
        MachineCheck(
          name: "agents", isGood: true, isNeeded: false, found: "no agents.yaml; the built-in generator works",
          instead: ""),
      ]
    }
    // Side by side: one that does not answer must not hold up the others.
    let checks = await withTaskGroup(of: (Int, MachineCheck).self) { group in
      for (place, definition) in crew.definitions.enumerated() {
        group.addTask { (place, await AgentCheck.check(definition, of: crew)) }
      }
      var found: [(Int, MachineCheck)] = []
      for await one in group { found.append(one) }
      return found.sorted { $0.0 < $1.0 }.map(\.1)
    }
    return [containment(crew.containment)] + checks
  }

  private static func containment(_ found: Containment) -> MachineCheck {
    let isThere = ["/usr/bin/bwrap", "/usr/local/bin/bwrap"].contains {
      FileManager.default.isExecutableFile(atPath: $0)
    }
    let bubblewrap =
      found.bubblewrap.map { "bubblewrap is \($0)" }
      ?? (isThere ? "bubblewrap is there, but may not make namespaces" : "bubblewrap was not found")
    return MachineCheck(
      name: "containment", isGood: found.level == .sandbox, isNeeded: false,
      found: "\(found.level.sentence) (\(bubblewrap))",
      instead: isThere
        ? "Allow unprivileged user namespaces, e.g. `sysctl kernel.unprivileged_userns_clone=1`, or an AppArmor profile."
        : "Install bubblewrap (Debian: `apt install bubblewrap`) and agents run in a sandbox.",
      more: [
        "level": found.level.rawValue, "sentence": found.level.sentence, "bubblewrap": found.bubblewrap ?? "",
        "landlock": found.landlock,
      ])
  }

  private static func check(_ definition: AgentDefinition, of crew: Crew) async -> MachineCheck {
    let level = crew.containment.level.rawValue
    var check = MachineCheck(
      name: "agent \(definition.name)", isGood: true, isNeeded: true, found: "", instead: "",
      more: [
        "agent": definition.name, "kind": definition.kind.rawValue, "roles": definition.roles, "level": level,
      ])
    guard definition.kind != .generator else {
      check.found = "built in; it starts no program"
      return check
    }
    do {
      let home = try CrewMember.Home(definition.home, person: crew.environment["HOME"] ?? NSHomeDirectory())
      defer { home.remove() }
      let variables = try crew.variables(of: definition, home: home.path)
      let program = try crew.program(definition)
      guard let path = program.first, FileManager.default.isExecutableFile(atPath: path), !isFolder(path) else {
        throw TaskFailure(
          cause: .environment, message: "\(program.first ?? "Nothing") is no program that can be started.",
          type: "AgentNotFound")
      }
      check.more["program"] = path
      switch definition.kind {
      case .command, .generator:
        guard await isSeen(path, home: home.path, crew.containment) else {
          throw TaskFailure(
            cause: .environment, message: "\(path) is there, but cannot be seen from the sandbox.", type: "AgentHidden")
        }
        check.found = "\(path) can be started; what it does shows with its first task (\(level))"
      case .acp:
        let trial = AgentTrial(
          .init(
            name: definition.name, arguments: program.map { blank($0) }, environment: variables, writable: [home.path],
            readable: [URL(fileURLWithPath: crew.launcher).deletingLastPathComponent().path],
            network: definition.network), containment: crew.containment, seconds: patience)
        let outcome = try await trial.run()
        tell(outcome, level: level, in: &check)
      }
    } catch {
      let failure = error as? TaskFailure
      check.isGood = false
      check.found = failure?.message ?? "\(error)"
      check.instead = instead(failure?.type ?? "", definition)
      if let type = failure?.type { check.more["error"] = type }
    }
    tellSecrets(of: definition, crew.secrets, in: &check)
    return check
  }

  private static func tell(_ outcome: AgentTrial.Outcome, level: String, in check: inout MachineCheck) {
    let greeting = outcome.greeting
    var abilities = [greeting.loads ? "loads" : nil, greeting.resumes ? "resumes" : nil].compactMap { $0 }
    if abilities.isEmpty { abilities = ["begins anew after a stop"] }
    let logins = greeting.logins.map { $0.name.isEmpty ? $0.id : $0.name }
    check.found =
      "\(greeting.name), protocol \(greeting.version), \(abilities.joined(separator: " and "))"
      + (logins.isEmpty ? "" : ", login by \(logins.joined(separator: " or "))")
      + ", \(level), ready in \(outcome.milliseconds) ms"
    check.more["says"] = greeting.name
    check.more["protocol"] = Int(greeting.version)
    check.more["loads"] = greeting.loads
    check.more["resumes"] = greeting.resumes
    check.more["logins"] = greeting.logins.map(\.id)
    check.more["milliseconds"] = outcome.milliseconds
  }

  /// Whether a program can be started where agents work: a sandbox has a /tmp of its own.
  private static func isSeen(_ path: String, home: String, _ containment: Containment) async -> Bool {
    let words = containment.command(
      ["/bin/sh", "-c", "test -x \"$0\"", path], workspace: home, network: false)
    let result = try? await CommandRunner().run(
      words, in: "/", environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"], timeLimit: .seconds(20),
      outputLimit: 4_096)
    return result?.exitStatus == 0
  }

  /// What helps, by the kind of failure.
  private static func instead(_ type: String, _ definition: AgentDefinition) -> String {
    switch type {
    case "AgentHidden":
      return "Keep it outside /tmp, /run and the state folder, which agents do not see; ~/.local/bin will do."
    case "AgentNotFound":
      return "Install it, or write its absolute path under `command` of \(definition.name) in agents.yaml."
    case "AgentEnvironment":
      return "Set it in the terminal from which sessions are started, or correct `environment` of \(definition.name)."
    case "AuthenticationRequired":
      return definition.home == .fresh
        ? "Log in with its own program and say `home: keep`, or name the variable that holds its key under `environment`."
        : "Log in once with its own program, then look again."
    case "AgentLate":
      return definition.network
        ? "Start it by hand once: it may fetch something first, or ask something of its terminal."
        : "Start it by hand once; if it needs its service to start, say `network: true`."
    case "ProtocolVersion": return "Use a version of it that speaks version 1 of the Agent Client Protocol."
    case "AgentGone", "AgentError":
      return "Start it by hand with the same words; does it need a flag to speak the protocol, or `network: true`?"
    default: return "Correct \(definition.name) in agents.yaml."
    }
  }

  /// Words without a task to fill them.
  private static func blank(_ word: String) -> String {
    AgentDefinition.fill(
      word,
      task: TaskRecord(
        id: "trial", title: "Trial", stage: 0, substage: nil, role: "", performer: "", expectedFiles: [], maxAttempts: 1
      ), workspace: "/tmp", file: "/dev/null")
  }

  /// Takes the values of its variables out of what a program said, since it may repeat what it was given, and says which
  /// of them are too short for that.
  private static func tellSecrets(of definition: AgentDefinition, _ secrets: KnownSecrets, in check: inout MachineCheck)
  {
    check.found = secrets.conceal(check.found)
    if let says = check.more["says"] as? String { check.more["says"] = secrets.conceal(says) }
    let short = definition.environment.map(\.name).filter(secrets.tooShort.contains)
    guard !short.isEmpty else { return }
    check.found += ". " + KnownSecrets.remark(tooShort: short)
    check.more["short"] = short
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }
}
