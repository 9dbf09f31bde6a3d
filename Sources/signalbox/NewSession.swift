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
  /// The file that says who works, where one was named.
  var agents: String?
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
      if goesOn, earlier.briefText.utf8.elementsEqual(text.utf8), !isOver(earlier) {
        try refuseOtherWishes(than: earlier)
        remark("Going on with the session \(id), which this brief began.")
        return id
      }
      guard name == nil else { throw Refusal.alreadyCreated(session: id) }
      count += 1
      id = "\(base)-\(count)"
    }
    guard agents == nil || workflow.supervision != nil else {
      throw Told(
        .refused, why: "The workflow \(workflow.id) has no “supervision”, so no agents work for it.",
        instead: "Leave --agents out, or add “supervision” to the workflow.")
    }
    // The workspace is opened before the session exists, so that a folder that cannot be used refuses the whole order.
    var draft = Session()
    draft.id = id
    draft.workspace = workspace(id)
    let folder = wiring.state.session(id)
    try folder.make()
    let crew = try CrewFile(wiring: wiring, named: agents)
    try crew?.freeze(into: folder)
    if let crew {
      try KeptCards(folder).keep(wiring.library)
      let short = try Crew(wiring: wiring, definitions: crew.definitions).secrets.tooShort
      if !short.isEmpty { remark(KnownSecrets.remark(tooShort: short)) }
    }
    _ = try await wiring.workspace(of: draft)
    let creation = Creation(
      id: id, title: title, workspace: draft.workspace, briefText: text,
      workflow: crew.map { Crew.roster($0.definitions, of: workflow) } ?? workflow, level: level,
      modules: modules, answers: answers, project: wiring.project)
    var open = OpenSession(id, in: journal)
    let duties = try crew.map { RoleDuty.duties(of: $0.definitions, by: try wiring.library.roleCards()) } ?? []
    let order = Order(at: currentMoment(), by: wiring.person, demand: .create(creation, duties: duties))
    try await open.submit(order, request: "create-\(UUID().uuidString)")
    return id
  }

  /// A session keeps what it began with; wishes that would be lost in silence are refused.
  private func refuseOtherWishes(than earlier: Session) throws {
    let words = "The session \(earlier.id) was begun by this brief with "
    let instead = "Choose a new one with --session NAME, or leave the option out to go on."
    if let level, earlier.level != level, earlier.brief.level != level {
      throw Told(.refused, why: words + "another level than \(level).", instead: instead)
    }
    if let modules,
      !modules.allSatisfy((earlier.brief.modules ?? []).contains)
        || modules.isEmpty != (earlier.brief.modules ?? []).isEmpty
    {
      throw Told(.refused, why: words + "other modules.", instead: instead)
    }
    if !answers.isEmpty, answers != earlier.answersInAdvance {
      throw Told(
        .refused, why: words + "other answers given in advance, or none; they count from the beginning only.",
        instead: "Answer with `signalbox answer`, or begin a new session with --session NAME.")
    }
    if earlier.workflow.id != workflow.id {
      throw Told(.refused, why: words + "the workflow \(earlier.workflow.id).", instead: instead)
    }
  }

  private func isOver(_ session: Session) -> Bool {
    switch session.standing {
    case .completed, .aborted: return true
    case .active, .paused: return false
    }
  }
}
