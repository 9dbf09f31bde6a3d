import Engine
import Kernel

/// Sessions folded from their first event, for whoever decides on them.
///
/// What the console shows of a long session may come from a kept state, see ``KeptState``; what it sends never does. Folding
/// a long history takes a while, so it begins when a question is opened and not when it is answered.
actor DecidingStates {
  private let journal: any Journal
  private var folding: [String: Task<OpenSession, any Error>] = [:]

  init(journal: any Journal) { self.journal = journal }

  /// Begins to fold a session, if that was not begun yet.
  func begin(_ name: String) {
    guard folding[name] == nil else { return }
    let journal = journal
    folding[name] = Task { try await OpenSession.open(name, in: journal) }
  }

  /// A session as its journal has it now.
  ///
  /// - Throws: As `OpenSession.open` does; the next call begins anew then.
  func open(_ name: String) async throws -> OpenSession {
    begin(name)
    do {
      guard var open = try await folding[name]?.value else { return try await OpenSession.open(name, in: journal) }
      try await open.refresh()
      keep(open)
      return open
    } catch {
      folding[name] = nil
      throw error
    }
  }

  /// Keeps a session that somebody read on or added to.
  func keep(_ open: OpenSession) {
    folding[open.id] = Task { open }
  }
}
