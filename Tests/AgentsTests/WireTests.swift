import Testing

@testable import Agents

// covers JSONValue.swift, LineReader.swift and RPCMessage.swift
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
