import Foundation
import Testing

@testable import Generator

// covers TemplateManifest.swift, TemplateContext.swift, GeneratorError.swift
@Suite("TemplateManifest")
struct TemplateManifestTests {
  /// The built-in templates where the package's resources lie.
  private static func folder() throws -> URL {
    try #require(SystemGenerator.templateFolder)
  }

  private static func manifest() throws -> TemplateManifest {
    try TemplateManifest.read([UInt8](Data(contentsOf: folder().appendingPathComponent("manifest.json"))))
  }

  private static func templates() throws -> [String] {
    let root = try folder()
    let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path)
    return paths.filter { path in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path, isDirectory: &isFolder)
        && !isFolder.boolValue && path != "manifest.json"
    }.sorted()
  }

  @Test func everyTemplateIsNamedOnceAndExists() throws {
    let named = try Self.manifest().tasks.flatMap(\.files).map(\.template).sorted()
    #expect(try named == Self.templates())
  }

  @Test func everySubstageHasItsFolder() throws {
    let folders = Set(try Self.templates().compactMap { $0.split(separator: "/").first.map(String.init) })
    #expect(try folders == Set(Self.manifest().tasks.map(\.substage)))
    #expect(folders == Set(Samples.substages))
  }

  @Test func everyKeyATemplateNamesIsFilled() throws {
    let request = Samples.request(level: 2, modules: ["workers"], entities: Samples.circles)
    let context = TemplateContext(
      request: request, model: DataModel(request.entities), manifest: try Self.manifest())
    var known: Set<String> = []
    Self.collectKeys(context.system(withEntity: 2), into: &known)
    let root = try Self.folder()
    let paths = try Self.manifest().tasks.flatMap(\.files).map(\.path)
    let texts = try Self.templates().map { try String(contentsOf: root.appendingPathComponent($0), encoding: .utf8) }
    for (place, text) in zip(try Self.templates() + paths, texts + paths) {
      for key in Self.keys(in: text) where !known.contains(key) {
        Issue.record("\(place) names “\(key)”, which nobody fills")
      }
    }
  }

  @Test func templatesHoldNoUnfinishedWork() throws {
    let root = try Self.folder()
    for path in try Self.templates() {
      let text = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
      for mark in ["TODO", "FIXME", "XXX", "PLACEHOLDER", "\r"] where text.contains(mark) {
        Issue.record("\(path) contains \(mark.debugDescription)")
      }
    }
  }

  @Test(arguments: [
    ("{", "the file"),
    (#"{"modules": [], "pins": []}"#, "tasks: This key is missing."),
    (#"{"modules": [], "pins": [], "tasks": [], "task": []}"#, "task: There is no such key"),
    (#"{"modules": [], "pins": [], "tasks": [{"id": 4}]}"#, "tasks[0].id: Expected String."),
    (task(#"{"template": "4.1/x", "path": "x", "each": "field"}"#), "tasks[0].files[0].each"),
    (task(#"{"template": "4.2/x", "path": "x"}"#), "must lie in the folder “4.1”"),
    (task(#"{"template": "4.1/x", "path": "/etc/x"}"#), "must be a relative path"),
    (task(#"{"template": "4.1/x", "path": "a/../x"}"#), "must be a relative path"),
    (task(#"{"template": "4.1/x", "path": "artifacts/x"}"#), "belongs to the workflow"),
    (task(#"{"template": "4.1/x", "path": "{{entity.name}}"}"#), "exactly when “each” is “entity”"),
    (task(#"{"template": "4.1/x", "path": "x", "when": {"level": 2}}"#), "tasks[0].files[0].when.level"),
    (task(""), "at least one file"),
    (task(#"{"template": "4.1/x", "path": "x"}"#, id: "4.10-a"), "must begin with its sub-stage, “4.1-”"),
    (
      #"{"modules": [], "tasks": [], "pins": [{"name": "b", "version": "1", "use": "runtime"}, "#
        + #"{"name": "a", "version": "1", "use": "runtime"}]}"#, "pins[1].name: “a” must come before “b”"
    ),
  ])
  func faultsAreNamed(text: String, expected: String) {
    let error = #expect(throws: GeneratorError.self) { try TemplateManifest.read([UInt8](text.utf8)) }
    #expect(error?.description.hasPrefix("manifest.json, ") == true)
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
  }

  @Test func missingAndBrokenTemplatesAreNamed() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("templates-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("4.1"), withIntermediateDirectories: true)
    #expect(throws: GeneratorError.unreadableTemplate(path: "manifest.json")) { try SystemGenerator(folder: folder) }
    try Data(Self.task(#"{"template": "4.1/x", "path": "x"}"#).utf8)
      .write(to: folder.appendingPathComponent("manifest.json"))
    #expect(throws: GeneratorError.unreadableTemplate(path: "4.1/x")) { try SystemGenerator(folder: folder) }
    try Data("{{#open}}".utf8).write(to: folder.appendingPathComponent("4.1/x"))
    let error = #expect(throws: GeneratorError.self) { try SystemGenerator(folder: folder) }
    #expect(error?.description.hasPrefix("The template 4.1/x is not valid Mustache") == true)
  }

  private static func task(_ file: String, id: String = "4.1-a") -> String {
    """
    {"modules": [], "pins": [], "tasks": [{"id": "\(id)", "title": "A", "substage": "4.1", "files": [\(file)]}]}
    """
  }

  private static func collectKeys(_ value: Any, into keys: inout Set<String>) {
    if let words = value as? [String: Any] {
      for (key, inner) in words {
        keys.insert(key)
        collectKeys(inner, into: &keys)
      }
    } else if let list = value as? [Any] {
      for inner in list { collectKeys(inner, into: &keys) }
    }
  }

  /// The names in a template's tags, each part of a dotted name on its own.
  private static func keys(in text: String) -> Set<String> {
    var keys: Set<String> = []
    for piece in text.components(separatedBy: "{{").dropFirst() {
      guard let end = piece.range(of: "}}") else { continue }
      let name = piece[..<end.lowerBound].drop { "#^/&".contains($0) }
      keys.formUnion(name.split(separator: ".").map(String.init))
    }
    return keys
  }
}
