import Kernel
import Screen

/// The steps by which the screen adapts: fewer columns and panes in smaller windows, never other facts.
enum SizeStep: Int, Comparable, Sendable {
  /// Below 40x12: three lines.
  case mini
  /// From 40x12: one list, no frames.
  case tiny
  /// From 60x16: one pane at a time.
  case small
  /// From 80x24: panes above each other.
  case medium
  /// From 120x30: two columns.
  case large
  /// From 180x45: three columns and a row below.
  case huge

  init(_ size: Size) {
    switch (size.columns, size.rows) {
    case (180..., 45...): self = .huge
    case (120..., 30...): self = .large
    case (80..., 24...): self = .medium
    case (60..., 16...): self = .small
    case (40..., 12...): self = .tiny
    default: self = .mini
    }
  }

  static func < (left: SizeStep, right: SizeStep) -> Bool { left.rawValue < right.rawValue }
}

/// The rows every screen has.
struct ScreenAreas {
  var header: Area
  var banner: Area
  var body: Area
  var toast: Area
  var status: Area
}

/// Where the parts of a decision card lie.
struct CardAreas {
  /// The whole card.
  var whole: Area
  var header: Area
  var asked: Area
  /// The question, with its frame when there is room for one.
  var body: Area
  var bodyInside: Area
  var fields: Area
  var fieldsInside: Area
  var options: Area
  var optionsInside: Area
  var effect: Area
  var effectInside: Area
  var note: Area
  var isFramed: Bool
  /// Whether the fields stand below the effect in its frame.
  var sharesFrame = false
}

extension Model {
  var step: SizeStep { SizeStep(size) }

  /// Whether the current session owes work that nobody does.
  var engineTrouble: String? {
    guard past == nil, let current, !current.hasEnded else { return nil }
    switch current.engine {
    case .alive: return nil
    case .gone: return "ENGINE LOST"
    case .none: return "NO ENGINE"
    }
  }

  /// The rows of the window.
  var areas: ScreenAreas {
    if let frameFacts { return frameFacts.areas }
    let whole = Area(size)
    let (header, rest) = whole.splitTop(1)
    let wantsBanner = (engineTrouble != nil || past != nil) && currentID != nil
    let (banner, below) = rest.splitTop(wantsBanner ? 1 : 0)
    let (above, status) = below.splitBottom(1)
    let (body, toast) = above.splitBottom(1)
    return ScreenAreas(header: header, banner: banner, body: body, toast: toast, status: status)
  }

  // MARK: Overview

  /// The list of sessions, the queue of decisions where there is a third column, and the preview.
  var overviewAreas: (list: Area, queue: Area, preview: Area) {
    let body = areas.body
    let none = Area(column: 0, row: 0, columns: 0, rows: 0)
    switch step {
    case .huge:
      let (list, rest) = body.splitLeft(90)
      let (queue, preview) = rest.splitLeft(48)
      return (list, queue, preview)
    case .large:
      let (list, preview) = body.splitLeft(body.columns * 62 / 100)
      return (list, none, preview)
    case .medium:
      let wanted = min(max(order.count, 3) + 3, body.rows - 8)
      let (list, preview) = body.splitTop(wanted)
      return (list, none, preview)
    case .small, .tiny, .mini: return (body, none, none)
    }
  }

  /// How many sessions fit into the list.
  var overviewHeight: Int {
    let list = overviewAreas.list
    return step >= .small ? max(0, list.rows - 3) : max(0, list.rows - 1)
  }

  /// How many samples fit into their list; each takes two rows where there is room.
  var startHeight: Int { max(1, areas.body.rows - (step >= .medium ? 12 : 6)) / sampleRows }

  var sampleRows: Int { step >= .medium ? 2 : 1 }

  // MARK: Session

  /// How many rows the pipeline takes.
  var stripRows: Int { step >= .medium ? 3 : 2 }

