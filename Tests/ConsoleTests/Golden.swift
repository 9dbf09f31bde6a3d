import Foundation
import Screen
import Testing

@testable import Console

/// Compares frames with the pictures kept as files; with `SIGNALBOX_RECORD_GOLDENS=1` it writes them instead, to be
/// looked at before they are kept.
///
/// A file holds the picture in ASCII and below it the same one with safe glyphs, so that both are held and both are seen.
enum Golden {
  /// What stands between the two pictures.
  static let between = "===== the same with safe glyphs ====="

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Goldens")

  static func expect(_ model: Model, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) {
    var safe = model
    safe.glyphs = .safe
    let (frame, other) = (model.view(), safe.view())
    hold(frame, name, sourceLocation)
    hold(other, name, sourceLocation)
    if !frame.text.utf8.allSatisfy({ $0 == 0x0A || (0x20..<0x7F).contains($0) }) {
      Issue.record("\(name): something but ASCII was drawn", sourceLocation: sourceLocation)
    }
    compare(frame.text + "\n" + between + "\n" + other.text + "\n", name, frame.size, sourceLocation)
  }

  /// What must be true of every picture: where a role of the theme tells a state, words or a mark at a name tell it
  /// too, so that nothing is lost without colours.
  static func hold(_ frame: Frame, _ name: String, _ sourceLocation: SourceLocation) {
    for row in 0..<frame.size.rows {
      let cells = Array(frame.row(row))
      func isWord(_ place: Int) -> Bool {
        cells.indices.contains(place) && cells[place].glyph.scalar.properties.isAlphabetic
          || cells.indices.contains(place) && ("0"..."9").contains(cells[place].glyph.scalar)
      }
      var start = 0
      while start < cells.count {
        var end = start + 1
        while end < cells.count, cells[end].style.role == cells[start].style.role { end += 1 }
        defer { start = end }
        guard states.contains(cells[start].style.role) else { continue }
        let inside = (start..<end).filter { cells[$0].glyph != .space }
        guard let first = inside.first, !inside.contains(where: isWord), !isBar(cells[first]) else { continue }
        if !isWord(start - 1), !isWord(end) {
          let text = frame.rowsOfText[row]
          Issue.record("\(name), row \(row): a state without a word: \(text)", sourceLocation: sourceLocation)
        }
      }
    }
  }

  private static func isBar(_ cell: Cell) -> Bool {
    GlyphSet.all.contains { $0.barFull == cell.glyph.scalar || $0.barEmpty == cell.glyph.scalar }
  }

  /// The roles that mean a state.
  private static let states: Set<Role> = [
    .stateAsk, .stateBlocked, .stateFailed, .stateRetry, .stateWarning, .stateRunning, .stateDone, .stateTodo,
    .statePaused, .stateSkipped,
  ]

  private static func compare(
    _ text: String, _ name: String, _ size: Size, _ sourceLocation: SourceLocation
  ) {
    let file = folder.appendingPathComponent("\(name)-\(size.columns)x\(size.rows).txt")
    if ProcessInfo.processInfo.environment["SIGNALBOX_RECORD_GOLDENS"] == "1" {
      try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try? Data(text.utf8).write(to: file)
      return
    }
    guard let data = try? Data(contentsOf: file) else {
      Issue.record("no golden \(file.lastPathComponent)", sourceLocation: sourceLocation)
      return
    }
    let wanted = String(decoding: data, as: UTF8.self)
    guard wanted != text else { return }
    let old = wanted.split(separator: "\n", omittingEmptySubsequences: false)
    let new = text.split(separator: "\n", omittingEmptySubsequences: false)
    var rows: [String] = []
    for row in 0..<max(old.count, new.count) {
      let before = row < old.count ? String(old[row]) : ""
      let after = row < new.count ? String(new[row]) : ""
      if before != after { rows += ["\(row) - \(before)", "\(row) + \(after)"] }
    }
    Issue.record(
      "\(file.lastPathComponent) differs:\n\(rows.joined(separator: "\n"))", sourceLocation: sourceLocation)
  }
}
