import Kernel

/// Checks that files are there and not empty; every setting's value is a path.
struct DocumentsGate: GateKind {
  let name = "documents"

  func check(_ context: GateContext) async throws -> GateResult {
    let paths = context.settings.values.sorted()
    guard !paths.isEmpty else {
      throw GateUnavailable("The gate names no files; give each as a setting.")
    }
    return try await DocumentsGate.look(for: paths, context)
  }

  /// Looks on the disk, through the workspace; nobody's list is believed.
  static func look(for paths: [String], _ context: GateContext) async throws -> GateResult {
    let files = try await context.workspace.files()
    let findings = paths.compactMap { path -> Finding? in
      guard let file = files.first(where: { $0.path.utf8.elementsEqual(path.utf8) }) else {
        return Finding(file: path, line: 0, code: "missing", message: "The file is not there.")
      }
      guard file.mode != "120000" else {
        return Finding(file: path, line: 0, code: "link", message: "It is a symbolic link, not a file.")
      }
      return file.size > 0 ? nil : Finding(file: path, line: 0, code: "empty", message: "The file is empty.")
    }
    return context.result(
      findings.isEmpty, achieved: "\(paths.count - findings.count) of \(paths.count) present", findings: findings)
  }
}