  /// The panes that are visible, and where.
  var paneAreas: [(pane: Pane, area: Area)] {
    if let frameFacts { return frameFacts.paneAreas }
    let desk = desk
    let (_, body) = areas.body.splitTop(stripRows + timelineRows)
    if desk.isZoomed || step < .medium || (step < .huge && desk.focus.isWide) { return [(desk.focus, body)] }
    switch step {
    case .huge:
      let (top, bottom) = body.splitBottom(min(16, body.rows / 3))
      let (left, rest) = top.splitLeft(46)
      let (feed, _) = rest.splitRight(60)
      let (needs, stages) = left.splitTop(max(7, left.rows / 4))
      let low = bottom.sideBySide([1, 1, 1])
      // What has the focus stands in the middle; where it stood, or else the last place, is left to the feed.
      let main: Pane = desk.focus.isWide ? desk.focus : .feed
      var rest3: [Pane] = [.tasks, .gates, .output]
      if main != .feed { rest3[rest3.firstIndex(of: main) ?? 2] = .feed }
      return [(.needs, needs), (.stages, stages), (main, feed)] + zip(rest3, low).map { ($0, $1) }
    case .large:
      let (left, right) = body.splitLeft(46)
      let parts = left.stacked([6, 8, 9])
      let main: Pane = desk.focus == .stages || desk.focus == .output ? desk.focus : .feed
      return [(.needs, parts[0]), (.tasks, parts[1]), (.gates, parts[2]), (main, right)]
    default:
      switch desk.focus {
      case .stages, .output: return [(desk.focus, body)]
      case .feed, .needs, .tasks, .gates, .files, .calls, .health: break
      }
      // Whoever looks at what needs them, or stands on record, sees more than two rows of it.
      let isWide = desk.focus == .needs && needRows.count > 2
      let (feed, rest) = body.splitTop(max(6, body.rows - (isWide ? 15 : 9)))
      let (needs, tasks) = rest.splitTop(isWide ? 10 : 4)
      return [(.feed, feed), (.needs, needs), (.tasks, tasks)]
    }
  }

  /// Where the details of what is selected are always shown, if the window is large enough.
  var pinnedArea: Area? {
    guard step == .huge, !desk.isZoomed else { return nil }
    let (_, body) = areas.body.splitTop(stripRows + timelineRows)
    let (top, _) = body.splitBottom(min(16, body.rows / 3))
    return top.splitRight(60).right
  }

  /// The inside of a pane: without its frame, heading and evidence.
  func inside(_ pane: Pane, _ area: Area) -> Area {
    let inner = framed(area)
    switch pane {
    case .gates, .files, .calls, .health:
      return detailSplit(pane, inner).list.inset(top: hasHeading(inner) ? 1 : 0)
    case .tasks: return inner.inset(top: hasHeading(inner) ? 1 : 0)
    case .feed, .output: return wholeSplit(pane, inner).list
    case .needs, .stages: return inner
    }
  }

  func hasHeading(_ inner: Area) -> Bool { inner.rows >= 4 && inner.columns >= 40 }

  /// The list above, the details of what is selected below, where there is room for both and they stand nowhere else.
  func detailSplit(_ pane: Pane, _ inner: Area) -> (list: Area, detail: Area) {
    let isPinned = pinnedArea != nil && desk.focus == pane && pane != .health
    guard inner.rows >= 14, inner.columns >= 60, !isPinned else { return (inner, inner.splitBottom(0).bottom) }
    let (list, detail) = inner.splitBottom(max(7, min(inner.rows / 2, 14)))
    return (list, detail)
  }

  /// How many rows of a pane are visible.
  func height(of pane: Pane) -> Int { height(of: pane, in: paneAreas) }

  /// How many rows of a pane are visible among visible ones.
  func height(of pane: Pane, in visible: [(pane: Pane, area: Area)]) -> Int {
    guard let found = visible.first(where: { $0.pane == pane }) else { return max(0, areas.body.rows - 4) }
    return inside(pane, found.area).rows
  }

  // MARK: Decision

