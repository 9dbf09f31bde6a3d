import Engine
import Foundation
import Kernel

/// Creates a session from a brief's text.
struct NewSession {
  let wiring: Wiring
  let journal: any Journal
  /// The brief, as written.
  let text: String
  /// The title where the brief has none.
  let fallbackTitle: String
  let workflow: Workflow
  /// The session's name, where the person chose one.
  var name: String?
  var level: Int?
  var modules: [String]?
  var answers: [AdvanceAnswer] = []
  /// Whether a session that this very brief began, and that has not ended, is gone on with.
  var goesOn = false
  /// Where the workspace is to be, given the session's name.
  var workspace: (String) -> String

  /// Creates the session and returns its name.
  func begin() async throws -> String {
    let read = Brief(reading: text)
    let title = read.title.isEmpty ? fallbackTitle : read.title
    let base = try SessionName.check(name ?? SessionName.from(title))
    var id = base
    var count = 1
    while try await !journal.heads(of: id).isEmpty {
      let earlier = try await OpenSession.open(id, in: journal).session
      if goesOn, earlier.briefText.utf8.elementsEqual(text.utf8), !isOver(earlier) { return id }
      guard name == nil else { throw Refusal.alreadyCreated(session: id) }
      count += 1
      id = "\(base)-\(count)"
    }
    // The workspace is opened before the session exists, so that a folder that cannot be used refuses the whole order.
    var draft = Session()
    draft.id = id
    draft.workspace = workspace(id)
    try wiring.state.session(id).make()
    _ = try await wiring.workspace(of: draft)
    let creation = Creation(
      id: id, title: title, workspace: draft.workspace, briefText: text, workflow: workflow, level: level,
      modules: modules, answers: answers)
    var open = OpenSession(id, in: journal)
    let order = Order(at: currentMoment(), by: wiring.person, demand: .create(creation))
    try await open.submit(order, request: "create-\(UUID().uuidString)")
    return id
  }

  private func isOver(_ session: Session) -> Bool {
    switch session.standing {
    case .completed, .aborted: return true
    case .active, .paused: return false
    }
  }
}
