import Foundation

/// Says why stored bytes could not be read as an event.
public struct EventCodingFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was expected and where.
  public var description: String
}

/// Reads one stored JSON object field by field, naming what is missing.
struct StoredObject {
  private let fields: [String: Any]
  private let path: String

  init(json: String) throws {
    let parsed = try? JSONSerialization.jsonObject(with: Data(json.utf8))
    guard let fields = parsed as? [String: Any] else { throw EventCodingFailure(description: "not a JSON object") }
    self.init(fields, path: "")
  }

  private init(_ fields: [String: Any], path: String) {
    self.fields = fields
    self.path = path
  }

  func text(_ name: String) throws -> String { try value(name) }
  func number(_ name: String) throws -> Int { try value(name) }
  func flag(_ name: String) throws -> Bool { try value(name) }
  func optionalText(_ name: String) -> String? { fields[name] as? String }
  func optionalNumber(_ name: String) -> Int? { fields[name] as? Int }
  func texts(_ name: String) throws -> [String] { try value(name) }
  func textLists(_ name: String) throws -> [[String]] { try value(name) }
  func optionalTexts(_ name: String) -> [String]? { fields[name] as? [String] }
  func optionalNumbers(_ name: String) -> [Int]? { fields[name] as? [Int] }
  func optionalFlag(_ name: String) -> Bool? { fields[name] as? Bool }

  /// A list that older programs did not write.
  func optionalList<Element>(_ name: String, _ read: (StoredObject) throws -> Element) throws -> [Element] {
    fields[name] == nil ? [] : try list(name, read)
  }

  /// An object that may be absent.
  func optionalObject(_ name: String) throws -> StoredObject? { fields[name] == nil ? nil : try object(name) }

  /// A named choice of a closed set that may be absent.
  func optionalChoice<Choice: RawRepresentable>(_ name: String, _ type: Choice.Type) throws -> Choice?
  where Choice.RawValue == String {
    fields[name] == nil ? nil : try choice(name, type)
  }

  func object(_ name: String) throws -> StoredObject {
    StoredObject(try value(name), path: path + name + ".")
  }

  func list<Element>(_ name: String, _ read: (StoredObject) throws -> Element) throws -> [Element] {
    let items: [[String: Any]] = try value(name)
    return try items.enumerated().map { try read(StoredObject($1, path: "\(path)\(name)[\($0)].")) }
  }

  /// A named choice of a closed set.
  func choice<Choice: RawRepresentable>(_ name: String, _ type: Choice.Type) throws -> Choice
  where Choice.RawValue == String {
    let raw = try text(name)
    guard let choice = Choice(rawValue: raw) else {
      throw EventCodingFailure(description: "\(path)\(name) holds the unknown word \(raw)")
    }
    return choice
  }

  private func value<Value>(_ name: String) throws -> Value {
    guard let value = fields[name] as? Value else {
      throw EventCodingFailure(description: "\(path)\(name) is missing or of another kind")
    }
    return value
  }
}

/// Writes a JSON object with sorted keys, so that the same event always has the same bytes.
func storedJSON(_ fields: [String: Any?]) -> String {
  let present = fields.compactMapValues { $0 }
  let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
  guard let data = try? JSONSerialization.data(withJSONObject: present, options: options) else { return "{}" }
  return String(decoding: data, as: UTF8.self)
}

/// Leaves out what is absent.
func present(_ fields: [String: Any?]) -> [String: Any] { fields.compactMapValues { $0 } }
