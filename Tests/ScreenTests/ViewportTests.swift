import Screen
import Testing

@Suite("Viewport")
struct ViewportTests {
  @Test("the selection keeps two rows of context where there are any")
  func reveal() {
    var view = Viewport(count: 100, height: 10)
    view.reveal(7)
    #expect(view.offset == 0)
    view.reveal(8)
    #expect(view.offset == 1)
    view.reveal(99)
    #expect(view.visible == 90..<100)
    view.reveal(91)
    #expect(view.offset == 89)
    view.reveal(0)
    #expect(view.offset == 0)
  }

  @Test("new rows do not move what is being read")
  func newRows() {
    var view = Viewport(count: 50, height: 10, offset: 20)
    view.resize(count: 500, height: 10)
    #expect(view.visible == 20..<30)
    #expect(!view.isAtEnd)
    view.scrollToEnd()
    #expect(view.isAtEnd)
    #expect(view.offset == 490)
    view.resize(count: 5, height: 10)
    #expect(view.visible == 0..<5)
  }

  @Test("nothing leaves the list, in any size", arguments: 0...4)
  func bounds(height: Int) {
    var view = Viewport(count: 7, height: height)
    for step in [-3, 4, 100, -100, 2] {
      view.scroll(by: step)
      view.reveal(step)
      #expect(view.offset >= 0 && view.end <= 7 && view.visible.count <= height)
    }
    view.resize(count: 0, height: height)
    #expect(view.visible.isEmpty)
  }
}
