/// Conceals the values of secrets in pieces that come one after the other, such as a program's lines or a model's words,
/// also where one begins in one piece and ends in another.
///
/// A piece that ends as a value begins is held back until those behind it show whether it is one. A value then stands
/// with its name in the piece in which it begins, and those behind lack the rest.
///
/// ```swift
/// var seam = SecretSeam<Int>(secrets, holding: 1)
/// seam.take(Array("the token is ghp_".utf8), as: 1)  // nothing yet
/// seam.take(Array("0123456789.".utf8), as: 2)        // 1: "the token is [TOKEN]", 2: "."
/// ```
public struct SecretSeam<Piece: Sendable>: Sendable {
  /// A piece with what may be written of it.
  public typealias Released = (piece: Piece, bytes: [UInt8])

  private let secrets: KnownSecrets
  private let fewest: Int
  private var held: [Released] = []
  /// The end of what was let go, too short a beginning to hold anything back for it.
  private var tail: [UInt8] = []

  /// The most pieces that are held back: a value in more pieces is no accident.
  private static var most: Int { 256 }

  /// Begins with nothing held back.
  ///
  /// - Parameter fewest: The fewest bytes of a beginning for which a piece is held back. A shorter one is written at once,
  ///   and only the rest of the value is concealed.
  public init(_ secrets: KnownSecrets, holding fewest: Int) {
    self.secrets = secrets
    self.fewest = fewest
  }

  /// Takes the next piece and returns those that may be written now, in order.
  public mutating func take(_ bytes: [UInt8], as piece: Piece) -> [Released] {
    held.append((piece, bytes))
    return release(isEnd: held.count > Self.most)
  }

  /// Returns what is held back: nothing follows.
  public mutating func end() -> [Released] { release(isEnd: true) }

  private mutating func release(isEnd: Bool) -> [Released] {
    let whole = tail + held.flatMap(\.bytes)
    let found = secrets.matches(in: whole)
    let open = isEnd ? whole.count : secrets.opening(in: whole)?.range.lowerBound ?? whole.count
    var count = held.count
    if whole.count - open >= fewest {
      var end = tail.count
      count =
        held.prefix { piece in
          end += piece.bytes.count
          return end <= open
        }.count
      // A value stands whole in what is released or not at all.
      var border = tail.count + held.prefix(count).reduce(0) { $0 + $1.bytes.count }
      while count > 0, found.contains(where: { $0.range.lowerBound < border && $0.range.upperBound > border }) {
        count -= 1
        border -= held[count].bytes.count
      }
    }
    guard count > 0 else { return [] }
    let released = Self.cut(Array(held[..<count]), after: tail.count, in: whole, found)
    held.removeFirst(count)
    tail = held.isEmpty && !isEnd ? Array(whole[open...]) : []
    return released
  }

  /// The pieces with a name where a value begins and nothing where it goes on.
  private static func cut(
    _ pieces: [Released], after start: Int, in whole: [UInt8], _ found: [KnownSecrets.Match]
  ) -> [Released] {
    var start = start
    var from = 0
    return pieces.enumerated().map { place, piece in
      let range = start..<start + piece.bytes.count
      start = range.upperBound
      while from < found.count, found[from].range.upperBound <= range.lowerBound { from += 1 }
      var bytes: [UInt8] = []
      var next = range.lowerBound
      for match in found[from...] {
        guard match.range.lowerBound < range.upperBound else { break }
        if match.range.lowerBound > next { bytes += whole[next..<match.range.lowerBound] }
        // One that began in what was let go before is named where its rest would stand.
        if match.range.lowerBound >= range.lowerBound || place == 0 { bytes += match.word }
        next = min(max(next, match.range.upperBound), range.upperBound)
      }
      if next < range.upperBound { bytes += whole[next..<range.upperBound] }
      return (piece.piece, bytes)
    }
  }
}
