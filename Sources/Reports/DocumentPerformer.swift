import Engine
import Foundation
import Kernel

/// Writes one of the domain's documents into the workspace.
public struct DocumentPerformer: TaskPerformer {
  /// Which document.
  public enum Kind: Sendable {
    case intake, plan, checklist, report
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

/// The QA report of a session as it stands now; partial while it is unfinished.
public struct SessionReport: Sendable {
  /// The report as Markdown.
  public let markdown: String
  /// The report's facts as JSON: the handoff manifest with the Markdown beside it.
  public let json: String

  /// Composes the report.
  ///
  /// - Parameter open: The session with its whole history.
  public init(open: OpenSession, files: [FileClaim], version: String) {
    markdown = Documents.qaReport(open.session, ReportFacts(open: open, files: files, version: version))
    let manifest = HandoffManifest(
      session: open.session, files: [], headSeq: open.session.version, headHash: open.headHash, at: currentMoment())
    json = manifest.json(with: ["report": markdown])
  }
}

/// Makes the handoff package: sources, documents, evidence, and a manifest of their hashes.
public struct HandoffPackage: Sendable {
  private let open: OpenSession
  private let folder: SessionFolder
  private let version: String

  /// Prepares a package of a session with its whole history.
  public init(open: OpenSession, folder: SessionFolder, version: String) {
    self.open = open
    self.folder = folder
    self.version = version
  }

  /// Writes the zip and returns its SHA-256.
  public func write(to path: String, from workspace: any Workspace) async throws -> String {
    let session = open.session
    let files = try await workspace.files()
    let claims = files.map { FileClaim(path: $0.path, hash: $0.hash) }
    let facts = ReportFacts(open: open, files: claims, version: version)
    var extra: [String: [UInt8]] = [
      "handoff/qa-report.md": Array(Documents.qaReport(session, facts).utf8),
      "handoff/deployment-guide.md": Array(Documents.deploymentGuide(session, facts).utf8),
      "handoff/brief.md": Array(session.briefText.utf8),
    ]
    for gate in session.gates {
      guard let evidence = gate.results.last?.evidence, let data = FileManager.default.contents(atPath: evidence)
      else { continue }
      extra["handoff/evidence/" + URL(fileURLWithPath: evidence).lastPathComponent] = Array(data)
    }
    var entries = files.map { HandoffManifest.File(path: $0.path, sha256: $0.hash, size: $0.size) }
    entries += extra.map { HandoffManifest.File(path: $0.key, sha256: sha256($0.value), size: $0.value.count) }
    let manifest = HandoffManifest(
      session: session, files: entries.sorted { $0.path < $1.path }, headSeq: session.version,
      headHash: open.headHash, at: currentMoment())
    extra["handoff/manifest.json"] = Array(manifest.json().utf8)
    return try await workspace.archive(to: path, prefix: session.id, extra: extra)
  }
}

/// Performs the last task: leaves the handoff package in the session's folder.
public struct PackagePerformer: TaskPerformer {
  private let journal: any Journal
  private let version: String

  /// Makes the performer.
  public init(journal: any Journal, version: String) {
    self.journal = journal
    self.version = version
  }

  /// Writes the package and says where it is.
  public func perform(_ assignment: Assignment) async throws -> TaskReport {
    let open = try await OpenSession.open(assignment.session.id, in: journal, keepingEvents: true)
    let path = assignment.folder.handoff(open.id)
    let package = HandoffPackage(open: open, folder: assignment.folder, version: version)
    let hash = try await package.write(to: path, from: assignment.workspace)
    return TaskReport(notices: ["The handoff package is \(path), SHA-256 \(hash)."])
  }
}
