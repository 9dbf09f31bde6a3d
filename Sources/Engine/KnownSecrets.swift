import Foundation
import Kernel

/// The exact values that were given to agents as secrets, so that they can be kept out of everything that is written.
///
/// Only these values are known, whole, line by line, and as JSON writes them. What an agent encodes, cuts in two or
/// mixes with something else is not found; a value of fewer than eight bytes is too common to be looked for.
public struct KnownSecrets: Equatable, Sendable {
  private struct Form: Equatable, Sendable {
    var name: String
    var bytes: [UInt8]
  }

  private var forms: [Form] = []

  /// The fewest bytes of a value that is looked for.
  public static let shortest = 8
  /// The fewest bytes of one line of a value of several lines; shorter ones are the end of a key or say nothing.
  private static let shortestLine = 16

  /// Takes values by the names of the variables that hold them.
  public init(_ values: [String: String] = [:]) {
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      var texts = [value]
      let lines = value.split(whereSeparator: \.isNewline).map(String.init)
      if lines.count > 1 { texts += lines.filter { $0.utf8.count >= Self.shortestLine && !$0.hasPrefix("-----") } }
      for text in texts {
        add(name, Array(text.utf8))
        add(name, Self.escaped(text, slashes: false))
        add(name, Self.escaped(text, slashes: true))
      }
    }
    // A value that holds another one goes first, so that nothing of it is left.
    forms.sort { $0.bytes.count > $1.bytes.count }
  }

  /// Whether there is nothing to keep out.
  public var isEmpty: Bool { forms.isEmpty }

  /// A text with the name of its variable in the place of each value.
  public func conceal(_ text: String) -> String {
    isEmpty ? text : String(decoding: conceal(Array(text.utf8)), as: UTF8.self)
  }

  /// Bytes with the name of its variable in the place of each value.
  public func conceal(_ bytes: [UInt8]) -> [UInt8] {
    var data = Data(bytes)
    var isChanged = false
    for form in forms {
      let sought = Data(form.bytes)
      var from = data.startIndex
      while let found = data.range(of: sought, in: from..<data.endIndex) {
        let word = Data("[\(form.name)]".utf8)
        data.replaceSubrange(found, with: word)
        from = found.lowerBound + word.count
        isChanged = true
      }
    }
    return isChanged ? Array(data) : bytes
  }

  /// The name of the variable whose value stands in some bytes, or `nil`.
  public func name(in bytes: [UInt8]) -> String? {
    let data = Data(bytes)
    return forms.first { data.range(of: Data($0.bytes)) != nil }?.name
  }

  private mutating func add(_ name: String, _ bytes: [UInt8]) {
    guard bytes.count >= Self.shortest, !forms.contains(where: { $0.bytes == bytes }) else { return }
    forms.append(Form(name: name, bytes: bytes))
  }

  /// A text as it stands between the quotes of JSON.
  private static func escaped(_ text: String, slashes: Bool) -> [UInt8] {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "/") where slashes: bytes += [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "\n"): bytes += Array("\\n".utf8)
      case UInt8(ascii: "\r"): bytes += Array("\\r".utf8)
      case UInt8(ascii: "\t"): bytes += Array("\\t".utf8)
      default: bytes.append(byte)
      }
    }
    return bytes
  }
}

/// Accepts no file that holds a secret: it would go from there into every picture and package.
struct SecretPreflight: Preflight {
  let inner: any Preflight
  let secrets: KnownSecrets

  func check(_ file: CandidateFile) async throws -> [PreflightFinding] {
    let found = try await inner.check(file)
    guard let name = secrets.name(in: file.bytes) else { return found }
    return found + [
      PreflightFinding(
        check: "secrets", severity: .reject, line: 0,
        message: "It holds the value of \(name), which is a secret; read it from the environment where it is needed.")
    ]
  }
}

extension KnownSecrets {
  func conceal(_ callback: Callback) -> Callback {
    guard !isEmpty else { return callback }
    var own = callback
    own.text = conceal(own.text)
    own.context = own.context.map { Setting(name: conceal($0.name), value: conceal($0.value)) }
    own.missing = own.missing.map(conceal)
    return own
  }

  func conceal(_ report: TaskReport) -> TaskReport {
    guard !isEmpty else { return report }
    var own = report
    own.notices = own.notices.map(conceal)
    return own
  }

  func conceal(_ error: any Error) -> any Error {
    guard !isEmpty, var own = error as? TaskFailure else { return error }
    own.message = conceal(own.message)
    own.trace = conceal(own.trace)
    own.tools = own.tools.map(conceal)
    return own
  }

  func conceal(_ demand: Demand) -> Demand {
    guard !isEmpty else { return demand }
    switch demand {
    case .askPermission(var request):
      request.title = conceal(request.title)
      request.details = conceal(request.details)
      request.why = conceal(request.why)
      request.choices = request.choices.map { choice in
        var own = choice
        own.name = conceal(own.name)
        return own
      }
      // A standing grant would have to name it.
      if let scope = request.scope, name(in: Array("\(scope)".utf8)) != nil { request.scope = nil }
      return .askPermission(request)
    case .recordPermission(var record):
      record.title = conceal(record.title)
      record.answer = conceal(record.answer)
      return .recordPermission(record)
    default: return demand
    }
  }
}
