import Foundation

/// Lists, as data, the generator's tasks: which templates make which files, for which sub-stage, when, and how often.
struct TemplateManifest: Decodable {
  /// When an entry applies; a missing part always holds.
  struct Condition: Decodable {
    /// The lowest maturity level at which it applies.
    var minimumLevel: Int?
    /// The modules of which the request must have at least one.
    var anyModule: [String]?

    enum CodingKeys: String, CodingKey, CaseIterable { case minimumLevel, anyModule }

    init(from decoder: any Decoder) throws {
      try refuseUnknownKeys(decoder, known: CodingKeys.self)
      let values = try decoder.container(keyedBy: CodingKeys.self)
      minimumLevel = try values.decodeIfPresent(Int.self, forKey: .minimumLevel)
      anyModule = try values.decodeIfPresent([String].self, forKey: .anyModule)
    }

    func holds(level: Int, modules: [String]) -> Bool {
      if let minimumLevel, level < minimumLevel { return false }
      if let anyModule, !anyModule.contains(where: modules.contains) { return false }
      return true
    }
  }

  /// Makes one file, or one for each entity.
  struct File: Decodable {
    /// How often a file is made.
    enum Loop: String, Decodable { case entity }

    /// The template's path below the template folder.
    var template: String
    /// The file's path in the workspace; itself a template when `each` is given.
    var path: String
    /// Set when one file is made for each entity.
    var each: Loop?
    /// Whether the file must be executable.
    var executable: Bool
    /// When the file is made.
    var when: Condition?

    enum CodingKeys: String, CodingKey, CaseIterable { case template, path, each, executable, when }

    init(from decoder: any Decoder) throws {
      try refuseUnknownKeys(decoder, known: CodingKeys.self)
      let values = try decoder.container(keyedBy: CodingKeys.self)
      template = try values.decode(String.self, forKey: .template)
      path = try values.decode(String.self, forKey: .path)
      each = try values.decodeIfPresent(Loop.self, forKey: .each)
      executable = try values.decodeIfPresent(Bool.self, forKey: .executable) ?? false
      when = try values.decodeIfPresent(Condition.self, forKey: .when)
    }
  }

  /// One piece of work with its files.
  struct Task: Decodable {
    /// `4.2-models`: the sub-stage, a dash, a word.
    var id: String
    /// A title for people.
    var title: String
    /// The sub-stage it belongs to.
    var substage: String
    /// When the task is done at all.
    var when: Condition?
    /// What it makes.
    var files: [File]

    enum CodingKeys: String, CodingKey, CaseIterable { case id, title, substage, when, files }

    init(from decoder: any Decoder) throws {
      try refuseUnknownKeys(decoder, known: CodingKeys.self)
      let values = try decoder.container(keyedBy: CodingKeys.self)
      id = try values.decode(String.self, forKey: .id)
      title = try values.decode(String.self, forKey: .title)
      substage = try values.decode(String.self, forKey: .substage)
      when = try values.decodeIfPresent(Condition.self, forKey: .when)
      files = try values.decode([File].self, forKey: .files)
    }
  }

  /// One Python distribution at the exact version the generated system is tested with.
  struct Pin: Decodable {
    /// What needs it.
    enum Use: String, Decodable { case runtime, development, indirect }

    /// The distribution with its extras, e.g. `psycopg[binary]`.
    var name: String
    /// The exact version.
    var version: String
    /// What needs it.
    var use: Use
    /// When a generated system needs it.
    var when: Condition?

    enum CodingKeys: String, CodingKey, CaseIterable { case name, version, use, when }

    init(from decoder: any Decoder) throws {
      try refuseUnknownKeys(decoder, known: CodingKeys.self)
      let values = try decoder.container(keyedBy: CodingKeys.self)
      name = try values.decode(String.self, forKey: .name)
      version = try values.decode(String.self, forKey: .version)
      use = try values.decode(Use.self, forKey: .use)
      when = try values.decodeIfPresent(Condition.self, forKey: .when)
    }

    /// The line of a requirements file that asks for it.
    var line: String { "\(name)==\(version)" }
  }

  /// The modules some task knows how to serve.
  var modules: [String]
  /// The distributions, in alphabetical order.
  var pins: [Pin]
  /// The tasks, in the order they are done.
  var tasks: [Task]

  enum CodingKeys: String, CodingKey, CaseIterable { case modules, pins, tasks }

