import Kernel

/// Asks a workspace for what only the disk can tell about an option's consequences: files, lines, a person's own edits.
public struct WorkspaceFacts: Sendable {
  /// How many files are read to count lines; more are counted as files only.
  static let fileLimit = 2_000
  /// How much of a file is read to count its lines, in bytes.
  static let byteLimit = 1 << 20

  private let workspace: any Workspace

  /// Looks into a workspace.
  public init(_ workspace: any Workspace) { self.workspace = workspace }

  /// Fills in what the kernel cannot know.
  ///
  /// - Parameters:
  ///   - consequences: What the kernel foresees; its `restoresTree` says to which files the workspace would go back.
  ///   - session: The session as it is now.
  /// - Returns: The same with the files counted; unchanged where nothing would be put back.
  public func fill(_ consequences: Consequences, in session: Session) async throws -> Consequences {
    guard let target = consequences.restoresTree else { return consequences }
    var found = consequences
    let now = try await workspace.files()
    let then = try await workspace.files(of: target)
    let old = Dictionary(then.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    let new = Dictionary(now.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    let discarded = now.filter { old[$0.path] == nil }.map(\.path)
    let restored = then.filter { file in
      guard let present = new[file.path] else { return true }
      return present.hash != file.hash || present.mode != file.mode
    }.map(\.path)
    found.filesDiscarded = discarded.count
    found.filesRestored = restored.count
    found.filesKept = then.count - restored.count
    let overwritten = restored.filter { new[$0] != nil }
    found.linesDiscarded = try await lines(of: discarded + overwritten)
    // What differs from the engine's last picture although no task worked since is somebody's own.
    if session.isKept, let picture = session.keptTree {
      let lost = Set(discarded + overwritten)
      var own = try await workspace.changes(since: picture).filter { $0.kind != .removed }.map(\.path)
      own += session.personEdits.filter { !own.contains($0) }
      found.personEdits = own.filter(lost.contains)
    }
    return found
  }

  private func lines(of paths: [String]) async throws -> Int {
    var count = 0
    for path in paths.prefix(WorkspaceFacts.fileLimit) {
      guard let bytes = try? await workspace.read(path, limit: WorkspaceFacts.byteLimit) else { continue }
      count += bytes.count { $0 == UInt8(ascii: "\n") }
      if let last = bytes.last, last != UInt8(ascii: "\n") { count += 1 }
    }
    return count
  }
}
