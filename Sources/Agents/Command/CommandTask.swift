import Engine
import Kernel

/// The task as a plain command gets it: one JSON object.
struct CommandTask {
  /// The object.
  let value: JSONValue

  init(_ assignment: Assignment) {
    let session = assignment.session
    let task = assignment.task
    let goals = session.goals.filter { task.goals.contains($0.id) }
    var members: [String: JSONValue] = [
      "session": .string(session.id), "task": .string(task.id), "title": .string(task.title),
      "role": .string(task.workingRole), "attempt": .integer(Int64(task.attempt)),
      "objective": .string(goals.isEmpty ? task.title : goals.map { "\($0.id): \($0.text)" }.joined(separator: "\n")),
      "files": .array(task.expectedFiles.map(JSONValue.string)),
      "feedback": .array(Self.feedback(of: task).map(JSONValue.string)),
      "acceptance": .string(session.brief.text(of: .acceptanceCriteria)),
      "workspace": .string(assignment.workspace.root),
    ]
    if let guidance = task.guidance, !guidance.isEmpty { members["guidance"] = .string(guidance) }
    value = .object(members)
  }

  /// What earlier attempts were told, or the last error where nobody reviewed them.
  private static func feedback(of task: TaskRecord) -> [String] {
    if !task.feedback.isEmpty { return task.feedback }
    return task.error.map { [$0] } ?? []
  }
}
