import Foundation
import Kernel

/// The exact values that were given to agents as secrets, so that they can be kept out of everything that is written.
///
/// Only these values are known: whole, line by line, as JSON writes them, in base64 of both alphabets wherever in a longer
/// text they stand, and percent-encoded; also the beginning of one where a text was cut. What an agent turns round, encodes
/// in another way or mixes with something else is not found. A value of fewer than eight bytes is too common to be looked
/// for; whoever gives one is told, see ``tooShort``.
public struct KnownSecrets: Equatable, Sendable {
  private struct Form: Equatable, Sendable {
    var name: String
    var bytes: [UInt8]
  }

  /// Where a value stands.
  struct Match: Equatable, Sendable {
    var range: Range<Int>
    var name: String
  }

  /// The longest first.
  private var forms: [Form] = []
  /// The places in `forms` of those that begin with a byte.
  private var starts = [[Int]](repeating: [], count: 256)
  /// The names of the variables whose values are too short to be kept out of anything.
  public private(set) var tooShort: [String] = []

  /// The fewest bytes of a value that is looked for.
  public static let shortest = 8
  /// The fewest bytes of one line of a value of several lines; shorter ones are the end of a key or say nothing.
  private static let shortestLine = 16
  /// The fewest bytes of the beginning or the end of a value that count where a text was cut: fewer say nothing.
  static let shortestPart = 4
  /// What stands where a text was cut.
  private static let mark = Array("…".utf8)

