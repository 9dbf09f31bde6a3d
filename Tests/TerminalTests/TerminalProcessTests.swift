import Foundation
import Testing

// covers StandardErrorLog.swift and CNcurses.c, with a whole process in a real terminal
@Suite("A program on a terminal", .serialized, .enabled(if: Multiplexer.isInstalled))
struct TerminalProcessTests {
  private func start(_ multiplexer: Multiplexer, _ variables: String = "LANG=C.UTF-8") {
    let program = Bundle.main.bundleURL.appending(path: "TerminalProbe").path
    multiplexer.type("env \(variables) SWIFT_BACKTRACE=enable=no '\(program)'; echo left with $?")
  }

  private func probe(_ variables: String = "LANG=C.UTF-8") throws -> Multiplexer {
    let multiplexer = try Multiplexer()
    start(multiplexer, variables)
    try #require(multiplexer.shows("size 80x24"))
    return multiplexer
  }

  @Test("draws, names its window, reads keys, and leaves nothing behind")
  func plain() throws {
    let multiplexer = try probe()
    #expect(multiplexer.screen().contains("┌► 1 probe ──"))
    #expect(multiplexer.shows("Grüße 漢字"))
    #expect(multiplexer.value("alternate_on") == "1")
    multiplexer.press("F5", "Up", "C-c", "Escape")
    #expect(multiplexer.shows("keys f5 up ctrl-c esc"))
    #expect(multiplexer.waits { multiplexer.value("pane_title") == "probe 4" })
    multiplexer.press("q")
    #expect(multiplexer.shows("probe ended: closed"))
    #expect(multiplexer.shows("left with 0"))
    #expect(multiplexer.isSane)
  }

  @Test("paste in brackets is one key")
  func paste() throws {
    let multiplexer = try probe()
    multiplexer.run(["set-buffer", "-b", "p", "q\nxq"])
    multiplexer.run(["paste-buffer", "-p", "-b", "p"])
    #expect(multiplexer.shows("paste(\"q\\nxq\")"))
  }

  @Test("a new window size is taken over")
  func resize() throws {
    let multiplexer = try probe()
    for (columns, rows) in [(120, 40), (40, 12), (3, 2), (90, 30)] {
      multiplexer.run(["resize-window", "-x", "\(columns)", "-y", "\(rows)"])
    }
    #expect(multiplexer.shows("size 90x30"))
  }

  @Test("stopped by Control-Z and continued, also after the window has changed")
  func stopAndContinue() throws {
    let multiplexer = try probe()
    multiplexer.press("C-z")
    #expect(multiplexer.shows("Stopped"))
    #expect(multiplexer.isSane)
    multiplexer.run(["resize-window", "-x", "100", "-y", "30"])
    multiplexer.type("fg")
    #expect(multiplexer.shows("size 100x30"))
    #expect(multiplexer.value("alternate_on") == "1")
    multiplexer.press("k")
    #expect(multiplexer.shows("ctrl-z resize(Screen.Size(columns: 100, rows: 30)) k"))
  }

  @Test("another program gets the terminal and gives it back")
  func lend() throws {
    let multiplexer = try probe()
    multiplexer.press("o")
    #expect(multiplexer.shows("other program"))
    #expect(multiplexer.value("alternate_on") == "0")
    // The window may have another size when the editor is left.
    multiplexer.run(["resize-window", "-x", "100", "-y", "30"])
    multiplexer.type("some words for it")
    #expect(multiplexer.shows("size 100x30"))
    #expect(multiplexer.value("alternate_on") == "1")
    multiplexer.press("k")
    #expect(multiplexer.shows("rows: 30)) k"))
  }

  @Test("what is written to standard error meanwhile is shown afterwards")
  func standardError() throws {
    let multiplexer = try probe()
    multiplexer.press("e", "e")
    #expect(multiplexer.shows("keys e e"))
    #expect(!multiplexer.screen().contains("written to stderr"))
    multiplexer.press("q")
    #expect(multiplexer.shows("left with 0"))
    #expect(multiplexer.screen().contains("written to stderr\nwritten to stderr\n"))
  }

