import Kernel

/// Checks that `.env` is there, and makes it from `.env.example` when it is not.
struct EnvironmentFileGate: GateKind {
  let name = "environment-file"
  let artefacts = [".env"]

  func check(_ context: GateContext) async throws -> GateResult {
    let files = try await context.workspace.files()
    if let file = files.first(where: { $0.path == ".env" }) {
      guard file.mode != "120000" else {
        return context.result(
          false, achieved: ".env is a symbolic link",
          findings: [Finding(file: ".env", line: 0, code: "link", message: "Replace it by a file.")])
      }
      return context.result(true, achieved: ".env present")
    }
    guard files.contains(where: { $0.path == ".env.example" }) else {
      return context.result(
        false, achieved: "neither .env nor .env.example",
        findings: [Finding(file: ".env", line: 0, code: "missing", message: "There is no .env.example to copy.")])
    }
    let bytes = try await context.workspace.read(".env.example", limit: 1 << 20)
    try await context.workspace.write(bytes, to: ".env", executable: false)
    return context.result(true, achieved: ".env made from .env.example")
  }
}
