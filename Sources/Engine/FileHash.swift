import Crypto

/// SHA-256 of some bytes as 64 lower-case hexadecimal digits.
public func sha256(_ bytes: [UInt8]) -> String { lowercaseHex(SHA256.hash(data: bytes)) }

/// Writes bytes as lower-case hexadecimal digits, two each.
public func lowercaseHex(_ bytes: some Sequence<UInt8>) -> String {
  var text: [UInt8] = []
  text.reserveCapacity(2 * bytes.underestimatedCount)
  for byte in bytes {
    for digit in [byte >> 4, byte & 15] {
      text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
  return String(decoding: text, as: UTF8.self)
}
