import Engine
import Testing

@testable import Agents

// covers JSONReader.swift, JSONValue.swift, LineReader.swift and RPCMessage.swift
@Suite("Wire")
struct WireTests {
  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test("a line is the same however it arrives")
  func splitting() {
    let text = bytes("one\r\ntwo\n\nthree")
    for size in 1...text.count {
      var reader = LineReader()
      var lines: [LineReader.Line] = []
      for start in stride(from: 0, to: text.count, by: size) {
        lines += reader.take(text[start..<min(start + size, text.count)])
      }
      #expect(lines == [.bytes(bytes("one")), .bytes(bytes("two")), .bytes([])])
      #expect(reader.end() == .bytes(bytes("three")))
      #expect(reader.end() == nil)
    }
  }

  @Test("a line that is too long is counted and not kept, and the next one is whole")
  func tooLong() {
    var reader = LineReader(limit: 8)
    #expect(reader.take(bytes("12345678")) == [])
    #expect(reader.take(bytes("9")) == [])
    #expect(reader.take(bytes("0\nok\n")) == [.tooLong(bytes: 10), .bytes(bytes("ok"))])
    #expect(reader.take(bytes("123456789")) == [])
    #expect(reader.end() == .tooLong(bytes: 9))
  }

  @Test("messages are read as real agents write them")
  func messages() throws {
    func read(_ text: String) throws -> RPCMessage { try RPCMessage(JSONValue(parsing: bytes(text))) }
    #expect(try read(#"{"jsonrpc":"2.0","id":0,"method":"a"}"#) == .request(id: .integer(0), method: "a", params: [:]))
    #expect(
      try read(#"{"id":"srv_1","method":"a","params":{"x":[1,2.5,true,null]},"other":1}"#)
        == .request(id: .string("srv_1"), method: "a", params: ["x": [1, .number(2.5), true, .null]]))
    #expect(try read(#"{"method":"a","params":{}}"#) == .notification(method: "a", params: [:]))
    #expect(try read(#"{"id":1,"result":null}"#) == .result(id: .integer(1), .null))
    #expect(try read(#"{"id":1.0,"result":{}}"#) == .result(id: .integer(1), [:]))
    #expect(
      try read(#"{"id":null,"error":{"code":-32700,"message":"no"}}"#) == .failure(id: .null, RPCError(-32700, "no")))
    #expect(
      try read(#"{"id":2,"error":{"data":[1]}}"#)
        == .failure(id: .integer(2), RPCError(-32603, "no reason given", data: [1])))
    for wrong in ["[]", "1", "{}", #"{"id":1.5,"method":"a"}"#, #"{"id":[],"result":1}"#, #"{"method":1,"id":1}"#] {
      #expect(throws: RPCError.self) { try read(wrong) }
    }
    for wrong in ["", "{", "{}{}", "\u{1}", #"{"a":"\ud800"}"#] {
      #expect(throws: (any Error).self) { try JSONValue(parsing: bytes(wrong)) }
    }
    func deep(_ levels: Int) -> [UInt8] {
      bytes(String(repeating: "[", count: levels) + String(repeating: "]", count: levels))
    }
    #expect(throws: RPCError.self) { try JSONValue(parsing: deep(JSONValue.depthLimit + 1)) }
    #expect(throws: Never.self) { try JSONValue(parsing: deep(JSONValue.depthLimit)) }
    // Brackets in texts are no levels.
    let text = String(repeating: "[", count: 500) + #"\"{"#
    #expect(try JSONValue(parsing: bytes("[\"\(text)\"]")) == [.string(String(repeating: "[", count: 500) + "\"{")])
  }

  /// X17: what two readers could take for two things is taken for nothing.
  @Test("a name that stands twice, and all that is nearly JSON, is refused with a reason")
  func strictness() throws {
    for (wrong, reason) in [
      (#"{"id":1,"id":"x","method":"a"}"#, "A name stands twice."),
      (#"{"a":{"optionId":"reject","optionId":"allow"}}"#, "A name stands twice."),
      (#"{"optionId":1,"option\u0049d":2}"#, "A name stands twice."),
      ("{\"caf\u{e9}\":1,\"cafe\u{301}\":2}", "A name stands twice."),
      ("{} {}", "Something follows after its end."), ("[1,]", "A value was expected."),
      (#"{"a":1,}"#, "A name was expected."),
      ("{a:1}", "A name was expected."), ("{'a':1}", "A name was expected."),
      ("[1 2]", "A comma or the end of a list was expected."),
      (#"{"a" 1}"#, "A colon was expected."), (#"{"a":1"#, "A comma or the end of an object was expected."),
      ("[", "It ends where a value was expected."), ("", "It ends where a value was expected."),
      ("NaN", "A value was expected."), ("tru", "A value was expected."),
      ("truely", "Something follows after its end."),
      ("// x\n1", "A value was expected."), ("01", "This is no number."), ("-", "This is no number."),
      ("1.", "This is no number."), ("1e", "This is no number."), ("+1", "A value was expected."),
      (".5", "A value was expected."), ("0x10", "Something follows after its end."),
      ("1e400", "A number is too large."),
      (String(repeating: "9", count: 1_001), "A number is too long."), (#"["a"#, "It ends inside of a text."),
      ("\"a\u{1}\"", "A text holds a control character."), (#""\x""#, "An escape means nothing."),
      (#""\u12""#, "An escape means nothing."), (#""\ud800""#, "An escape means nothing."),
      (#""\ud800\u0041""#, "An escape means nothing."), (#""\udc00""#, "An escape means nothing."),
    ] {
      let (value, complaint) = JSONValue.read(bytes(wrong))
      #expect(value == nil, "\(wrong)")
      #expect(complaint == reason, "\(wrong)")
    }
    for wrong: [UInt8] in [
      [0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x80], [0xE2, 0x82],
    ] {
      #expect(JSONValue.read([0x22] + wrong + [0x22]).complaint == "A text is no UTF-8.")
    }
    #expect(
      try JSONValue(
        parsing: [0xEF, 0xBB, 0xBF] + bytes(#" {"a" : [ ] , "b":{ },"c":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\u0000" } "#)
      )
        == ["a": [], "b": [:], "c": .string("\"\\/\u{8}\u{C}\n\r\t\u{e9}\u{1F600}\0")])
    #expect(
      try JSONValue(
        parsing: bytes("[-0,0.0,-1.5e-3,12E+2,9223372036854775807,-9223372036854775808,9223372036854775808]"))
        == [0, 0, .number(-0.0015), 1_200, .integer(.max), .integer(.min), .number(9_223_372_036_854_775_808)])
  }

  /// X17: identifiers are told apart as they are written, and one that cannot be written back is refused.
  @Test("an identifier is a text or a whole number, and 1 is not \"1\"")
  func identifiers() throws {
    func id(_ text: String) throws -> RPCIdentifier? {
      guard case .request(let id, _, _) = try RPCMessage(JSONValue(parsing: bytes(#"{"method":"a","id":\#(text)}"#)))
      else { return nil }
      return id
    }
    #expect(try id("1") == .integer(1) && id("\"1\"") == .string("1") && id("-0") == .integer(0))
    #expect(try id("9223372036854775807") == .integer(.max))
    #expect(try id("null") == nil)
    for wrong in ["9223372036854775808", "1.5", "1e30", "true", "[1]", "{}"] {
      #expect(throws: RPCError.self, "\(wrong)") { try id(wrong) }
    }
    // Two spellings of one word are two identifiers, and each comes back as it was.
    let (one, other) = (try #require(try id("\"\u{e9}\"")), try #require(try id("\"e\u{301}\"")))
    #expect(try one.value.encoded() == bytes("\"\u{e9}\"") && other.value.encoded() == bytes("\"e\u{301}\""))
  }

  @Test("what is written is one line and reads back as the same")
  func writing() throws {
    let all: [RPCMessage] = [
      .request(id: .string("a"), method: "m", params: ["text": "two\nlines \u{2028} \u{0} é", "n": .integer(.max)]),
      .notification(method: "m", params: ["n": .number(0.5), "on": false]),
      .result(id: .integer(0), .null), .failure(id: .null, RPCError(-1, "no", data: ["why": "so"])),
    ]
    for message in all {
      let line = try message.line()
      #expect(line.count { $0 == UInt8(ascii: "\n") } == 1 && line.last == UInt8(ascii: "\n"))
      #expect(try RPCMessage(JSONValue(parsing: line)) == message)
    }
  }
}
