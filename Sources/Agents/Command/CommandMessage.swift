import Engine
import Kernel

/// What a plain command may say on a line of its standard output.
enum CommandMessage: Equatable, Sendable {
  /// How far it is.
  case progress(String)
  /// Something for the supervisor.
  case callback(kind: Callback.Kind, text: String, urgency: Callback.Urgency, context: [Setting])
  /// A file it says it wrote.
  case file(String)
  /// What it did.
  case done(String)

  /// The most characters of one message that are taken.
  static let limit = 16 << 10

  /// Reads a line; `nil` for everything that is no message, which is then a line like any other.
  init?(_ line: [UInt8]) {
    // Most lines are no JSON at all; a reader that is told so by one byte keeps up with a flood.
    guard line.first(where: { $0 != 0x20 && $0 != 0x09 }) == UInt8(ascii: "{"),
      let value = JSONValue(reading: line), let type = value["type"]?.string
    else { return nil }
    func text(_ names: String...) -> String? {
      names.lazy.compactMap { value[$0]?.string }.first.map { String($0.prefix(Self.limit)) }
    }
    switch type {
    case "progress":
      guard let words = text("text", "message") else { return nil }
      self = .progress(words)
    case "callback":
      guard let words = text("text", "message"), !words.isEmpty,
        let kind = Callback.Kind(rawValue: value["kind"]?.string ?? "query")
      else { return nil }
      self = .callback(
        kind: kind, text: words, urgency: Callback.Urgency(rawValue: value["urgency"]?.string ?? "") ?? .normal,
        context: Self.settings(value["context"]))
    case "file":
      guard let path = value["path"]?.string, !path.isEmpty, path.utf8.count <= 4_096 else { return nil }
      self = .file(path)
    case "done":
      self = .done(text("summary", "text") ?? "")
    default:
      return nil
    }
  }

  /// Context as names and values, or one text.
  private static func settings(_ value: JSONValue?) -> [Setting] {
    switch value {
    case .object(let members):
      return members.sorted { $0.key < $1.key }.prefix(32).map { name, value in
        let words = value.string ?? (try? value.encoded()).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return Setting(name: String(name.prefix(200)), value: String(words.prefix(limit)))
      }
    case .string(let words): return [Setting(name: "context", value: String(words.prefix(limit)))]
    default: return []
    }
  }
}
