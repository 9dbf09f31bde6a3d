import Engine
import Foundation
import Kernel

/// Runs the gates of a session with the tools of a toolchain.
public struct QualityGates: GateRunner {
  private let toolchain: Toolchain
  private let catalogue: GateCatalogue
  private let containment: @Sendable () -> Containment?

  /// Makes a runner.
  ///
  /// - Parameter containment: What the commands are kept in, since they run what agents wrote; asked when the first one is run.
  public init(
    toolchain: Toolchain, catalogue: GateCatalogue = GateCatalogue(),
    containment: @escaping @Sendable () -> Containment? = { nil }
  ) {
    self.containment = containment
    self.toolchain = toolchain
    self.catalogue = catalogue
  }

  /// Runs one gate once.
  ///
  /// The percentage a coverage gate must reach is read from what the session requires (`85%`), not from the workspace.
  public func run(
    _ gate: Gate, of session: Session, in workspace: any Workspace, folder: SessionFolder, attempt: Int
  ) async throws -> GateResult {
    let required = session.gate(gate.id)?.required ?? gate.required
    let settings = Dictionary(gate.settings.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    var context = GateContext(
      workspace: workspace, toolchain: nil, evidence: folder.evidence, name: "\(gate.id)-\(attempt)",
      scratch: folder.path + "/scratch", required: required, settings: settings,
      containment: containment())
    do {
      context.toolchain = try await toolchain.prepare { _ in }
    } catch let failure as ToolchainFailure {
      // Gates that need no tools still run; the others say why they cannot.
      context.toolchainFailure = failure.description
    }
    let start = ContinuousClock.now
    var result = try await catalogue.run(kind: gate.kind, context)
    let took = (ContinuousClock.now - start).components
    result.milliseconds = Int(took.seconds * 1000 + took.attoseconds / 1_000_000_000_000_000)
    return result
  }
}
