import Kernel

/// Answers a decision on the files as they are now: looks at the workspace first where the option rests on files, and
/// where they moved says so, so that the question is asked anew and nothing is decided on what nobody saw.
public struct AnswerSubmission: Sendable {
  private let openWorkspace: @Sendable (Session) async throws -> any Workspace

  /// Makes a submission.
  ///
  /// - Parameter openWorkspace: Opens the workspace of a session.
  public init(openWorkspace: @escaping @Sendable (Session) async throws -> any Workspace) {
    self.openWorkspace = openWorkspace
  }

  /// Submits an answer.
  ///
  /// - Parameters:
  ///   - answer: What the person chose; its tree is filled in here.
  ///   - open: The session; it is read on.
  ///   - by: Who answers.
  ///   - at: When.
  ///   - request: Identifies this submission; repeating it adds nothing.
  /// - Throws: ``Refusal/filesMoved(decision:shown:found:)`` after the question was withdrawn to be asked anew; every
  ///   other ``Refusal``, ``JournalFailure`` as `OpenSession.submit` does.
  public func submit(
    _ answer: Answer, to open: inout OpenSession, by: String, at: Moment, request: String
  ) async throws {
    var answer = answer
    let decision = open.session.decision(answer.decision)
    let option = decision?.option(answer.option)
    if decision?.tree != nil, option?.effect.restsOnFiles ?? false {
      answer.tree = try await openWorkspace(open.session).tree()
    }
    do {
      try await open.submit(Order(at: at, by: by, demand: .answer(answer)), request: request)
    } catch Refusal.filesMoved(let id, let shown, let found) {
      _ = try await look(at: &open, shown: shown, by: by, at: at, request: request + "-look")
      throw Refusal.filesMoved(decision: id, shown: shown, found: found)
    }
  }

  /// Looks whether the files are still those that were shown, and writes down when they are not, so that every question
  /// that rests on them is asked anew.
  ///
  /// The files are kept as they were found: what is asked anew rests on something that can be had back.
  ///
  /// - Returns: The paths that changed, or `nil` when nothing did.
  /// - Throws: What the workspace or the journal throws.
  public func look(
    at open: inout OpenSession, shown: String, by: String, at: Moment, request: String
  ) async throws -> [String]? {
    let workspace = try await openWorkspace(open.session)
    guard try await workspace.tree() != shown else { return nil }
    let changes = try await workspace.changes(since: shown).map(\.path)
    let tree = try await workspace.checkpoint(
      named: "looked-\(open.session.version)", message: "Found changed at event \(open.session.version)")
    try await open.submit(Order(at: at, by: by, demand: .look(tree: tree, changes: changes)), request: request)
    return changes
  }
}
