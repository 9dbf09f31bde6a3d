import Foundation

/// A JSON value of any shape, as programs outside and journals have it.
public enum JSONValue: Equatable, Sendable {
  /// Nothing.
  case null
  /// A truth.
  case bool(Bool)
  /// A whole number, also one written as `1.0`.
  case integer(Int64)
  /// Any other number.
  case number(Double)
  /// A text.
  case string(String)
  /// A list.
  case array([JSONValue])
  /// Members by name; none stands twice.
  case object([String: JSONValue])

  /// The most levels a value from outside may have. No message of an agent has more than a dozen; each level costs stack
  /// and time, and the threads that read have little of the first.
  public static let depthLimit = 64

  /// Reads one value, by the one reader that everything from outside passes; a name that stands twice is refused.
  ///
  /// - Returns: The value, or why there is none, in one sentence.
  public static func read(
    _ bytes: [UInt8], depthLimit: Int = JSONValue.depthLimit
  ) -> (value: JSONValue?, complaint: String) {
    JSONReader.read(bytes, depthLimit: depthLimit)
  }

  /// Reads one value; `nil` where there is none, without the cost of saying why.
  public init?(reading bytes: [UInt8]) {
    guard let value = JSONValue.read(bytes).value else { return nil }
    self = value
  }

  /// The value on one line, its keys sorted, in UTF-8.
  public func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self))
  }

  // MARK: What it is

  /// The member of an object; `nil` for another shape, a missing member and `null`.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self, let found = members[key], found != .null else { return nil }
    return found
  }

  /// The text of a string.
  public var string: String? { if case .string(let text) = self { text } else { nil } }
  /// The value of a whole number.
  public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  /// The value of any number.
  public var number: Double? {
    switch self {
    case .integer(let value): return Double(value)
    case .number(let value): return value
    default: return nil
    }
  }
  /// The truth of a boolean.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The elements of an array.
  public var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
  /// The members of an object.
  public var object: [String: JSONValue]? { if case .object(let members) = self { members } else { nil } }
}

extension JSONValue: Encodable {
  /// Writes the value as itself.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// A text.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A truth.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A whole number.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// A list.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An object.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements, uniquingKeysWith: { first, _ in first }))
  }
}
