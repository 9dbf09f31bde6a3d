import Engine
import Gates
import Testing

@testable import Generator

/// The built-in generator and preflight agree: what the one writes, the other accepts without a word.
@Suite struct PreflightOfGeneratedTests {
  private static let requests = [
    Samples.request(level: 1),
    Samples.request("“Größe” \"x\" {{y}}", level: 2, modules: ["workers", "rabbitmq"], entities: Samples.worldly),
    Samples.request(level: 2, modules: ["workers", "rabbitmq"], entities: Samples.reserved + Samples.circles),
  ]

  @Test(arguments: requests.indices)
  func everyFilePassesWithoutAFinding(_ index: Int) async throws {
    let generator = try SystemGenerator()
    let preflight = PreflightCatalogue()
    let request = Self.requests[index]
    var seen: Set<[UInt8]> = []
    for task in try generator.tasks(for: request, substages: Samples.substages) {
      for file in try generator.files(of: task, for: request) {
        // An empty file that says by its name that it may be empty, and the same file twice, tell nothing new.
        guard seen.insert(Array(file.path.utf8) + file.bytes).inserted, !file.bytes.isEmpty else { continue }
        let candidate = CandidateFile(
          path: file.path, bytes: file.bytes, isExecutable: false, task: task.id, isExpected: true)
        let findings = try await preflight.check(candidate)
        #expect(findings.isEmpty, "\(file.path): \(findings)")
      }
    }
    #expect(seen.count > 50)
  }

  @Test func emptyFilesAreOnlyThoseThatMayBe() async throws {
    let generator = try SystemGenerator()
    let request = Samples.request(level: 2, modules: ["workers", "rabbitmq"])
    for task in try generator.tasks(for: request, substages: Samples.substages) {
      for file in try generator.files(of: task, for: request) where file.bytes.isEmpty {
        let candidate = CandidateFile(
          path: file.path, bytes: [], isExecutable: false, task: task.id, isExpected: true)
        let findings = try await PreflightCatalogue(validators: []).check(candidate)
        #expect(findings.isEmpty && file.path.hasSuffix("__init__.py"), "\(file.path)")
      }
    }
  }
}
