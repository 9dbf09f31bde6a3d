import Kernel
import Screen

// Reading and answering what agents say. Opening one marks it as read; answering asks for the words first.

extension Model {
  /// Under which name the unsent answer to a callback is kept.
  static func replyKey(_ callback: String, of session: String) -> DraftKey {
    DraftKey(session: session, decision: "callback \(callback)")
  }

  /// The callback the person is at, if it is one.
  private var chosenCallback: (session: String, callback: Callback)? {
    if place == .reading {
      guard case .callback(let id, let callback)? = reading.last?.subject else { return nil }
      return snapshot(id)?.session.callback(callback).map { (id, $0) }
    }
    guard case .session = place, let current else { return nil }
    var id: String?
    switch desk.focus {
    case .needs: id = desk.needs.selected
    case .calls: id = desk.calls.selected
    case .feed:
      guard let seq = desk.feed.selected, let place = current.place(of: seq) else { return nil }
      switch current.events[place].event.fact {
      case .callbackRaised(let raised): id = raised.id
      case .callbackRead(let raised), .callbackAnswered(let raised, _): id = raised
      default: return nil
      }
    case .tasks, .gates, .stages, .output, .files, .health: return nil
    }
    return id.flatMap(current.session.callback).map { (current.id, $0) }
  }

  /// Why nothing can be answered here, or `nil`.
  var reasonNoReply: String? {
    guard let (_, callback) = chosenCallback else { return "no callback is selected" }
    if let answer = callback.answer { return "\(answer.by) answered it already" }
    return nil
  }

  /// Asks for the answer to the callback the person is at; its text is shown, so it counts as read.
  mutating func askReply() -> [Intent] {
    guard let (session, callback) = chosenCallback else { return [] }
    var dialog = Dialog(kind: .reply(session: session, callback: callback.id))
    if let begun = replies[Model.replyKey(callback.id, of: session)] { dialog.texts[0].editor.replace(with: begun) }
    dialog.typing = 0
    ask(dialog)
    return markRead(callback, of: session)
  }

  /// Opens a callback in full, which marks it as read.
  mutating func openCallback(_ id: String, in snapshot: SessionSnapshot) -> [Intent] {
    open(Reading(subject: .callback(session: snapshot.id, id: id)))
    return snapshot.session.callback(id).map { markRead($0, of: snapshot.id) } ?? []
  }

  private mutating func markRead(_ callback: Callback, of session: String) -> [Intent] {
    // Who only looks leaves no trace.
    guard callback.readBy == nil, !isReadOnly else { return [] }
    let request = nextRequest
    nextRequest += 1
    submissions[request] = .quiet
    return [.submit(session: session, .readCallback(callback.id), request: request)]
  }

  /// What the dialog says above the answer: the callback in full.
  func replyLines(_ session: String, _ id: String) -> [Line] {
    guard let found = snapshot(session)?.session, let callback = found.callback(id) else {
      return [Line("It is not known any more.", .muted)]
    }
    let task = callback.task.map { " (\(found.task($0)?.title ?? $0))" } ?? ""
    let head = Screen.Text.clean("\(callback.from)\(task), \(callback.kind.rawValue), \(age(callback.at)) ago:")
    return [Line(head, .muted)] + Screen.Text.lines(callback.text).map { Line($0) }
  }
}
