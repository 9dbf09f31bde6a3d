import Foundation
import Kernel
import Mustache

/// Makes a running system from a brief's data model: the built-in agent, without network or language model.
///
/// The same request gives the same bytes, on every machine and in every process. Nothing is written to a disk; the
/// caller writes what `files(of:for:)` returns. What cannot be made is said beforehand by `shortcomings(of:substages:)`
/// and left out, never made half.
public struct SystemGenerator: Sendable {
  private let manifest: TemplateManifest
  private let library: MustacheLibrary

  /// Loads the built-in manifest and templates.
  ///
  /// - Throws: `GeneratorError` when the installation is incomplete or a template is not valid.
  public init() throws {
    guard let folder = Self.templateFolder else {
      throw GeneratorError.unreadableTemplate(path: "Templates")
    }
    try self.init(folder: folder)
  }

  /// Where the built-in templates lie, if the installation is complete.
  static var templateFolder: URL? { Bundle.module.url(forResource: "Templates", withExtension: nil) }

  /// Loads a manifest and the templates it names from a folder.
  init(folder: URL) throws {
    manifest = try TemplateManifest.read([UInt8](Self.read("manifest.json", in: folder).utf8))
    var library = MustacheLibrary()
    for file in manifest.tasks.flatMap(\.files) {
      if library.getTemplate(named: file.template) == nil {
        let text = try Self.read(file.template, in: folder)
        try library.register(Self.parse(text, named: file.template), named: file.template)
      }
      if library.getTemplate(named: file.path) == nil {
        try library.register(Self.parse(file.path, named: file.path), named: file.path)
      }
    }
    self.library = library
  }

  /// The Python distributions the quality gates need, one exact version a line: everything a generated system may
  /// need at run time, the tools that check it, and what those need in turn.
  public var toolchainRequirements: String {
    manifest.pins.map { $0.line + "\n" }.joined()
  }

  /// Whether the generator has a task for a sub-stage at some level or module.
  public func canMake(substage: String) -> Bool {
    manifest.tasks.contains { $0.substage == substage }
  }

  /// Whether a task makes files of its own for each entity, and not only what all of them share.
  func isMadePerEntity(task id: String) -> Bool {
    manifest.tasks.first { $0.id == id }?.files.contains { $0.each == .entity } ?? false
  }

  /// What the request asks for, within these sub-stages, and the generator cannot make.
  public func shortcomings(of request: GenerationRequest, substages: [String]) -> [Shortcoming] {
    var result: [Shortcoming] = []
    for substage in substages where !canMake(substage: substage) {
      result.append(
        Shortcoming(
          subject: substage,
          reason: "The built-in generator has no templates for sub-stage \(substage). "
            + "Give it to another agent or leave it out.",
          canLeaveOut: true))
    }
    for module in request.modules where !manifest.modules.contains(module) {
      result.append(
        Shortcoming(
          subject: module,
          reason: "The built-in generator has no templates for the module “\(module)”. "
            + "Give it to another agent or leave it out.",
          canLeaveOut: true))
    }
    let model = DataModel(request.entities)
    result += model.shortcomings
    if model.entities.isEmpty {
      result.append(
        Shortcoming(
          subject: "data model", reason: GeneratorError.nothingToGenerate.description, canLeaveOut: false))
    }
    return result
  }

  /// The tasks for a request, in the order they are done; sub-stages the generator cannot make have none.
  ///
  /// - Throws: `GeneratorError.nothingToGenerate` when no entity can be generated, or `pathTakenTwice`.
  public func tasks(for request: GenerationRequest, substages: [String]) throws -> [GenerationTask] {
    let model = try model(of: request)
    var paths: Set<String> = []
    return try manifest.tasks.filter { substages.contains($0.substage) && applies($0.when, to: request) }
      .compactMap { task in
        let files = outputs(of: task, request: request, model: model).map(\.path)
        for path in files where !paths.insert(path).inserted { throw GeneratorError.pathTakenTwice(path: path) }
        if files.isEmpty { return nil }
        return GenerationTask(id: task.id, title: task.title, substage: task.substage, files: files)
      }
  }

  /// The files of a task, whole, in the order the task names them.
  ///
  /// - Throws: `GeneratorError.unknownTask` when the manifest has no such task, or `nothingToGenerate`.
  public func files(of task: GenerationTask, for request: GenerationRequest) throws -> [GeneratedFile] {
    let model = try model(of: request)
    guard let entry = manifest.tasks.first(where: { $0.id == task.id }) else {
      throw GeneratorError.unknownTask(id: task.id)
    }
    return try outputs(of: entry, request: request, model: model).map { output in
      guard let text = library.render(output.context, withTemplate: output.file.template) else {
        throw GeneratorError.unreadableTemplate(path: output.file.template)
      }
      return GeneratedFile(path: output.path, bytes: [UInt8](text.utf8), executable: output.file.executable)
    }
  }

  /// One file to be made, with the words that fill it.
  private struct Output {
    var path: String
    var file: TemplateManifest.File
    var context: [String: Any]
  }

  private func model(of request: GenerationRequest) throws -> DataModel {
    let model = DataModel(request.entities)
    guard !model.entities.isEmpty else { throw GeneratorError.nothingToGenerate }
    return model
  }

  private func applies(_ condition: TemplateManifest.Condition?, to request: GenerationRequest) -> Bool {
    condition?.holds(level: request.level, modules: request.modules) ?? true
  }

  private func outputs(
    of task: TemplateManifest.Task, request: GenerationRequest, model: DataModel
  ) -> [Output] {
    let context = TemplateContext(request: request, model: model, manifest: manifest)
    return task.files.filter { applies($0.when, to: request) }.flatMap { file in
      switch file.each {
      case nil: [Output(path: file.path, file: file, context: context.system)]
      case .entity:
        model.entities.indices.map { position in
          let words = context.system(withEntity: position)
          return Output(path: library.render(words, withTemplate: file.path) ?? "", file: file, context: words)
        }
      }
    }
  }

  /// Reads a built-in file as UTF-8 text.
  private static func read(_ path: String, in folder: URL) throws -> String {
    guard let data = try? Data(contentsOf: folder.appendingPathComponent(path)),
      let text = String(validating: data, as: UTF8.self)
    else { throw GeneratorError.unreadableTemplate(path: path) }
    return text
  }

  /// Parses a template whose values are inserted as they are, without escaping for HTML.
  private static func parse(_ text: String, named path: String) throws -> MustacheTemplate {
    do {
      return try MustacheTemplate(string: "{{%CONTENT_TYPE:TEXT}}\n" + text)
    } catch {
      throw GeneratorError.invalidTemplate(path: path, problem: "\(error)")
    }
  }
}
