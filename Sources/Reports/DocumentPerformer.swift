import Engine
import Foundation
import Kernel

/// Writes one of the domain's documents into the workspace.
public struct DocumentPerformer: TaskPerformer {
  /// Which document.
  public enum Kind: Sendable {
    case intake, plan, checklist, report, partialReport
  }

  private let kind: Kind
  private let journal: any Journal
  private let version: String
  private let plan: (@Sendable (Session) throws -> [PlannedTask])?

  /// Makes the performer of one kind.
  ///
  /// - Parameter plan: Says which tasks the agent will need; the plan document carries them, and so does its report.
  public init(
    _ kind: Kind, journal: any Journal, version: String, plan: (@Sendable (Session) throws -> [PlannedTask])? = nil
  ) {
    self.kind = kind
    self.journal = journal
    self.version = version
    self.plan = plan
  }

  /// Composes the document from the session's history and writes it where the workflow says.
  public func perform(_ assignment: Assignment) async throws -> TaskReport {
    let open = try await OpenSession.open(assignment.session.id, in: journal, keepingEvents: true)
    let files = try await assignment.workspace.files().map { FileClaim(path: $0.path, hash: $0.hash) }
    let facts = ReportFacts(open: open, files: files, version: version)
    let session = open.session
    var planned: [PlannedTask]?
    var texts: [String]
    switch kind {
    case .intake: texts = [Documents.requirementsIntake(session, facts)]
    case .plan:
      let tasks = try plan?(session) ?? []
      planned = tasks
      texts = [Documents.implementationPlan(session, planned: tasks, facts)]
    case .checklist: texts = [Documents.verificationChecklist(session, facts)]
    case .partialReport: texts = [Documents.qaReport(session, facts)]
    case .report: texts = [Documents.qaReport(session, facts), Documents.deliverablesCatalogue(session, facts)]
    }
    for (path, text) in zip(assignment.task.expectedFiles, texts) {
      try await assignment.workspace.write(Array(text.utf8), to: path, executable: false)
    }
    return TaskReport(planned: planned)
  }
}

extension ReportFacts {
  /// What a document needs to know besides the session.
  init(open: OpenSession, files: [FileClaim], version: String) {
    self.init(
      at: currentMoment(), engineVersion: version, host: ProcessInfo.processInfo.hostName, events: open.events,
      files: files)
  }
}
