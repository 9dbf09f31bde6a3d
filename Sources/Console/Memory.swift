import Kernel
import Screen

// What a console remembers for the next one: where the person was, and what they had typed.

/// Where a person was in the console: kept between runs, so that reopening leads back.
public struct Memory: Codable, Equatable, Sendable {
  /// Where they were in one session.
  public struct Place: Codable, Equatable, Sendable {
    var pane = Pane.feed.rawValue
    var isZoomed = false
    var level = FeedLevel.normal.rawValue
    /// The filters, by the number of the pane.
    var filters: [String: String] = [:]
    /// The selected rows, by the number of the pane.
    var rows: [String: String] = [:]
    var marks: [String] = []
    /// The newest event that was there when they stopped following.
    var seen: Int?
    /// Whether what is selected is shown in full, whether readings are cut, and how far panes are moved sideways.
    var showsWhole: Bool?
    var cutsReadings: Bool?
    var sideways: [String: Int]?
    /// Until when it is muted; 0 for good.
    var mutedUntil: Int64?
  }

  var places: [String: Place] = [:]
  var overviewRow: String?
  var overviewFilter = ""
  var lastFilter = ""
  var times = 0
  var theme: String?
  var hasMouse: Bool?
  var mutedUntil: Int64?

  /// Remembers nothing.
  public init() {}

  /// The theme that was chosen, if one was.
  public var chosenTheme: String? { theme }
}

/// A text that a person typed for an answer and did not send.
public struct KeptDraft: Codable, Equatable, Sendable {
  /// The session.
  public var session: String
  /// The decision, or the callback with `callback:` before it.
  public var subject: String
  /// The note, or the answer to the callback.
  public var note: String
  /// The fields, by name.
  public var fields: [String: String]

  /// Makes it from its parts.
  public init(session: String, subject: String, note: String, fields: [String: String] = [:]) {
    self.session = session
    self.subject = subject
    self.note = note
    self.fields = fields
  }

  /// Whether nothing is left of it.
  public var isEmpty: Bool { note.isEmpty && fields.values.allSatisfy(\.isEmpty) }
}

extension Model {
  /// Where the person is, for the next console.
  public var memory: Memory {
    var memory = Memory()
    for (id, desk) in desks {
      var place = Memory.Place(
        pane: desk.focus.rawValue, isZoomed: desk.isZoomed, level: desk.level.rawValue, marks: desk.marks.sorted())
      for (pane, filter) in desk.filters { place.filters["\(pane.rawValue)"] = filter }
      for pane in Pane.allCases {
        let row =
          pane == .feed
          ? (desk.isFollowing ? nil : desk.feed.selected.map(String.init)) : Model.list(pane, of: desk).touched
        if let row { place.rows["\(pane.rawValue)"] = row }
      }
      if !desk.isFollowing { place.seen = desk.pausedAfter }
      place.showsWhole = desk.showsWhole ? true : nil
      place.cutsReadings = desk.cutsReadings ? true : nil
      for (pane, column) in desk.sideways {
        place.sideways = (place.sideways ?? [:]).merging(["\(pane.rawValue)": column]) { $1 }
      }
      place.mutedUntil = telling.muted[id].flatMap { Model.kept($0, at: now) }
      if place != Memory.Place() { memory.places[id] = place }
    }
    memory.overviewRow = overview.touched
    memory.overviewFilter = overviewFilter
    memory.lastFilter = lastFilter
    memory.times = TimeFormat.allCases.firstIndex(of: timeFormat) ?? 0
    memory.theme = chosenTheme
    memory.hasMouse = readsMouse ? true : nil
    memory.mutedUntil = telling.allMuted.flatMap { Model.kept($0, at: now) }
    return memory
  }

  private static func kept(_ muted: Muted, at now: Int64) -> Int64? {
    switch muted {
    case .until(let moment): return moment > now ? moment : nil
    case .always: return 0
    }
  }