  init(from decoder: any Decoder) throws {
    try refuseUnknownKeys(decoder, known: CodingKeys.self)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    modules = try values.decode([String].self, forKey: .modules)
    pins = try values.decode([Pin].self, forKey: .pins)
    tasks = try values.decode([Task].self, forKey: .tasks)
  }

  /// Reads a manifest from its bytes.
  ///
  /// - Throws: `GeneratorError.invalidManifest` naming the entry and what was expected there.
  static func read(_ bytes: [UInt8]) throws -> TemplateManifest {
    let manifest: TemplateManifest
    do {
      manifest = try JSONDecoder().decode(TemplateManifest.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw GeneratorError.invalidManifest(place: error.place, problem: error.problem)
    }
    try manifest.validate()
    return manifest
  }

  /// Checks the rules that types alone do not express.
  private func validate() throws {
    var identifiers: Set<String> = []
    for (index, task) in tasks.enumerated() {
      let place = "tasks[\(index)]"
      guard identifiers.insert(task.id).inserted else {
        throw GeneratorError.invalidManifest(place: place + ".id", problem: "“\(task.id)” is used twice.")
      }
      guard task.id.hasPrefix(task.substage + "-") else {
        throw GeneratorError.invalidManifest(
          place: place + ".id", problem: "“\(task.id)” must begin with its sub-stage, “\(task.substage)-”.")
      }
      guard !task.files.isEmpty else {
        throw GeneratorError.invalidManifest(place: place + ".files", problem: "A task must make at least one file.")
      }
      for (position, file) in task.files.enumerated() {
        try validate(file, of: task, at: place + ".files[\(position)]")
      }
    }
    for (index, pair) in zip(pins, pins.dropFirst()).enumerated() where pair.0.name >= pair.1.name {
      throw GeneratorError.invalidManifest(
        place: "pins[\(index + 1)].name", problem: "“\(pair.1.name)” must come before “\(pair.0.name)”, once.")
    }
  }

  private func validate(_ file: File, of task: Task, at place: String) throws {
    guard file.template.hasPrefix(task.substage + "/") else {
      throw GeneratorError.invalidManifest(
        place: place + ".template", problem: "A template of this task must lie in the folder “\(task.substage)”.")
    }
    let parts = file.path.split(separator: "/", omittingEmptySubsequences: false)
    guard !parts.contains(""), !parts.contains("."), !parts.contains("..") else {
      throw GeneratorError.invalidManifest(
        place: place + ".path", problem: "“\(file.path)” must be a relative path without “.” or “..”.")
    }
    guard parts.first != "artifacts" else {
      throw GeneratorError.invalidManifest(
        place: place + ".path", problem: "“artifacts” belongs to the workflow; no template may write there.")
    }
    guard file.path.contains("{{entity.") == (file.each == .entity) else {
      throw GeneratorError.invalidManifest(
        place: place + ".path", problem: "A path names {{entity.…}} exactly when “each” is “entity”.")
    }
  }
}

/// Refuses keys nobody reads, so that a misspelt one is not silently ignored.
private func refuseUnknownKeys<Keys: CodingKey & CaseIterable>(_ decoder: any Decoder, known: Keys.Type) throws {
  let names = known.allCases.map(\.stringValue)
  for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !names.contains(key.stringValue) {
    throw DecodingError.dataCorrupted(
      DecodingError.Context(
        codingPath: decoder.codingPath + [key],
        debugDescription: "There is no such key; known here are \(names.sorted().joined(separator: ", "))."))
  }
}

private struct AnyKey: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension DecodingError {
  /// The entry at fault, e.g. `tasks[3].files[0].path`.
  fileprivate var place: String {
    switch self {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      Self.written(context.codingPath)
    case .keyNotFound(let key, let context):
      Self.written(context.codingPath + [key])
    @unknown default: "the file"
    }
  }

  /// What is wrong there.
  fileprivate var problem: String {
    switch self {
    case .typeMismatch(let type, _): "Expected \(type)."
    case .valueNotFound(let type, _): "Expected \(type), found null."
    case .keyNotFound: "This key is missing."
    case .dataCorrupted(let context): context.debugDescription
    @unknown default: "It cannot be read."
    }
  }

  private static func written(_ path: [any CodingKey]) -> String {
    let text = path.reduce(into: "") { result, key in
      if let index = key.intValue {
        result += "[\(index)]"
      } else {
        result += result.isEmpty ? key.stringValue : "." + key.stringValue
      }
    }
    return text.isEmpty ? "the file" : text
  }
}
