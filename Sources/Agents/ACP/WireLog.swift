import Engine
import Foundation
import Kernel
import Synchronization

/// Every line of a connection with its direction and time, beside the transcript, for whoever has to find out what was
/// said exactly.
///
/// Where secrets are known, a line whose words end as one begins is written a moment later, when what follows is known;
/// its time is its own.
final class WireLog: Sendable {
  /// A line whose words are a piece of a longer text.
  private struct Chunk {
    var at: Moment
    var line: [UInt8]
    var message: JSONValue
    var words: String
  }

  private struct State {
    var written = 0
    /// By the kind of update: what is said and what is thought go on in themselves.
    var seams: [String: SecretSeam<Chunk>] = [:]
  }

  private let path: String
  private let secrets: KnownSecrets
  private let state = Mutex(State())
  /// The most that is kept, in bytes.
  static let limit = 64 << 20

  init(path: String, secrets: KnownSecrets = KnownSecrets()) {
    self.path = path
    self.secrets = secrets
  }

  func write(_ line: [UInt8], isIncoming: Bool) {
    let now = currentMoment()
    state.withLock { state in
      guard !secrets.isEmpty else { return append(line, at: now, isIncoming: isIncoming, to: &state) }
      if isIncoming, let (kind, chunk) = chunk(line, at: now) {
        let released = state.seams[kind, default: SecretSeam(secrets, holding: 1)]
          .take(Array(chunk.words.utf8), as: chunk)
        return append(released, to: &state)
      }
      let known = isIncoming ? line : outputConcealed(line)
      append(secrets.conceal(known), at: now, isIncoming: isIncoming, to: &state)
    }
  }

  /// Writes what was held back; nothing follows.
  func close() {
    state.withLock { state in
      for kind in state.seams.keys.sorted() {
        guard let released = state.seams[kind]?.end() else { continue }
        append(released, to: &state)
      }
    }
  }

  // MARK: - Texts that come in pieces

  /// Where the words of an update stand.
  private static let words = ["params", "update", "content", "text"]

  /// A line that tells a piece of a text, with the kind of text; `nil` for any other.
  private func chunk(_ line: [UInt8], at moment: Moment) -> (kind: String, chunk: Chunk)? {
    guard line.holds("_chunk\""), let message = JSONValue(reading: line),
      let kind = message["params"]?["update"]?["sessionUpdate"]?.string, kind.hasSuffix("_chunk"),
      let words = message.value(at: WireLog.words[...])?.string
    else { return nil }
    return (kind, Chunk(at: moment, line: line, message: message, words: words))
  }

  private func append(_ released: [SecretSeam<Chunk>.Released], to state: inout State) {
    for (chunk, bytes) in released {
      let isChanged = !bytes.elementsEqual(chunk.words.utf8)
      let changed = chunk.message.replacing(WireLog.words[...], with: .string(String(decoding: bytes, as: UTF8.self)))
      let line = isChanged ? (try? changed.encoded()) ?? [] : chunk.line
      append(secrets.conceal(line), at: chunk.at, isIncoming: true, to: &state)
    }
  }

  /// What is answered of a command's output is a part of it: its beginning may be cut off, and more may come.
  private func outputConcealed(_ line: [UInt8]) -> [UInt8] {
    guard line.holds("\"truncated\""), let message = JSONValue(reading: line),
      let output = message["result"]?["output"]?.string, let isCut = message["result"]?["truncated"]?.bool
    else { return line }
    let shown = secrets.concealPart(output, begins: isCut, ends: message["result"]?["exitStatus"] == nil)
    guard shown != output else { return line }
    return (try? message.replacing(["result", "output"], with: .string(shown)).encoded()) ?? []
  }

  // MARK: - The file

  private func append(_ line: [UInt8], at moment: Moment, isIncoming: Bool, to state: inout State) {
    var bytes = Array("\(isoTime(moment)) \(isIncoming ? "<" : ">") ".utf8) + line
    if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
    // What does not fit is left out; a shorter line behind it may still fit.
    guard state.written + bytes.count <= WireLog.limit else { return }
    state.written += bytes.count
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { return }
    defer { Foundation.close(file) }
    _ = bytes.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
  }
}

extension JSONValue {
  /// The value at the end of a path of members.
  fileprivate func value(at path: ArraySlice<String>) -> JSONValue? {
    guard let name = path.first else { return self }
    return self[name]?.value(at: path.dropFirst())
  }

  /// The same with another value at the end of a path of members; what is not there stays so.
  fileprivate func replacing(_ path: ArraySlice<String>, with value: JSONValue) -> JSONValue {
    guard let name = path.first else { return value }
    guard case .object(var members) = self, let inner = members[name] else { return self }
    members[name] = inner.replacing(path.dropFirst(), with: value)
    return .object(members)
  }
}

extension [UInt8] {
  /// Whether a short text stands in them.
  fileprivate func holds(_ text: String) -> Bool { Data(self).range(of: Data(text.utf8)) != nil }
}
