import Engine
import Foundation
import Kernel

/// Writes every operation on files that a session recorded, one JSON object per line.
enum FileAudit {
  static func lines(of events: [Event]) -> [UInt8] {
    var text = Data()
    for (index, event) in events.enumerated() {
      guard case .filesRecorded(let batch) = event.fact else { continue }
      for operation in batch.operations {
        var line: [String: Any] = [
          "seq": index + 1, "at": isoTime(event.at), "operation": operation.kind.rawValue, "path": operation.path,
          "size": operation.size, "author": batch.author.words,
        ]
        line["before"] = operation.before
        line["after"] = operation.after
        line["reason"] = operation.reason.isEmpty ? nil : operation.reason
        if case .task(let task, let attempt, let agent) = batch.author {
          line["task"] = task
          line["attempt"] = attempt
          line["agent"] = agent
        }
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? JSONSerialization.data(withJSONObject: line, options: options) else { continue }
        text.append(data)
        text.append(UInt8(ascii: "\n"))
      }
    }
    return Array(text)
  }
}
