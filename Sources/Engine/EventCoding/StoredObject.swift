import Foundation

/// Says why stored bytes could not be read as an event.
public struct EventCodingFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was expected and where.
  public var description: String
}

/// Reads one stored JSON object field by field, naming what is missing.
struct StoredObject {
  private let fields: [String: JSONValue]
  private let path: String
  /// Conditions of rules may lie within each other, and what was written once must be read for ever.
  private static let depthLimit = 256

  init(json: String) throws {
    let (value, complaint) = JSONValue.read(Array(json.utf8), depthLimit: Self.depthLimit)
    guard let fields = value?.object else {
      throw EventCodingFailure(description: "not a JSON object\(complaint.isEmpty ? "" : ": \(complaint)")")
    }
    self.init(fields, path: "")
  }

  private init(_ fields: [String: JSONValue], path: String) {
    self.fields = fields
    self.path = path
  }

  func text(_ name: String) throws -> String { try value(name, \.string) }
  func number(_ name: String) throws -> Int { try value(name, \.whole) }
  func flag(_ name: String) throws -> Bool { try value(name, \.bool) }
  func optionalText(_ name: String) -> String? { fields[name]?.string }
  func optionalNumber(_ name: String) -> Int? { fields[name]?.whole }
  func texts(_ name: String) throws -> [String] { try value(name, \.texts) }
  func textLists(_ name: String) throws -> [[String]] { try value(name) { $0.all(\.texts) } }
  func optionalTexts(_ name: String) -> [String]? { fields[name]?.texts }
  func optionalNumbers(_ name: String) -> [Int]? { fields[name]?.all(\.whole) }
  func optionalFlag(_ name: String) -> Bool? { fields[name]?.bool }

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
    StoredObject(try value(name, \.object), path: path + name + ".")
  }

  func list<Element>(_ name: String, _ read: (StoredObject) throws -> Element) throws -> [Element] {
    let items = try value(name) { $0.all(\.object) }
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

  private func value<Value>(_ name: String, _ read: (JSONValue) -> Value?) throws -> Value {
    guard let value = fields[name].flatMap(read) else {
      throw EventCodingFailure(description: "\(path)\(name) is missing or of another kind")
    }
    return value
  }
}

extension JSONValue {
  fileprivate var whole: Int? { integer.flatMap(Int.init(exactly:)) }
  fileprivate var texts: [String]? { all(\.string) }

  /// The elements of an array, if each is of one kind.
  fileprivate func all<Element>(_ read: (JSONValue) -> Element?) -> [Element]? {
    guard case .array(let elements) = self else { return nil }
    var found: [Element] = []
    found.reserveCapacity(elements.count)
    for element in elements {
      guard let one = read(element) else { return nil }
      found.append(one)
    }
    return found
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
