/// How a scalar behaves in a grid of cells.
public enum WidthClass: UInt8, Sendable {
  /// Not known to every terminal in use: drawn as one placeholder.
  case unknown = 0
  /// One column.
  case narrow = 1
  /// Two columns.
  case wide = 2
  /// Joins the character before it and takes no column.
  case mark = 3
  /// Controls, direction changes, joiners and other scalars nobody can see: never drawn.
  case hidden = 4
}

/// The one rule for widths, used for layout and for drawing, so that no column border can be pushed aside.
///
/// It never asks the C library, whose answers differ with locale and age, and never makes a character wider because of
/// a variation selector, because terminals disagree about that.
public enum Width {
  /// Returns the class of one scalar.
  public static func classify(_ scalar: Unicode.Scalar) -> WidthClass {
    let value = scalar.value
    if value < 0x7F { return value < 0x20 ? .hidden : .narrow }
    let wanted = value << 3 | 7
    let changes = WidthTable.changes
    var low = 0
    var high = changes.count
    while low < high {
      let middle = (low + high) / 2
      if changes[middle] <= wanted { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return .hidden }
    return WidthClass(rawValue: UInt8(changes[low - 1] & 7)) ?? .unknown
  }

  /// Counts the columns a text takes in the grid.
  public static func columns(of text: String) -> Int {
    if Text.isPlain(text) { return text.utf8.count }
    var reader = ClusterReader(text.unicodeScalars)
    var total = 0
    while let cluster = reader.next() { total += cluster.width }
    return total
  }
}

/// One character of the grid: a base with up to four marks, drawn in one or two columns.
///
/// A plain value without references: frames of many thousand cells are copied and compared at every key.
public struct Glyph: Hashable, Sendable {
  /// The base character; always something that can be seen, or a space.
  public let scalar: Unicode.Scalar
  private var first: UInt32 = 0
  private var second: UInt32 = 0
  private var third: UInt32 = 0
  private var fourth: UInt32 = 0

  /// The largest number of marks a base may carry; more is an attack on the row above.
  public static let markLimit = 4

  /// Makes a glyph without marks.
  public init(_ scalar: Unicode.Scalar) {
    self.scalar = scalar
  }

  /// An empty cell.
  public static let space = Glyph(" ")
  /// Stands for what cannot be drawn in one agreed width.
  public static let placeholder = Glyph("\u{25AF}")

  /// Tells whether the glyph carries marks.
  public var hasMarks: Bool { first != 0 }

  /// The marks, in their order.
  public var marks: [Unicode.Scalar] {
    [first, second, third, fourth].filter { $0 != 0 }.compactMap { Unicode.Scalar($0) }
  }

  /// The base with its marks.
  public var scalars: [Unicode.Scalar] { [scalar] + marks }

  /// Adds a mark and tells whether there was room for it.
  @discardableResult
  mutating func add(_ mark: Unicode.Scalar) -> Bool {
    if first == 0 {
      first = mark.value
    } else if second == 0 {
      second = mark.value
    } else if third == 0 {
      third = mark.value
    } else if fourth == 0 {
      fourth = mark.value
    } else {
      return false
    }
    return true
  }
}

extension String.UnicodeScalarView {
  /// Adds a glyph with its marks.
  mutating func append(_ glyph: Glyph) {
    append(glyph.scalar)
    if glyph.hasMarks { append(contentsOf: glyph.marks) }
  }
}

/// A character of the grid as it was found in a text.
struct Cluster: Equatable {
  var glyph: Glyph
  var width: Int
  /// How many scalars of the text it took.
  var count: Int
}

/// Cuts a text into characters of the grid, scalar by scalar.
///
/// Swift's own `Character` is not used: it may hold a hundred thousand scalars, and `"\r\n"` is one of them.
struct ClusterReader<Scalars: Sequence> where Scalars.Element == Unicode.Scalar {
  private var iterator: Scalars.Iterator
  private var ahead: Unicode.Scalar?

  init(_ scalars: Scalars) {
    iterator = scalars.makeIterator()
    ahead = iterator.next()
  }

  mutating func next() -> Cluster? {
    guard let base = ahead else { return nil }
    ahead = iterator.next()
    var cluster = Cluster(glyph: Glyph(base), width: 1, count: 1)
    switch Width.classify(base) {
    case .narrow: break
    case .wide: cluster.width = 2
    case .unknown, .mark: cluster.glyph = .placeholder
    case .hidden:
      // A control must never reach the terminal; its picture says what was there.
      let value = base.value
      let picture = value < 0x20 ? Unicode.Scalar(0x2400 + value) : value == 0x7F ? "\u{2421}" : nil
      cluster.glyph = picture.map { Glyph($0) } ?? .placeholder
      return cluster
    }
    // ASCII followed by ASCII is nearly every case.
    guard let following = ahead, following.value >= 0x80 else { return cluster }
    absorb(into: &cluster, base: base)
    return cluster
  }

  private mutating func absorb(into cluster: inout Cluster, base: Unicode.Scalar) {
    if base.isRegionalIndicator, let second = ahead, second.isRegionalIndicator {
      take(into: &cluster)
      return
    }
    while let following = ahead {
      if following.isPresentationSelector {
        take(into: &cluster)
      } else if following.isSkinTone, base.value >= 0x203C {
        take(into: &cluster)
        replace(&cluster)
      } else if following == "\u{200D}", base.value >= 0x203C {
        take(into: &cluster)
        if let joined = ahead, Width.classify(joined) != .hidden, joined.value >= 0x203C { take(into: &cluster) }
        replace(&cluster)
      } else if Width.classify(following) == .mark {
        if cluster.glyph != .placeholder { cluster.glyph.add(following) }
        take(into: &cluster)
      } else {
        return
      }
    }
  }

  private mutating func take(into cluster: inout Cluster) {
    ahead = iterator.next()
    cluster.count += 1
  }

  private func replace(_ cluster: inout Cluster) {
    cluster.glyph = .placeholder
    cluster.width = 1
  }
}

extension Unicode.Scalar {
  var isRegionalIndicator: Bool { value >= 0x1F1E6 && value <= 0x1F1FF }
  var isSkinTone: Bool { value >= 0x1F3FB && value <= 0x1F3FF }
  /// VS15 and VS16, which ask for a text or picture look.
  var isPresentationSelector: Bool { value == 0xFE0E || value == 0xFE0F }
}