  /// Takes values by the names of the variables that hold them.
  public init(_ values: [String: String] = [:]) {
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      if value.utf8.count < Self.shortest, !value.isEmpty { tooShort.append(name) }
      var texts = [value]
      let lines = value.split(whereSeparator: \.isNewline).map(String.init)
      if lines.count > 1 { texts += lines.filter { $0.utf8.count >= Self.shortestLine && !$0.hasPrefix("-----") } }
      for text in texts where text.utf8.count >= Self.shortest {
        for bytes in [Array(text.utf8), Self.escaped(text, slashes: false), Self.escaped(text, slashes: true)]
          + Self.percentEncoded(text) + Self.base64(text)
        { add(name, bytes) }
      }
    }
    // A value that holds another one goes first, so that nothing of it is left.
    forms.sort { $0.bytes.count > $1.bytes.count }
    for (place, form) in forms.enumerated() { starts[Int(form.bytes[0])].append(place) }
  }

  /// Whether there is nothing to keep out.
  public var isEmpty: Bool { forms.isEmpty }

  /// What a person should know of variables with values that are too short.
  public static func remark(tooShort names: [String]) -> String {
    let whose =
      names.count == 1 ? "The value of \(names[0]) has" : "The values of \(names.joined(separator: ", ")) have"
    return "\(whose) fewer than \(shortest) bytes, too few to be kept out of what is written; give no secret so short."
  }

  /// A text with the name of its variable in the place of each value.
  public func conceal(_ text: String) -> String {
    isEmpty ? text : String(decoding: conceal(Array(text.utf8)), as: UTF8.self)
  }

  /// Bytes with the name of its variable in the place of each value.
  public func conceal(_ bytes: [UInt8]) -> [UInt8] { Self.replace(matches(in: bytes), in: bytes) }

  /// A part of a longer text with the name of its variable in the place of each value, also of one that was cut off.
  ///
  /// - Parameters:
  ///   - begins: Whether something stands before it that is not known here.
  ///   - ends: Whether something may follow.
  public func concealPart(_ text: String, begins: Bool, ends: Bool) -> String {
    let bytes = Array(text.utf8)
    var found = matches(in: bytes)
    if begins {
      let rest = forms.compactMap { form -> Match? in
        let longest = min(form.bytes.count - 1, bytes.count)
        guard longest >= Self.shortestPart else { return nil }
        let count = stride(from: longest, through: Self.shortestPart, by: -1).first {
          bytes.starts(with: form.bytes.suffix($0))
        }
        return count.map { Match(range: 0..<$0, name: form.name) }
      }.max { $0.range.count < $1.range.count }
      if let rest, found.first.map({ $0.range.lowerBound >= rest.range.upperBound }) ?? true {
        found.insert(rest, at: 0)
      }
    }
    if ends, let opening = opening(in: bytes), opening.range.count >= Self.shortestPart,
      found.last.map({ $0.range.upperBound <= opening.range.lowerBound }) ?? true
    {
      found.append(opening)
    }
    return found.isEmpty ? text : String(decoding: Self.replace(found, in: bytes), as: UTF8.self)
  }

  /// The name of the variable whose value stands in some bytes, or `nil`.
  public func name(in bytes: [UInt8]) -> String? { matches(in: bytes, alsoCut: false).first?.name }

  /// Where values stand in some bytes, in order; those that overlap are one.
  ///
  /// - Parameter alsoCut: Whether the beginning of a value counts where the text was cut in it.
  func matches(in bytes: [UInt8], alsoCut: Bool = true) -> [Match] {
    guard !isEmpty else { return [] }
    var found: [Match] = []
    bytes.withUnsafeBufferPointer { text in
      for start in text.indices {
        var longest = 0
        var name = ""
        for place in starts[Int(text[start])] {
          let count = forms[place].bytes.withUnsafeBufferPointer { form in
            var same = 1
            while same < form.count, start + same < text.count, form[same] == text[start + same] { same += 1 }
            if same == form.count { return same }
            return alsoCut && same >= Self.shortestPart && text[(start + same)...].starts(with: Self.mark) ? same : 0
          }
          if count > longest { (longest, name) = (count, forms[place].name) }
        }
        guard longest > 0 else { continue }
        let match = Match(range: start..<start + longest, name: name)
        guard let last = found.last, last.range.upperBound > start else {
          found.append(match)
          continue
        }
        found[found.count - 1] = Match(
          range: last.range.lowerBound..<max(last.range.upperBound, match.range.upperBound),
          name: last.range.count >= longest ? last.name : name)
      }
    }
    return found
  }

  /// The longest end of some bytes with which a value may begin; `nil` where none can.
  func opening(in bytes: [UInt8]) -> Match? {
    guard let most = forms.first?.bytes.count else { return nil }
    for start in max(0, bytes.count - most + 1)..<max(0, bytes.count) {
      for place in starts[Int(bytes[start])]
      where forms[place].bytes.count > bytes.count - start && forms[place].bytes.starts(with: bytes[start...]) {
        return Match(range: start..<bytes.count, name: forms[place].name)
      }
    }
    return nil
  }

  private static func replace(_ found: [Match], in bytes: [UInt8]) -> [UInt8] {
    guard !found.isEmpty else { return bytes }
    var result: [UInt8] = []
    var from = 0
    for match in found {
      result += bytes[from..<match.range.lowerBound] + match.word
      from = match.range.upperBound
    }
    return result + bytes[from...]
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

  /// A text as addresses and forms write it: what is kept as it is differs, and so do the letters of the digits.
  private static func percentEncoded(_ text: String) -> [[UInt8]] {
    ["", "/", "!'()*", "/:@!$&'()*+,;="].flatMap { more in
      [false, true].map { isLower in
        text.utf8.flatMap { byte -> [UInt8] in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            return [byte]
          case _ where "-._~".utf8.contains(byte) || more.utf8.contains(byte): return [byte]
          default:
            let digits = String(byte, radix: 16, uppercase: !isLower)
            return Array("%\(digits.utf8.count < 2 ? "0" : "")\(digits)".utf8)
          }
        }
      }
    }
  }

  /// What stands in base64 of every longer text that holds a text, in both alphabets: its first byte may be the first,
  /// second or third of a group, and the signs it shares with its neighbours say too little to count. Where it is the end,
  /// they belong to it. Lines of 76 and 64 signs, as tools cut them, count each.
  private static func base64(_ text: String) -> [[UInt8]] {
    var found: [[UInt8]] = []
    for before in 0..<3 {
      let whole = Array(Data([UInt8](repeating: 0, count: before) + Array(text.utf8)).base64EncodedData())
      let first = [0, 2, 3][before]
      let last = (before + text.utf8.count) * 8 / 6
      found += [Array(whole[first...]), Array(whole[first..<last])]
      guard before == 0 else { continue }
      for width in [76, 64] where whole.count > width {
        for start in stride(from: 0, to: whole.count, by: width) {
          let line = Array(whole[start..<min(start + width, whole.count)])
          if line.count >= shortestLine { found.append(line) }
        }
      }
    }
    let plus = UInt8(ascii: "+")
    let slash = UInt8(ascii: "/")
    return found
      + found.map { bytes in
        bytes.map { $0 == plus ? UInt8(ascii: "-") : $0 == slash ? UInt8(ascii: "_") : $0 }
      }
  }
}

extension KnownSecrets.Match {
  /// What stands in its place.
  var word: [UInt8] { Array("[\(name)]".utf8) }
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
