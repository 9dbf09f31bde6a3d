import Kernel
import Screen

// The mouse: off until it is asked for, since a terminal that gives it away cannot select text.

extension Model {
  /// Begins or stops reading the mouse.
  mutating func toggleMouse() -> [Intent] {
    readsMouse.toggle()
    toast = says(
      readsMouse ? "Mouse on: click and wheel; Shift-drag selects text." : "Mouse off: the terminal selects text.",
      seconds: 6)
    return [.mouse(readsMouse)]
  }

  /// The wheel moves where it always does; a click selects a row, a second one on it opens it. It never answers.
  mutating func point(_ mouse: Key.Mouse) -> [Intent] {
    switch mouse.action {
    case .wheelUp: return perform(place == .decision ? .pageUp : .moveUp)
    case .wheelDown: return perform(place == .decision ? .pageDown : .moveDown)
    case .press(1): return click(mouse.point)
    case .press, .release: return []
    }
  }

  private mutating func click(_ point: Point) -> [Intent] {
    switch place {
    case .overview: return clickOverview(point)
    case .session: return clickSession(point)
    case .start, .decision, .reading, .dialog, .palette, .themes, .menu: return []
    }
  }

  private mutating func clickOverview(_ point: Point) -> [Intent] {
    let list = overviewAreas.list
    let inner = (step >= .small ? list.inset(by: 1) : list).inset(top: 1)
    let rows = listed
    guard inner.contains(point), !rows.isEmpty else { return [] }
    let find: (String) -> Int? = { id in rows.firstIndex { $0.id == id } }
    let (selected, viewport) = overview.resolve(count: rows.count, height: inner.rows, find: find)
    let row = viewport.offset + point.row - inner.row
    guard row < rows.count else { return [] }
    if row == selected { return perform(.open) }
    overview.move(to: row, count: rows.count, height: inner.rows, find: find, id: { rows[$0].id })
    return []
  }

  private mutating func clickSession(_ point: Point) -> [Intent] {
    guard let (pane, area) = paneAreas.first(where: { $0.area.contains(point) }).map({ ($0.pane, $0.area) }),
      let current
    else { return [] }
    let hadFocus = desk.focus == pane
    // The focus moves first: the same pane may lie elsewhere with it.
    if !hadFocus { desk.focus = pane }
    let inner = inside(pane, area)
    guard inner.contains(point), !(pane == .tasks && showsBoard) else { return [] }
    switch pane {
    case .feed:
      let index = desk.index
      let count = index.count(current.events)
      let (selected, viewport) = desk.feed.resolve(count: count, height: inner.rows) {
        index.row(of: $0, in: current.events)
      }
      let row = viewport.offset + point.row - inner.row
      guard row < count else { return [] }
      if hadFocus, row == selected { return perform(.open) }
      lookAt(feedRow: row)
    case .output: return []
    case .needs, .tasks, .gates, .stages, .files, .calls, .health:
      let ids = identities(of: pane)
      let (selected, viewport) = list(pane).resolve(count: ids.count, height: inner.rows) { ids.firstIndex(of: $0) }
      let row = viewport.offset + point.row - inner.row
      guard row < ids.count else { return [] }
      if hadFocus, row == selected { return perform(.open) }
      moveList(pane, to: row)
    }
    return []
  }
}
