import Engine
import Foundation
import Kernel

/// Mends what a gate found with the tool's own means: ruff rewrites the files, and the gate runs again afterwards.
public struct RepairPerformer: TaskPerformer {
  /// What is mended.
  public enum Kind: Sendable {
    /// `ruff check --fix`, safe fixes only.
    case lint
    /// `ruff format`.
    case format
  }

  private let toolchain: Toolchain
  private let kind: Kind

  /// Makes the performer of one kind.
  public init(_ toolchain: Toolchain, _ kind: Kind) {
    self.toolchain = toolchain
    self.kind = kind
  }

  /// Runs the tool over the workspace; that something is left to find is the gate's to say.
  public func perform(_ assignment: Assignment) async throws -> TaskReport {
    let before = try await assignment.workspace.files()
    var context = GateContext(
      workspace: assignment.workspace, toolchain: nil, evidence: assignment.folder.evidence,
      name: "\(assignment.task.id)-\(assignment.task.attempt)", scratch: assignment.folder.path + "/scratch",
      required: "")
    do {
      context.toolchain = try await toolchain.prepare { assignment.transcript.write($0) }
    } catch let failure as ToolchainFailure {
      throw TaskFailure(cause: .environment, message: failure.description)
    }
    let tool = try context.tools().programs + "/ruff"
    let arguments =
      switch kind {
      case .lint: [tool, "check", "--fix", "--exit-zero", "."]
      case .format: [tool, "format", "."]
      }
    let run = try await context.run(arguments)
    guard run.exitStatus == 0 else {
      throw TaskFailure(cause: .cognitive, message: String(decoding: run.output, as: UTF8.self))
    }
    let after = try await assignment.workspace.files()
    let known = Dictionary(before.map { ($0.path, $0.hash) }, uniquingKeysWith: { first, _ in first })
    let changed = after.filter { known[$0.path] != $0.hash }
    let words = changed.isEmpty ? "no file" : changed.map(\.path).joined(separator: ", ")
    return TaskReport(
      files: changed.map { FileClaim(path: $0.path, hash: $0.hash) }, notices: ["ruff changed \(words)."])
  }
}
