import Screen

/// Where a person is in a list, by what is selected and not by its number, so that news moves nothing.
///
/// The selected row also keeps its place on the screen: rows that appear above it push the ones above away.
struct ListPosition<ID: Equatable & Sendable>: Equatable, Sendable {
  /// What is selected; `nil` until the person has chosen or the list had a row.
  var selected: ID?
  /// Where it was last, for when it is gone.
  private(set) var index = 0
  /// How far below the upper edge it stands.
  private(set) var screenRow = 0
  /// Whether the person has moved here; before that, what is most urgent may come to the top.
  private(set) var isTouched = false

  /// Selects what was selected in an earlier console.
  mutating func recall(_ id: ID) {
    selected = id
    isTouched = true
  }

  /// Finds the selected row and what is visible around it.
  func resolve(count: Int, height: Int, find: (ID) -> Int?) -> (index: Int?, viewport: Viewport) {
    guard count > 0 else { return (nil, Viewport(count: 0, height: height)) }
    let place = min(max(0, selected.flatMap(find) ?? index), count - 1)
    var viewport = Viewport(count: count, height: height, offset: place - screenRow)
    viewport.reveal(place)
    return (place, viewport)
  }

  /// Moves to a row, scrolling no further than needed.
  mutating func move(to wanted: Int, count: Int, height: Int, find: (ID) -> Int?, id: (Int) -> ID) {
    let (place, before) = resolve(count: count, height: height, find: find)
    guard place != nil else { return }
    var viewport = before
    let target = min(max(0, wanted), count - 1)
    viewport.reveal(target)
    isTouched = true
    selected = id(target)
    index = target
    screenRow = target - viewport.offset
  }

  /// Takes note of where the selected row is now, and selects a neighbour when it is gone.
  mutating func settle(count: Int, height: Int, find: (ID) -> Int?, id: (Int) -> ID) {
    let (place, viewport) = resolve(count: count, height: height, find: find)
    guard let place else {
      selected = nil
      index = 0
      screenRow = 0
      return
    }
    selected = id(place)
    index = place
    screenRow = place - viewport.offset
  }
}
