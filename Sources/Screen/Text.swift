/// A text from outside in which everything dangerous has become visible.
public struct CleanText: Hashable, Sendable {
  /// A stretch that is either the text itself or a mark put in place of something hidden.
  public struct Segment: Hashable, Sendable {
    /// What is shown.
    public let text: String
    /// Tells whether this is a mark of ours, to be styled differently.
    public let isMark: Bool

    /// Makes a stretch.
    public init(text: String, isMark: Bool) {
      self.text = text
      self.isMark = isMark
    }
  }

  /// The stretches in order.
  public let segments: [Segment]
  /// How many hidden or dangerous scalars or bytes were replaced.
  public let hiddenCount: Int

  /// The whole text with the marks written out.
  public var string: String {
    segments.count == 1 ? segments[0].text : segments.map(\.text).joined()
  }

  init(segments: [Segment], hiddenCount: Int) {
    self.segments = segments
    self.hiddenCount = hiddenCount
  }
}

/// The one place where text from outside becomes fit to be seen.
///
/// Control characters, direction overrides, zero-width and tag characters and floods of combining marks turn into
/// visible marks and are counted. Marks are plain ASCII: `^[` for controls, `\u{202E}` for the rest, `\x9B` for bytes
/// that are not UTF-8, `[+12 hidden]` for runs.
public enum Text {
  /// Distance of tab stops in columns.
  public static let tabWidth = 8

  /// Cleans a text for one line; line ends become marks too.
  public static func clean(_ text: String) -> CleanText {
    if isPlain(text) { return CleanText(segments: [.init(text: text, isMark: false)], hiddenCount: 0) }
    var cleaner = Cleaner()
    for scalar in text.unicodeScalars { cleaner.take(scalar) }
    return cleaner.finish()
  }

  /// Cleans bytes for one line; bytes that are not UTF-8 become marks.
  public static func clean(bytes: some Sequence<UInt8>) -> CleanText {
    var cleaner = Cleaner()
    decode(bytes, into: &cleaner)
    return cleaner.finish()
  }

  /// Cleans a text of several lines; `\n` and `\r\n` end a line, a lone `\r` becomes a mark.
  public static func lines(_ text: String) -> [CleanText] {
    lines(bytes: text.utf8)
  }

  /// Cleans bytes of several lines; `\n` and `\r\n` end a line, a lone `\r` becomes a mark.
  public static func lines(bytes: some Sequence<UInt8>) -> [CleanText] {
    var cleaner = Cleaner()
    cleaner.splitsLines = true
    decode(bytes, into: &cleaner)
    return cleaner.finishLines()
  }

  /// Tells whether a text is printable ASCII and nothing else.
  static func isPlain(_ text: String) -> Bool {
    func isPlain(_ bytes: some Sequence<UInt8>) -> Bool { bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F } }
    return text.utf8.withContiguousStorageIfAvailable { isPlain($0) } ?? isPlain(text.utf8)
  }

  /// Cuts a text to a number of columns, ending in `~` when something is missing.
  public static func cut(_ text: String, to columns: Int) -> String {
    guard columns > 0 else { return "" }
    if isPlain(text) {
      return text.utf8.count <= columns ? text : String(text.utf8.prefix(columns - 1)).map { $0 + "~" } ?? "~"
    }
    var reader = ClusterReader(text.unicodeScalars)
    var result = String.UnicodeScalarView()
    // Where the part ends that leaves room for the mark.
    var end = result.endIndex
    var width = 0
    while let cluster = reader.next() {
      if width + cluster.width > columns { return String(result[..<end]) + "~" }
      width += cluster.width
      result.append(cluster.glyph)
      if width <= columns - 1 { end = result.endIndex }
    }
    return String(result)
  }

  /// Decodes UTF-8 by hand: the standard library would replace broken bytes without saying which.
  private static func decode(_ bytes: some Sequence<UInt8>, into cleaner: inout Cleaner) {
    var pending: [UInt8] = []
    var needed = 0
    func value(_ pending: [UInt8]) -> Unicode.Scalar? {
      let lead = UInt32(pending[0])
      var result = pending.count == 2 ? lead & 0x1F : pending.count == 3 ? lead & 0x0F : lead & 0x07
      for byte in pending.dropFirst() { result = result << 6 | UInt32(byte & 0x3F) }
      let least: UInt32 = pending.count == 2 ? 0x80 : pending.count == 3 ? 0x800 : 0x10000
      return result >= least ? Unicode.Scalar(result) : nil
    }
    for byte in bytes {
      if needed > 0 {
        if byte & 0xC0 == 0x80 {
          pending.append(byte)
          needed -= 1
          if needed == 0 {
            if let scalar = value(pending) { cleaner.take(scalar) } else { cleaner.takeInvalid(pending) }
            pending.removeAll(keepingCapacity: true)
          }
          continue
        }
        cleaner.takeInvalid(pending)
        pending.removeAll(keepingCapacity: true)
        needed = 0
      }
      switch byte {
      case 0..<0x80: cleaner.take(Unicode.Scalar(byte))
      case 0xC2...0xDF: needed = 1
      case 0xE0...0xEF: needed = 2
      case 0xF0...0xF4: needed = 3
      default: cleaner.takeInvalid([byte])
      }
      if needed > 0 { pending.append(byte) }
    }
    if !pending.isEmpty { cleaner.takeInvalid(pending) }
  }
}

