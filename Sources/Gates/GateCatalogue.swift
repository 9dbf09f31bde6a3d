import Engine
import Foundation
import Kernel

/// Knows every kind of gate, and runs one so that its verdict can be trusted.
public struct GateCatalogue: Sendable {
  /// Every kind there is: one line each.
  public static let standard: [any GateKind] = [
    CoverageArtefactsGate(),
    CoverageGate(),
    DocumentsGate(),
    EnvironmentFileGate(),
    FormatGate(),
    LintGate(),
    NamingGate(),
    PlaceholdersGate(),
    PythonVersionGate(),
    SecurityGate(),
    TestsGate(),
    ToolAvailableGate(),
    TypesGate(),
  ]

  private let kinds: [any GateKind]

  /// Makes a catalogue; without arguments, of all kinds.
  public init(kinds: [any GateKind] = GateCatalogue.standard) { self.kinds = kinds }

  /// The names of all kinds, sorted.
  public var names: [String] { kinds.map(\.name).sorted() }

  /// Runs a gate; a check that cannot be made, or that changed the files it judged, is a result that did not pass.
  ///
  /// - Throws: Only `CancellationError`.
  public func run(kind name: String, _ context: GateContext) async throws -> GateResult {
    guard let kind = kinds.first(where: { $0.name == name }) else {
      return unavailable(
        "There is no kind of gate called “\(name)”; known are \(names.joined(separator: ", ")).", context)
    }
    do {
      let before = try await context.workspace.files()
      var result = try await kind.check(context)
      let changed = GateCatalogue.changes(
        from: before, to: try await context.workspace.files(), allowed: kind.artefacts)
      if !changed.isEmpty {
        // Whatever it judged is not what is there now.
        result.passed = false
        result.achieved = "void: the check changed \(counted(changed.count, "file")); \(result.achieved)"
        let findings = changed.map {
          Finding(file: $0, line: 0, code: "changed", message: "The check itself changed this file.")
        }
        result.findings = Array((findings + result.findings).prefix(GateContext.findingLimit))
      }
      if result.evidence == nil, result.unavailable == nil { try keepRecord(of: &result, files: before, context) }
      return result
    } catch let error as CancellationError {
      throw error
    } catch {
      try Task.checkCancellation()
      return unavailable(String(describing: error), context)
    }
  }

  /// Writes down what a check looked at when it left nothing of its own: the verdict, its findings, and every file with
  /// its hash, so that whoever doubts it can look again at the very same files.
  private func keepRecord(of result: inout GateResult, files: [WorkspaceFile], _ context: GateContext) throws {
    var lines = ["required: \(result.required)", "achieved: \(result.achieved)", "passed: \(result.passed)"]
    lines += result.findings.map { "finding: \($0.file):\($0.line) \($0.code) \($0.message)" }
    lines += files.map { "file: \($0.hash) \($0.mode) \($0.size) \($0.path)" }
    let path = "\(context.evidence)/\(context.name).txt"
    let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
    try FileManager.default.createDirectory(
      atPath: context.evidence, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    result.evidence = path
    result.evidenceHash = sha256(bytes)
  }

  private func unavailable(_ words: String, _ context: GateContext) -> GateResult {
    GateResult(passed: false, required: context.required, achieved: "not checked", unavailable: words)
  }

  /// Paths that came, went or differ, apart from what the check may leave.
  static func changes(from before: [WorkspaceFile], to after: [WorkspaceFile], allowed: [String]) -> [String] {
    // Keyed by bytes: two spellings of one word are two files, but one key as text.
    func keyed(_ files: [WorkspaceFile]) -> [[UInt8]: WorkspaceFile] {
      Dictionary(files.map { (Array($0.path.utf8), $0) }, uniquingKeysWith: { first, _ in first })
    }
    let old = keyed(before)
    let new = keyed(after)
    let paths = Set(old.keys).union(new.keys).filter { path in
      old[path] != new[path]
        && !allowed.contains { $0.hasSuffix("/") ? path.starts(with: $0.utf8) : path.elementsEqual($0.utf8) }
    }
    return paths.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }
  }
}
