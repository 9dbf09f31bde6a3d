import Engine
import Glibc

/// Finds keys, tokens and passwords that are written out.
///
/// A finding names the kind and where it stands, never the secret itself.
struct SecretsValidator: PreflightValidator {
  let name = "secrets"

  /// A token that is known by how it begins.
  struct Token: Sendable {
    var title: String
    var start: String
    /// How many characters follow at least.
    var length: Int
    /// Whether they must look as if nobody had chosen them, because words begin so too.
    var isDoubtful = false
  }

  /// Every kind of token: one line each.
  static let tokens = [
    Token(title: "an AWS access key", start: "AKIA", length: 16),
    Token(title: "an AWS access key", start: "ASIA", length: 16),
    Token(title: "a GitHub token", start: "ghp_", length: 36),
    Token(title: "a GitHub token", start: "gho_", length: 36),
    Token(title: "a GitHub token", start: "ghu_", length: 36),
    Token(title: "a GitHub token", start: "ghs_", length: 36),
    Token(title: "a GitHub token", start: "ghr_", length: 36),
    Token(title: "a GitHub token", start: "github_pat_", length: 22),
    Token(title: "a GitLab token", start: "glpat-", length: 20, isDoubtful: true),
    Token(title: "a Slack token", start: "xoxb-", length: 20),
    Token(title: "a Slack token", start: "xoxp-", length: 20),
    Token(title: "a Slack token", start: "xoxa-", length: 20),
    Token(title: "a Slack token", start: "xoxr-", length: 20),
    Token(title: "a Slack token", start: "xoxs-", length: 20),
    Token(title: "an API key", start: "sk-", length: 20, isDoubtful: true),
    Token(title: "a payment key", start: "sk_live_", length: 20),
    Token(title: "a Google API key", start: "AIza", length: 35, isDoubtful: true),
    Token(title: "a package registry token", start: "npm_", length: 36, isDoubtful: true),
  ]

  private static let names = [
    "password", "passwd", "secret", "token", "apikey", "api_key", "access_key", "accesskey", "private_key",
    "privatekey", "credential",
  ]
  private static let harmless = [
    "changeme", "change-me", "change_me", "example", "placeholder", "your", "dummy", "sample", "insert", "replace",
    "xxxx", "${", "{{", "<", "%(", "%s", "...", "…", "environ", "getenv", "test", "fake", "redacted", "not-a",
  ]

  func check(_ context: PreflightContext) async throws -> [PreflightFinding] {
    guard context.file.bytes.count <= context.rules.largestFile else { return [] }
    let isSettings = context.file.path.utf8.split(separator: UInt8(ascii: "/")).last?.starts(with: ".env".utf8) ?? false
    var findings: [PreflightFinding] = []
    if let line = SecretsValidator.lineOfPrivateKey(context.lines) { findings.append(found("a private key", line)) }
    for (index, line) in context.lines.enumerated() where findings.count < 20 {
      if let title = SecretsValidator.token(in: line) {
        findings.append(found(title, index + 1))
      } else if context.kind.isText, SecretsValidator.hasPassword(line, isSettings: isSettings) {
        findings.append(found("a password or token", index + 1))
      }
    }
    return findings
  }

  private func found(_ title: String, _ line: Int) -> PreflightFinding {
    reject(
      "This line holds what looks like \(title). Read it from the environment, and write a placeholder such as "
        + "“changeme” where an example is needed.", line: line)
  }

  // MARK: - Keys and tokens

  /// The line of a private key's head, when a body follows it.
  private static func lineOfPrivateKey(_ lines: [ArraySlice<UInt8>]) -> Int? {
    for (index, line) in lines.enumerated() {
      guard line.count < 1 << 14, line.contains(UInt8(ascii: "-")) else { continue }
      let words = String(decoding: line, as: UTF8.self)
      guard let head = words.firstRange(of: "-----BEGIN "), words[head.upperBound...].contains("PRIVATE KEY") else {
        continue
      }
      let after = [Array(words[head.upperBound...].utf8)[...]] + lines.dropFirst(index + 1).prefix(6)
      if after.contains(where: { longestRun($0) >= 40 }) { return index + 1 }
    }
    return nil
  }

