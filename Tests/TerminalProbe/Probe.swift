import Glibc
import Screen
import Synchronization
import Terminal

/// A program with nothing but a screen, for tests that need a whole process: signals, stopping, dying.
@main
struct Probe {
  private struct State {
    var size = Size(columns: 80, rows: 24)
    var keys: [String] = []
    var session: TerminalSession?
    var theme = Theme.terminal
  }

  private static let state = Mutex(State())
  private static let requests = AsyncStream<Request>.makeStream()

  private enum Request: Sendable {
    case lend
  }

  static func main() async {
    do {
      let session = try TerminalSession.open { handle($0) }
      state.withLock { state in
        state.size = session.capabilities.size
        state.session = session
      }
      draw()
      let lending = Task {
        for await request in requests.stream {
          switch request {
          case .lend: await session.lend { await runOther() }
          }
        }
      }
      let end = await session.waitUntilEnded()
      lending.cancel()
      print("probe ended: \(end), \(session.capabilities.depth), \(session.capabilities.glyphs.name)")
    } catch {
      print("probe refused: \(error)")
      exit(3)
    }
  }

  /// Stands for an editor: prints, and waits for a line.
  private static func runOther() async {
    _ = "other program\n".withCString { write(1, $0, strlen($0)) }
    var byte: UInt8 = 0
    while read(0, &byte, 1) == 1, byte != 0x0A {}
  }

  private static func handle(_ key: Key) {
    let session = state.withLock { state in
      if case .resize(let size) = key { state.size = size }
      state.keys.append(key.name.isEmpty ? "\(key)" : key.name)
      return state.session
    }
    switch key {
    case .character("q"): session?.close()
    case .character("x"): fatalError("the probe was asked to trap")
    case .character("e"): _ = "written to stderr\n".withCString { write(2, $0, strlen($0)) }
    case .character("o"): requests.continuation.yield(.lend)
    case .character("d"): exit(7)
    case .character("t"): state.withLock { $0.theme = $0.theme == .terminal ? .mono : .terminal }
    case .character("g"): session?.setProgress(.waiting(30))
    case .control("z"): session?.stop()
    default: break
    }
    draw()
  }

  private static func draw() {
    let (session, frame, theme) = state.withLock { state in
      var sheet = Canvas(size: state.size, glyphs: state.session?.capabilities.glyphs ?? .ascii)
      let inner = sheet.box(sheet.area, title: "probe", number: 1, isFocused: true)
      sheet.write("size \(state.size.columns)x\(state.size.rows)", in: inner.line(0))
      sheet.write("keys \(state.keys.suffix(4).joined(separator: " "))", in: inner.line(1))
      sheet.write("Grüße 漢字", in: inner.line(2))
      sheet.setTitle("probe \(state.keys.count)")
      return (state.session, sheet.frame, state.theme)
    }
    session?.show(frame, theme: theme)
  }
}
