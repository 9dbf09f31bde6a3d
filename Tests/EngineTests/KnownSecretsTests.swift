import Engine
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
}
