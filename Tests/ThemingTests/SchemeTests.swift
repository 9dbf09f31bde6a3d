import Testing

@testable import Screen
@testable import Theming

/// Schemes as people publish them, unchanged: dark and light, faint, strange and wrong. Covers ThemeFile, Contrast.
@Suite("Schemes as they are published")
struct SchemeTests {
  /// A scheme in the form of the files: a ramp of eight, then eight accents; base24 has eight more.
  struct Scheme: Sendable, CustomTestStringConvertible {
    var name: String
    var variant: String
    var colors: [String]
    var testDescription: String { name }

    /// The file, in one of the ways files are written.
    func yaml(_ way: Int) -> String {
      let entries = colors.enumerated().map { slot, color in
        let number = String(slot, radix: 16, uppercase: true)
        let key = "base" + (number.count < 2 ? "0" : "") + number
        return "\(key): \"\(way == 1 ? "#" : "")\(way == 2 ? color.uppercased() : color)\""
      }
      if way == 2 { return "scheme: \"\(name)\"\nauthor: \"somebody\"\n" + entries.joined(separator: "\n") + "\n" }
      return "system: \"base\(colors.count)\"\nname: \"\(name)\"\nslug: \"x\"\nauthor: \"somebody (https://a.org)\"\n"
        + "description: \"one of many\"\nvariant: \"\(variant)\"\npalette:\n"
        + entries.map { "  \($0)\n" }.joined()
    }
  }

  /// The schemes, each a name and its variant, then its colours in rows of eight.
  private static let text = """
    Harbour Night, dark
      1b2027 232a33 2f3843 55606e 8592a3 c3ccd6 dde4ec f3f7fb
      d96468 de935f e0b95f 8fb573 6fb3b8 6f9fd8 b58ac9 a06f52
    Harbour Day, light
      f7f5f0 ebe7de d9d3c6 a39c8c 7f7869 4c473d 35312a 1f1c17
      c8402f c66a1e b58a10 5c8a2e 2f8a86 2f6fb0 8f4fa0 7c5538
    Fog, dark
      2a2d31 303439 383d43 454a51 565c64 747b84 8a919a a1a8b1
      8a5f63 8c7258 8c8458 66805c 5c8080 5f7396 7c6486 6f5c50
    Snow, light
      ffffff f5f5f5 e8e8e8 d8d8d8 c8c8c8 a8a8a8 888888 686868
      ff9a9a ffb870 ffe070 a8e0a0 90e0e0 90b8ff d8a0ff c0a090
    Wrong Variant, dark
      fafafa f0f0f0 e0e0e0 a0a0a0 707070 383838 202020 101010
      ca1243 c18401 986801 50a14f 0184bc 4078f2 a626a4 986801
    Other Variant, light
      101010 181818 282828 585858 909090 c8c8c8 e0e0e0 f8f8f8
      d04040 d08040 d0c040 60b060 40b0b0 5080e0 b060c0 905030
    Odd Variant, twilight
      202030 2a2a3c 36364c 5a5a78 8686a4 b8b8d0 d0d0e4 ececf8
      e07a9a e0a07a e0d07a 9ad08a 7ad0c8 8aa8f0 c08ae0 a08070
    Phosphor, dark
      001000 001800 002800 005000 007800 00b000 00d800 00ff00
      007800 009000 00a800 00c000 00a060 009030 00d080 006000
    Amber Tube, dark
      140c00 1e1200 2e1c00 5c3800 8c5600 c87c00 e89600 ffb000
      a04000 b06000 ffd060 c09000 d0a030 e08000 f0a050 805000
    Grey Only, dark
      101010 202020 303030 505050 808080 b0b0b0 d0d0d0 f0f0f0
      707070 787878 808080 888888 909090 989898 a0a0a0 686868
    Paper Grey, light
      eeeeee e0e0e0 d0d0d0 b0b0b0 909090 505050 303030 101010
      808080 888888 909090 787878 707070 686868 606060 989898
    Deep Sea, dark
      002030 012a3c 023a50 2a5a70 5f8090 90a8b4 c8d4d8 f4f8f8
      d83a38 c85020 b08c00 809c00 2ca098 2890d0 6c74c4 cc3a84
    Sand, light
      f8f0d8 ece4cc ddd4ba 98a09c 829090 60747c 4a5c64 102c38
      d83a38 c85020 b08c00 809c00 2ca098 2890d0 6c74c4 cc3a84
    Blue On Blue, dark
      000080 000088 000098 2020b0 4040c0 6060d0 8080e0 a0a0f0
      4000a0 3030c0 5050d0 2040c0 3050d0 0000ff 5020c0 2020a0
    All The Same, dark
      7f7f7f 7f7f7f 7f7f7f 7f7f7f 7f7f7f 7f7f7f 7f7f7f 7f7f7f
      7f7f7f 7f7f7f 7f7f7f 7f7f7f 7f7f7f 7f7f7f 7f7f7f 7f7f7f
    Candy, dark
      2b1b2e 36233a 462e4a 7a5a80 a886ae e8d0ec f4e4f6 fff4ff
      ff5fa2 ff9f6a ffe66a 8aff9a 6af0ff 7a9aff d68aff c07a6a
    Loud, dark
      000000 000001 000003 ff00ff 00ffff ffffff ffff00 ff0000
      ff0000 ff8000 ffff00 00ff00 00ffff 0000ff ff00ff 800000
    Reversed Ramp, dark
      d0d0d0 b0b0b0 909090 707070 505050 303030 181818 000000
      a02020 a06020 808020 208020 208080 2020a0 802080 604020
    Strong Selection, light
      fdfdfd e6ecf2 2a6fd0 9aa4ae 6c7680 2c343c 1a2026 0c1014
      c02828 b85c10 8a7400 2c7c2c 1c7c7c 1c54b0 7c2c9c 6c4a30
    Twenty Four, dark
      1e2030 262a3c 34384e 5c6280 8a90ac c6cce4 dce0f0 f2f4fc
      e46a7c e49a6c e0c878 98cc7c 74c8c4 7ca0ec c08ce4 a8745c
      181a28 121420 ff8090 ffe090 b0f090 90f0ec 90b8ff dca8ff
    """

