import Engine
import Foundation
import Kernel

/// The report of a session as it stands now: the QA report, one of progress while it rests, a partial one after an abort.
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
      session: open.session, history: open.events, files: [], headSeq: open.session.version, headHash: open.headHash,
      at: currentMoment())
    json = manifest.json(with: ["report": markdown])
  }
}

/// Makes the handoff package: sources, documents, evidence, and a manifest of their hashes.
///
/// While a session is unfinished or aborted the package is a partial one: its manifest says why, it holds the partial
/// report in place of the QA report, and a deployment guide only where there is something to deploy.
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
    let all = try await workspace.files()
    // What no task, gate or person of this session left is not handed over; a partial package holds whatever exists.
    let foreign =
      session.isSupervised && session.partial == nil
      ? all.map(\.path).filter { path in session.files[path].map { $0.integrity == .unexpected } ?? true } : []
    let strange = Set(foreign.map { Array($0.utf8) })
    let files = all.filter { !strange.contains(Array($0.path.utf8)) }
    let claims = files.map { FileClaim(path: $0.path, hash: $0.hash) }
    let facts = ReportFacts(open: open, files: claims, version: version)
    let isPartial = session.partial != nil
    var extra: [String: [UInt8]] = [
      isPartial ? "handoff/partial-qa-report.md" : "handoff/qa-report.md":
        Array(Documents.qaReport(session, facts).utf8),
      "handoff/brief.md": Array(session.briefText.utf8),
    ]
    if !isPartial || session.hasSomethingToDeploy {
      extra["handoff/deployment-guide.md"] = Array(Documents.deploymentGuide(session, facts).utf8)
    }
    for gate in session.earlierGates + session.gates {
      guard let evidence = gate.results.last?.evidence, let data = FileManager.default.contents(atPath: evidence)
      else { continue }
      extra["handoff/evidence/" + URL(fileURLWithPath: evidence).lastPathComponent] = Array(data)
    }
    for incident in session.incidents {
      extra["handoff/incidents/\(incident.id).md"] = Array(Documents.incidentReport(incident, of: session).utf8)
    }
    if session.isSupervised { extra["handoff/audit/files.jsonl"] = FileAudit.lines(of: open.events) }
    var entries = files.map { HandoffManifest.File(path: $0.path, sha256: $0.hash, size: $0.size) }
    entries += extra.map { HandoffManifest.File(path: $0.key, sha256: sha256($0.value), size: $0.value.count) }
    let manifest = HandoffManifest(
      session: session, history: open.events, files: entries.sorted { $0.path < $1.path }, headSeq: session.version,
      headHash: open.headHash, at: currentMoment())
    extra["handoff/manifest.json"] = Array(manifest.json().utf8)
    return try await workspace.archive(to: path, prefix: session.id, extra: extra, leavingOut: foreign)
  }

  /// Where a partial package lies, next to where the whole one would.
  static func partialPath(_ whole: String) -> String {
    (whole.hasSuffix(".zip") ? String(whole.dropLast(4)) : whole) + "-partial.zip"
  }
}

extension Session {
  /// Whether any code was generated.
  var hasSomethingToDeploy: Bool { generatingTasks.contains { $0.state == .done && !$0.files.isEmpty } }
}

/// Performs the last task: leaves the handoff package in the session's folder.
public struct PackagePerformer: TaskPerformer {
  private let journal: any Journal
  private let version: String
  private let isPartial: Bool

  /// Makes the performer.
  ///
  /// - Parameter partial: Whether it makes the package of an aborted session, which bears another name.
  public init(journal: any Journal, version: String, partial: Bool = false) {
    self.journal = journal
    self.version = version
    isPartial = partial
  }

  /// Writes the package and says where it is.
  public func perform(_ assignment: Assignment) async throws -> TaskReport {
    let open = try await OpenSession.open(assignment.session.id, in: journal, keepingEvents: true)
    let whole = assignment.folder.handoff(open.id)
    let path = isPartial ? HandoffPackage.partialPath(whole) : whole
    let package = HandoffPackage(open: open, folder: assignment.folder, version: version)
    let hash = try await package.write(to: path, from: assignment.workspace)
    let name = isPartial ? "The partial handoff package" : "The handoff package"
    return TaskReport(notices: ["\(name) is \(path), SHA-256 \(hash)."])
  }
}
