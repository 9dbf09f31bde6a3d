// The built-in generator turns a brief's data model into a running system. It uses no network and no language model,
// never reads the clock, never writes to a disk (its caller does) and never touches `artifacts/`.

import Kernel

/// Describes the system a person asked for, as far as the built-in generator reads it.
public struct GenerationRequest: Equatable, Sendable {
  /// The system's title as written in the brief.
  public var title: String
  /// The business context as written in the brief; goes into the system's README.
  public var summary: String
  /// The maturity level, 1–4.
  public var level: Int
  /// The optional modules by identifier, e.g. `workers`.
  public var modules: [String]
  /// The functional requirements, listed in the system's README.
  public var requirements: [Requirement]
  /// The data model.
  public var entities: [Entity]

  /// Makes a request from its parts.
  public init(
    title: String, summary: String, level: Int, modules: [String], requirements: [Requirement], entities: [Entity]
  ) {
    self.title = title
    self.summary = summary
    self.level = level
    self.modules = modules
    self.requirements = requirements
    self.entities = entities
  }
}

/// Holds one file the generator made, not yet written anywhere.
public struct GeneratedFile: Equatable, Sendable {
  /// The path relative to the workspace, with `/` between its parts; ASCII, never absolute, never with `..`.
  public var path: String
  /// The file's whole content.
  public var bytes: [UInt8]
  /// Whether the file must be executable.
  public var executable: Bool

  /// Makes a file from its parts.
  public init(path: String, bytes: [UInt8], executable: Bool) {
    self.path = path
    self.bytes = bytes
    self.executable = executable
  }
}

/// Names one piece of the generator's work and the files it must leave behind.
public struct GenerationTask: Equatable, Sendable {
  /// The identifier, e.g. `4.2-models`; begins with the sub-stage and is unique in the manifest.
  public var id: String
  /// A title for people.
  public var title: String
  /// The sub-stage it belongs to, e.g. `4.2`.
  public var substage: String
  /// The paths of the files it leaves behind, relative to the workspace, in the order they are made.
  public var files: [String]

  /// Makes a task from its parts.
  public init(id: String, title: String, substage: String, files: [String]) {
    self.id = id
    self.title = title
    self.substage = substage
    self.files = files
  }
}

/// Says what a brief asks for and the built-in generator cannot make.
public struct Shortcoming: Equatable, Sendable {
  /// What is meant: a sub-stage, a module, an entity or `entity.field`, as the person wrote it.
  public var subject: String
  /// Why it cannot be made and what to do instead, in one or two sentences for the person.
  public var reason: String
  /// Whether everything else can be made without it; when `false`, nothing can be made.
  public var canLeaveOut: Bool

  /// Makes a shortcoming from its parts.
  public init(subject: String, reason: String, canLeaveOut: Bool) {
    self.subject = subject
    self.reason = reason
    self.canLeaveOut = canLeaveOut
  }
}
