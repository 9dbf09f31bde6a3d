/// Keeps the first and the last bytes of a stream, within a limit.
public struct KeptEnds: Sendable {
  private let half: Int
  private var head: [UInt8] = []
  private var tail: [UInt8] = []
  private var left = 0

  /// Keeps at most `limit` bytes, half of them from each end.
  public init(limit: Int) { half = max(limit / 2, 0) }

  /// Whether something was left out between them.
  public var isCut: Bool { left > 0 }

  /// Takes the next piece.
  public mutating func add(_ piece: UnsafeRawBufferPointer) {
    let room = min(max(half - head.count, 0), piece.count)
    head.append(contentsOf: piece[..<room])
    tail.append(contentsOf: piece[room...])
    // Cut in large steps, so that every byte is moved once on average.
    if tail.count > 2 * half + (1 << 16) { cut() }
  }

  private mutating func cut() {
    guard tail.count > half else { return }
    left += tail.count - half
    tail.removeFirst(tail.count - half)
  }

  /// Both ends, with words between them that say how much is missing.
  public mutating func joined() -> [UInt8] {
    cut()
    guard isCut else { return head + tail }
    return head + Array("\n[\(left) bytes left out]\n".utf8) + tail
  }
}
