import Kernel

/// Checks that a coverage run left `htmlcov/` and `coverage.xml`.
struct CoverageArtefactsGate: GateKind {
  let name = "coverage-artefacts"

  func check(_ context: GateContext) async throws -> GateResult {
    try await DocumentsGate.look(for: ["htmlcov/index.html", "coverage.xml"], context)
  }
}
