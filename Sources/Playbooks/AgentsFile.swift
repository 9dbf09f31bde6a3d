import Foundation
import Kernel

/// Reads which agents can work for a session.
///
/// Several agents may have one role: the first written is preferred, the others stand in for it. Secrets never stand in
/// the file: a variable is taken from the person's environment by its name, or read from a file of its own.
public enum AgentsFile {
  /// A file to begin with; every name in it can be used as it stands.
  public static let sample = """
    # Who works for a session. Of several agents with one role the first is preferred, and the next stands in for it.
    agents:
      # A program that speaks the Agent Client Protocol over its input and output.
      - name: writer
        roles: [developer, tester]
        kind: acp
        command: [my-agent, --acp]
        environment: [MY_AGENT_KEY]           # taken from your own environment by name; values never stand here
        model: large
        network: true                          # it reaches its model's service
        profile: {asks: always, load: true, replays-on-load: true, continues-on-load: false}
        limits: {seconds: 600, turns: 5, cost: 2.50, silence: 120, tool-calls: 200}
        instructions: Keep to the style of the files that are there.
      # A plain command that reads what it is told from a file, works in the workspace and ends.
      - name: helper
        role: developer
        kind: command
        command: [my-tool, --message-file, "{{file}}"]
        environment:
          - MY_TOOL_TOKEN: {file: ~/.config/my-tool/token}
        set: {LANG: C.UTF-8}
        home: keep
        network: true
      # The built-in generator: templates, no model, no network.
      - name: templates
        role: developer
        kind: generator

    """

  /// Reads agents from a file.
  ///
  /// - Parameters:
  ///   - path: The file's path.
  ///   - roles: The roles there are; an agent with another one is refused. `nil` checks none.
  ///   - performers: The performers there are; an agent that takes another's tasks is refused. `nil` checks none.
  /// - Throws: A ``LibraryFailure`` with the place to correct.
  public static func read(
    path: String, roles: [String]? = nil, performers: [String]? = nil
  ) throws(LibraryFailure) -> [AgentDefinition] {
    try read(bytes: bytes(of: path), name: path, roles: roles, performers: performers)
  }

  /// The bytes of a file, read once for whoever reads agents from it and keeps a copy.
  public static func bytes(of path: String) throws(LibraryFailure) -> [UInt8] {
    guard FileManager.default.fileExists(atPath: path) else {
      throw LibraryFailure(file: path, line: 0, column: 0, message: "There is no such file.")
    }
    return try LibraryFile(reading: URL(fileURLWithPath: path), name: path, path: path).bytes
  }

  /// Reads agents from the bytes of a file that is already open.
  public static func read(
    bytes: [UInt8], name: String, roles: [String]? = nil, performers: [String]? = nil
  ) throws(LibraryFailure) -> [AgentDefinition] {
    try agents(in: LibraryFile(name: name, path: name, bytes: bytes), roles: roles, performers: performers)
  }

  static func agents(
    in file: LibraryFile, roles: [String]?, performers: [String]?
  ) throws(LibraryFailure) -> [AgentDefinition] {
    let table = try YAMLEntry.read(file).table("a file of agents", required: ["agents"])
    let list = try table.entry("agents")
    var agents: [AgentDefinition] = []
    for entry in try list.list(of: "agents") {
      let reader = try AgentReader(entry, roles: roles, performers: performers)
      let agent = try reader.agent()
      guard !agents.contains(where: { $0.name == agent.name }) else {
        throw try reader.table.entry("name").failure(
          "The agent “\(agent.name)” stands twice; every agent needs a name of its own.")
      }
      agents.append(agent)
    }
    guard !agents.isEmpty else { throw list.failure("Expected at least one agent.") }
    return agents
  }
}

extension Library {
  /// The agents of the project or the person, from the first `agents.yaml` found, or `nil` when there is none.
  public func agents(performers: [String]? = nil) throws(LibraryFailure) -> [AgentDefinition]? {
    try agentsFile(performers: performers)?.agents
  }

  /// The same, with the bytes they were read from.
  public func agentsFile(
    performers: [String]? = nil
  ) throws(LibraryFailure) -> (agents: [AgentDefinition], bytes: [UInt8])? {
    guard let file = try find("agents.yaml") else { return nil }
    return (try AgentsFile.agents(in: file, roles: roleNames, performers: performers), file.bytes)
  }
}

/// Reads one agent.
private struct AgentReader {
  let table: YAMLTable
  let roles: [String]?
  let performers: [String]?

