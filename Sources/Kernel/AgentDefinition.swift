// Who can work for a session, as a person wrote it down: which program, in which roles, within which limits.

/// Describes a program that works for a session.
public struct AgentDefinition: Equatable, Sendable {
  /// What kind of program it is.
  public enum Kind: String, CaseIterable, Equatable, Sendable {
    /// A program that speaks the Agent Client Protocol over its input and output.
    case acp
    /// A plain command that is given its task in a file or in its words, and ends.
    case command
    /// The built-in generator.
    case generator
  }

  /// What it finds in its home folder when it starts.
  public enum Home: String, CaseIterable, Equatable, Sendable {
    /// What it left there the last time.
    case keep
    /// Nothing.
    case fresh
  }

  /// Its name, which nobody else has.
  public var name: String
  /// The roles it can work in.
  public var roles: [String]
  /// What kind of program it is.
  public var kind: Kind
  /// The program with its words; no shell reads it. Empty for the generator.
  public var command: [String]
  /// What it finds in its environment beside what every agent finds there.
  public var environment: [AgentVariable]
  /// The performers whose tasks it takes, by catalogue name.
  public var takes: [String]
  /// The model it is asked to use, by the name its program has for it.
  public var model: String?
  /// The mode it is asked to work in, by the name its program has for it.
  public var mode: String?
  /// Further settings its program knows, by identifier.
  public var options: [Setting]
  /// How its program behaves.
  public var profile: AgentProfile
  /// Within which limits one attempt stays.
  public var limits: AgentLimits
  /// Whether it may reach the network, e.g. a model's service.
  public var network: Bool
  /// What it finds in its home folder.
  public var home: Home
  /// What is added to everything it is told; see ``placeholders``.
  public var instructions: String

  /// What may stand in instructions and in a command's words as `{{name}}`: the task's identifier, its title, the
  /// workspace's path, and the path of the file that holds what it is told.
  public static let placeholders = ["task", "title", "workspace", "file"]

  /// Makes a definition from its parts.
  public init(
    name: String, roles: [String], kind: Kind, command: [String] = [], environment: [AgentVariable] = [],
    takes: [String] = ["generate"], model: String? = nil, mode: String? = nil, options: [Setting] = [],
    profile: AgentProfile = AgentProfile(), limits: AgentLimits = AgentLimits(), network: Bool = false,
    home: Home = .fresh, instructions: String = ""
  ) {
    self.name = name
    self.roles = roles
    self.kind = kind
    self.command = command
    self.environment = environment
    self.takes = takes
    self.model = model
    self.mode = mode
    self.options = options
    self.profile = profile
    self.limits = limits
    self.network = network
    self.home = home
    self.instructions = instructions
  }

  /// A text with every placeholder replaced, each once: what is put in is never looked at again.
  public static func fill(_ text: String, task: TaskRecord, workspace: String, file: String) -> String {
    var rest = Array(text.utf8)[...]
    var filled: [UInt8] = []
    let values = ["task": task.id, "title": task.title, "workspace": workspace, "file": file]
    while let byte = rest.first {
      let name = placeholders.first { rest.starts(with: "{{\($0)}}".utf8) }
      if let name, let value = values[name] {
        filled += Array(value.utf8)
        rest = rest.dropFirst(name.utf8.count + 4)
      } else {
        filled.append(byte)
        rest = rest.dropFirst()
      }
    }
    return String(decoding: filled, as: UTF8.self)
  }
}

/// One variable of an agent's environment.
public enum AgentVariable: Equatable, Sendable {
  /// Taken from the person's own environment when the agent starts.
  case inherited(String)
  /// Read from a file when the agent starts; the value stands nowhere else.
  case file(String, path: String)
  /// A plain value that is no secret.
  case plain(String, value: String)

  /// The variable's name.
  public var name: String {
    switch self {
    case .inherited(let name), .file(let name, _), .plain(let name, _): return name
    }
  }
}

/// How a program behaves where programs differ; what is not said is taken to be the worst.
public struct AgentProfile: Equatable, Sendable {
  /// How far a program asks before it acts.
  public enum Asking: String, CaseIterable, Equatable, Sendable {
    /// It never asks, so everything has to be prevented or found afterwards.
    case never
    /// It asks before some of what it does.
    case sometimes
    /// It asks before everything it does.
    case always
  }

  /// Whether it ends by itself when its input ends; otherwise it is ended.
  public var endsWithInput: Bool
  /// Whether it can take up a conversation that was cut.
  public var canLoad: Bool
  /// Whether it says everything again when a conversation is taken up, to be told apart from what is new.
  public var replaysOnLoad: Bool
  /// Whether it goes on working by itself when a conversation is taken up, so that it must be watched before.
  public var continuesOnLoad: Bool
  /// Whether it can be told more while it works.
  public var takesWordsWhileBusy: Bool
  /// How far it asks before it acts.
  public var asks: Asking

  /// Makes a profile; without a word it is the worst there is.
  public init(
    endsWithInput: Bool = false, canLoad: Bool = false, replaysOnLoad: Bool = true, continuesOnLoad: Bool = true,
    takesWordsWhileBusy: Bool = false, asks: Asking = .never
  ) {
    self.endsWithInput = endsWithInput
    self.canLoad = canLoad
    self.replaysOnLoad = replaysOnLoad
    self.continuesOnLoad = continuesOnLoad
    self.takesWordsWhileBusy = takesWordsWhileBusy
    self.asks = asks
  }
}

/// Within which limits one attempt of an agent stays; `nil` is no limit of its own.
public struct AgentLimits: Equatable, Sendable {
  /// How long it may work, in seconds; the workflow's own limit holds as well.
  public var seconds: Int?
  /// How often it may be spoken to before a person is asked.
  public var turns: Int?
  /// What it may cost before a person is asked, in hundredths of whatever currency its program counts in.
  public var cents: Int?
  /// How long it may be silent, in seconds.
  public var silence: Int?
  /// How many tools it may call.
  public var toolCalls: Int?

  /// Makes limits from their parts.
  public init(
    seconds: Int? = nil, turns: Int? = nil, cents: Int? = nil, silence: Int? = nil, toolCalls: Int? = nil
  ) {
    self.seconds = seconds
    self.turns = turns
    self.cents = cents
    self.silence = silence
    self.toolCalls = toolCalls
  }
}

extension [AgentDefinition] {
  /// Those who can do a task of a role and performer, the preferred one first, which is the order written.
  public func candidates(for role: String, taking performer: String) -> [AgentDefinition] {
    filter { $0.roles.contains(role) && $0.takes.contains(performer) }
  }
}
