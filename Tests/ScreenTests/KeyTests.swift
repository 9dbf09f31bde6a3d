import Screen
import Testing

@Suite("Key")
struct KeyTests {
  @Test(
    "a key is found again by its name",
    arguments: [
      Key.character("D"), .character("?"), .character("ж"), .control("p"), .control(" "), .alt("b"), .function(1),
      .function(24), .enter, .escape, .tab, .backTab, .backspace, .delete, .insert, .up, .down, .left, .right,
      .controlUp,
      .controlLeft, .home, .end, .pageUp, .pageDown, .character(" "),
    ])
  func names(key: Key) {
    #expect(!key.name.isEmpty)
    #expect(Key(name: key.name) == key)
  }

  @Test("names are read as people write them; what is no key is refused")
  func reading() {
    #expect(Key(name: "F2") == .function(2))
    #expect(Key(name: "Ctrl-P") == .control("p"))
    #expect(Key(name: "f") == .character("f"))
    #expect(Key(name: "Space") == .character(" "))
    #expect(Key(name: "f25") == nil)
    #expect(Key(name: "ctrl-") == nil)
    #expect(Key(name: "") == nil)
    #expect(Key.paste("x").name.isEmpty)
    #expect(Key.resize(Size(columns: 1, rows: 1)).name.isEmpty)
  }
}