  /// Leads back to where the person was; called before anything is shown. What is not there any more is ignored.
  public mutating func recall(_ memory: Memory, drafts kept: [KeptDraft]) {
    func muted(_ until: Int64?) -> Muted? { until.map { $0 == 0 ? .always : .until($0) } }
    for (id, place) in memory.places {
      var desk = desks[id] ?? Desk()
      desk.focus = Pane(rawValue: place.pane) ?? .feed
      desk.isZoomed = place.isZoomed
      desk.level = FeedLevel(rawValue: place.level) ?? .normal
      desk.marks = Set(place.marks)
      desk.showsWhole = place.showsWhole ?? false
      desk.cutsReadings = place.cutsReadings ?? false
      for pane in Pane.allCases {
        if let filter = place.filters["\(pane.rawValue)"], Model.isFiltered(pane) { desk.filters[pane] = filter }
        if let column = place.sideways?["\(pane.rawValue)"], column > 0 {
          desk.sideways[pane] = min(column, LongText.row)
        }
        guard let row = place.rows["\(pane.rawValue)"] else { continue }
        if pane == .feed, let seq = Int(row) {
          desk.feed.recall(seq)
          desk.isFollowing = false
          desk.pausedAfter = place.seen ?? seq
        }
        Model.changeList(pane, of: &desk) { $0.recall(row) }
      }
      desks[id] = desk
      telling.muted[id] = muted(place.mutedUntil)
    }
    if let row = memory.overviewRow { overview.recall(row) }
    overviewFilter = memory.overviewFilter
    lastFilter = memory.lastFilter
    if TimeFormat.allCases.indices.contains(memory.times) { timeFormat = TimeFormat.allCases[memory.times] }
    telling.allMuted = muted(memory.mutedUntil)
    readsMouse = memory.hasMouse ?? readsMouse
    if let theme = memory.theme, themes.contains(theme) {
      self.theme = theme
      chosenTheme = theme
    }
    for draft in kept {
      let callback = "callback:"
      if draft.subject.hasPrefix(callback) {
        replies[DraftKey(session: draft.session, decision: String(draft.subject.dropFirst(callback.utf8.count)))] =
          draft.note
        continue
      }
      var typed = Draft()
      typed.note.replace(with: draft.note)
      for (name, text) in draft.fields {
        var editor = LineEditor(isMultiline: true)
        editor.replace(with: text)
        typed.fields[name] = editor
      }
      drafts[DraftKey(session: draft.session, decision: draft.subject)] = typed
    }
    keptDrafts = typedDrafts
    lastMemory = self.memory
  }

  /// What was typed and not sent, by session and subject.
  var typedDrafts: [KeptDraft] {
    let answers = drafts.map { key, draft in
      KeptDraft(
        session: key.session, subject: key.decision, note: draft.note.text, fields: draft.fields.mapValues(\.text))
    }
    let replies = replies.map { key, text in
      KeptDraft(session: key.session, subject: "callback:\(key.decision)", note: text)
    }
    return (answers + replies).filter { !$0.isEmpty }.sorted { ($0.session, $0.subject) < ($1.session, $1.subject) }
  }

  /// What the shell should keep because it changed: drafts after each key, the place when it moved.
  mutating func keeping() -> [Intent] {
    guard keepsMemory else { return [] }
    var intents: [Intent] = []
    let typed = typedDrafts
    if typed != keptDrafts {
      for old in keptDrafts where !typed.contains(where: { $0.session == old.session && $0.subject == old.subject }) {
        intents.append(.keepDraft(KeptDraft(session: old.session, subject: old.subject, note: "")))
      }
      intents += typed.filter { !keptDrafts.contains($0) }.map(Intent.keepDraft)
      keptDrafts = typed
    }
    let memory = memory
    if memory != lastMemory {
      lastMemory = memory
      intents.append(.remember(memory))
    }
    return intents
  }
}

extension ListPosition {
  /// What the person selected; `nil` while they have not moved.
  var touched: ID? { isTouched ? selected : nil }
}
