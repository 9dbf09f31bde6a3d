// Agents joins programs that work for a session: over the Agent Client Protocol, over plain standard input and output,
// and through the callback server they are given. It never believes what they say, never lets them write what the engine
// did not look at, and never answers in a person's stead.

import Engine

/// The identifier of a request, echoed as it was given; 0 is one like any other.
public enum RPCIdentifier: Hashable, Sendable {
  case integer(Int64)
  case string(String)
  case null

  /// Reads one; `nil` for what JSON-RPC does not allow.
  init?(_ value: JSONValue) {
    switch value {
    case .integer(let number): self = .integer(number)
    case .string(let text): self = .string(text)
    case .null: self = .null
    case .bool, .number, .array, .object: return nil
    }
  }

  var value: JSONValue {
    switch self {
    case .integer(let number): return .integer(number)
    case .string(let text): return .string(text)
    case .null: return .null
    }
  }
}

/// What a JSON-RPC request failed with.
public struct RPCError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The code, e.g. -32601.
  public var code: Int64
  /// One sentence.
  public var message: String
  /// Anything else that was said.
  public var data: JSONValue?

  /// Makes an error from its parts.
  public init(_ code: Int64, _ message: String, data: JSONValue? = nil) {
    self.code = code
    self.message = message
    self.data = data
  }

  /// The sentence and the code.
  public var description: String { "\(message) (\(code))" }

  /// Not JSON.
  public static func parse(_ words: String) -> RPCError { RPCError(-32700, words) }
  /// JSON, but no message.
  public static func invalidRequest(_ words: String) -> RPCError { RPCError(-32600, words) }
  /// A method nobody here has.
  public static func methodNotFound(_ method: String) -> RPCError { RPCError(-32601, "There is no method \(method).") }
  /// Arguments that cannot be used.
  public static func invalidParams(_ words: String) -> RPCError { RPCError(-32602, words) }
  /// Something that went wrong here.
  public static func internalError(_ words: String) -> RPCError { RPCError(-32603, words) }
}

/// One JSON-RPC 2.0 message.
public enum RPCMessage: Equatable, Sendable {
  case request(id: RPCIdentifier, method: String, params: JSONValue)
  case notification(method: String, params: JSONValue)
  case result(id: RPCIdentifier, JSONValue)
  case failure(id: RPCIdentifier, RPCError)

  /// Reads a message; unknown members are passed over, a missing `jsonrpc` is forgiven.
  ///
  /// - Throws: ``RPCError`` for what is no message.
  public init(_ value: JSONValue) throws {
    guard case .object(let members) = value else {
      throw RPCError.invalidRequest("A message is one JSON object.")
    }
    var id: RPCIdentifier?
    if let given = members["id"] {
      guard let known = RPCIdentifier(given) else {
        throw RPCError.invalidRequest("An id is a string or a whole number.")
      }
      id = known
    }
    if let method = members["method"]?.string {
      let params = members["params"] ?? .object([:])
      if let id, id != .null {
        self = .request(id: id, method: method, params: params)
      } else {
        self = .notification(method: method, params: params)
      }
      return
    }
    guard members["method"] == nil, let id else {
      throw RPCError.invalidRequest("A message has a method, or an id with a result or an error.")
    }
    if case .object(let error)? = members["error"] {
      self = .failure(
        id: id,
        RPCError(
          error["code"]?.integer ?? -32603, error["message"]?.string ?? "no reason given", data: error["data"]))
    } else {
      self = .result(id: id, members["result"] ?? .null)
    }
  }

  /// The message as JSON.
  public var value: JSONValue {
    var members: [String: JSONValue] = ["jsonrpc": "2.0"]
    switch self {
    case .request(let id, let method, let params):
      members["id"] = id.value
      members["method"] = .string(method)
      members["params"] = params
    case .notification(let method, let params):
      members["method"] = .string(method)
      members["params"] = params
    case .result(let id, let result):
      members["id"] = id.value
      members["result"] = result
    case .failure(let id, let error):
      members["id"] = id.value
      var told: [String: JSONValue] = ["code": .integer(error.code), "message": .string(error.message)]
      told["data"] = error.data
      members["error"] = .object(told)
    }
    return .object(members)
  }

  /// The message as one line with its newline.
  public func line() throws -> [UInt8] { try value.encoded() + [UInt8(ascii: "\n")] }
}

extension JSONValue {
  /// Reads one value.
  ///
  /// - Throws: ``RPCError`` for anything that is not one JSON value of at most ``depthLimit`` levels.
  public init(parsing bytes: [UInt8]) throws {
    let (value, complaint) = JSONValue.read(bytes)
    guard let value else { throw RPCError.parse(complaint) }
    self = value
  }
}
