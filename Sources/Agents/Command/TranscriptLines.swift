import Engine
import Synchronization

/// Writes a program's lines into an attempt's transcript, cleaned and within bounds; what is over them is counted.
final class TranscriptLines: Sendable {
  /// A person reads no more of an attempt, and a flood must not fill the disk.
  static let lines = 10_000
  static let bytes = 8 << 20
  /// The most of one line.
  static let lineBytes = 16 << 10

  private struct State {
    var lines = 0
    var bytes = 0
    var leftOut = 0
    var errors = LineReader(limit: TranscriptLines.lineBytes)
  }

  private let transcript: Transcript
  private let state = Mutex(State())

  init(_ transcript: Transcript) { self.transcript = transcript }

  /// Adds a line of its standard output.
  func take(_ line: LineReader.Line) { state.withLock { add(line, from: "", to: &$0) } }

  /// Adds words about it, which are clean already.
  func take(_ words: String) { state.withLock { add(words, from: "", to: &$0) } }

  /// Adds a piece of its standard error.
  func takeErrors(_ piece: [UInt8]) {
    state.withLock { state in
      for line in state.errors.take(piece) { add(line, from: "stderr: ", to: &state) }
    }
  }

  /// Says how much was left out.
  func finish() {
    state.withLock { state in
      if let line = state.errors.end() { add(line, from: "stderr: ", to: &state) }
      if state.leftOut > 0 { transcript.write("[\(state.leftOut) more lines were left out]") }
    }
  }

  // Under the lock, so that the lines of both streams stand whole.
  private func add(_ line: LineReader.Line, from source: String, to state: inout State) {
    guard hasRoom(&state) else { return }
    let words: String
    switch line {
    case .bytes(let raw):
      // Before it is cut: half a secret is none that anybody knows.
      let bytes = transcript.secrets.conceal(raw)
      let more = bytes.count > Self.lineBytes ? " [\(bytes.count - Self.lineBytes) more bytes]" : ""
      words = cleaned(bytes.prefix(Self.lineBytes)) + more
    case .tooLong(let count): words = "[a line of \(count) bytes was left out]"
    }
    add(words, from: source, to: &state)
  }

  /// Whether one more line may be written; otherwise it is counted.
  private func hasRoom(_ state: inout State) -> Bool {
    let isThere = state.lines < Self.lines && state.bytes < Self.bytes
    if !isThere { state.leftOut += 1 }
    return isThere
  }

  private func add(_ words: String, from source: String, to state: inout State) {
    guard hasRoom(&state) else { return }
    state.lines += 1
    state.bytes += words.utf8.count
    transcript.write(words, from: source)
  }
}

/// A line from outside with everything visible that could steer a terminal, hide, or turn the direction of a text.
func cleaned(_ bytes: some Sequence<UInt8>) -> String {
  var words = String.UnicodeScalarView()
  for scalar in String(decoding: Array(bytes), as: UTF8.self).unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control where scalar == "\t": words.append(scalar)
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
      words.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
    default: words.append(scalar)
    }
  }
  return String(words)
}
