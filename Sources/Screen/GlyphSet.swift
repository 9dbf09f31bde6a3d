/// The drawing characters a terminal can be trusted with.
///
/// `ascii` works everywhere. `safe` adds marks that no East Asian terminal draws two columns wide. `full` draws real
/// box lines, whose width is ambiguous, and is therefore chosen only for UTF-8 locales outside East Asia.
public struct GlyphSet: Hashable, Sendable {
  /// The name a person writes to choose the set.
  public let name: String
  /// Tells whether only ASCII may be drawn, including text from outside.
  public let isASCII: Bool
  /// A horizontal border.
  public let horizontal: Unicode.Scalar
  /// A vertical border.
  public let vertical: Unicode.Scalar
  /// The upper left corner.
  public let topLeft: Unicode.Scalar
  /// The upper right corner.
  public let topRight: Unicode.Scalar
  /// The lower left corner.
  public let bottomLeft: Unicode.Scalar
  /// The lower right corner.
  public let bottomRight: Unicode.Scalar
  /// Marks the focused pane and the selected row.
  public let pointer: Unicode.Scalar
  /// Stands where a text was cut; the same in every set, so that people learn it once.
  public let cut: Unicode.Scalar
  /// Finished and checked.
  public let check: Unicode.Scalar
  /// Failed.
  public let cross: Unicode.Scalar
  /// Not started.
  public let dot: Unicode.Scalar
  /// The done part of a bar.
  public let barFull: Unicode.Scalar
  /// The open part of a bar.
  public let barEmpty: Unicode.Scalar
  /// More above.
  public let moreAbove: Unicode.Scalar
  /// More below.
  public let moreBelow: Unicode.Scalar
  /// Stands for a character that cannot be drawn in one agreed width.
  public let placeholder: Unicode.Scalar

  /// Only ASCII.
  public static let ascii = GlyphSet(
    name: "ascii", isASCII: true, horizontal: "-", vertical: "|", topLeft: "+", topRight: "+", bottomLeft: "+",
    bottomRight: "+", pointer: ">", cut: "~", check: "+", cross: "X", dot: ".", barFull: "#", barEmpty: "-",
    moreAbove: "^", moreBelow: "v", placeholder: "?")

  /// ASCII lines with marks of certain width.
  public static let safe = GlyphSet(
    name: "safe", isASCII: false, horizontal: "-", vertical: "|", topLeft: "+", topRight: "+", bottomLeft: "+",
    bottomRight: "+", pointer: "\u{25BA}", cut: "~", check: "\u{2713}", cross: "\u{2717}", dot: ".",
    barFull: "#", barEmpty: "-", moreAbove: "^", moreBelow: "v", placeholder: "\u{25AF}")

  /// Box lines and marks.
  public static let full = GlyphSet(
    name: "full", isASCII: false, horizontal: "\u{2500}", vertical: "\u{2502}", topLeft: "\u{250C}",
    topRight: "\u{2510}", bottomLeft: "\u{2514}", bottomRight: "\u{2518}", pointer: "\u{25BA}", cut: "~",
    check: "\u{2713}", cross: "\u{2717}", dot: "\u{00B7}", barFull: "\u{2588}", barEmpty: "\u{2591}",
    moreAbove: "\u{2191}", moreBelow: "\u{2193}", placeholder: "\u{25AF}")

  /// Every set, the poorest first.
  public static let all = [ascii, safe, full]

  /// Finds a set by its name.
  public init?(named name: String) {
    guard let found = GlyphSet.all.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  private init(
    name: String, isASCII: Bool, horizontal: Unicode.Scalar, vertical: Unicode.Scalar, topLeft: Unicode.Scalar,
    topRight: Unicode.Scalar, bottomLeft: Unicode.Scalar, bottomRight: Unicode.Scalar, pointer: Unicode.Scalar,
    cut: Unicode.Scalar, check: Unicode.Scalar, cross: Unicode.Scalar, dot: Unicode.Scalar,
    barFull: Unicode.Scalar, barEmpty: Unicode.Scalar, moreAbove: Unicode.Scalar, moreBelow: Unicode.Scalar,
    placeholder: Unicode.Scalar
  ) {
    self.name = name
    self.isASCII = isASCII
    self.horizontal = horizontal
    self.vertical = vertical
    self.topLeft = topLeft
    self.topRight = topRight
    self.bottomLeft = bottomLeft
    self.bottomRight = bottomRight
    self.pointer = pointer
    self.cut = cut
    self.check = check
    self.cross = cross
    self.dot = dot
    self.barFull = barFull
    self.barEmpty = barEmpty
    self.moreAbove = moreAbove
    self.moreBelow = moreBelow
    self.placeholder = placeholder
  }
}
