// Theming reads files and makes themes of them. It never draws, never asks the terminal, and unfolds no alias.

import Screen
import Yams

/// Why a theme file was not taken, at which place, and what was expected there.
public struct ThemeRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, as the person named it or found it.
  public let file: String
  /// The line, from 1; 0 when the whole file is meant.
  public let line: Int
  /// The column, from 1; 0 when the whole file is meant.
  public let column: Int
  /// What is wrong and what was expected.
  public let reason: String

  /// `file:line:column: reason`, as compilers write it.
  public var description: String {
    line > 0 ? "\(file):\(line):\(column): \(reason)" : "\(file): \(reason)"
  }
}

/// Reads one theme file: a base16 or base24 scheme as published, with an optional `console` part of our own.
///
///     palette: { base00: "#12171d", … }
///     console:
///       stateAsk: { foreground: base00, background: base0A, attributes: [bold] }
///
/// Colours are `#rrggbb` (`#` may be missing), and beyond the published schemes `default` and `ansi0` to `ansi15`.
public enum ThemeFile {
  /// The largest file that is read, in bytes.
  public static let sizeLimit = 65_536
  /// The most parts a file may have.
  private static let nodeLimit = 2000

  /// Makes a theme of the contents of a file, or says where and why not.
  public static func parse(_ text: String, file: String, name: String) throws(ThemeRefusal) -> Theme {
    let reader = Reader(file: file)
    guard text.utf8.count <= sizeLimit else {
      throw reader.refusal(nil, "the file has \(text.utf8.count) bytes; a theme has at most \(sizeLimit)")
    }
    let root = try reader.compose(text)
    guard case .mapping(let mapping) = root else {
      throw reader.refusal(root, "expected keys and values, such as palette:")
    }
    let palette = try reader.palette(mapping, root: root)
    guard let console = mapping["console"] else { return Theme(name: name, palette: palette) }
    let own = try reader.overrides(console, palette: palette)
    if own.isMonochrome {
      return Theme(name: name) { Theme.mono.paint($0, on: $1) }
    }
    return Theme(name: name, palette: palette, overrides: own.overrides)
  }

  /// Reads the parts of a file, remembering its name for refusals.
  private struct Reader {
    let file: String

    func refusal(_ node: Node?, _ reason: String) -> ThemeRefusal {
      ThemeRefusal(file: file, line: node?.mark?.line ?? 0, column: node?.mark?.column ?? 0, reason: reason)
    }

    /// Builds the tree without resolving anything into numbers or dates.
    func compose(_ text: String) throws(ThemeRefusal) -> Node {
      try refuseAliases(text)
      do {
        guard let root = try Yams.compose(yaml: text, .basic) else {
          throw refusal(nil, "the file is empty; expected a base16 or base24 scheme")
        }
        var count = 0
        try check(root, count: &count)
        return root
      } catch let refusal as ThemeRefusal {
        throw refusal
      } catch let error as YamlError {
        throw translate(error)
      } catch {
        throw refusal(nil, "\(error)")
      }
    }

    private func check(_ node: Node, count: inout Int) throws(ThemeRefusal) {
      count += 1
      guard count <= nodeLimit else { throw refusal(node, "more than \(nodeLimit) values; this is no theme") }
      switch node {
      case .scalar: break
      case .mapping(let mapping):
        for (key, value) in mapping {
          try check(key, count: &count)
          try check(value, count: &count)
        }
      case .sequence(let sequence):
        for value in sequence { try check(value, count: &count) }
      case .alias: break
      }
    }

    /// Refuses names that stand for other parts of the file, before the parser unfolds them: a file of one kilobyte
    /// can stand for a million copies of itself.
    private func refuseAliases(_ text: String) throws(ThemeRefusal) {
      var anchors: Set<Substring> = []
      var aliases: [(name: Substring, line: Int, column: Int)] = []
      for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        if line.drop(while: { $0 == " " }).first == "#" { continue }
        var index = line.startIndex
        while let found = line[index...].firstIndex(where: { $0 == "&" || $0 == "*" }) {
          index = line.index(after: found)
          let name = line[index...].prefix { !" ,[]{}:\t\r".contains($0) }
          guard !name.isEmpty else { continue }
          if line[found] == "&" {
            anchors.insert(name)
          } else {
            aliases.append((name, number + 1, line.distance(from: line.startIndex, to: found) + 1))
          }
        }
      }
      if let alias = aliases.first(where: { anchors.contains($0.name) }) {
        throw ThemeRefusal(
          file: file, line: alias.line, column: alias.column,
          reason: "aliases (*\(alias.name)) are not taken in themes; write the value itself")
      }
    }

