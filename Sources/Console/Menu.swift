import Kernel
import Screen

// A short list of things of which one is done: what to copy, which file to open. It gives no orders.

/// A short list while it is open; it stands as it was opened, whatever happens meanwhile.
struct Menu: Equatable, Sendable {
  /// One thing that can be done.
  struct Item: Equatable, Sendable {
    /// What it is called, in one or two words.
    var name: String
    /// What it is about, as much of it as fits.
    var words: String
    var intent: Intent
  }

  var title: String
  var items: [Item]
  /// The row the person is on.
  var row = 0
}

extension Model {
  /// Does the only thing there is, or lists several.
  mutating func offer(_ title: String, _ items: [Menu.Item]) -> [Intent] {
    guard items.count > 1 else { return items.map(\.intent) }
    menu = Menu(title: title, items: items)
    places.append(.menu)
    return []
  }

  mutating func moveMenu(_ action: Action) {
    guard let menu else { return }
    let height = menuInside.rows
    self.menu?.row = Model.target(action, from: menu.row, count: menu.items.count, height: height)
  }

  /// Does what is selected.
  mutating func confirmMenu() -> [Intent] {
    guard let menu, menu.items.indices.contains(menu.row) else { return [] }
    closeMenu()
    return [menu.items[menu.row].intent]
  }

  /// Does what a digit or the first letter of a name stands for; `nil` for a key that stands for nothing here.
  mutating func chooseInMenu(_ key: Key) -> [Intent]? {
    guard place == .menu, let menu, case .character(let typed) = key else { return nil }
    let letters = [typed, KeyLayout.latin(for: typed) ?? typed].map { $0.lowercased() }
    let row =
      typed.wholeNumberValue.map { $0 - 1 }
      ?? menu.items.firstIndex { item in letters.contains(item.name.prefix(1).lowercased()) && menu.hasLetters }
    guard let row, menu.items.indices.contains(row) else { return nil }
    self.menu?.row = row
    return confirmMenu()
  }

  mutating func closeMenu() {
    if place == .menu { places.removeLast() }
    menu = nil
  }

  // MARK: Drawing

  private var menuArea: Area {
    let body = areas.body
    let widest = menu?.items.map { Width.columns(of: Text.clean($0.words).string) }.max() ?? 0
    let names = menu?.nameColumns ?? 0
    let columns = min(body.columns, max(40, min(100, widest + names + 9)))
    return body.centered(Size(columns: columns, rows: min(body.rows, (menu?.items.count ?? 0) + 2)))
  }

  private var menuInside: Area { menuArea.inset(by: 1) }

  func drawMenu(_ canvas: inout Canvas) {
    guard let menu else { return }
    let area = menuArea
    canvas.fill(area)
    canvas.box(area, title: Line(Text.clean(menu.title)), isFocused: true)
    let inside = menuInside
    var viewport = Viewport(count: menu.items.count, height: inside.rows)
    viewport.reveal(menu.row)
    for (offset, row) in viewport.visible.enumerated() {
      let item = menu.items[row]
      let line = inside.line(offset)
      let digit = row < 9 ? "\(row + 1)" : " "
      var left = Line(" \(digit) ", .key)
      if menu.hasLetters {
        left += Line(String(item.name.prefix(1)), Style.key.bold) + Line(String(item.name.dropFirst()))
      } else {
        left += Line(Text.clean(item.name))
      }
      let names = 5 + menu.nameColumns
      canvas.write(left, in: line)
      let words = Text.cut(Text.clean(item.words).string, to: max(0, line.columns - names - 1))
      canvas.write(Line(words, .muted), in: line.inset(left: names))
      if row == menu.row { canvas.select(line, isFocused: true) }
    }
    canvas.scrollMarks(viewport, box: area)
  }
}

extension Menu {
  /// Whether each name begins with a letter of its own, so that letters choose.
  var hasLetters: Bool { Set(items.map { $0.name.prefix(1).lowercased() }).count == items.count }

  /// How wide the names are.
  var nameColumns: Int { min(40, items.map { Width.columns(of: Text.clean($0.name).string) }.max() ?? 0) }
}
