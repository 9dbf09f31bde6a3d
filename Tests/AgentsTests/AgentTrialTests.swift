import Agents
import Kernel
import Testing

/// Trying a program out before a session depends on it: AgentTrial.
@Suite("Agent trial") struct AgentTrialTests {
  private func failure(_ arguments: [String], seconds: Int = 1) async -> TaskFailure? {
    do {
      let trial = AgentTrial(
        .init(name: "stub", arguments: arguments, environment: ["PATH": "/usr/bin:/bin"]), containment: nil,
        seconds: seconds)
      _ = try await trial.run()
      return nil
    } catch {
      return error as? TaskFailure
    }
  }

  @Test("a program that says nothing is stopped when its time is over")
  func silent() async throws {
    let start = ContinuousClock.now
    let found = try #require(await failure(["/usr/bin/env", "sleep", "60"]))
    #expect(found.type == "AgentLate")
    #expect(found.message == "stub did not answer within 1 s.")
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test("a program that ends at once is told with its last words")
  func gone() async throws {
    let found = try #require(await failure(["/bin/sh", "-c", "echo no such flag >&2; exit 2"], seconds: 20))
    #expect(found.type == "AgentGone")
    #expect(found.message == "The agent's program ended with status 2: no such flag")
    #expect(await failure(["/no/such/program"])?.type == "AgentNotStarted")
  }
}
