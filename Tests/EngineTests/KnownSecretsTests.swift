import Engine
import Foundation
import Testing

/// What is found of a secret, and what is not.
@Suite struct KnownSecretsTests {
  let secrets = KnownSecrets([
    "TOKEN": "s3cret/\"value\"", "PART": "s3cret/\"value\"-longer", "SHORT": "abc",
    "KEY": "-----BEGIN KEY-----\nAAAABBBBCCCCDDDDEEEE\nFFFF\n-----END KEY-----",
  ])

  @Test func valuesGiveWayToTheNamesOfTheirVariables() {
    #expect(secrets.conceal("a s3cret/\"value\" b s3cret/\"value\"") == "a [TOKEN] b [TOKEN]")
    #expect(secrets.conceal("s3cret/\"value\"-longer") == "[PART]")
    #expect(secrets.conceal("nothing of it, abc") == "nothing of it, abc")
    #expect(secrets.conceal("") == "")
    #expect(KnownSecrets().conceal("s3cret/\"value\"") == "s3cret/\"value\"")
  }

  @Test func valuesAreFoundAsJSONWritesThem() {
    #expect(secrets.conceal(#"{"a":"s3cret/\"value\""}"#) == #"{"a":"[TOKEN]"}"#)
    #expect(secrets.conceal(#"{"a":"s3cret\/\"value\""}"#) == #"{"a":"[TOKEN]"}"#)
  }

  @Test func aKeyIsFoundLineByLine() {
    #expect(secrets.conceal("x AAAABBBBCCCCDDDDEEEE") == "x [KEY]")
    #expect(!secrets.conceal(#"-----BEGIN KEY-----\nAAAABBBBCCCCDDDDEEEE\nFFFF"#).contains("AAAABBBB"))
    #expect(secrets.conceal("-----BEGIN KEY-----") == "-----BEGIN KEY-----")
  }

  @Test func bytesThatAreNoTextStayAsTheyAre() {
    let bytes: [UInt8] = [0xFF, 0x00] + Array("s3cret/\"value\"".utf8) + [0xC3]
    #expect(secrets.conceal(bytes) == [0xFF, 0x00] + Array("[TOKEN]".utf8) + [0xC3])
    #expect(secrets.name(in: bytes) == "TOKEN")
    #expect(secrets.name(in: [0xFF]) == nil)
  }

  @Test func valuesAreFoundInBase64WhereverTheyStandInIt() {
    let value = "s3cret/\"value\"?>~"
    let secrets = KnownSecrets(["TOKEN": value])
    for before in ["", "a", "ab", "abc", "user:"] {
      for after in ["", "\n", "z", "zz", "zzz"] {
        let plain = Data((before + value + after).utf8).base64EncodedString()
        let address = plain.replacing("+", with: "-").replacing("/", with: "_")
        for text in [plain, address, address.replacing("=", with: "")] {
          let shown = secrets.conceal("x \(text) y")
          #expect(shown.contains("[TOKEN]"), "\(before)|\(after): \(text)")
          // What is left of it is what it shares with its neighbours.
          let left = shown.replacing("[TOKEN]", with: "").utf8.count - 4
          #expect(left <= (before.utf8.count + after.utf8.count) * 4 / 3 + 5, "\(shown)")
        }
      }
    }
    #expect(secrets.conceal(Data(value.utf8).base64EncodedString()) == "[TOKEN]")
    // As tools cut it into lines.
    let long = String((0..<300).map { "abcdefghijklmnopqrstuvwxyz0123456789".map { $0 }[$0 * 7 % 36] })
    let lines = Data(long.utf8).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed])
    for line in lines.split(separator: "\n") where line.count >= 16 {
      #expect(KnownSecrets(["LONG": long]).conceal(String(line)) == "[LONG]")
    }
  }

  @Test func valuesAreFoundPercentEncoded() {
    let secrets = KnownSecrets(["TOKEN": "pass/word &é:1!"])
    for text in [
      "pass%2Fword%20%26%C3%A9%3A1%21", "pass%2fword%20%26%c3%a9%3a1%21", "pass/word%20%26%C3%A9%3A1%21",
      "pass%2Fword%20%26%C3%A9%3A1!", "pass/word%20&%C3%A9:1!",
    ] { #expect(secrets.conceal("a=\(text)&b") == "a=[TOKEN]&b", "\(text)") }
  }

  @Test func aBeginningThatWasCutOffCountsToo() {
    #expect(secrets.conceal("a s3cret/… b") == "a [PART]… b")
    #expect(secrets.conceal("a s3c… b") == "a s3c… b")
    #expect(secrets.conceal("a s3cret/ b") == "a s3cret/ b")
    // A file is another matter: half a value is none.
    #expect(secrets.name(in: Array("s3cret/…".utf8)) == nil)
    let value = "s3cret/\"value\""
    #expect(secrets.concealPart("t/\"value\" x s3cret/\"v", begins: true, ends: true) == "[TOKEN] x [PART]")
    #expect(secrets.concealPart("t/\"value\" x s3cret/\"v", begins: false, ends: false) == "t/\"value\" x s3cret/\"v")
    #expect(secrets.concealPart("\(value) x \(value)", begins: true, ends: true) == "[TOKEN] x [TOKEN]")
    #expect(secrets.concealPart("", begins: true, ends: true) == "")
  }

  @Test func valuesThatOverlapLeaveNothingOfEither() {
    let secrets = KnownSecrets(["ONE": "abcdefgh", "TWO": "efghijklmnop"])
    #expect(secrets.conceal("x abcdefghijklmnop y") == "x [TWO] y")
  }

  @Test func whatIsTooShortIsSaid() {
    #expect(secrets.tooShort == ["SHORT"])
    #expect(KnownSecrets(["EMPTY": "", "LONG": "12345678"]).tooShort == [])
    #expect(KnownSecrets.remark(tooShort: ["PIN"]).hasPrefix("The value of PIN has fewer than 8 bytes"))
  }
}
