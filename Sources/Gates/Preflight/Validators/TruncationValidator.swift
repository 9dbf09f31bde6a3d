import Engine

/// Finds files that end in the middle, or stand for more than they hold.
///
/// Where a parser reads the file too, only what a parser cannot see is looked for.
struct TruncationValidator: PreflightValidator {
  let name = "truncation"

  /// A file of one line longer than this is not code as people write it.
  static let longestOnlyLine = 400
  /// A file of fewer lines is not judged by its last one.
  static let longFile = 40

  private static let elisions = [
    "rest of the code", "rest of code", "rest of the file", "rest of the function", "rest of the class",
    "rest of the implementation", "rest of your code", "remaining code", "remaining methods", "remaining functions",
    "existing code", "existing methods", "existing imports", "previous code", "same as before", "same as above",
    "code unchanged", "remains unchanged", "omitted for brevity", "implementation here", "your code here",
    "rest unchanged",
  ]

  func check(_ context: PreflightContext) async throws -> [PreflightFinding] {
    guard context.text != nil, context.kind != .other else { return [] }
    let lines = context.lines
    if context.kind == .markdown { return unclosedFence(lines) }
    return fence(lines, context) + elisions(lines, context) + onlyLine(context) + unclosedBrackets(lines, context)
  }

  // MARK: - Documents

  private func unclosedFence(_ lines: [ArraySlice<UInt8>]) -> [PreflightFinding] {
    var open: (mark: UInt8, count: Int, line: Int)?
    for (index, line) in lines.enumerated() {
      let indent = line.prefix { $0 == 0x20 }.count
      let rest = line.dropFirst(indent)
      guard let mark = rest.first, mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~") else { continue }
      let count = rest.prefix { $0 == mark }.count
      let after = rest.dropFirst(count)
      if let fence = open {
        let isEnd = after.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        if fence.mark == mark, count >= fence.count, isEnd { open = nil }
      } else if count >= 3, mark == UInt8(ascii: "~") || !after.contains(mark) {
        open = (mark, count, index + 1)
      }
    }
    guard let open else { return [] }
    return [
      reject(
        "The code block that begins here is never closed. Write the whole document again, to its end.", line: open.line)
    ]
  }

  // MARK: - Code

  private func fence(_ lines: [ArraySlice<UInt8>], _ context: PreflightContext) -> [PreflightFinding] {
    guard context.kind.isCode else { return [] }
    let blank: Set<UInt8> = [0x20, 0x09, 0x0D]
    guard let index = lines.firstIndex(where: { !$0.allSatisfy(blank.contains) }),
      lines[index].starts(with: "```".utf8)
    else { return [] }
    return [reject("The file begins with the mark of a code block. Write only what belongs into it.", line: index + 1)]
  }

  private func elisions(_ lines: [ArraySlice<UInt8>], _ context: PreflightContext) -> [PreflightFinding] {
    for (index, line) in lines.enumerated() where line.count <= 200 {
      let words = String(decoding: line, as: UTF8.self)
      guard words.contains("...") || words.contains("…") else { continue }
      let comment = words.drop { $0 == " " || $0 == "\t" }
      guard ["#", "//", "/*", "<!--", "--", ";", "*", "{/*"].contains(where: { comment.hasPrefix($0) }) else {
        continue
      }
      let lowered = comment.lowercased()
      guard TruncationValidator.elisions.contains(where: { lowered.contains($0) }) else { continue }
      return [
        reject(
          "This line stands for code that is not there. Write the whole file, with nothing left out.", line: index + 1)
      ]
    }
    return []
  }

  private func onlyLine(_ context: PreflightContext) -> [PreflightFinding] {
    switch context.kind {
    case .python, .pythonStub, .shell, .toml, .yaml: break
    case .json, .xml, .markdown, .bracketed, .text, .other: return []
    }
    var bytes = context.file.bytes[...]
    while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
    guard bytes.count > TruncationValidator.longestOnlyLine, !bytes.contains(0x0A) else { return [] }
    return [
      reject(
        "All \(bytes.count) bytes stand in one line. Write the file with its line breaks, not as “\\n”.", line: 1)
    ]
  }

  private func unclosedBrackets(_ lines: [ArraySlice<UInt8>], _ context: PreflightContext) -> [PreflightFinding] {
    guard context.kind == .bracketed, lines.count >= TruncationValidator.longFile,
      context.file.bytes.last != UInt8(ascii: "\n")
    else { return [] }
    let open = TruncationValidator.openBrackets(in: context.file.bytes)
    guard open > 0 else { return [] }
    return [
      reject(
        "The file ends in the middle: its last line has no end, and “{” stands \(open) times more often than “}”. Write "
          + "the whole file again.", line: lines.count)
    ]
  }

  /// How many more curly brackets are opened than closed, outside of comments and plain string literals.
  static func openBrackets(in bytes: [UInt8]) -> Int {
    var depth = 0
    var place = 0
    func at(_ place: Int) -> UInt8 { place < bytes.count ? bytes[place] : 0 }
    while place < bytes.count {
      switch bytes[place] {
      case UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: "/") where at(place + 1) == UInt8(ascii: "/"):
        while place < bytes.count, bytes[place] != 0x0A { place += 1 }
      case UInt8(ascii: "/") where at(place + 1) == UInt8(ascii: "*"):
        place += 2
        while place < bytes.count, !(bytes[place] == UInt8(ascii: "*") && at(place + 1) == UInt8(ascii: "/")) {
          place += 1
        }
        place += 1
      case let quote where quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"):
        // A literal ends with its line at the latest, so that an apostrophe in a text swallows no more.
        place += 1
        while place < bytes.count, bytes[place] != quote, bytes[place] != 0x0A {
          place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
      default: break
      }
      place += 1
    }
    return depth
  }
}
