import Foundation
import Kernel

/// Performs stage 0: looks whether everything a session rests on is there before anyone is asked anything.
public struct ContextPerformer: TaskPerformer {
  /// Makes the performer.
  public init() {}

  /// Proves that the workspace can be written and read.
  public func perform(_ assignment: Assignment) async throws -> TaskReport {
    let files = try await assignment.workspace.files()
    assignment.transcript.write("workflow \(assignment.session.workflow.id) \(assignment.session.workflow.digest)")
    guard files.isEmpty else {
      let words =
        "The workspace holds \(files.count) files already; a checkpoint keeps them before anything is written."
      return TaskReport(notices: [words])
    }
    return TaskReport()
  }
}

/// Keeps the workspace as a checkpoint.
public struct CheckpointPerformer: TaskPerformer {
  /// Makes the performer.
  public init() {}

  /// Keeps every file and reports the tree that holds them.
  public func perform(_ assignment: Assignment) async throws -> TaskReport {
    let name = assignment.task.substage ?? String(assignment.task.stage)
    let tree = try await assignment.workspace.checkpoint(
      named: "\(name)-\(assignment.task.attempt)", message: assignment.task.title)
    let files = try await assignment.workspace.files(of: tree)
    return TaskReport(files: files.map { FileClaim(path: $0.path, hash: $0.hash) }, tree: tree)
  }
}

/// Sets the files of a sub-stage aside, so that the rest can go on without them.
public struct QuarantinePerformer: TaskPerformer {
  /// Makes the performer.
  public init() {}

  /// Copies each file that the task names into the state folder, then removes it from the workspace.
  public func perform(_ assignment: Assignment) async throws -> TaskReport {
    let paths = (assignment.task.guidance ?? "").split(separator: "\n").map(String.init)
    let there = Set(try await assignment.workspace.files().map(\.path))
    for path in paths where there.contains(path) {
      let target = "\(assignment.folder.quarantine)/\(assignment.task.id)/\(path)"
      let bytes = try await assignment.workspace.read(path, limit: 64 << 20)
      try StateFolder.make(URL(fileURLWithPath: target).deletingLastPathComponent().path)
      guard
        FileManager.default.createFile(atPath: target, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
      else { throw TaskFailure(cause: .environment, message: "\(target) could not be written.") }
      try await assignment.workspace.remove(path)
      assignment.transcript.write("set aside \(path)")
    }
    return TaskReport(notices: ["\(paths.count) files were set aside in \(assignment.folder.quarantine)."])
  }
}