  /// The longest run of characters that base64 is written in.
  private static func longestRun(_ line: ArraySlice<UInt8>) -> Int {
    var longest = 0
    var run = 0
    for byte in line.prefix(1 << 14) {
      run = isLetterOrDigit(byte) || "+/=".utf8.contains(byte) ? run + 1 : 0
      longest = max(longest, run)
    }
    return longest
  }

  /// The title of the first token in a line.
  static func token(in line: ArraySlice<UInt8>) -> String? {
    for token in tokens {
      let start = Array(token.start.utf8)
      guard line.count >= start.count + token.length else { continue }
      var place = line.startIndex
      while let found = line[place...].firstIndex(of: start[0]) {
        place = found + 1
        guard line[found...].starts(with: start) else { continue }
        if found > line.startIndex, isTokenPart(line[found - 1]) { continue }
        let body = line[(found + start.count)...].prefix(200).prefix(while: isTokenPart)
        let words = String(decoding: body, as: UTF8.self).lowercased()
        guard body.count >= token.length, !harmless.contains(where: { words.contains($0) }) else { continue }
        // One letter again and again is a placeholder whoever wrote it.
        guard entropy(body) >= (token.isDoubtful ? 3.5 : 2.5) else { continue }
        if token.isDoubtful, !isMixed(body) || !body.contains(where: { (65...90).contains($0) }) { continue }
        if start.starts(with: "AKIA".utf8) || start.starts(with: "ASIA".utf8) {
          guard body.count == 16, body.allSatisfy({ (65...90).contains($0) || (48...57).contains($0) }) else {
            continue
          }
        }
        return token.title
      }
    }
    return nil
  }

  // MARK: - Assignments

  /// Whether a line gives something that is called a password or a token a value nobody would make up.
  static func hasPassword(_ line: ArraySlice<UInt8>, isSettings: Bool) -> Bool {
    guard line.count < 1 << 12 else { return false }
    let lowered = String(decoding: line, as: UTF8.self).lowercased()
    guard names.contains(where: { lowered.contains($0) }) else { return false }
    guard let sign = line.firstIndex(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }) else {
      return false
    }
    // The name stands before the sign, or before the value when a type stands between them.
    let before = String(decoding: line[..<sign], as: UTF8.self).lowercased()
    guard names.contains(where: { before.contains($0) }) else { return false }
    var rest = line[(sign + 1)...]
    if let second = rest.firstIndex(of: UInt8(ascii: "=")), line[sign] == UInt8(ascii: ":"),
      !rest[..<second].contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") })
    {
      rest = rest[(second + 1)...]
    }
    rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: "=") }
    let value: ArraySlice<UInt8>
    if let quote = rest.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
      value = rest.dropFirst().prefix { $0 != quote }
      guard rest.count > value.count + 1 else { return false }
    } else if isSettings {
      value = rest.prefix { $0 > 0x20 }
    } else {
      return false
    }
    let words = String(decoding: value, as: UTF8.self).lowercased()
    guard value.count >= 12, value.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), isMixed(value), entropy(value) >= 3.3 else {
      return false
    }
    // Addresses and paths name where something is, not what it is.
    guard !words.contains("://"), !words.hasPrefix("/") else { return false }
    return !harmless.contains { words.contains($0) }
  }

  /// Bits per byte, by how often each occurs.
  static func entropy(_ bytes: ArraySlice<UInt8>) -> Double {
    guard !bytes.isEmpty else { return 0 }
    var counts: [UInt8: Int] = [:]
    for byte in bytes { counts[byte, default: 0] += 1 }
    // In the order of bytes, so that the sum is the same in every process.
    return counts.sorted { $0.key < $1.key }.reduce(0) { sum, item in
      let share = Double(item.value) / Double(bytes.count)
      return sum - share * log2(share)
    }
  }

  private static func isMixed(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.contains { (48...57).contains($0) } && bytes.contains { (97...122).contains($0) || (65...90).contains($0) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
  }

  private static func isTokenPart(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
  }
}