    private func translate(_ error: YamlError) -> ThemeRefusal {
      switch error {
      case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
        .composer(_, let problem, let mark, _):
        return ThemeRefusal(file: file, line: mark.line, column: mark.column, reason: problem)
      case .reader(let problem, _, _, _): return refusal(nil, problem)
      case .duplicatedKeysInMapping(let duplicates, let context):
        let names = duplicates.map { "\($0)" }.joined(separator: ", ")
        return ThemeRefusal(
          file: file, line: context.mark.line, column: context.mark.column, reason: "\(names) is given twice")
      default: return refusal(nil, "\(error)")
      }
    }

    // MARK: Palette

    func palette(_ mapping: Node.Mapping, root: Node) throws(ThemeRefusal) -> Palette {
      // Schemes of the first years have their colours at the top.
      let holder = mapping["palette"] ?? root
      guard case .mapping(let colors) = holder else {
        throw refusal(holder, "palette: expected base00 to base0F, each with a colour")
      }
      var found: [Color] = []
      for slot in 0..<24 {
        let key = "base" + (slot < 16 ? "0" : "1") + String(slot % 16, radix: 16, uppercase: true)
        guard let node = colors[key] ?? colors[key.lowercased()] else {
          if slot < 16 { throw refusal(holder, "\(key) is missing; a scheme needs base00 to base0F") }
          break
        }
        found.append(try color(node, key: key, palette: nil))
      }
      return Palette(found)
    }

    func color(_ node: Node, key: String, palette: Palette?) throws(ThemeRefusal) -> Color {
      let expected =
        "\(key): expected a colour such as \"#12ab9f\"" + (palette == nil ? "" : ", base0D, ansi3 or default")
      guard case .scalar(let scalar) = node else { throw refusal(node, expected) }
      let text = scalar.string
      if text == "default" { return .standard }
      if text.hasPrefix("ansi"), let number = UInt8(text.dropFirst(4)), number < 16 { return .ansi(number) }
      if let palette, text.hasPrefix("base"), text.utf8.count == 6, let slot = Int(text.dropFirst(4), radix: 16),
        slot < 24
      {
        return palette[slot]
      }
      let digits = text.hasPrefix("#") ? text.dropFirst() : text[...]
      let isHexadecimal = digits.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
      }
      guard digits.utf8.count == 6, isHexadecimal, let value = UInt32(digits, radix: 16) else {
        throw refusal(node, expected + ", not \(Text.cut(Text.clean(text).string, to: 40))")
      }
      return .rgb(UInt8(value >> 16), UInt8(value >> 8 & 255), UInt8(value & 255))
    }

    // MARK: Roles

    func overrides(
      _ node: Node, palette: Palette
    ) throws(ThemeRefusal) -> (overrides: [Role: PaintOverride], isMonochrome: Bool) {
      guard case .mapping(let mapping) = node else {
        throw refusal(node, "console: expected roles, such as stateAsk: { foreground: base00 }")
      }
      var overrides: [Role: PaintOverride] = [:]
      var isMonochrome = false
      for (keyNode, value) in mapping {
        let key = keyNode.scalar?.string ?? ""
        if key == "monochrome" {
          guard let text = value.scalar?.string, text == "true" || text == "false" else {
            throw refusal(value, "monochrome: expected true or false")
          }
          isMonochrome = text == "true"
          continue
        }
        guard let role = Role.allCases.first(where: { "\($0)" == key }) else {
          let names = Role.allCases.map { "\($0)" }.joined(separator: ", ")
          throw refusal(
            keyNode, "no role is called \(Text.cut(Text.clean(key).string, to: 40)); expected one of \(names)")
        }
        overrides[role] = try override(value, key: key, palette: palette)
      }
      return (overrides, isMonochrome)
    }

    private func override(_ node: Node, key: String, palette: Palette) throws(ThemeRefusal) -> PaintOverride {
      guard case .mapping(let mapping) = node else {
        throw refusal(node, "\(key): expected { foreground: …, background: …, attributes: […] }")
      }
      var change = PaintOverride()
      for (keyNode, value) in mapping {
        switch keyNode.scalar?.string ?? "" {
        case "foreground": change.foreground = try color(value, key: "foreground", palette: palette)
        case "background": change.background = try color(value, key: "background", palette: palette)
        case "attributes": change.emphasis = try emphasis(value)
        default: throw refusal(keyNode, "\(key): expected foreground, background or attributes")
        }
      }
      return change
    }

    private func emphasis(_ node: Node) throws(ThemeRefusal) -> Emphasis {
      guard case .sequence(let sequence) = node else {
        throw refusal(node, "attributes: expected a list, such as [bold, underline]")
      }
      var emphasis: Emphasis = []
      for value in sequence {
        switch value.scalar?.string ?? "" {
        case "bold": emphasis.insert(.bold)
        case "dim": emphasis.insert(.dim)
        case "underline": emphasis.insert(.underline)
        case "reverse": emphasis.insert(.reverse)
        default: throw refusal(value, "attributes: expected bold, dim, underline or reverse")
        }
      }
      return emphasis
    }
  }
}
