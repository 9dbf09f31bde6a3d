import Engine
import Foundation
import Kernel

/// Looks whether something outside answers by running the command its workflow names; it is back when that succeeds.
public struct CommandProbe: DependencyProbe {
  private let environment: [String: String]
  private let timeLimit: Duration

  /// Makes a probe.
  ///
  /// - Parameters:
  ///   - environment: The machine's environment, of which the command gets what installing would get.
  ///   - timeLimit: How long one look may take.
  public init(environment: [String: String], timeLimit: Duration = .seconds(60)) {
    self.environment = environment
    self.timeLimit = timeLimit
  }

  /// Runs the command once.
  public func look(for dependency: Dependency) async throws -> String? {
    guard !dependency.probe.isEmpty else { return nil }
    var given = Toolchain.passedOn(environment)
    given["PATH"] = environment["PATH"] ?? "/usr/bin:/bin"
    given["LC_ALL"] = "C.UTF-8"
    do {
      let run = try await CommandRunner().run(
        dependency.probe, in: "/", environment: given, timeLimit: timeLimit, outputLimit: 64 << 10)
      guard run.exitStatus == 0 else { return nil }
      return "`\(dependency.probe.joined(separator: " "))` succeeded."
    } catch is CommandFailure {
      return nil
    }
  }
}
