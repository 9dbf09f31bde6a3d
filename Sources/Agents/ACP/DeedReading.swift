import Kernel

// What an agent's tool call means for whoever decides on it: the deed, whole, in words a person can judge.

extension Deed {
  /// The most of one difference that is shown, in bytes.
  static let shownLimit = 200 << 10

  /// Reads a tool call that an agent asks leave for.
  init(_ call: ToolCall, root: String) {
    let command = call.command
    var writes = call.changes.map { PathPattern.relative($0.path, to: root) }
    if writes.isEmpty, ["edit", "delete", "move"].contains(call.kind) {
      writes = call.locations.map { PathPattern.relative($0, to: root) }
    }
    let title = call.title.isEmpty ? (command.map { "Run \($0)" } ?? "something it does not name") : call.title
    var parts: [String] = []
    if let command { parts.append("Command:\n\n" + Deed.fenced(command, as: "sh")) }
    for change in call.changes {
      let path = PathPattern.relative(change.path, to: root)
      let what = change.old == nil ? "new file" : "change"
      parts.append(
        "\(what) `\(path.replacing("`", with: "'"))`:\n\n" + Deed.fenced(Deed.difference(change), as: "diff"))
    }
    if !call.text.isEmpty, call.changes.isEmpty { parts.append(Deed.fenced(call.text, as: "")) }
    if parts.isEmpty, let input = call.rawInput, let bytes = try? input.encoded() {
      parts.append("Input:\n\n" + Deed.fenced(String(decoding: bytes, as: UTF8.self), as: "json"))
    }
    if !call.kind.isEmpty { parts.append("Kind of tool: \(call.kind)") }
    if parts.isEmpty { parts.append("The agent's program says nothing more about it.") }
    self.init(
      title: Deed.line(title), details: parts.joined(separator: "\n\n"), kind: call.kind, command: command,
      writes: writes, tool: Deed.line(title))
    for change in call.changes { contents[PathPattern.relative(change.path, to: root)] = Deed.mark(change.new) }
  }

  /// A text on one line, without what steers a terminal, at most 200 characters.
  static func line(_ text: String) -> String {
    let cleaned = String(
      String.UnicodeScalarView(
        text.unicodeScalars.prefix(400).map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .lineSeparator, .paragraphSeparator: return " "
          case .format: return "\u{FFFD}"
          default: return scalar
          }
        }))
    return cleaned.count > 200 ? String(cleaned.prefix(199)) + "…" : cleaned
  }

  /// A text in a fence that nothing in it can close.
  static func fenced(_ text: String, as language: String) -> String {
    var run = 0
    var longest = 0
    for byte in text.utf8 {
      run = byte == UInt8(ascii: "`") ? run + 1 : 0
      longest = max(longest, run)
    }
    let fence = String(repeating: "`", count: max(3, longest + 1))
    let kept = text.prefix(bytes: shownLimit)
    let cut =
      kept.utf8.count < text.utf8.count ? "\n[\(text.utf8.count - kept.utf8.count) bytes are not shown here]" : ""
    return "\(fence)\(language)\n\(kept)\(cut)\n\(fence)"
  }

  /// A difference, line by line and byte by byte; what stays the same is left out, so it is marked where lines were
  /// passed over.
  static func difference(_ change: ToolCall.Change) -> String {
    func shown(_ mark: String, _ line: Line) -> String {
      mark + String(decoding: line.bytes, as: UTF8.self) + (line.isEnded ? "" : "\n\\ no line end")
    }
    let new = lines(change.new)
    guard let before = change.old else { return new.map { shown("+", $0) }.joined(separator: "\n") }
    let old = lines(before)
    if old == new { return "(nothing changes)" }
    guard old.count + new.count < 20_000 else {
      return (old.map { shown("-", $0) } + new.map { shown("+", $0) }).joined(separator: "\n")
    }
    var removed: Set<Int> = []
    var inserted: Set<Int> = []
    for move in new.difference(from: old) {
      switch move {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    var parts: [String] = []
    var (left, right) = (0, 0)
    var isGap = false
    while left < old.count || right < new.count {
      if left < old.count, removed.contains(left) {
        parts.append(shown("-", old[left]))
        left += 1
      } else if right < new.count, inserted.contains(right) {
        parts.append(shown("+", new[right]))
        right += 1
      } else {
        if !isGap { parts.append("@@ line \(right + 1) @@") }
        isGap = true
        left += 1
        right += 1
        continue
      }
      isGap = false
    }
    return parts.joined(separator: "\n")
  }

  /// A line as bytes: texts that look the same may be different ones.
  private struct Line: Hashable {
    var bytes: [UInt8]
    var isEnded = true
  }

  /// Cut at line feeds, by bytes: a carriage return before one belongs to its line.
  private static func lines(_ text: String) -> [Line] {
    var cut = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      Line(bytes: Array($0))
    }
    if let last = cut.last {
      if last.bytes.isEmpty { cut.removeLast() } else { cut[cut.count - 1].isEnded = false }
    }
    return cut
  }
}
