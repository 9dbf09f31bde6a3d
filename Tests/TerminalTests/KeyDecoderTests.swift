import Screen
import Terminal
import Testing

@Suite("KeyDecoder")
struct KeyDecoderTests {
  private func decoded(_ text: String) -> [Key] {
    var decoder = KeyDecoder()
    return decoder.feed(text.utf8) + decoder.expire()
  }

  @Test(
    "the sequences of xterm, rxvt, the Linux console, screen and kitty",
    arguments: [
      ("\u{1B}[A", Key.up), ("\u{1B}OA", .up), ("\u{1B}[B", .down), ("\u{1B}OC", .right), ("\u{1B}[D", .left),
      ("\u{1B}[1;5D", .controlLeft), ("\u{1B}[1;3C", .controlRight), ("\u{1B}Oc", .controlRight), ("\u{1B}[1;2A", .up),
      ("\u{1B}[a", .up), ("\u{1B}O5A", .controlUp), ("\u{1B}[H", .home), ("\u{1B}OH", .home), ("\u{1B}[1~", .home),
      ("\u{1B}[7~", .home), ("\u{1B}[4~", .end), ("\u{1B}OF", .end), ("\u{1B}[5~", .pageUp), ("\u{1B}[6~", .pageDown),
      ("\u{1B}[2~", .insert), ("\u{1B}[3~", .delete), ("\u{1B}[Z", .backTab), ("\u{1B}OP", .function(1)),
      ("\u{1B}[11~", .function(1)), ("\u{1B}[[A", .function(1)), ("\u{1B}[[E", .function(5)),
      ("\u{1B}[15~", .function(5)),
      ("\u{1B}[17~", .function(6)), ("\u{1B}[21~", .function(10)), ("\u{1B}[24~", .function(12)),
      ("\u{1B}[1;2P", .function(13)), ("\u{1B}[15;2~", .function(17)), ("\u{1B}OR", .function(3)),
      ("\u{1B}[13~", .function(3)),
      ("\u{1B}[27u", .escape), ("\u{1B}[97;5u", .control("a")), ("\u{1B}[9;2u", .backTab), ("\r", .enter),
      ("\n", .enter),
      ("\u{1B}OM", .enter), ("\t", .tab), ("\u{7F}", .backspace), ("\u{8}", .backspace), ("\u{3}", .control("c")),
      ("\u{1A}", .control("z")), ("\u{0}", .control(" ")), ("\u{1C}", .control("\\")), ("\u{1F}", .control("_")),
      ("a", .character("a")), ("Z", .character("Z")), ("ж", .character("ж")), ("漢", .character("漢")),
      ("👍", .character("👍")), ("\u{1B}a", .alt("a")), ("\u{1B}ж", .alt("ж")), ("\u{1B}\u{7F}", .control("w")),
      ("\u{1B}", .escape), ("\u{1B}[", .alt("[")), ("\u{1B}O", .alt("O")), ("\u{1B}P", .alt("P")),
      ("\u{1B}]", .alt("]")),
      ("\u{1B}[?997;1n", .background(isDark: true)), ("\u{1B}[?997;2n", .background(isDark: false)),
      ("\u{1B}[I", .focus(true)), ("\u{1B}[O", .focus(false)), ("\u{1B}Oj", .character("*")),
      ("\u{1B}Oy", .character("9")),
      ("\u{1B}[<0;300;7M", .mouse(.init(.press(1), at: Point(column: 299, row: 6)))),
      ("\u{1B}[<0;1;1m", .mouse(.init(.release, at: Point(column: 0, row: 0)))),
      ("\u{1B}[<64;3;4M", .mouse(.init(.wheelUp, at: Point(column: 2, row: 3)))),
      ("\u{1B}[<65;3;4M", .mouse(.init(.wheelDown, at: Point(column: 2, row: 3)))),
    ])
  func table(bytes: String, key: Key) {
    #expect(decoded(bytes) == [key])
    // The same in the middle of other keys, and byte by byte.
    if bytes.utf8.count > 2 || bytes.utf8.first != 0x1B {
      #expect(decoded("x" + bytes + "y") == [.character("x"), key, .character("y")])
      var decoder = KeyDecoder()
      var keys: [Key] = []
      for byte in bytes.utf8 { keys += decoder.feed([byte]) }
      #expect(keys == [key])
      #expect(!decoder.isWaiting)
    }
  }