  init(_ entry: YAMLEntry, roles: [String]?, performers: [String]?) throws(LibraryFailure) {
    table = try entry.table(
      "an agent", required: ["name", "kind"],
      optional: [
        "role", "roles", "command", "environment", "set", "takes", "model", "mode", "options", "profile", "limits",
        "network", "home", "instructions",
      ])
    self.roles = roles
    self.performers = performers
  }

  func agent() throws(LibraryFailure) -> AgentDefinition {
    let kind = try table.entry("kind").choice("kind of agent", of: AgentDefinition.Kind.self)
    var agent = AgentDefinition(
      name: try table.entry("name").identifier("the agent's name"), roles: try readRoles(), kind: kind)
    if kind == .generator {
      for name in [
        "command", "environment", "set", "model", "mode", "options", "profile", "limits", "network", "home",
        "instructions",
      ] {
        if let entry = table.optional(name) {
          throw entry.failure("The generator is built in and has no “\(name)”; leave it out, or choose another kind.")
        }
      }
    }
    if let entry = table.optional("takes") { agent.takes = try readTakes(entry) }
    guard kind != .generator else { return agent }
    agent.command = try readCommand(table.entry("command"))
    agent.environment = try AgentEnvironmentReader().variables(
      table.optional("environment"), set: table.optional("set"))
    if kind == .command {
      for name in ["mode", "options"] {
        if let entry = table.optional(name) {
          throw entry.failure("A plain command cannot be asked for a “\(name)”; write it among the words of “command”.")
        }
      }
    }
    agent.model = try table.optional("model")?.text("the model's name")
    agent.mode = try table.optional("mode")?.text("the mode's name")
    if let entry = table.optional("options") { agent.options = try readOptions(entry) }
    if let entry = table.optional("profile") { agent.profile = try readProfile(entry) }
    if let entry = table.optional("limits") { agent.limits = try readLimits(entry) }
    agent.network = try table.optional("network")?.flag("whether it may reach the network") ?? false
    agent.home = try table.optional("home")?.choice("home", of: AgentDefinition.Home.self) ?? .fresh
    if let entry = table.optional("instructions") {
      agent.instructions = try entry.text("what it is told beside its task")
      try refuseUnknownPlaceholders(agent.instructions, at: entry)
    }
    return agent
  }

  private func readRoles() throws(LibraryFailure) -> [String] {
    let entries: [YAMLEntry]
    switch (table.optional("role"), table.optional("roles")) {
    case (let one?, nil): entries = [one]
    case (nil, let list?): entries = try list.list(of: "roles")
    case (_?, let list?): throw list.failure("Write “role” or “roles”, not both.")
    case (nil, nil): throw table.owner.failure("“role” is missing in an agent; “roles” takes a list.")
    }
    var found: [String] = []
    for entry in entries {
      let role = try entry.identifier("the agent's role")
      guard role != Session.engineRole else {
        throw entry.failure("Tasks of the role “\(role)” are done by the engine; it needs no agent.")
      }
      if let roles, !roles.contains(role) {
        throw entry.failure(
          "There is no card for the role “\(role)”; known are \(roles.joined(separator: ", ")). Add roles/\(role).yaml, "
            + "or name one.")
      }
      guard !found.contains(role) else { throw entry.failure("The role “\(role)” stands twice; keep one of them.") }
      found.append(role)
    }
    guard !found.isEmpty else { throw table.owner.failure("Expected at least one role in “roles”.") }
    return found
  }

  private func readTakes(_ entry: YAMLEntry) throws(LibraryFailure) -> [String] {
    var found: [String] = []
    for item in try entry.list(of: "performers") {
      let performer = try item.identifier("a performer", allowing: ".")
      if let performers, !performers.contains(performer) {
        throw item.failure("There is no performer “\(performer)”; known are \(performers.joined(separator: ", ")).")
      }
      guard !found.contains(performer) else { throw item.failure("“\(performer)” stands twice; keep one of them.") }
      found.append(performer)
    }
    guard !found.isEmpty else { throw entry.failure("Expected at least one performer, or leave “takes” out.") }
    return found
  }

  private func readCommand(_ entry: YAMLEntry) throws(LibraryFailure) -> [String] {
    var words: [String] = []
    guard case .sequence = entry.node else {
      throw entry.failure("Expected the command as a list of words, for example [my-agent, --acp]; no shell reads it.")
    }
    for item in try entry.list(of: "words") {
      let word = try item.text("a word of the command")
      guard !AgentEnvironmentReader.looksSecret(word) else {
        throw item.failure(
          "This word looks like a secret, and every program could read it there; give it through “environment”.")
      }
      try refuseUnknownPlaceholders(word, at: item)
      words.append(word)
    }
    guard let first = words.first else { throw entry.failure("Expected at least the program's name.") }
    guard !first.contains("{{") else { throw entry.failure("The program's own name cannot hold a placeholder.") }
    return words
  }

