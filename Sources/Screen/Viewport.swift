/// The part of a long list that is on the screen.
///
/// The position belongs to the person: new rows never move it. Only moving the selection scrolls, and it keeps two
/// rows of context.
public struct Viewport: Hashable, Sendable {
  /// How many rows the list has.
  public private(set) var count: Int
  /// How many rows fit.
  public private(set) var height: Int
  /// The first row shown.
  public private(set) var offset: Int

  /// Rows of context kept above and below the selection where there is room.
  public static let margin = 2

  /// Makes a view on a list.
  public init(count: Int = 0, height: Int = 0, offset: Int = 0) {
    self.count = max(0, count)
    self.height = max(0, height)
    self.offset = 0
    self.offset = bounded(offset)
  }

  /// The index just after the last row shown.
  public var end: Int { min(count, offset + height) }
  /// The rows shown.
  public var visible: Range<Int> { offset..<end }
  /// Tells whether the last row is shown, which is what following means.
  public var isAtEnd: Bool { offset + height >= count }

  /// Adapts to a new length and height, moving no further than needed.
  public mutating func resize(count: Int, height: Int) {
    self.count = max(0, count)
    self.height = max(0, height)
    offset = bounded(offset)
  }

  /// Moves by rows; negative numbers go up.
  public mutating func scroll(by rows: Int) {
    offset = bounded(offset + rows)
  }

  /// Shows the first rows.
  public mutating func scrollToStart() {
    offset = 0
  }

  /// Shows the last rows.
  public mutating func scrollToEnd() {
    offset = bounded(Int.max / 2)
  }

  /// Moves as little as needed to show a row with its context.
  public mutating func reveal(_ index: Int) {
    guard height > 0 else { return }
    let margin = min(Viewport.margin, (height - 1) / 2)
    if index < offset + margin {
      offset = bounded(index - margin)
    } else if index >= offset + height - margin {
      offset = bounded(index - height + 1 + margin)
    }
  }

  private func bounded(_ wanted: Int) -> Int {
    max(0, min(wanted, count - height))
  }
}
