import Glibc

/// Cuts a stream of bytes into lines, however it arrives, and keeps no more of a line than a limit.
public struct LineReader: Sendable {
  /// One line.
  public enum Line: Equatable, Sendable {
    /// Its bytes, without the newline and a carriage return before it.
    case bytes([UInt8])
    /// It was longer than the limit; nothing of it was kept.
    case tooLong(bytes: Int)
  }

  /// The most bytes one line may have.
  public let limit: Int
  private var held: [UInt8] = []
  private var dropped = 0

  /// Makes a reader; 8 MiB hold every message that real agents were seen to send (3 MB), with room.
  public init(limit: Int = 8 << 20) { self.limit = limit }

  /// Takes the next bytes and returns the lines that end in them.
  public mutating func take(_ bytes: some Collection<UInt8>) -> [Line] {
    bytes.withContiguousStorageIfAvailable { take(raw: UnsafeRawBufferPointer($0)) }
      ?? Array(bytes).withUnsafeBytes { take(raw: $0) }
  }

  /// Looks for the newline with the library's own search, since a flood passes here byte by byte.
  private mutating func take(raw bytes: UnsafeRawBufferPointer) -> [Line] {
    var lines: [Line] = []
    var rest = bytes
    while let start = rest.baseAddress, let end = memchr(start, 0x0A, rest.count) {
      let length = UnsafeRawPointer(end) - start
      keep(UnsafeRawBufferPointer(rebasing: rest[..<length]))
      lines.append(finish())
      rest = UnsafeRawBufferPointer(rebasing: rest[(length + 1)...])
    }
    keep(rest)
    return lines
  }

  /// What stands after the last newline when the stream ends; `nil` when nothing does.
  public mutating func end() -> Line? { held.isEmpty && dropped == 0 ? nil : finish() }

  private mutating func keep(_ piece: UnsafeRawBufferPointer) {
    guard dropped == 0, held.count + piece.count <= limit else {
      dropped += held.count + piece.count
      held = []
      return
    }
    held.append(contentsOf: piece)
  }

  private mutating func finish() -> Line {
    defer {
      held = []
      dropped = 0
    }
    guard dropped == 0 else { return .tooLong(bytes: dropped) }
    if held.last == UInt8(ascii: "\r") { held.removeLast() }
    return .bytes(held)
  }
}