  @Test(
    "replies of the terminal and nonsense are swallowed, and the key after them is not",
    arguments: [
      "\u{1B}]11;rgb:1111/2222/3333\u{7}", "\u{1B}]11;rgb:1111/2222/3333\u{1B}\\", "\u{1B}P1$r0m\u{1B}\\",
      "\u{1B}[?62;22c",
      "\u{1B}[>1;10;0c", "\u{1B}[24;80R", "\u{1B}[?997;3n", "\u{1B}[?2026;2$y", "\u{1B}[8;24;80t",
      "\u{1B}_Gi=1;OK\u{1B}\\",
      "\u{1B}[M !!", "\u{1B}[99~", "\u{1B}[1;1;1;1X", "\u{1B}[201~", "\u{9B}", "\u{202E}", "\u{200B}",
    ])
  func swallowed(bytes: String) {
    #expect(decoded(bytes + "k") == [.character("k")])
  }

  @Test("bytes that are not UTF-8 are no keys")
  func invalidBytes() {
    var decoder = KeyDecoder()
    #expect(decoder.feed([0xFF, 0xC3, 0x61, 0xE2, 0x82]) == [.character("a")])
    #expect(decoder.isWaiting)
    #expect(decoder.feed([0xAC]) == [.character("€")])
  }

  @Test("a lone escape waits for its rest, and is the Escape key when none comes")
  func escapeWaits() {
    var decoder = KeyDecoder()
    #expect(decoder.feed([0x1B]).isEmpty)
    #expect(decoder.isWaiting)
    #expect(decoder.expire() == [.escape])
    #expect(!decoder.isWaiting)
    #expect(decoder.feed([0x1B, 0x1B]) == [.escape])
    #expect(decoder.expire() == [.escape])
  }

  @Test("T15: a paste is one text, however it arrives, and its keys are never pressed")
  func paste() {
    let whole = "\u{1B}[200~rm -rf\r\ny\u{1B}[A\u{3}q\u{1B}[201~z"
    let expected: [Key] = [.paste("rm -rf\ny\u{1B}[A\u{3}q"), .character("z")]
    #expect(decoded(whole) == expected)
    let bytes = Array(whole.utf8)
    for cut in 1..<bytes.count {
      var decoder = KeyDecoder()
      #expect(decoder.feed(bytes[..<cut]) + decoder.feed(bytes[cut...]) == expected, "cut at \(cut)")
    }
  }

  @Test("a paste that never ends is given up, one without end in size is cut")
  func pasteLimits() throws {
    var decoder = KeyDecoder()
    #expect(decoder.feed("\u{1B}[200~abc\u{1B}[20".utf8).isEmpty)
    #expect(decoder.isPasting)
    #expect(decoder.expire() == [.paste("abc\u{1B}[20")])
    #expect(decoder.feed("q".utf8) == [.character("q")])
    _ = decoder.feed("\u{1B}[200~".utf8)
    _ = decoder.feed([UInt8](repeating: 0x61, count: 3_000_000))
    let keys = decoder.feed("\u{1B}[201~".utf8)
    guard case .paste(let text)? = keys.first else {
      Issue.record("expected a paste")
      return
    }
    #expect(text.utf8.count == KeyDecoder.pasteLimit)
  }

  @Test("an unfinished reply does not lock the keyboard")
  func unfinishedReply() {
    var decoder = KeyDecoder()
    #expect(decoder.feed("\u{1B}]52;c;abc".utf8).isEmpty)
    #expect(decoder.expire().isEmpty)
    #expect(decoder.feed("j".utf8) == [.character("j")])
    _ = decoder.feed("\u{1B}]".utf8)
    _ = decoder.feed([UInt8](repeating: 0x61, count: 70_000))
    #expect(decoder.feed("j".utf8) == [.character("j")])
  }

  @Test("what the terminal's description says goes first")
  func extras() {
    var decoder = KeyDecoder(extras: [Array("\u{1B}[28~".utf8): .function(20)])
    #expect(decoder.feed("\u{1B}[28~".utf8) == [.function(20)])
  }

  @Test("random bytes never break it, and it always comes to rest", arguments: 0..<50)
  func random(seed: UInt64) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    var decoder = KeyDecoder()
    let likely = Array("\u{1B}\u{1B}[]OP;<0123456789~MmAu\u{7}\\\u{9B}漢".utf8)
    for _ in 0..<2000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let pick = Int(state >> 33)
      let byte = pick % 3 == 0 ? UInt8(truncatingIfNeeded: pick >> 8) : likely[(pick >> 8) % likely.count]
      for key in decoder.feed([byte]) {
        if case .character(let character) = key {
          #expect(character.unicodeScalars.allSatisfy { Width.classify($0) != .hidden })
        }
      }
    }
    _ = decoder.expire()
    #expect(!decoder.isWaiting)
    #expect(decoder.feed("k".utf8).last == .character("k"))
  }
}
