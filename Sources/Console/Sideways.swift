import Kernel
import Screen

// Lines that are longer than the window: moved sideways by half its width, or shown whole. A list keeps one row for one
// event, so that its rows stay where they are; what is selected is shown whole in a few rows below the list instead.

extension Model {
  /// How wide a text is laid out whose lines are not wrapped; longer ones are, so that there is an end to it.
  static let unwrappedColumns = 1_000

  // MARK: Wrapping

  /// Whether the lines of what is read are cut at the edge and moved sideways, instead of wrapped.
  func cutsLines(_ reading: Reading) -> Bool {
    guard pinnedColumns == nil, !speaksLines, let session = reading.subject.session else { return false }
    if case .file = reading.subject, showsBeside { return false }
    return desks[session]?.cutsReadings ?? false
  }

  /// Wraps what is read or cuts it at the edge; below a list, shows what is selected in full or no more.
  mutating func toggleWrap() {
    guard place == .reading, let last = reading.indices.last, let session = reading[last].subject.session else {
      desk.showsWhole.toggle()
      toast = says(
        desk.showsWhole ? "What is selected is shown whole below the list." : "Long rows are only cut.", seconds: 4)
      return
    }
    let before = readingLines(reading[last]).count
    desks[session, default: Desk()].cutsReadings.toggle()
    // About the same text stays in sight.
    reading[last].offset = reading[last].offset * readingLines(reading[last]).count / max(1, before)
    reading[last].sideways = 0
    reading[last].found = nil
    let cuts = cutsLines(reading[last])
    toast = says(
      cuts ? "Long lines are cut; \(keyName(.sideRight, in: .reading)) shows the rest." : "Long lines are wrapped.",
      seconds: 4)
  }

  /// Why lines can be neither wrapped nor cut here.
  var reasonNoWrap: String? {
    if speaksLines { return "lines are never cut" }
    if place == .reading {
      guard let subject = reading.last?.subject, subject.session != nil else { return "this text is always wrapped" }
      guard case .file = subject, showsBeside else { return nil }
      return "both sides beside each other are always wrapped (\(keyName(.beside, in: .reading)) changes that)"
    }
    guard current != nil else { return "no session is open" }
    guard desk.focus == .feed || desk.focus == .output else {
      return "\(keyName(.open, in: .session)) shows the selected row in full"
    }
    if pinnedArea != nil, desk.focus == .feed { return "what is selected stands beside the list in full" }
    guard let area = paneAreas.first(where: { $0.pane == desk.focus })?.area else { return nil }
    return wholeRows(framed(area), can: true) == 0 ? "the pane is too low" : nil
  }

  /// A pane without its frame or its head.
  func framed(_ area: Area) -> Area { step >= .small ? area.inset(by: 1) : area.inset(top: 1) }

  /// How many rows below a list show what is selected in full.
  private func wholeRows(_ inner: Area, can: Bool) -> Int {
    can && inner.rows >= 6 ? min(5, inner.rows / 2) : 0
  }

  /// The list above, and below it the rows in which what is selected is shown in full, when that is wanted.
  func wholeSplit(_ pane: Pane, _ inner: Area) -> (list: Area, whole: Area) {
    let wants = desk.showsWhole && (pane == .output || pane == .feed && (pinnedArea == nil || desk.focus != .feed))
    let (list, whole) = inner.splitBottom(wholeRows(inner, can: wants))
    return (list, whole)
  }

  /// Draws what is selected in a list in full.
  func drawWhole(_ canvas: inout Canvas, _ area: Area, _ pane: Pane, _ current: SessionSnapshot) {
    guard area.rows > 1 else { return }
    var text = Line()
    var name = ""
    if pane == .feed, let seq = desk.feed.selected, let place = current.place(of: seq) {
      let words = EventText(row: current.events[place].event, in: current.session)
      (name, text) = ("Event \(seq)", Line(words.text))
    } else if pane == .output, let row = selectedOutput {
      (name, text) = ("Line \(row + 1)", Line(Text.clean(LongText.start(of: desk.transcript[row]))))
    }
    guard !name.isEmpty else { return }
    let room = area.inset(left: 1, top: 1, right: 1)
    let lines = text.wrapped(to: room.columns)
    let isAll = lines.count <= room.rows
    canvas.rule(area, title: Line(name + (isAll ? "" : " (\(keyName(.open, in: .session)): all of it)"), .muted))
    canvas.write(lines, in: room)
  }

