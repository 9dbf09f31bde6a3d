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
      return result
    } catch let error as CancellationError {
      throw error
    } catch {
      try Task.checkCancellation()
      return unavailable(String(describing: error), context)
    }
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
