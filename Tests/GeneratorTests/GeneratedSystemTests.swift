import Foundation
import FoundationNetworking
import Kernel
import Testing

@testable import Generator

extension Tag {
  /// Tests that run the tools a generated system is checked with; they need `python3` and a package registry.
  @Tag static var generatedSystem: Self
}

@Suite("GeneratedSystem", .serialized, .tags(.generatedSystem), .timeLimit(.minutes(30)))
struct GeneratedSystemTests {
  private static let representative: [(GenerationRequest, coverage: Int)] = [
    (Samples.request(level: 1), 90),
    (Samples.request(level: 2, modules: ["workers", "rabbitmq"]), 95),
    (Samples.request("“Größe” \"x\" {{y}}", level: 2, entities: Samples.worldly + Samples.circles), 95),
    (Samples.request(level: 1, modules: ["rabbitmq"], entities: Samples.reserved), 90),
  ]

  @Test(arguments: representative.indices)
  func everyGatePasses(index: Int) throws {
    let (request, coverage) = Self.representative[index]
    try GeneratedWorkspace(request).checkGates(coverage: coverage)
  }

  @Test(.enabled(if: Toolchain.isSlowAllowed), arguments: [1, 2], [[], ["rabbitmq"], ["workers", "rabbitmq"]])
  func everyGatePassesForEveryBrief(level: Int, modules: [String]) throws {
    let briefs = [
      Samples.library, Samples.reserved, Samples.worldly, Samples.long, Samples.circles, Samples.clashes,
      Samples.empty, Samples.wide,
    ]
    for entities in briefs {
      try GeneratedWorkspace(Samples.request(level: level, modules: modules, entities: entities))
        .checkGates(coverage: 85)
    }
  }

