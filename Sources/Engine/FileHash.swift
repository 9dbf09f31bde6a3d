import Crypto

/// SHA-256 of some bytes as 64 lower-case hexadecimal digits.
public func sha256(_ bytes: [UInt8]) -> String { lowercaseHex(SHA256.hash(data: bytes)) }

/// Writes bytes as lower-case hexadecimal digits, two each.
public func lowercaseHex(_ bytes: some Sequence<UInt8>) -> String {
  func digit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10 }
  var text: [UInt8] = []
  text.reserveCapacity(2 * bytes.underestimatedCount)
  for byte in bytes {
    text.append(digit(byte >> 4))
    text.append(digit(byte & 15))
  }
  return String(decoding: text, as: UTF8.self)
}