  /// The line of the output that is selected; the newest until somebody moves.
  private var selectedOutput: Int? {
    let count = desk.transcript.count
    guard past == nil, count > 0 else { return nil }
    return min(max(0, desk.focus == .output ? desk.output.selected ?? count - 1 : count - 1), count - 1)
  }

  // MARK: Sideways

  /// From which column on the rows of a list are shown.
  func sideways(_ pane: Pane) -> Int { desk.sideways[pane] ?? 0 }

  /// Moves the lines of a list or of what is read by half their width; what is in sight stays so while moving up and down.
  mutating func moveSideways(_ direction: Int) {
    let (room, longest, from) = sideRoom
    let step = max(1, room / 2)
    let wanted = max(0, from + direction * step)
    guard direction < 0 || wanted < longest else { return }
    if place == .reading, let last = reading.indices.last {
      reading[last].sideways = wanted
    } else {
      desk.sideways[desk.focus] = wanted == 0 ? nil : wanted
    }
  }

  /// Brings what was found in a line that is cut into sight.
  mutating func showFound(_ line: Line, _ text: String) {
    guard let last = reading.indices.last, cutsLines(reading[last]) else { return }
    let lowered = line.text.lowercased()
    guard let range = lowered.firstRange(of: text.lowercased()) else { return }
    let column = Width.columns(of: String(lowered[..<range.lowerBound]))
    let end = column + Width.columns(of: text)
    let (from, room) = (reading[last].sideways, readingInside.columns)
    // The first and the last column may say that a line goes on.
    if from > 0 && column <= from || end >= from + room {
      reading[last].sideways = end < room ? 0 : max(0, column - room / 2)
    }
  }

  /// Why lines cannot be moved there.
  func reasonNotSideways(_ direction: Int) -> String? {
    if speaksLines { return "lines are never cut" }
    if place == .reading {
      guard let last = reading.last, cutsLines(last) else {
        return reasonNoWrap ?? "long lines are wrapped (\(keyName(.wrap, in: .reading)) cuts them)"
      }
    } else {
      guard current != nil else { return "all columns are shown" }
      let area = paneAreas.first { $0.pane == desk.focus }?.area
      let isTable =
        ![.feed, .needs, .stages, .output].contains(desk.focus) && area.map { hasHeading(framed($0)) } ?? true
      if isTable { return "\(keyName(.open, in: .session)) shows the selected row in full" }
    }
    let (room, longest, from) = sideRoom
    if direction < 0 { return from == 0 ? "it begins here" : nil }
    return longest <= from + max(1, room / 2) || longest <= room ? "no line in sight is longer" : nil
  }

  /// How many columns the lines have, how many the longest one in sight would need, and from which on they are shown.
  private var sideRoom: (room: Int, longest: Int, from: Int) {
    if place == .reading, let last = reading.last {
      let inside = readingInside
      let lines = readingLines(last).dropFirst(last.offset).prefix(inside.rows)
      return (inside.columns, lines.map(\.columns).max() ?? 0, last.sideways)
    }
    let pane = desk.focus
    guard let current, let area = paneAreas.first(where: { $0.pane == pane })?.area else { return (1, 0, 0) }
    let inner = inside(pane, area)
    var texts: [String] = []
    var room = inner.columns - 1
    switch pane {
    case .feed:
      let (index, events) = (desk.index, current.events)
      let (_, viewport) = desk.feed.resolve(count: index.count(events), height: inner.rows) {
        index.row(of: $0, in: events)
      }
      texts = viewport.visible.map { EventText(row: events[index.event(at: $0)].event, in: current.session).text }
      room = inner.columns - feedLead(inner)
    case .output:
      let count = desk.transcript.count
      let (_, viewport) = desk.output.resolve(count: count, height: inner.rows) { $0 }
      texts = past == nil ? viewport.visible.map { desk.transcript[$0] } : []
    case .needs, .tasks, .gates, .stages, .files, .calls, .health:
      let ids = identities(of: pane)
      let (_, viewport) = list(pane).resolve(count: ids.count, height: inner.rows) { ids.firstIndex(of: $0) }
      texts = viewport.visible.map { rowText(pane, ids[$0]) }
    }
    return (max(1, room), texts.map { Width.columns(of: $0) }.max() ?? 0, sideways(pane))
  }

  /// How many columns stand before the message of an event.
  func feedLead(_ area: Area) -> Int { (area.columns >= 50 ? 8 : 5) + 8 + (area.columns >= 60 ? 9 : 0) }
}