/// The state of cleaning: what is shown so far, and what is being hidden right now.
private struct Cleaner {
  var splitsLines = false
  private var lines: [CleanText] = []
  private var segments: [CleanText.Segment] = []
  private var current = String.UnicodeScalarView()
  private var currentIsMark = false
  private var hidden = 0
  private var column = 0
  private var marksOnBase = 0
  private var flood = 0
  private var hiddenRun = 0
  private var base: Unicode.Scalar?
  private var pendingReturn = false

  /// How many hidden scalars in a row are written out before the rest is only counted.
  private static let runLimit = 4

  mutating func take(_ scalar: Unicode.Scalar) {
    if pendingReturn {
      pendingReturn = false
      if scalar == "\n" {
        endLine()
        return
      }
      hide("\r")
    }
    if splitsLines, scalar == "\r" {
      pendingReturn = true
      return
    }
    if splitsLines, scalar == "\n" {
      endLine()
      return
    }
    if scalar == "\t" {
      endRuns()
      let count = Text.tabWidth - column % Text.tabWidth
      for _ in 0..<count { show(" ") }
      return
    }
    switch Width.classify(scalar) {
    case .hidden:
      if isWelcome(scalar) {
        append(scalar, isMark: false)
      } else {
        hide(scalar)
      }
    case .mark:
      guard base != nil else {
        hide(scalar)
        return
      }
      if hiddenRun > 0 { endRuns() }
      marksOnBase += 1
      if marksOnBase > Glyph.markLimit {
        flood += 1
        hidden += 1
      } else {
        append(scalar, isMark: false)
      }
    case .narrow, .unknown:
      endRuns()
      show(scalar)
    case .wide:
      endRuns()
      show(scalar)
      column += 1
    }
  }

  mutating func takeInvalid(_ bytes: [UInt8]) {
    if pendingReturn {
      pendingReturn = false
      hide("\r")
    }
    for byte in bytes { hide(written: "\\x" + Cleaner.hexadecimal(UInt32(byte), digits: 2)) }
  }

  mutating func finish() -> CleanText {
    if pendingReturn {
      pendingReturn = false
      hide("\r")
    }
    endRuns()
    closeSegment()
    let result = CleanText(
      segments: segments.isEmpty ? [.init(text: "", isMark: false)] : segments, hiddenCount: hidden)
    segments = []
    hidden = 0
    column = 0
    base = nil
    marksOnBase = 0
    return result
  }

  mutating func finishLines() -> [CleanText] {
    let last = finish()
    return lines.isEmpty || !last.string.isEmpty ? lines + [last] : lines
  }

  private mutating func endLine() {
    lines.append(finish())
  }

  /// Picture and text selectors and joiners inside a picture sequence are ordinary writing.
  private func isWelcome(_ scalar: Unicode.Scalar) -> Bool {
    guard hiddenRun == 0, let base else { return false }
    if scalar.isPresentationSelector {
      return base.value >= 0x203C || base == "#" || base == "*" || (base.value >= 0x30 && base.value <= 0x39)
    }
    return scalar == "\u{200D}" && base.value >= 0x203C && Width.classify(base) != .mark
  }

  private mutating func show(_ scalar: Unicode.Scalar) {
    append(scalar, isMark: false)
    base = scalar
    marksOnBase = 0
    column += 1
  }

  private mutating func hide(_ scalar: Unicode.Scalar) {
    let value = scalar.value
    if value < 0x20 {
      hide(written: "^" + String(Unicode.Scalar(UInt8(value + 0x40))))
    } else if value == 0x7F {
      hide(written: "^?")
    } else {
      hide(written: "\\u{" + Cleaner.hexadecimal(value, digits: 1) + "}")
    }
  }

  private mutating func hide(written: String) {
    if flood > 0 { endRuns() }
    hidden += 1
    hiddenRun += 1
    base = nil
    guard hiddenRun <= Cleaner.runLimit else { return }
    for scalar in written.unicodeScalars { append(scalar, isMark: true) }
    column += written.utf8.count
  }

  private mutating func endRuns() {
    let extra = flood + max(0, hiddenRun - Cleaner.runLimit)
    flood = 0
    hiddenRun = 0
    guard extra > 0 else { return }
    let written = "[+\(extra) hidden]"
    for scalar in written.unicodeScalars { append(scalar, isMark: true) }
    column += written.utf8.count
    base = nil
  }

  private mutating func append(_ scalar: Unicode.Scalar, isMark: Bool) {
    if isMark != currentIsMark { closeSegment() }
    currentIsMark = isMark
    current.append(scalar)
  }

  private mutating func closeSegment() {
    if !current.isEmpty { segments.append(.init(text: String(current), isMark: currentIsMark)) }
    current = String.UnicodeScalarView()
    currentIsMark = false
  }

  private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
