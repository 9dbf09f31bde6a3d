import Kernel
import Screen

// What the normal screen keeps when the console is left: the picture is gone, the few facts that matter are not.

extension Model {
  /// The most rows that are left behind.
  static let farewellRows = 10

  /// What stands on the normal screen after leaving: what waits where, what runs, and where everything is kept.
  ///
  /// At most ten rows, cut to the window's width but for the path; nothing at all while no session is known.
  ///
  /// - Parameter folder: where the state lies, as a person would write it.
  public func farewell(keptIn folder: String) -> [String] {
    guard !sessions.isEmpty else { return [] }
    let waiting = queue
    let rest = order.compactMap(snapshot).filter { snapshot in
      !waiting.contains { $0.session.id == snapshot.id }
    }
    var last = ["Sessions go on; `signalbox` opens the console again."]
    if !drafts.isEmpty, keepsMemory { last.insert("\(counted(drafts.count, "draft")) kept, sent by nobody.", at: 0) }
    var room = Model.farewellRows - last.count - 2
    var rows = [head(waiting.count)]
    // What waits comes first, and leaves a row for the rest where there is one.
    for shown in Model.most(waiting.count, in: rest.isEmpty ? room : room - 1) {
      switch shown {
      case .row(let index):
        let (snapshot, decision) = (waiting[index].session, waiting[index].decision)
        let stage = "stage \(decision.stage)"
        rows.append("ASK   \(snapshot.id), \(stage): \(decision.title)  waiting \(age(decision.raisedAt))")
      case .more(let count): rows.append("      and \(counted(count, "more question"))")
      }
    }
    room -= rows.count - 1
    for shown in Model.most(rest.count, in: room) {
      switch shown {
      case .row(let index):
        let snapshot = rest[index]
        let word = snapshot.word(at: now)
        rows.append("\(word.rawValue.padded(to: 5)) \(snapshot.id): \(doing(snapshot, word))")
      case .more(let count): rows.append("      and \(counted(count, "more session"))")
      }
    }
    let columns = max(20, size.columns)
    // A path is worth nothing when it is cut; the terminal breaks it where it must.
    return (rows + last).map { Text.cut(Text.clean($0).string, to: columns) } + ["Kept in \(Text.clean(folder).string)"]
  }

  private func head(_ waiting: Int) -> String {
    let words = waiting == 0 ? "nothing waits for you" : "\(counted(waiting, "decision")) for you"
    return "Signalbox: \(words), \(engineCounts.working) of \(counted(sessions.count, "session")) at work."
  }

  /// What a session does that nobody is asked about.
  private func doing(_ snapshot: SessionSnapshot, _ word: StateWord) -> String {
    let session = snapshot.session
    guard !snapshot.hasEnded else { return "\(word.meaning), \(age(session.updatedAt)) ago" }
    guard let stage = session.stages.first(where: { $0.state != .done && $0.state != .skipped }) else {
      return word.meaning
    }
    return "stage \(stage.id) \(stage.name), \(word.meaning)"
  }

  private enum Shown {
    case row(Int)
    case more(Int)
  }

  /// The first of many that fit, and how many do not.
  private static func most(_ count: Int, in room: Int) -> [Shown] {
    guard room > 0 else { return [] }
    guard count > room else { return (0..<count).map { .row($0) } }
    return (0..<(room - 1)).map { .row($0) } + [.more(count - room + 1)]
  }
}
