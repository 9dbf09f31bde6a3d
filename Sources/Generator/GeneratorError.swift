/// Says why the generator could not do what it was asked, in words for the person or the template's author.
public enum GeneratorError: Error, Equatable, CustomStringConvertible {
  /// A built-in file is missing or is not UTF-8 text.
  case unreadableTemplate(path: String)
  /// The manifest breaks a rule; `place` names the entry, e.g. `tasks[3].files[0].path`.
  case invalidManifest(place: String, problem: String)
  /// A template is not valid Mustache.
  case invalidTemplate(path: String, problem: String)
  /// The request has no data model that could be generated.
  case nothingToGenerate
  /// A task was named that the manifest does not have for this request.
  case unknownTask(id: String)
  /// Two templates would write the same file for this request.
  case pathTakenTwice(path: String)

  /// What went wrong and, where someone can act, what to do.
  public var description: String {
    switch self {
    case .unreadableTemplate(let path):
      "The built-in template \(path) is missing or is not UTF-8 text; the installation is incomplete."
    case .invalidManifest(let place, let problem):
      "manifest.json, \(place): \(problem)"
    case .invalidTemplate(let path, let problem):
      "The template \(path) is not valid Mustache: \(problem)"
    case .nothingToGenerate:
      "The brief has no entity that could be generated; add at least one entity to its data model."
    case .unknownTask(let id):
      "The generator has no task \(id) for this request."
    case .pathTakenTwice(let path):
      "Two templates would write \(path)."
    }
  }
}
