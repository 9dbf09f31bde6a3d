import Foundation
import Kernel
import Testing

@testable import Generator

// covers SystemGenerator.swift, GenerationRequest.swift, GeneratorError.swift
@Suite("SystemGenerator")
struct SystemGeneratorTests {
  private let generator: SystemGenerator

  init() throws {
    generator = try SystemGenerator()
  }

  private static let requests = [
    Samples.request(level: 1), Samples.request(level: 2), Samples.request(level: 2, modules: ["workers", "rabbitmq"]),
    Samples.request(level: 1, modules: ["rabbitmq"], entities: Samples.circles),
    Samples.request(entities: Samples.reserved),
    Samples.request("", entities: Samples.worldly),
    Samples.request(modules: ["workers"], entities: Samples.clashes),
    Samples.request(entities: Samples.long), Samples.request(entities: Samples.empty),
    Samples.request(entities: Samples.wide),
  ]

  @Test(arguments: requests.indices)
  func everyTaskMakesExactlyTheFilesItNames(index: Int) throws {
    let request = Self.requests[index]
    var paths: [String] = []
    for task in try generator.tasks(for: request, substages: Samples.substages) {
      let files = try generator.files(of: task, for: request)
      #expect(files.map(\.path) == task.files)
      #expect(task.id.hasPrefix(task.substage + "-"))
      for file in files {
        #expect(!file.bytes.isEmpty)
        #expect(file.bytes.last == 0x0A, "\(file.path) must end with a line break")
        #expect(file.path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        #expect(!file.path.hasPrefix("artifacts/"))
      }
      paths += task.files
    }
    #expect(Set(paths).count == paths.count, "each file belongs to one task")
    #expect(Set(paths.map { $0.lowercased() }).count == paths.count, "names differ by more than their case")
  }

  @Test func theSameRequestGivesTheSameBytes() throws {
    let request = Samples.request(modules: ["workers", "rabbitmq"], entities: Samples.worldly)
    let tasks = try generator.tasks(for: request, substages: Samples.substages)
    let again = try SystemGenerator()
    #expect(try again.tasks(for: request, substages: Samples.substages) == tasks)
    for task in tasks {
      #expect(try generator.files(of: task, for: request) == again.files(of: task, for: request))
    }
  }

  @Test func substagesGrowWithLevelAndModules() throws {
    func substages(_ level: Int, _ modules: [String]) throws -> [String] {
      let request = Samples.request(level: level, modules: modules)
      var found: [String] = []
      for task in try generator.tasks(for: request, substages: Samples.substages) where found.last != task.substage {
        found.append(task.substage)
      }
      return found
    }
    #expect(try substages(1, []) == ["4.1", "4.2", "4.3", "4.6"])
    #expect(try substages(2, []) == ["4.1", "4.1b", "4.2", "4.3", "4.3b", "4.6", "4.6b"])
    #expect(try substages(1, ["workers"]) == ["4.1", "4.2", "4.3", "4.4", "4.6"])
    #expect(
      try substages(2, ["workers", "rabbitmq"])
        == ["4.1", "4.1b", "4.2", "4.3", "4.3b", "4.4", "4.4b", "4.6", "4.6b"])
  }

  @Test func onlyTheAskedSubstagesHaveTasks() throws {
    let tasks = try generator.tasks(for: Samples.request(), substages: ["4.2", "4.2b"])
    #expect(Set(tasks.map(\.substage)) == ["4.2"])
    #expect(
      tasks.flatMap(\.files).filter { $0.contains("/models/") } == [
        "services/data_service/models/__init__.py", "services/data_service/models/book.py",
        "services/data_service/models/loan.py",
      ])
  }

  @Test func aWordOfTheBriefIsNeverReadAsATemplate() throws {
    let request = Samples.request("{{level}} {{> 4.1/Makefile.mustache}}", entities: Samples.empty)
    let tasks = try generator.tasks(for: request, substages: ["4.1"])
    let readme = try #require(
      tasks.flatMap { try generator.files(of: $0, for: request) }.first { $0.path == "README.md" })
    #expect(String(decoding: readme.bytes, as: UTF8.self).hasPrefix("# {{level}} {{> 4.1/Makefile.mustache}}\n"))
  }

  @Test func whatCannotBeMadeIsSaid() {
    let request = Samples.request(level: 4, modules: ["workers", "bot"], entities: [])
    let shortcomings = generator.shortcomings(of: request, substages: ["4.1", "4.1c", "4.5", "4.6"])
    #expect(shortcomings.map(\.subject) == ["4.1c", "4.5", "bot", "data model"])
    #expect(shortcomings.map(\.canLeaveOut) == [true, true, true, false])
    #expect(generator.shortcomings(of: Samples.request(), substages: Samples.substages).isEmpty)
    for substage in Samples.substages { #expect(generator.canMake(substage: substage)) }
    #expect(!generator.canMake(substage: "4.1c"))
  }

  @Test func withoutEntitiesNothingIsMade() throws {
    let request = Samples.request(entities: [])
    #expect(throws: GeneratorError.nothingToGenerate) {
      try generator.tasks(for: request, substages: Samples.substages)
    }
    let unknown = GenerationTask(id: "4.1-nothing", title: "", substage: "4.1", files: [])
    #expect(throws: GeneratorError.unknownTask(id: "4.1-nothing")) {
      try generator.files(of: unknown, for: Samples.request())
    }
  }

  @Test func theToolchainIsPinnedAndCoversEverySystem() throws {
    let lines = generator.toolchainRequirements.split(separator: "\n").map(String.init)
    for line in lines { #expect(line.split(separator: "=").count == 2, "\(line) must name one exact version") }
    for tool in ["ruff", "mypy", "bandit", "pytest", "pytest-cov", "uv", "fastapi", "alembic"] {
      #expect(lines.contains { $0.hasPrefix(tool + "==") })
    }
    let request = Samples.request(level: 2, modules: ["workers", "rabbitmq"])
    let files = try generator.tasks(for: request, substages: ["4.1"]).flatMap { task in
      try generator.files(of: task, for: request)
    }
    let asked = files.filter { ["requirements.txt", "requirements-dev.txt", "constraints.txt"].contains($0.path) }
      .flatMap { String(decoding: $0.bytes, as: UTF8.self).split(separator: "\n").map(String.init) }
      .filter { $0.contains("==") }
    // pip accepts no extras in constraints, so those lines name the plain distribution
    #expect(asked.sorted() == lines.sorted())
  }

  @Test func everyErrorSaysWhatToDoOrWhere() {
    let errors: [GeneratorError] = [
      .unreadableTemplate(path: "a/b"), .invalidManifest(place: "tasks[1]", problem: "Bad."),
      .invalidTemplate(path: "a/b", problem: "Bad."), .nothingToGenerate, .unknownTask(id: "4.1-x"),
      .pathTakenTwice(path: "a/b"),
    ]
    for error in errors { #expect(error.description.hasSuffix(".")) }
  }
}
