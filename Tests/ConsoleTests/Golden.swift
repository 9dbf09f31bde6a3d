import Foundation
import Screen
import Testing

/// Compares frames with the pictures kept as files; with `SIGNALBOX_RECORD_GOLDENS=1` it writes them instead, to be
/// looked at before they are kept.
enum Golden {
  static func expect(_ frame: Frame, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let text = frame.text + "\n"
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Goldens")
    let file = folder.appendingPathComponent("\(name)-\(frame.size.columns)x\(frame.size.rows).txt")
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