  private func refuseUnknownPlaceholders(_ text: String, at entry: YAMLEntry) throws(LibraryFailure) {
    var rest = text[...]
    while let start = rest.firstRange(of: "{{") {
      rest = rest[start.upperBound...]
      let known = AgentDefinition.placeholders.map { "{{\($0)}}" }
      guard AgentDefinition.placeholders.contains(where: { rest.hasPrefix("\($0)}}") }) else {
        throw entry.failure("“{{” begins a placeholder that is not known; known are \(known.joined(separator: ", ")).")
      }
    }
  }

  private func readOptions(_ entry: YAMLEntry) throws(LibraryFailure) -> [Setting] {
    guard case .mapping(let mapping) = entry.node else {
      throw entry.failure("Expected options as named values, for example {effort: high}.")
    }
    var options: [Setting] = []
    for (key, value) in mapping {
      let name = try YAMLEntry(node: key, file: entry.file).text("an option's name")
      let place = YAMLEntry(node: value, file: entry.file)
      let text = try place.text("the option “\(name)”")
      guard !AgentEnvironmentReader.looksSecret(text), !AgentEnvironmentReader.namesSecret(name) else {
        throw place.failure("The option “\(name)” looks like a secret; give it through “environment”.")
      }
      options.append(Setting(name: name, value: text))
    }
    return options
  }

  private func readProfile(_ entry: YAMLEntry) throws(LibraryFailure) -> AgentProfile {
    let table = try entry.table(
      "a profile", required: [],
      optional: ["ends-with-input", "load", "replays-on-load", "continues-on-load", "takes-words-while-busy", "asks"])
    var profile = AgentProfile()
    func flag(_ name: String, _ what: String, else plain: Bool) throws(LibraryFailure) -> Bool {
      try table.optional(name)?.flag(what) ?? plain
    }
    profile.endsWithInput = try flag("ends-with-input", "whether it ends with its input", else: profile.endsWithInput)
    profile.canLoad = try flag("load", "whether it can take up a conversation", else: profile.canLoad)
    profile.replaysOnLoad = try flag(
      "replays-on-load", "whether it says everything again then", else: profile.replaysOnLoad)
    profile.continuesOnLoad = try flag(
      "continues-on-load", "whether it goes on by itself then", else: profile.continuesOnLoad)
    profile.takesWordsWhileBusy = try flag(
      "takes-words-while-busy", "whether it can be told more while it works", else: profile.takesWordsWhileBusy)
    profile.asks = try table.optional("asks")?.choice("way of asking", of: AgentProfile.Asking.self) ?? profile.asks
    return profile
  }

  private func readLimits(_ entry: YAMLEntry) throws(LibraryFailure) -> AgentLimits {
    let table = try entry.table(
      "the limits", required: [], optional: ["seconds", "turns", "cost", "silence", "tool-calls"])
    return AgentLimits(
      seconds: try table.optional("seconds")?.whole("how many seconds it may work", in: 1...86_400),
      turns: try table.optional("turns")?.whole("how often it may be spoken to", in: 1...1_000),
      cents: try table.optional("cost").map { place throws(LibraryFailure) in try cents(place) },
      silence: try table.optional("silence")?.whole("how many seconds it may be silent", in: 1...86_400),
      toolCalls: try table.optional("tool-calls")?.whole("how many tools it may call", in: 1...100_000))
  }

  /// An amount of money, exactly: `2`, `2.5` and `2.50`, read as they are written and never as a floating number.
  private func cents(_ entry: YAMLEntry) throws(LibraryFailure) -> Int {
    let parts = (entry.node.scalar?.string ?? "").split(separator: ".", omittingEmptySubsequences: false)
    let areDigits = parts.allSatisfy { part in !part.isEmpty && part.utf8.allSatisfy { (48...57).contains($0) } }
    let fraction = parts.count == 2 ? String(parts[1]) : ""
    guard (1...2).contains(parts.count), areDigits, fraction.count <= 2, let whole = Int(parts[0]), whole <= 1_000_000,
      let hundredths = Int((fraction + "00").prefix(2)), whole + hundredths > 0
    else {
      throw entry.failure("Expected the cost as an amount above zero with at most two decimals, for example 2.50.")
    }
    return whole * 100 + hundredths
  }
}

