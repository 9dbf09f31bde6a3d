import Engine
import Foundation

/// Why a call at the desk was not taken, and what is expected instead.
struct DeskRefusal: Error, Equatable {
  var words: String

  init(_ words: String) { self.words = words }
}

/// The arguments of one call, each looked at before it is used.
struct DeskArguments {
  /// The most bytes of one text; more belongs into a file of the workspace.
  static let textLimit = 64 << 10
  /// The most paths in one list.
  static let pathLimit = 200

  private let tool: DeskTool
  private let values: JSONValue

  init(_ values: JSONValue, of tool: DeskTool) throws(DeskRefusal) {
    guard values.object != nil || values == .null else {
      throw DeskRefusal("\(tool.rawValue): the arguments are one JSON object.")
    }
    self.tool = tool
    self.values = values
  }

  /// A text that must be there.
  func text(_ name: String) throws(DeskRefusal) -> String {
    guard let found = try optionalText(name) else {
      throw DeskRefusal("\(tool.rawValue): `\(name)` is missing; give it as a text.")
    }
    guard !found.allSatisfy(\.isWhitespace) else {
      throw DeskRefusal("\(tool.rawValue): `\(name)` says nothing; write what a person should know.")
    }
    return found
  }

  /// A text that may be there.
  func optionalText(_ name: String) throws(DeskRefusal) -> String? {
    guard let value = values[name] else { return nil }
    guard let text = value.string else { throw DeskRefusal("\(tool.rawValue): `\(name)` must be a text.") }
    guard text.utf8.count <= Self.textLimit else {
      throw DeskRefusal(
        "\(tool.rawValue): `\(name)` has \(text.utf8.count) bytes; at most \(Self.textLimit) are taken. "
          + "Put the rest into a file and name it.")
    }
    return text
  }

  /// One of some words.
  func choice<Choice: RawRepresentable<String>>(
    _ name: String, of choices: [Choice]
  ) throws(DeskRefusal) -> Choice? {
    guard let value = values[name] else { return nil }
    guard let found = choices.first(where: { $0.rawValue == value.string }) else {
      let known = choices.map(\.rawValue).joined(separator: ", ")
      throw DeskRefusal("\(tool.rawValue): `\(name)` must be one of \(known).")
    }
    return found
  }

  /// A number within bounds.
  func number(_ name: String, within bounds: ClosedRange<Double>) throws(DeskRefusal) -> Double? {
    guard let value = values[name] else { return nil }
    guard let number = value.number, bounds.contains(number) else {
      let ends = "\(Int(bounds.lowerBound)) to \(Int(bounds.upperBound))"
      throw DeskRefusal("\(tool.rawValue): `\(name)` must be a number from \(ends).")
    }
    return number
  }

  /// How long to wait; whoever wants to wait longer asks again.
  func wait(unlessGiven standard: Double) throws(DeskRefusal) -> Double {
    min(try number("wait_seconds", within: 0...86_400) ?? standard, AgentDesk.longestWait)
  }

  /// Paths below the workspace.
  func paths(_ name: String) throws(DeskRefusal) -> [String] {
    guard let value = values[name] else { return [] }
    guard let elements = value.array, elements.count <= Self.pathLimit else {
      throw DeskRefusal("\(tool.rawValue): `\(name)` must be a list of at most \(Self.pathLimit) paths.")
    }
    var paths: [String] = []
    for element in elements {
      guard let path = element.string, !path.isEmpty, path.utf8.count <= 4_096, !path.hasPrefix("/"),
        !path.split(separator: "/").contains("..")
      else {
        throw DeskRefusal(
          "\(tool.rawValue): `\(name)` must hold paths below the workspace, such as src/app.py, without `..`.")
      }
      paths.append(path.hasPrefix("./") ? String(path.dropFirst(2)) : path)
    }
    return paths
  }
}
