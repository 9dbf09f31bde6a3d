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
  @discardableResult
  func begin(_ name: String) -> Task<OpenSession, any Error> {
    if let begun = folding[name] { return begun }
    let task = Task { [journal] in try await OpenSession.open(name, in: journal) }
    folding[name] = task
    return task
  }

  /// A session as its journal has it now.
  ///
  /// - Throws: As `OpenSession.open` does; the next call begins anew then.
  func open(_ name: String) async throws -> OpenSession {
    do {
      var open = try await begin(name).value
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