  static let schemes: [Scheme] = {
    var found: [Scheme] = []
    for line in text.split(separator: "\n") {
      if line.hasPrefix(" ") {
        found[found.count - 1].colors += line.split(separator: " ").map(String.init)
      } else {
        let parts = line.split(separator: ",").map { $0.trimmingPrefix(" ") }
        found.append(Scheme(name: String(parts[0]), variant: String(parts[1]), colors: []))
      }
    }
    return found
  }()

  private func isLine(_ role: Role) -> Bool { role == .border || role == .borderFocus }

  private func expectReadable(_ theme: Theme, _ name: String) throws {
    for role in Role.allCases {
      let least = isLine(role) ? Theme.borderContrast : Theme.textContrast
      for surface in Surface.allCases {
        let paint = theme.paint(role, on: surface)
        #expect(
          try #require(paint.foreground.contrast(with: paint.background)) >= least, "\(name): \(role) on \(surface)")
        // The same with 256 colours, whose own entries are the only ones that can be foreseen.
        let pair = Color.indexedPair(paint.foreground, on: paint.background)
        #expect(pair.foreground >= 16 && pair.background >= 16)
        let shown = try #require(Color.fixed(pair.foreground).contrast(with: Color.fixed(pair.background)))
        #expect(shown >= least, "\(name): \(role) on \(surface) in 256 colours: \(shown)")
      }
    }
  }

  @Test("every role of every scheme can be read, in full colour and in 256", arguments: schemes)
  func readable(_ scheme: Scheme) throws {
    #expect(SchemeTests.schemes.count == 20)
    #expect(scheme.colors.count == 16 || scheme.colors.count == 24)
    let themes = try (0...2).map {
      try ThemeFile.parse(scheme.yaml(scheme.colors.count == 24 ? $0 % 2 : $0), file: "s.yaml", name: scheme.name)
    }
    // However it is written, it is the same scheme; what it says of its variant decides nothing.
    #expect(themes.allSatisfy { $0 == themes[0] })
    #expect(themes[0].usesPalette)
    try expectReadable(themes[0], scheme.name)
    // Without colours the words and weights of the one theme without colours stand.
    for role in Role.allCases {
      #expect(Theme.mono.paint(role) == Paint(.standard, on: .standard, Theme.monochrome(role, on: .screen)))
    }
  }

  @Test("so can those of the built-in themes with a palette", arguments: ["dark", "light", "high-contrast", "safe"])
  func builtIn(_ name: String) throws {
    try expectReadable(try ThemeLibrary(folders: [ThemeLibrary.builtIn]).load(name), name)
  }

  @Test("the person's own sixteen colours are named and never mixed", arguments: [ColorDepth.eight, .sixteen])
  func ownColors(_ depth: ColorDepth) {
    for role in Role.allCases {
      for surface in Surface.allCases {
        let paint = Theme.terminal.paint(role, on: surface)
        for color in [paint.foreground, paint.background] {
          #expect((-1..<(depth == .eight ? 8 : 16)).contains(color.index(in: depth)), "\(role) on \(surface)")
        }
        // Ink on a ground of one's own choosing must not have the ground's number.
        let numbers = (paint.foreground.index(in: depth), paint.background.index(in: depth))
        #expect(numbers.0 != numbers.1 || numbers.0 == -1, "\(role) on \(surface)")
      }
    }
  }
}
