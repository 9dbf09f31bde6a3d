import Screen

/// Turns the bytes of a terminal into keys.
///
/// Decoding is done here and not by ncurses, because ncurses would wait for the rest of an escape sequence inside the
/// one thread that draws, type late replies of the terminal as if the person had pressed them, and read the mouse
/// only up to column 223. Unknown sequences and replies are swallowed as a whole.
public struct KeyDecoder: Sendable {
  private var buffer: [UInt8] = []
  private var pasted: [UInt8]?
  private var extras: [[UInt8]: Key]

  /// The most bytes one paste may bring; the rest of it is read and dropped.
  public static let pasteLimit = 1_048_576
  /// The longest control string of the terminal that is waited for.
  private static let replyLimit = 65_536
  private static let pasteStart: [UInt8] = Array("\u{1B}[200~".utf8)
  private static let pasteEnd: [UInt8] = Array("\u{1B}[201~".utf8)

  /// Makes a decoder.
  ///
  /// - Parameter extras: sequences of the terminal's own description; they go before the common ones.
  public init(extras: [[UInt8]: Key] = [:]) {
    self.extras = extras
  }

  /// Tells whether bytes are kept that may turn out to be the begin of something longer.
  public var isWaiting: Bool { !buffer.isEmpty || pasted != nil }
  /// Tells whether a paste has begun and not ended.
  public var isPasting: Bool { pasted != nil }

  /// Takes bytes and returns the keys that are complete.
  public mutating func feed(_ bytes: some Sequence<UInt8>) -> [Key] {
    buffer.append(contentsOf: bytes)
    return drain(isLast: false)
  }

  /// Ends the waiting: a lone escape byte is the Escape key, an unfinished paste is all there is.
  public mutating func expire() -> [Key] {
    var keys = drain(isLast: true)
    if let text = pasted {
      pasted = nil
      keys.append(.paste(KeyDecoder.text(text + buffer)))
    }
    buffer = []
    return keys
  }

  private mutating func drain(isLast: Bool) -> [Key] {
    var keys: [Key] = []
    var start = 0
    while start < buffer.count {
      if pasted != nil {
        start = collectPaste(from: start, into: &keys)
        if pasted != nil { break }
        continue
      }
      switch step(buffer[start...], isLast: isLast) {
      case .incomplete:
        buffer.removeFirst(start)
        return keys
      case .taken(let count, let key):
        start += max(1, count)
        if let key { keys.append(key) }
      case .pasteBegins(let count):
        start += count
        pasted = []
      }
    }
    buffer.removeFirst(min(start, buffer.count))
    return keys
  }

  /// Moves pasted bytes out of the buffer and returns where to go on; keeps what may be half of the end mark.
  private mutating func collectPaste(from start: Int, into keys: inout [Key]) -> Int {
    let end = KeyDecoder.pasteEnd
    var index = start
    while index < buffer.count {
      if buffer[index] == 0x1B {
        let rest = buffer[index...].prefix(end.count)
        if rest.elementsEqual(end) {
          keys.append(.paste(KeyDecoder.text(pasted ?? [])))
          pasted = nil
          return index + end.count
        }
        if rest.count < end.count, end.starts(with: rest) { return index }
      }
      if let count = pasted?.count, count < KeyDecoder.pasteLimit { pasted?.append(buffer[index]) }
      index += 1
    }
    return index
  }

  private enum Step {
    case incomplete
    case taken(Int, Key?)
    case pasteBegins(Int)
  }

  private func step(_ bytes: ArraySlice<UInt8>, isLast: Bool) -> Step {
    guard let first = bytes.first else { return .incomplete }
    if first == 0x1B { return escape(bytes, isLast: isLast) }
    if first < 0x20 || first == 0x7F { return .taken(1, KeyDecoder.control(first)) }
    return character(bytes, isLast: isLast) { .character($0) }
  }

  /// Reads one UTF-8 character; broken bytes and invisible characters are nothing anybody typed.
  private func character(_ bytes: ArraySlice<UInt8>, isLast: Bool, _ make: (Character) -> Key) -> Step {
    guard let first = bytes.first else { return .incomplete }
    let length =
      switch first {
      case 0..<0x80: 1
      case 0xC2...0xDF: 2
      case 0xE0...0xEF: 3
      case 0xF0...0xF4: 4
      default: 0
      }
    guard length > 0 else { return .taken(1, nil) }
    let own = bytes.prefix(length)
    if let wrong = own.dropFirst().firstIndex(where: { $0 & 0xC0 != 0x80 }) {
      return .taken(wrong - bytes.startIndex, nil)
    }
    guard own.count == length else { return isLast ? .taken(own.count, nil) : .incomplete }
    guard let scalar = String(decoding: own, as: UTF8.self).unicodeScalars.first, scalar != "\u{FFFD}",
      Width.classify(scalar) != .hidden
    else { return .taken(length, nil) }
    return .taken(length, make(Character(scalar)))
  }