  /// The card: the whole window when it is small, a sheet in its middle when it is large.
  func cardAreas(_ card: DecisionCard) -> CardAreas {
    let window = Area(size)
    let (aboveStatus, _) = window.splitBottom(2)
    let isSheet = step >= .large
    var whole = aboveStatus
    if isSheet {
      let body = aboveStatus.inset(top: 1)
      let columns = min(104, body.columns - 8)
      // As tall as the question and the longest usual list of effects; choosing never changes it.
      let question = bodyLines(card, columns: columns - 8).count
      let fields = card.shown.fields.count
      let wanted = question + card.shown.options.count + (fields > 0 ? fields + 2 : 0) + 19
      whole = body.centered(Size(columns: columns, rows: min(max(28, wanted), body.rows - 1)))
    }
    let inner = isSheet ? whole.inset(left: 2, top: 1, right: 2, bottom: 1) : whole
    let isFramed = inner.rows >= 18 && inner.columns >= 56
    let frame = isFramed ? 2 : 0
    let (header, afterHeader) = inner.splitTop(1)
    let (asked, afterAsked) = afterHeader.splitTop(inner.rows >= 14 ? 1 : 0)
    let (middle, note) = afterAsked.splitBottom(1)
    let isField = if case .field = card.focus { true } else { false }
    let leastBody = isFramed ? 5 : 3
    // In a small window a text being typed has the place of the options.
    let hidesOptions = isField && !isFramed
    let mostOptions = max(1, (middle.rows - leastBody - frame) * 4 / 5)
    let optionRows = hidesOptions ? 0 : min(card.shown.options.count, mostOptions)
    var left = middle.rows - leastBody - optionRows - frame
    let fieldCount = card.fields.count
    // Until an option is chosen the question has all the room. The options below it never move.
    let chosen = isField || card.showsEffects ? nil : card.chosen
    let wanted = chosen.map { effectLines($0, of: card, columns: inner.columns - (isFramed ? 4 : 1)).count } ?? 0
    // One frame holds what an option would do and what it asks to be filled in.
    let sharesFrame = isFramed && wanted > 0 && fieldCount > 0 && left > frame + 1
    let fieldFrame = sharesFrame ? 0 : frame
    // A text of one line leaves the other fields their rows.
    let isShort = isField && !card.isLongField
    let fieldRoom = sharesFrame ? left - frame : left
    let fieldRows =
      fieldCount == 0 || left < frame + 1
      ? 0 : min(fieldCount, max(1, sharesFrame ? fieldRoom * 3 / 5 : isShort ? left - frame - 2 : left / 2 - frame))
    if fieldRows > 0 { left -= fieldRows + fieldFrame }
    let effectRows = wanted == 0 ? 0 : min(wanted, max(isFramed ? 0 : 1, left - frame))
    let (rest1, options) = middle.splitBottom(optionRows + frame)
    let shared = sharesFrame ? fieldRows : 0
    let (rest2, effect) = rest1.splitBottom(effectRows > 0 ? effectRows + frame + shared : 0)
    let (body, ownFields) = rest2.splitBottom(!sharesFrame && fieldRows > 0 ? fieldRows + frame : 0)
    func inside(_ area: Area) -> Area { isFramed ? area.inset(by: 1).inset(left: 1, right: 1) : area }
    let says = inside(effect).splitBottom(shared).rest
    let fields = sharesFrame ? effect.inset(by: 1).splitBottom(shared).bottom : ownFields
    return CardAreas(
      whole: whole, header: header, asked: asked, body: body,
      bodyInside: isFramed ? inside(body) : body.inset(left: 1, right: 1, bottom: body.rows > 2 ? 1 : 0),
      fields: fields, fieldsInside: isFramed && !sharesFrame ? fields.inset(by: 1) : fields, options: options,
      optionsInside: isFramed ? options.inset(by: 1) : options, effect: effect,
      effectInside: isFramed ? says : effect.inset(left: 1), note: note, isFramed: isFramed, sharesFrame: sharesFrame)
  }

  /// What a reading or the help shows, and how many rows of it fit.
  var readingArea: Area {
    let body = areas.body
    if step >= .large, showsBeside { return body.centered(Size(columns: body.columns - 4, rows: body.rows - 2)) }
    if step >= .large { return body.centered(Size(columns: min(110, body.columns - 6), rows: body.rows - 2)) }
    return body
  }

  /// The inside of the reading's frame.
  var readingInside: Area {
    step >= .small ? readingArea.inset(by: 1).inset(left: 1, right: 1) : readingArea.inset(top: 1)
  }

  /// The palette's list.
  var paletteArea: Area {
    let body = areas.body
    return body.centered(Size(columns: min(90, body.columns - (step >= .small ? 4 : 0)), rows: body.rows))
  }

  /// How many actions of the palette are visible.
  var paletteHeight: Int { max(1, paletteArea.rows - (step >= .small ? 4 : 2)) }
}