  @Test func everySubstageIsValidAsItLands() throws {
    let request = Samples.request(level: 2, modules: ["workers", "rabbitmq"])
    let programs = try Toolchain.programs()
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("growing-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let generator = try SystemGenerator()
    for substage in Samples.substages {
      for task in try generator.tasks(for: request, substages: [substage]) {
        for file in try generator.files(of: task, for: request) {
          let place = folder.appendingPathComponent(file.path)
          #expect(!FileManager.default.fileExists(atPath: place.path), "\(file.path) has one owner")
          try FileManager.default.createDirectory(
            at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
          try Data(file.bytes).write(to: place)
        }
      }
      let cache = programs.deletingLastPathComponent().appendingPathComponent("mypy").path
      for command in [["ruff", "check", "--no-cache", "."], ["mypy", "--cache-dir", cache, "."]] {
        let program = programs.appendingPathComponent(command[0]).path
        let outcome = try Toolchain.run([program] + command.dropFirst(), in: folder)
        #expect(outcome.status == 0, "after \(substage), \(command[0]):\n\(outcome.output.suffix(4000))")
      }
    }
  }

  @Test func theSystemServesPeople() async throws {
    let workspace = try GeneratedWorkspace(Samples.request(level: 2))
    let programs = try Toolchain.programs()
    // as `make setup` leaves it, so that what `make run-data` does is what is tested
    try FileManager.default.copyItem(
      at: workspace.folder.appendingPathComponent(".env.example"), to: workspace.folder.appendingPathComponent(".env"))
    let alembic = Toolchain.process(
      [programs.appendingPathComponent("alembic").path, "upgrade", "head"], in: workspace.folder, [:])
    try alembic.run()
    alembic.waitUntilExit()
    #expect(alembic.terminationStatus == 0)

    let data = try RunningService("services.data_service.main:app", in: workspace.folder, [:])
    defer { data.stop() }
    let address = ["DATA_SERVICE_URL": "http://127.0.0.1:\(try await data.port())"]
    let business = try RunningService("services.business_service.main:app", in: workspace.folder, address)
    defer { business.stop() }
    let system = Client(base: "http://127.0.0.1:\(try await business.port())")

    #expect(try await system.send("GET", "/ready").status == 200)
    let book: [String: Any] = [
      "title": "Grüße", "pages": 7, "price": "12.50", "available": true, "published": "2024-02-29",
      "added": "2024-01-31T10:15:00+02:00",
    ]
    let made = try await system.send("POST", "/api/v1/books", book)
    #expect(made.status == 201)
    #expect(made.body["id"] as? Int == 1)
    #expect(made.body["title"] as? String == "Grüße")
    #expect(made.body["price"] as? String == "12.5")
    #expect(made.body["added"] as? String == "2024-01-31T08:15:00Z")

    let loan: [String: Any] = ["book_id": 1, "member_email": "a@example.com", "due": "2024-03-01"]
    #expect(try await system.send("POST", "/api/v1/loans", loan.merging(["book_id": 5]) { $1 }).status == 422)
    #expect(try await system.send("POST", "/api/v1/loans", loan.merging(["due": "soon"]) { $1 }).status == 422)
    #expect(try await system.send("POST", "/api/v1/loans", loan).status == 201)
    #expect(try await system.send("DELETE", "/api/v1/books/1").status == 409)
    #expect(try await system.send("PUT", "/api/v1/books/1", book.merging(["pages": 8]) { $1 }).status == 200)
    #expect(try await system.send("GET", "/api/v1/books/1").body["pages"] as? Int == 8)
    let page = try await system.send("GET", "/api/v1/books?limit=1&offset=0")
    #expect(page.body["total"] as? Int == 1)
    #expect(try await system.send("DELETE", "/api/v1/loans/1").status == 204)
    #expect(try await system.send("DELETE", "/api/v1/books/1").status == 204)
    #expect(try await system.send("GET", "/api/v1/books/1").status == 404)

    data.stop()
    #expect(try await system.send("GET", "/api/v1/books").status == 503)
  }
}

/// A service served by `uvicorn` on a free port of this machine.
private final class RunningService {
  private let process: Process
  private let output: AsyncStream<String>

  init(_ application: String, in folder: URL, _ variables: [String: String]) throws {
    let uvicorn = try Toolchain.programs().appendingPathComponent("uvicorn").path
    process = Toolchain.process([uvicorn, application, "--host", "127.0.0.1", "--port", "0"], in: folder, variables)
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    output = AsyncStream { continuation in
      pipe.fileHandleForReading.readabilityHandler = { handle in
        let data = handle.availableData
        if data.isEmpty {
          handle.readabilityHandler = nil
          continuation.finish()
        } else {
          continuation.yield(String(decoding: data, as: UTF8.self))
        }
      }
    }
    try process.run()
  }

  /// The port it listens on, once it says so.
  func port() async throws -> Int {
    var said = ""
    for await text in output {
      said += text
      guard let start = said.range(of: "running on http://127.0.0.1:") else { continue }
      let digits = said[start.upperBound...].prefix(while: \.isNumber)
      let isWhole = said[start.upperBound...].count > digits.count
      if isWhole, let port = Int(digits) { return port }
    }
    throw Toolchain.Failure(description: "the service ended before it listened:\n\(said)")
  }

  /// Ends the service and waits until it is gone.
  ///
  /// It is killed, because a process started from a concurrency thread inherits that thread's blocked signals and would
  /// never see a request to end.
  func stop() {
    guard process.isRunning else { return }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}

/// A person with a command line.
private struct Client {
  var base: String

  func send(
    _ method: String, _ path: String, _ body: [String: Any]? = nil
  ) async throws -> (status: Int, body: [String: Any]) {
    var request = URLRequest(url: try #require(URL(string: base + path)))
    request.httpMethod = method
    if let body {
      request.httpBody = try JSONSerialization.data(withJSONObject: body)
      request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    }
    let (data, response) = try await URLSession.shared.data(for: request)
    let status = try #require(response as? HTTPURLResponse).statusCode
    let object = data.isEmpty ? [:] : try JSONSerialization.jsonObject(with: data)
    return (status, try #require(object as? [String: Any]))
  }
}