/// Reads an agent's environment without ever repeating a value in a message.
private struct AgentEnvironmentReader {
  func variables(_ environment: YAMLEntry?, set: YAMLEntry?) throws(LibraryFailure) -> [AgentVariable] {
    var found: [AgentVariable] = []
    func add(_ variable: AgentVariable, at entry: YAMLEntry) throws(LibraryFailure) {
      guard !found.contains(where: { $0.name == variable.name }) else {
        throw entry.failure("The variable “\(variable.name)” stands twice; keep one of them.")
      }
      found.append(variable)
    }
    if let environment {
      guard case .sequence = environment.node else {
        throw environment.failure(
          "Expected a list of names, for example [MY_KEY], or “- MY_KEY: {file: PATH}”; plain values go under “set”.")
      }
      for item in try environment.list(of: "names") {
        guard case .mapping(let mapping) = item.node else {
          try add(.inherited(try name(item)), at: item)
          continue
        }
        for (key, value) in mapping {
          let place = YAMLEntry(node: key, file: item.file)
          let source = YAMLEntry(node: value, file: item.file)
          let name = try name(place)
          guard case .mapping = source.node else {
            throw source.failure(
              "No value of “\(name)” may stand here; write its name alone, or {file: PATH} to read it from a file.")
          }
          let path = try source.table("where “\(name)” is read from", required: ["file"]).entry("file")
          try add(.file(name, path: try path.text("the file's path")), at: place)
        }
      }
    }
    if let set {
      guard case .mapping(let mapping) = set.node else {
        throw set.failure("Expected plain variables as named values, for example {LANG: C.UTF-8}.")
      }
      for (key, value) in mapping {
        let place = YAMLEntry(node: key, file: set.file)
        let source = YAMLEntry(node: value, file: set.file)
        let name = try name(place)
        guard case .scalar(let scalar) = source.node else { throw source.failure("Expected “\(name)” as text.") }
        guard !Self.namesSecret(name), !Self.looksSecret(scalar.string) else {
          throw source.failure(
            "“\(name)” looks like a secret, and secrets do not stand in files that are shared; move it to "
              + "“environment” as “- \(name)”, or “- \(name): {file: PATH}”.")
        }
        try add(.plain(name, value: scalar.string), at: place)
      }
    }
    return found
  }

  private func name(_ entry: YAMLEntry) throws(LibraryFailure) -> String {
    let text = entry.node.scalar?.string ?? ""
    let isName =
      !text.isEmpty && text.utf8.count <= 128
      && text.utf8.allSatisfy { byte in
        byte == UInt8(ascii: "_") || (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
      } && !(48...57).contains(text.utf8.first ?? 48)
    // A value by mistake is a secret by mistake, so the text is not repeated.
    guard isName, !Self.looksSecret(text) else {
      throw entry.failure("Expected a variable's name out of letters, digits and “_”, never its value.")
    }
    return text
  }

  /// Whether a variable of this name holds a secret by its name.
  static func namesSecret(_ name: String) -> Bool {
    let words = name.uppercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    let signs = ["KEY", "APIKEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "CREDENTIALS"]
    return words.contains { word in
      signs.contains(word) || word.hasSuffix("TOKEN") || word.hasSuffix("SECRET") || word.hasSuffix("PASSWORD")
    }
  }

  /// Whether a text looks like a secret: as well-known services write theirs, an address with a password, or a long
  /// text of letters and digits that no person would make up.
  static func looksSecret(_ text: String) -> Bool {
    let beginnings = [
      "sk-", "sk_", "pk_", "rk_", "ghp_", "gho_", "ghu_", "ghs_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "xapp-",
      "AKIA", "ASIA", "AIza", "ya29.", "hf_", "npm_", "pypi-", "eyJ", "-----BEGIN",
    ]
    // An option may carry it: --key=sk-…
    let value = text.split(separator: "=", maxSplits: 1).last.map(String.init) ?? text
    for part in [text, value] where part.utf8.count >= 12 {
      if beginnings.contains(where: { part.utf8.starts(with: $0.utf8) }) { return true }
    }
    if let scheme = text.firstRange(of: "://") {
      let host = text[scheme.upperBound...].prefix { $0 != "/" }
      if let at = host.lastIndex(of: "@"), host[..<at].contains(":") { return true }
    }
    let bytes = Array(value.utf8)
    guard bytes.count >= 32 else { return false }
    let digits = bytes.count { (48...57).contains($0) }
    let letters = bytes.count { (65...90).contains($0) || (97...122).contains($0) }
    // Words, paths and addresses have other signs between them, or hardly a digit.
    let others = bytes.count - digits - letters
    return digits >= 4 && letters >= 6 && others <= 4 && !bytes.contains(32) && !bytes.contains(47)
  }
}
