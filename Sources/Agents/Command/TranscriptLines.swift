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
    guard state.lines < Self.lines, state.bytes < Self.bytes else {
      state.leftOut += 1
      return
    }
    let words: String
    switch line {
    case .bytes(let bytes):
      let more = bytes.count > Self.lineBytes ? " [\(bytes.count - Self.lineBytes) more bytes]" : ""
      words = cleaned(bytes.prefix(Self.lineBytes)) + more
    case .tooLong(let count): words = "[a line of \(count) bytes was left out]"
    }
    state.lines += 1
    state.bytes += words.utf8.count
    transcript.write(source + words)
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
