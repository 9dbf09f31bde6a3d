import Engine
import Testing

/// What is found of a secret where it begins in one piece of a text and ends in another.
@Suite struct SecretSeamTests {
  let secrets = KnownSecrets(["TOKEN": "ghp_0123456789", "LONG": "ghp_0123456789-and-more"])

  /// The pieces as they are written, in the order in which they are; those that were held back last come at the end.
  private func pieces(_ texts: [String], holding fewest: Int = 1) -> [String] {
    var seam = SecretSeam<Int>(secrets, holding: fewest)
    var written: [(piece: Int, bytes: [UInt8])] = []
    for (place, text) in texts.enumerated() { written += seam.take(Array(text.utf8), as: place) }
    written += seam.end()
    #expect(written.map(\.piece) == Array(texts.indices), "\(texts)")
    return written.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  @Test func aValueIsNamedWhereItBeginsAndMissesWhereItGoesOn() {
    #expect(pieces(["it is ghp_01", "23456789."]) == ["it is [TOKEN]", "."])
    #expect(pieces(["a", "b"]) == ["a", "b"])
    #expect(pieces([]) == [])
  }

  @Test func aValueInManyPiecesAsModelsSendThem() {
    let letters = "ghp_0123456789".map(String.init)
    #expect(pieces(["x "] + letters + [" y"]).joined() == "x [TOKEN] y")
    #expect(pieces(letters + letters).joined() == "[TOKEN][TOKEN]")
    #expect(pieces("ghp_0123456789-and-more".map(String.init)).joined() == "[LONG]")
  }

  @Test func everyCutOfATextComesToTheSame() {
    let text = Array("a ghp_0123456789 b ghp_012345678 c ghp_0123456789-and-more".utf8)
    let whole = "a [TOKEN] b ghp_012345678 c [LONG]"
    for first in 0...text.count {
      for second in stride(from: first, through: text.count, by: 3) {
        let cut = [text[..<first], text[first..<second], text[second...]].map { String(decoding: $0, as: UTF8.self) }
        #expect(pieces(cut).joined() == whole, "\(first) \(second)")
      }
    }
  }

  @Test func whatOnlyLooksLikeABeginningIsWrittenWhenThatIsKnown() {
    var seam = SecretSeam<Int>(secrets, holding: 4)
    #expect(seam.take(Array("a ghp_".utf8), as: 1).isEmpty)
    let written = seam.take(Array("nothing".utf8), as: 2)
    #expect(written.map { String(decoding: $0.bytes, as: UTF8.self) } == ["a ghp_", "nothing"])
    #expect(seam.end().isEmpty)
  }

  @Test func ashorterBeginningHoldsNothingBackAndTheRestIsConcealed() {
    var seam = SecretSeam<Int>(secrets, holding: 4)
    #expect(seam.take(Array("a gh".utf8), as: 1).map(\.piece) == [1])
    #expect(seam.take(Array("p_01".utf8), as: 2).isEmpty)
    let written = seam.take(Array("23456789 b".utf8), as: 3) + seam.end()
    #expect(written.map { String(decoding: $0.bytes, as: UTF8.self) } == ["[TOKEN]", " b"])
  }

  @Test func piecesWithoutEndAreNotHeldBackWithoutEnd() {
    var seam = SecretSeam<Int>(secrets, holding: 1)
    _ = seam.take(Array("ghp_".utf8), as: 0)
    var written = 0
    for number in 1...2_000 { written += seam.take([], as: number).count }
    #expect(written > 1_500)
  }
}