  @Test(
    "dying gives the terminal back, and says what it died of",
    arguments: [
      ("SEGV", 139), ("ABRT", 134), ("TERM", 143), ("HUP", 129), ("INT", nil), ("QUIT", 131), ("BUS", 135),
    ])
  func signals(name: String, status: Int?) throws {
    let multiplexer = try probe()
    multiplexer.run(["run-shell", "pkill -\(name) -P #{pane_pid}"])
    // The shell gives its whole line up when a program dies of an interrupt, and says nothing.
    if let status { #expect(multiplexer.shows("left with \(status)")) }
    #expect(multiplexer.waits { multiplexer.value("alternate_on") == "0" })
    #expect(multiplexer.isSane)
  }

  @Test("every other signal that ends a program gives the terminal back, too")
  func otherSignals() throws {
    let multiplexer = try probe()
    let signals = [
      ("ILL", 4), ("TRAP", 5), ("FPE", 8), ("USR1", 10), ("USR2", 12), ("ALRM", 14), ("STKFLT", 16), ("XCPU", 24),
      ("VTALRM", 26), ("PROF", 27), ("IO", 29), ("PWR", 30), ("SYS", 31),
    ]
    for (name, number) in signals {
      multiplexer.run(["run-shell", "pkill -\(name) -P #{pane_pid}"])
      #expect(multiplexer.shows("left with \(128 + number)"), "\(name)")
      #expect(multiplexer.value("alternate_on") == "0", "\(name)")
      #expect(multiplexer.isSane, "\(name)")
      guard name != signals.last?.0 else { break }
      multiplexer.type("clear")
      start(multiplexer)
      try #require(multiplexer.shows("size 80x24"))
    }
  }

  @Test("a trap and an early exit give the terminal back", arguments: [("x", "left with 13"), ("d", "left with 7")])
  func traps(key: String, status: String) throws {
    let multiplexer = try probe()
    multiplexer.press(key)
    #expect(multiplexer.shows(status))
    #expect(multiplexer.isSane)
  }

  @Test(
    "progress is taken back whatever ends or stops the program, and a terminal that was told of none hears nothing",
    arguments: ["TERM", "SEGV", "x", "d", "q", "C-z"])
  func progress(way: String) throws {
    for isShown in [true, false] {
      let multiplexer = try probe()
      let log = FileManager.default.temporaryDirectory.appending(path: "signalbox-\(UUID().uuidString)").path
      defer { unlink(log) }
      multiplexer.run(["pipe-pane", "-o", "cat >>'\(log)'"])
      func sent(_ text: String) -> Bool { FileManager.default.contents(atPath: log)?.range(of: Data(text.utf8)) != nil }
      if isShown {
        multiplexer.press("g")
        #expect(multiplexer.waits { sent("\u{1B}]9;4;4;30\u{7}") })
      }
      if way == way.uppercased(), way.count > 1, way != "C-z" {
        multiplexer.run(["run-shell", "pkill -\(way) -P #{pane_pid}"])
      } else {
        multiplexer.press(way)
      }
      #expect(multiplexer.waits { multiplexer.value("alternate_on") == "0" })
      #expect(multiplexer.waits { sent("\u{1B}[?1049l") })
      #expect(sent("\u{1B}]9;4;0;0\u{7}") == isShown, "\(way)")
      #expect(isShown || !sent("]9;4"))
    }
  }

  @Test(
    "the environment decides about letters and colours",
    arguments: [
      ("LC_ALL=C", "ascii"), ("LC_ALL=C.UTF-8 LANG=", "full"), ("LC_ALL= LC_CTYPE= LANG=", "full"),
      ("LC_ALL=C.UTF-8 TERM=vt100", "monochrome, ascii"), ("LANG=C.UTF-8 NO_COLOR=1", "monochrome, full"),
      ("LANG=C.UTF-8 NO_COLOR= COLORTERM= TERM=xterm-256color", "indexed, full"),
      ("LANG=C.UTF-8 NO_COLOR= TERM=xterm-from-the-future", "xterm"),
    ])
  func environment(variables: String, expected: String) throws {
    let multiplexer = try probe(variables)
    multiplexer.press("t", "q")
    #expect(multiplexer.shows("probe ended: closed"))
    if expected != "xterm" { #expect(multiplexer.screen().contains(expected)) }
    #expect(multiplexer.isSane)
  }

  @Test("nothing happens while nothing happens: no wake-up, no processor time")
  func idle() throws {
    let multiplexer = try probe()
    let shell = multiplexer.value("pane_pid")
    let children = try String(contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)
    let process = try #require(children.split(separator: " ").first)
    // Only the screen's own thread: the pool of the runtime looks round for some seconds before it sleeps.
    let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")
    let thread = try #require(
      threads.first { thread in
        let name = try? String(contentsOfFile: "/proc/\(process)/task/\(thread)/comm", encoding: .utf8)
        return name == "terminal\n"
      })
    func status() throws -> [Substring] {
      try String(contentsOfFile: "/proc/\(process)/task/\(thread)/status", encoding: .utf8).split(separator: "\n")
    }
    func wakeUps() throws -> Int {
      try status().filter { $0.contains("ctxt_switches") }
        .reduce(0) { $0 + (Int($1.split(separator: "\t").last ?? "") ?? 0) }
    }
    // The start is over when the thread sleeps and two looks at its counters agree; then they must go on agreeing.
    var before = try wakeUps()
    #expect(
      multiplexer.waits {
        let now = (try? wakeUps()) ?? -1
        defer { before = now }
        return now == before && (try? status().contains("State:\tS (sleeping)")) == true
      })
    usleep(1_000_000)
    #expect(try wakeUps() == before)
  }
}
