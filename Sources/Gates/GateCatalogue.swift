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
    JUnitGate(),
    LintGate(),
    NamingGate(),
    PlaceholdersGate(),
    PythonVersionGate(),
    SARIFGate(),
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
      let baseline = try await Baseline.read(for: kind, context)
      var result = try await kind.check(context)
      if let baseline, let kind = kind as? any FindingsKind {
        result = try baseline.applied(to: result, of: kind, context)
      }
      let changed = GateCatalogue.changes(
        from: before, to: try await context.workspace.files(), allowed: kind.artefacts)
      if !changed.isEmpty {
        // Whatever it judged is not what is there now.
        result.passed = false
        result.achieved = "void: the check changed \(counted(changed.count, "file")); \(result.achieved)"
        result.findings =
          changed.map {
            Finding(file: $0, line: 0, code: "changed", message: "The check itself changed this file.")
          } + result.findings
      }
      result.findings = Array(result.findings.prefix(GateContext.findingLimit))
      if result.unavailable == nil, result.evidence == nil || baseline != nil {
        try keepRecord(of: &result, files: before, baseline, context)
      }
      prove(&result, context)
      return result
    } catch let error as CancellationError {
      throw error
    } catch {
      try Task.checkCancellation()
      return unavailable(String(describing: error), context)
    }
  }

  /// Writes down what a check looked at when it left nothing of its own, or judged by a baseline: the verdict, its
  /// findings, the baseline's hash, and every file with its hash, so that whoever doubts it can look again at the very
  /// same files.
  private func keepRecord(
    of result: inout GateResult, files: [WorkspaceFile], _ baseline: Baseline?, _ context: GateContext
  ) throws {
    var lines = ["required: \(result.required)", "achieved: \(result.achieved)", "passed: \(result.passed)"]
    if let baseline {
      lines.append("baseline: \(baseline.digest) \(context.settings["baseline"] ?? "")")
      lines.append("baselined: \(result.baselined)")
    }
    lines += result.findings.map { "finding: \($0.file):\($0.line) \($0.code) \($0.message)" }
    lines += files.map { "file: \($0.hash) \($0.mode) \($0.size) \($0.path)" }
    let record = try context.keepRecord(lines, including: [result.evidence].compactMap { $0 })
    result.evidence = record.path
    result.evidenceHash = record.hash
  }

  /// Takes a pass back that has no evidence: a file of this gate's own that is there with the hash the result names.
  private func prove(_ result: inout GateResult, _ context: GateContext) {
    guard result.passed else { return }
    if result.unavailable == nil, let evidence = result.evidence, let hash = result.evidenceHash,
      evidence.hasPrefix(context.evidence + "/"), fileDigest(evidence) == hash
    {
      return
    }
    result.passed = false
    result.achieved = "unproven: \(result.achieved)"
    let finding = Finding(
      file: ".", line: 0, code: "unproven",
      message: "The check says that it passed, but its evidence is not there as it was recorded. Run it again.")
    result.findings = Array(([finding] + result.findings).prefix(GateContext.findingLimit))
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
    let exempt = allowed.map { PathPattern("/" + $0) }
    let paths = Set(old.keys).union(new.keys).filter { path in
      guard old[path] != new[path] else { return false }
      // What a check may leave are plain files: not links that lead elsewhere, and nothing that can be run.
      guard new[path].map({ $0.mode == "100644" }) ?? true else { return true }
      let name = String(decoding: path, as: UTF8.self)
      return !exempt.contains { $0.matches(name, ignoringCase: false) }
    }
    return paths.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }
  }
}
