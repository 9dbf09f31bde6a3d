import Screen
import Testing

@Suite("GlyphSet")
struct GlyphSetTests {
  private func scalars(_ set: GlyphSet) -> [Unicode.Scalar] {
    [
      set.horizontal, set.vertical, set.topLeft, set.topRight, set.bottomLeft, set.bottomRight, set.pointer, set.cut,
      set.check, set.cross, set.dot, set.barFull, set.barEmpty, set.moreAbove, set.moreBelow, set.placeholder,
    ]
  }

  @Test("every glyph takes one column, and ASCII is ASCII", arguments: GlyphSet.all)
  func widths(set: GlyphSet) {
    for scalar in scalars(set) { #expect(Width.classify(scalar) == .narrow) }
    if set.isASCII { #expect(scalars(set).allSatisfy { $0.value < 0x80 }) }
    #expect(GlyphSet(named: set.name) == set)
  }

  @Test("the safe set has nothing that East Asian terminals draw two columns wide")
  func safe() {
    // Of the ambiguous characters of UAX 11, those a drawing set might be tempted to use.
    let ambiguous: Set<Unicode.Scalar> = [
      "─", "│", "┌", "┐", "└", "┘", "·", "█", "░", "↑", "↓", "…", "●", "▲", "▼", "►",
    ]
    #expect(scalars(.safe).allSatisfy { !ambiguous.subtracting(["►"]).contains($0) })
    #expect(GlyphSet(named: "nerd") == nil)
  }
}
