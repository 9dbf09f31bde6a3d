import Kernel
import Screen

// The list of themes: the screen around it shows each one while it is selected.

/// The list of themes while it is open.
struct ThemePick: Equatable, Sendable {
  /// The theme to go back to.
  var before: String
  var position = ListPosition<String>()
}

extension Model {
  /// Opens the list of themes on the one in use.
  mutating func pickTheme() {
    guard place != .themes else { return }
    themePick = ThemePick(before: theme)
    themePick?.position.recall(theme)
    places.append(.themes)
  }

  /// Moves in the list of themes and shows the one that is selected then.
  mutating func moveTheme(_ action: Action) -> [Intent] {
    guard var pick = themePick else { return [] }
    let at = themes.firstIndex(of: pick.position.selected ?? theme) ?? 0
    let height = themesInside.rows
    let wanted = Model.target(action, from: at, count: themes.count, height: height)
    pick.position.move(
      to: wanted, count: themes.count, height: height, find: { themes.firstIndex(of: $0) }, id: { themes[$0] })
    themePick = pick
    guard let selected = pick.position.selected, selected != theme else { return [] }
    theme = selected
    return [.theme(selected)]
  }

  /// Keeps the theme that is shown.
  mutating func keepTheme() {
    closeThemes()
    chosenTheme = theme
    toast = says("Theme: \(theme). The next console begins with it.", seconds: 5)
  }

  /// Goes back to the theme from before.
  mutating func dropTheme() -> [Intent] {
    let before = themePick?.before ?? theme
    closeThemes()
    guard before != theme else { return [] }
    theme = before
    return [.theme(before)]
  }

  private mutating func closeThemes() {
    if place == .themes { places.removeLast() }
    themePick = nil
  }

  /// At the right edge, so that the screen beside it shows the colours.
  private var themesArea: Area {
    let body = areas.body
    let columns = min(body.columns, max(24, (themes.map { Width.columns(of: $0) }.max() ?? 0) + 11))
    let rows = min(body.rows, themes.count + 2)
    return body.splitRight(columns).right.splitTop(rows).top
  }

  private var themesInside: Area { themesArea.inset(by: 1) }

  func drawThemes(_ canvas: inout Canvas) {
    guard let pick = themePick else { return }
    let area = themesArea
    canvas.fill(area)
    let inside = themesInside
    canvas.box(area, title: "Themes", isFocused: true)
    let (selected, viewport) = pick.position.resolve(count: themes.count, height: inside.rows) {
      themes.firstIndex(of: $0)
    }
    for (offset, row) in viewport.visible.enumerated() {
      let words = themes[row] == pick.before ? "  in use" : ""
      canvas.write(Line(" ") + Line(Text.clean(themes[row])) + Line(words, .muted), in: inside.line(offset))
      if row == selected { canvas.select(inside.line(offset), isFocused: true) }
    }
    canvas.scrollMarks(viewport, box: area)
  }
}
