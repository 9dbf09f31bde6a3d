import ArgumentParser
import Engine
import Foundation
import Kernel
import Playbooks

/// Starts a session from a brief.
struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Start a session from a brief, then open the console on it.")

  @Argument(help: "The brief: a Markdown file. `signalbox sample` writes one.")
  var brief: String
  @ArgumentParser.Option(help: "The folder in which the system is generated (default: ./SESSION).")
  var workspace: String?
  @ArgumentParser.Option(
    help: "Who works: a file of agents (default: agents.yaml of the project or your own, else the built-in generator).")
  var agents: String?
  @ArgumentParser.Option(help: "The maturity level, 1–4; wins over the brief's.")
  var level: Int?
  @ArgumentParser.Option(help: "The optional modules, comma separated, or none; wins over the brief's.")
  var modules: String?
  @ArgumentParser.Option(help: "The workflow to follow.")
  var workflow = "seven-stage"
  @Flag(help: "Run without a console: one JSON line per event, exit status 4 when a person is needed.")
  var headless = false
  @Flag(help: "Start the engine in the background and return.")
  var detach = false
  @ArgumentParser.Option(help: "Answers that a named person gives in advance (YAML).")
  var answers: String?
  @ArgumentParser.Option(help: "The session's name (default: from the title).")
  var session: String?
  @OptionGroup var options: ConsoleOptions

  func run() async throws {
    let wiring = try Wiring()
    if !headless, !detach { try ConsoleHost.requireTerminal(options, wiring.environment) }
    let text = try BriefFile.read(brief)
    let journal = try wiring.journal()
    let id = try await begin(text, wiring: wiring, journal: journal)
    if headless {
      try await HeadlessRun(wiring: wiring, journal: journal, session: id).run()
    } else {
      try EngineLaunch.start(id, wiring: wiring)
      if detach {
        say(id)
        remark("Session \(id) runs in the background. `signalbox attach \(id)` looks at it.")
      } else {
        try await ConsoleHost.run(wiring: wiring, journal: journal, focus: id, options: options)
      }
    }
  }

  /// Creates the session, or finds the one that this very brief began and that has not ended.
  private func begin(_ text: String, wiring: Wiring, journal: any Journal) async throws -> String {
    let workflow = try wiring.library.workflow(workflow)
    if let level, workflow.level(level) == nil {
      let valid = workflow.levels.map { String($0.number) }.joined(separator: ", ")
      throw Told(.refused, why: "--level \(level): there is no such level.", instead: "Choose one of: \(valid).")
    }
    let chosen = try modules.map { try moduleList($0, of: workflow) }
    let place = workspace
    return try await NewSession(
      wiring: wiring, journal: journal, text: text,
      fallbackTitle: URL(fileURLWithPath: brief).deletingPathExtension().lastPathComponent, workflow: workflow,
      name: session, level: level, modules: chosen,
      answers: try answers.map { try AnswersFile.read(path: StateFolder.absolute($0), for: workflow) } ?? [],
      goesOn: headless, agents: agents,
      workspace: { StateFolder.absolute(place ?? "./\($0)") }
    ).begin()
  }

  private func moduleList(_ text: String, of workflow: Workflow) throws -> [String] {
    let names = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
      .filter { !$0.isEmpty && $0 != "none" }
    for name in names where !workflow.modules.contains(where: { $0.id == name }) {
      let valid = workflow.modules.map(\.id).joined(separator: ", ")
      throw Told(
        .refused, why: "--modules \(name): there is no such module.", instead: "Choose from: \(valid), or none.")
    }
    return names
  }
}

/// Reads a brief's file with clear words for everything that is not one.
enum BriefFile {
  /// Largest brief, in bytes.
  static let limit = 1 << 20

  static func read(_ path: String) throws -> String {
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
    guard let attributes else {
      throw Told(
        .refused, why: "\(path): there is no such file.",
        instead: "Write a sample with `signalbox sample library --output brief.md`.")
    }
    guard attributes[.type] as? FileAttributeType == .typeRegular else {
      throw Told(.refused, why: "\(path): not a file.", instead: "Name a Markdown file.")
    }
    let size = (attributes[.size] as? Int) ?? 0
    guard size <= limit else {
      throw Told(
        .refused, why: "\(path): \(size) bytes; a brief has at most \(limit).",
        instead: "Keep what the session needs, and point to the rest.")
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Told(.refused, why: "\(path): cannot be read.", instead: "Look at its permissions.")
    }
    guard let text = String(bytes: data, encoding: .utf8), !data.contains(0) else {
      throw Told(.refused, why: "\(path): not a UTF-8 text.", instead: "Save it as UTF-8 Markdown.")
    }
    guard text.contains(where: { !$0.isWhitespace && $0 != "\u{FEFF}" }) else {
      throw Told(
        .refused, why: "\(path): the brief is empty.",
        instead: "Write a sample with `signalbox sample library --output brief.md` and change it.")
    }
    return text
  }
}

/// Makes and checks session names: 1–60 of a–z, 0–9, `.`, `_`, `-`.
enum SessionName {
  static func from(_ title: String) -> String {
    var name = ""
    for scalar in title.lowercased().unicodeScalars {
      if ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) {
        name.unicodeScalars.append(scalar)
      } else if !name.isEmpty, name.last != "-" {
        name.append("-")
      }
    }
    while name.last == "-" { name.removeLast() }
    name = String(name.prefix(40))
    while name.last == "-" { name.removeLast() }
    return name.isEmpty ? "session" : name
  }

  static func check(_ name: String) throws -> String {
    let isGood =
      !name.isEmpty && name.utf8.count <= 60 && name.first != "." && name.first != "-"
      && name.unicodeScalars.allSatisfy {
        ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
          || "._-".unicodeScalars.contains($0)
      }
    guard isGood else {
      throw Told(
        .refused, why: "“\(name)” cannot be a session's name.",
        instead: "Use letters, digits, dots, dashes and underscores, beginning with a letter or digit.")
    }
    return name
  }
}