  private static func control(_ byte: UInt8) -> Key {
    switch byte {
    case 0x00: .control(" ")
    case 0x08, 0x7F: .backspace
    case 0x09: .tab
    case 0x0A, 0x0D: .enter
    default: .control(Character(Unicode.Scalar(byte < 0x1B ? byte + 0x60 : byte + 0x40)))
    }
  }

  // MARK: Escape sequences

  private func escape(_ bytes: ArraySlice<UInt8>, isLast: Bool) -> Step {
    let rest = bytes.dropFirst()
    guard let second = rest.first else { return isLast ? .taken(1, .escape) : .incomplete }
    switch second {
    case 0x5B: return controlSequence(bytes, isLast: isLast)
    case 0x4F: return shiftedFunction(bytes, isLast: isLast)
    case 0x50, 0x58, 0x5D, 0x5E, 0x5F: return reply(bytes, isLast: isLast)
    case 0x1B: return .taken(1, .escape)
    case 0x7F, 0x08: return .taken(2, .control("w"))
    case 0x0D: return .taken(2, .alt("\r"))
    case 0..<0x20: return .taken(1, .escape)
    default:
      switch character(rest, isLast: isLast, { .alt($0) }) {
      case .taken(let count, let key): return .taken(count + 1, key)
      default: return .incomplete
      }
    }
  }

  /// CSI: parameters, intermediate bytes and a final byte.
  private func controlSequence(_ bytes: ArraySlice<UInt8>, isLast: Bool) -> Step {
    var index = bytes.startIndex + 2
    // The Linux console says `ESC [ [ A` for its first five function keys.
    if index < bytes.endIndex, bytes[index] == 0x5B {
      guard index + 1 < bytes.endIndex else { return isLast ? .taken(3, nil) : .incomplete }
      let letter = bytes[index + 1]
      return .taken(4, letter >= 0x41 && letter <= 0x45 ? .function(Int(letter) - 0x40) : nil)
    }
    while index < bytes.endIndex, bytes[index] >= 0x20, bytes[index] < 0x40 { index += 1 }
    guard index < bytes.endIndex else {
      if isLast { return bytes.count == 2 ? .taken(2, .alt("[")) : .taken(bytes.count, nil) }
      return bytes.count > KeyDecoder.replyLimit ? .taken(bytes.count, nil) : .incomplete
    }
    let final = bytes[index]
    let count = index - bytes.startIndex + 1
    // A control byte inside a sequence ends it; what follows is read anew.
    guard final >= 0x40, final < 0x7F else { return .taken(count - 1, nil) }
    if let key = extras[Array(bytes.prefix(count))] { return .taken(count, key) }
    let body = bytes[(bytes.startIndex + 2)..<index]
    if final == 0x4D, body.isEmpty {
      // The oldest mouse report carries three bytes after its final one.
      guard bytes.count >= count + 3 else { return isLast ? .taken(bytes.count, nil) : .incomplete }
      return .taken(count + 3, nil)
    }
    if bytes.prefix(count).elementsEqual(KeyDecoder.pasteStart) { return .pasteBegins(count) }
    if body.first == 0x3C { return .taken(count, KeyDecoder.mouse(body.dropFirst(), isRelease: final == 0x6D)) }
    if final == 0x6E, let isDark = KeyDecoder.isDark(body) { return .taken(count, .background(isDark: isDark)) }
    // Private markers begin replies of the terminal, never keys.
    if let first = body.first, first >= 0x3C { return .taken(count, nil) }
    let parameters = KeyDecoder.numbers(body)
    return .taken(count, KeyDecoder.key(final: final, parameters: parameters))
  }

  /// SS3: one final byte, with a modifier before it on some terminals.
  private func shiftedFunction(_ bytes: ArraySlice<UInt8>, isLast: Bool) -> Step {
    var index = bytes.startIndex + 2
    while index < bytes.endIndex, bytes[index] >= 0x30, bytes[index] < 0x3C { index += 1 }
    guard index < bytes.endIndex else {
      if isLast { return bytes.count == 2 ? .taken(2, .alt("O")) : .taken(bytes.count, nil) }
      return .incomplete
    }
    let final = bytes[index]
    let count = index - bytes.startIndex + 1
    guard final >= 0x40, final < 0x7F else { return .taken(2, .alt("O")) }
    if let key = extras[Array(bytes.prefix(count))] { return .taken(count, key) }
    let modifier = KeyDecoder.numbers(bytes[(bytes.startIndex + 2)..<index]).last ?? 1
    switch final {
    case 0x4D: return .taken(count, .enter)
    case 0x61...0x64:
      // rxvt: Control with an arrow.
      return .taken(count, [.controlUp, .controlDown, .controlRight, .controlLeft][Int(final) - 0x61])
    case 0x6A...0x79:
      // The number pad in application mode.
      return .taken(count, .character(Character(Unicode.Scalar(final - 0x40))))
    default: return .taken(count, KeyDecoder.key(final: final, parameters: [1, modifier]))
    }
  }

