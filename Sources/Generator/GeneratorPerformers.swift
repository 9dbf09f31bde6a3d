import Engine
import Kernel

extension GenerationRequest {
  /// Asks for what a session has agreed on.
  public init(_ session: Session) {
    self.init(
      title: session.title, summary: session.brief.text(of: .businessContext), level: session.level ?? 1,
      modules: session.modules, requirements: session.brief.requirements, entities: session.brief.entities)
  }
}

extension SystemGenerator {
  /// The sub-stages that run for a session and that this generator has templates for.
  private func substages(of session: Session) -> [String] {
    session.workflow.stages.flatMap(\.substages)
      .filter {
        $0.skipReason(level: session.level ?? 1, modules: session.modules) == nil || session.included.contains($0.id)
      }.map(\.id)
  }

  /// The tasks for every sub-stage that runs, in order, each with the requirements it serves.
  ///
  /// A task's files are made from the brief alone, never from another task's files, so all tasks of a sub-stage may run
  /// side by side.
  public func plan(for session: Session) throws -> [PlannedTask] {
    let request = GenerationRequest(session)
    let wanted = substages(of: session).filter(canMake(substage:))
    return try tasks(for: request, substages: wanted).map { task in
      let goals = request.requirements(servedBy: task, isPerEntity: isMadePerEntity(task: task.id))
      return PlannedTask(
        id: task.id, title: task.title, substage: task.substage, role: "developer",
        performer: GeneratePerformer.name, files: task.files, goals: goals.map(\.id),
        priority: goals.map(\.priority).min { $0.place < $1.place }.map(TaskPriority.init) ?? .medium)
    }
  }

  /// What a session's brief asks and this generator cannot make.
  public func shortcomings(of session: Session) -> [Kernel.Shortcoming] {
    shortcomings(of: GenerationRequest(session), substages: substages(of: session)).map {
      Kernel.Shortcoming(subject: $0.subject, reason: $0.reason, canLeaveOut: $0.canLeaveOut)
    }
  }
}

/// Finds out what the brief asks and the built-in generator cannot make.
public struct SurveyPerformer: TaskPerformer {
  private let generator: SystemGenerator

  /// Makes the performer for a generator.
  public init(_ generator: SystemGenerator) { self.generator = generator }

  /// Reports the shortcomings; none is a good answer too.
  public func perform(_ assignment: Assignment) async throws -> TaskReport {
    TaskReport(shortcomings: generator.shortcomings(of: assignment.session))
  }
}

/// Writes one task's files into the workspace.
public struct GeneratePerformer: TaskPerformer {
  /// The performer's catalogue name.
  public static let name = "generate"

  private let generator: SystemGenerator

  /// Makes the performer for a generator.
  public init(_ generator: SystemGenerator) { self.generator = generator }

  /// Renders and writes the task's files; writing them again leaves the same bytes.
  public func perform(_ assignment: Assignment) async throws -> TaskReport {
    let request = GenerationRequest(assignment.session)
    let task = GenerationTask(
      id: assignment.task.id, title: assignment.task.title, substage: assignment.task.substage ?? "",
      files: assignment.task.expectedFiles)
    for file in try generator.files(of: task, for: request) {
      try Task.checkCancellation()
      try await assignment.workspace.write(file.bytes, to: file.path, executable: file.executable)
      assignment.transcript.write("wrote \(file.path), \(file.bytes.count) bytes")
    }
    return TaskReport()
  }
}
