import Engine
import Foundation
import Testing

@testable import Agents

/// A conversation with a real agent, as it was recorded.
struct Recording: Sendable, CustomTestStringConvertible {
  /// One thing that happened, in order.
  enum Step: Sendable {
    case ask(id: Int64, method: String, params: JSONValue)
    case tell(method: String, params: JSONValue)
    /// The answer that we gave the agent.
    case reply(id: RPCIdentifier, result: JSONValue?)
    /// A line of the agent.
    case hear(JSONValue)
    /// A line of the agent that was no JSON.
    case noise(String)
    case end
  }

  let name: String
  let steps: [Step]

  var testDescription: String { name }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Transcripts")

  /// The names of all recordings.
  static let names: [String] = {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return all.filter { $0.hasSuffix(".jsonl") }.map { String($0.dropLast(6)) }.sorted()
  }()

  /// Reads one; the folder the agent worked in becomes another.
  init(_ name: String, root: String) throws {
    self.name = name
    var text = try String(
      contentsOf: Recording.folder.appendingPathComponent(name + ".jsonl"), encoding: .utf8)
    if let start = text.range(of: #""cwd": ""#), let end = text[start.upperBound...].firstIndex(of: "\"") {
      text = text.replacing(text[start.upperBound..<end], with: root)
    }
    // Terminals are named otherwise here.
    text = text.replacing("\"term_", with: "\"terminal-")
    steps = try text.split(separator: "\n").compactMap { try Recording.step(JSONValue(parsing: Array($0.utf8))) }
  }

  private static func step(_ line: JSONValue) throws -> Step? {
    let message = line["msg"] ?? .null
    switch line["dir"]?.string {
    case "c2a":
      switch try RPCMessage(message) {
      case .request(.integer(let id), let method, let params): return .ask(id: id, method: method, params: params)
      case .request: throw RPCError.invalidRequest("a recorded id that is no number")
      case .notification(let method, let params): return .tell(method: method, params: params)
      case .result(let id, let result): return .reply(id: id, result: result)
      case .failure(let id, _): return .reply(id: id, result: nil)
      }
    case "a2c": return .hear(message)
    case "note":
      if let text = message["non-json stdout"]?.string { return .noise(text) }
      return message.string?.hasPrefix("EOF") == true ? .end : nil
    default: return nil
    }
  }

  /// What the agent said in each turn that was answered, and how the turn ended.
  var turns: [(words: String, ending: String)] {
    var turns: [(String, String)] = []
    var open: [Int64: String] = [:]
    for step in steps {
      switch step {
      case .ask(let id, "session/prompt", _): open[id] = ""
      case .hear(let message):
        let update = message["params"]?["update"]
        if update?["sessionUpdate"]?.string == "agent_message_chunk", let id = open.keys.max() {
          open[id, default: ""] += update?["content"]?["text"]?.string ?? ""
        } else if message["method"] == nil, let id = message["id"]?.integer, let words = open.removeValue(forKey: id) {
          turns.append(
            (words, message["result"]?["stopReason"]?.string ?? "error \(message["error"]?["code"]?.integer ?? 0)"))
        }
      default: break
      }
    }
    return turns
  }

  /// The outcomes of its questions for leave, in order: the option that was chosen, or `nil` for cancelled.
  var outcomes: [(id: RPCIdentifier, option: String?)] {
    var asked: Set<RPCIdentifier> = []
    var outcomes: [(RPCIdentifier, String?)] = []
    for step in steps {
      switch step {
      case .hear(let message):
        if message["method"]?.string == "session/request_permission", let id = message["id"].flatMap(RPCIdentifier.init)
        {
          asked.insert(id)
        }
      case .reply(let id, let result?) where asked.contains(id):
        outcomes.append((id, result["outcome"]?["optionId"]?.string))
      default: break
      }
    }
    return outcomes
  }

  /// How many updates came while an earlier session was loaded.
  var replayed: Int {
    var loading: Int64?
    var count = 0
    for step in steps {
      switch step {
      case .ask(let id, "session/load", _): loading = id
      case .hear(let message):
        if message["method"]?.string == "session/update" {
          if loading != nil { count += 1 }
        } else if message["method"] == nil, message["id"]?.integer == loading {
          loading = nil
        }
      default: break
      }
    }
    return count
  }
}