  /// OSC, DCS, APC, PM and SOS strings: replies of the terminal, read to their end and dropped.
  private func reply(_ bytes: ArraySlice<UInt8>, isLast: Bool) -> Step {
    var index = bytes.startIndex + 2
    while index < bytes.endIndex {
      if bytes[index] == 0x07 { return .taken(index - bytes.startIndex + 1, nil) }
      if bytes[index] == 0x1B {
        guard index + 1 < bytes.endIndex else { break }
        return .taken(index - bytes.startIndex + (bytes[index + 1] == 0x5C ? 2 : 0), nil)
      }
      index += 1
    }
    if isLast, bytes.count == 2, let second = bytes.last {
      return .taken(2, .alt(Character(Unicode.Scalar(second))))
    }
    return isLast || bytes.count > KeyDecoder.replyLimit ? .taken(bytes.count, nil) : .incomplete
  }

  /// The answer to `CSI ? 996 n`, which also comes unasked in mode 2031: `CSI ? 997 ; 1 n` is dark, 2 light.
  private static func isDark(_ body: ArraySlice<UInt8>) -> Bool? {
    guard body.first == 0x3F else { return nil }
    switch numbers(body.dropFirst()) {
    case [997, 1]: return true
    case [997, 2]: return false
    default: return nil
    }
  }

  private static func numbers(_ bytes: ArraySlice<UInt8>) -> [Int] {
    bytes.split(separator: 0x3B, omittingEmptySubsequences: false).map { field in
      var value = 0
      for byte in field {
        guard byte >= 0x30, byte <= 0x39 else { break }
        value = min(value * 10 + Int(byte - 0x30), 1_000_000)
      }
      return value
    }
  }

  private static func key(final: UInt8, parameters: [Int]) -> Key? {
    let bits = max(0, (parameters.count > 1 ? parameters[1] : 1) - 1)
    let hasShift = bits & 1 != 0
    let hasControl = bits & 6 != 0
    func function(_ number: Int) -> Key { .function(hasShift ? number + 12 : number) }
    switch final {
    case 0x41: return hasControl ? .controlUp : .up
    case 0x42: return hasControl ? .controlDown : .down
    case 0x43: return hasControl ? .controlRight : .right
    case 0x44: return hasControl ? .controlLeft : .left
    // rxvt: Shift with an arrow.
    case 0x61: return .up
    case 0x62: return .down
    case 0x63: return .right
    case 0x64: return .left
    case 0x46: return .end
    case 0x48: return .home
    case 0x49: return .focus(true)
    case 0x4F: return .focus(false)
    case 0x50: return function(1)
    case 0x51: return function(2)
    // With a row before it, this is the answer to a question about the cursor.
    case 0x52: return (parameters.first ?? 1) <= 1 && bits < 8 ? function(3) : nil
    case 0x53: return function(4)
    case 0x5A: return .backTab
    case 0x75: return unicode(parameters, hasShift: hasShift, bits: bits)
    case 0x7E: return numbered(parameters.first ?? 0, function: function)
    default: return nil
    }
  }

  private static func numbered(_ number: Int, function: (Int) -> Key) -> Key? {
    switch number {
    case 1, 7: .home
    case 2: .insert
    case 3: .delete
    case 4, 8: .end
    case 5: .pageUp
    case 6: .pageDown
    case 11...15: function(number - 10)
    case 17...21: function(number - 11)
    case 23...26: function(number - 12)
    case 28, 29: function(number - 13)
    case 31...34: function(number - 14)
    default: nil
    }
  }

  /// `CSI code ; modifiers u`, which some terminals send for keys that have no other name.
  private static func unicode(_ parameters: [Int], hasShift: Bool, bits: Int) -> Key? {
    guard let code = parameters.first, code > 0, let scalar = Unicode.Scalar(UInt32(code)) else { return nil }
    switch code {
    case 9: return hasShift ? .backTab : .tab
    case 13: return .enter
    case 27: return .escape
    case 127: return .backspace
    default:
      guard Width.classify(scalar) != .hidden else { return nil }
      if bits & 4 != 0 { return .control(Character(scalar)) }
      return bits & 2 != 0 ? .alt(Character(scalar)) : .character(Character(scalar))
    }
  }

  private static func mouse(_ body: ArraySlice<UInt8>, isRelease: Bool) -> Key? {
    let parts = numbers(body)
    guard parts.count == 3, parts[1] > 0, parts[2] > 0 else { return nil }
    let point = Point(column: parts[1] - 1, row: parts[2] - 1)
    switch parts[0] & ~0x1C {
    case 64: return .mouse(.init(.wheelUp, at: point))
    case 65: return .mouse(.init(.wheelDown, at: point))
    case 0...2: return .mouse(.init(isRelease ? .release : .press(parts[0] & 3 + 1), at: point))
    default: return nil
    }
  }

  /// Pasted bytes as text; Return is a line end, whatever the terminal made of it.
  private static func text(_ bytes: [UInt8]) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var previous: UInt8 = 0
    for byte in bytes {
      if byte == 0x0D {
        result.append(0x0A)
      } else if !(byte == 0x0A && previous == 0x0D) {
        result.append(byte)
      }
      previous = byte
    }
    return String(decoding: result, as: UTF8.self)
  }
}
