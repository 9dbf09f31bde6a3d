import Foundation
import Glibc
import Subprocess
import Testing

/// A thousand random streams of keys, sent to the real program on a pseudo-terminal before and while decisions appear: none
/// of them ever answers one. Covers ConsoleHost, DecisionCard, Press.
@Suite(.serialized) struct StormTests {
  /// Keys a person may hit while typing into something else: letters, options, Enter, arrows, Tab, paging, digits.
  private static let keys: [String] =
    [
      "\r", "\t", " ", "\u{1b}[A", "\u{1b}[B", "\u{1b}[6~", "\u{1b}[C", "\u{7f}", "D", "y", "a", "p", "c", "1", "2",
      "\n",
    ]
    + "abcdefghijkmnoprstuvwxyzABCEFGHIJKLMNOPQRSTUVWYZ0123456789.,;-".map(String.init)

  /// The program on a pseudo-terminal; what it draws is read and thrown away.
  private final class Typing {
    let far: Int32
    let process: pid_t
    /// How many bytes were drawn.
    private(set) var drawn = 0

    init?(_ program: Program, _ words: [String]) {
      var far: Int32 = -1
      var near: Int32 = -1
      var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
      guard openpty(&far, &near, nil, nil, &size) == 0 else { return nil }
      self.far = far
      var actions = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&actions)
      defer { posix_spawn_file_actions_destroy(&actions) }
      for number in 0...2 { posix_spawn_file_actions_adddup2(&actions, near, Int32(number)) }
      var attributes = posix_spawnattr_t()
      posix_spawnattr_init(&attributes)
      defer { posix_spawnattr_destroy(&attributes) }
      posix_spawnattr_setflags(&attributes, 0x80)  // POSIX_SPAWN_SETSID
      let arguments = (["/usr/bin/env", "-C", program.folder, Program.path] + words).map { strdup($0) }
      let variables = program.environment.map { strdup("\($0.key)=\($0.value)") }
      defer { for text in arguments + variables { free(text) } }
      var process = pid_t()
      guard posix_spawn(&process, "/usr/bin/env", &actions, &attributes, arguments + [nil], variables + [nil]) == 0
      else { return nil }
      self.process = process
      close(near)
      _ = fcntl(far, F_SETFL, O_NONBLOCK)
    }

    /// Types a text and reads away what was drawn; whether the program is still there to be typed at.
    func type(_ text: String, within milliseconds: Int32 = 4) -> Bool {
      let bytes = Array(text.utf8)
      var sent = 0
      for _ in 0..<2_000 where sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes { write(far, $0.baseAddress, $0.count) }
        if count > 0 { sent += count } else { usleep(1_000) }
        drain()
      }
      // A stream is over when what it led to was drawn, so that the next one meets another screen.
      var answer = pollfd(fd: far, events: Int16(POLLIN), revents: 0)
      while poll(&answer, 1, milliseconds) > 0, answer.revents & Int16(POLLIN) != 0 { drain() }
      return sent == bytes.count && kill(process, 0) == 0 && answer.revents & Int16(POLLHUP) == 0
    }

    func drain() {
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = read(far, &buffer, buffer.count)
        guard count > 0 else { return }
        drawn += count
      }
    }

    func end() {
      // With all it started: a pager that a key opened has no terminal that could tell it to go.
      kill(-process, SIGKILL)
      _ = Program.ended(process)
      close(far)
    }
  }

  @Test func aThousandStreamsOfKeysAnswerNothing() async throws {
    let seed =
      ProcessInfo.processInfo.environment["SIGNALBOX_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0...9_999_999)
    var dice = KillTests.Dice(state: seed)
    let program = try Program()
    _ = try program.write(QuickWorkflow.text, to: ".signalbox/workflows/quick.yaml")
    let brief = try program.write(smallBrief, to: "brief.md")
    // The first streams are typed before any question is there.
    let begun = try await program.run("run", brief, "--detach", "--workflow", "quick", "--session", "storm")
    #expect(begun.status == 0, "\(begun.words)")
    var typing = try #require(Typing(program, ["attach", "storm"]))
    var drawn = 0
    var opened = 1
    for stream in 0..<1_000 {
      var text = ""
      // Keys come without a pause that could be read as looking: as somebody types who has not seen the question.
      for _ in 0..<(8 + dice.next(32)) { text += Self.keys[dice.next(Self.keys.count)] }
      // Now and then somebody goes back a step, so that the next one meets lists and cards and not only an open text.
      // An Esc that other keys follow at once would be read as one key with them.
      // Looking at the journal takes a moment without keys, in which what is open would be armed; hence a new console.
      let isLooking = stream % 100 == 99
      if !typing.type(text) || dice.next(3) == 0 && !typing.type("\u{1b}", within: 40) || isLooking {
        // Some stream left the console, as keys may; it is opened again.
        typing.end()
        drawn += typing.drawn
        typing = try #require(Typing(program, ["attach", "storm"]))
        opened += 1
      }
      if isLooking {
        let events = try await program.events("storm")
        let answered = events.filter { $0["type"] as? String == "decision.answered" }
        #expect(answered.isEmpty, "seed \(seed), stream \(stream)")
        // A pause by keys asks first, and is no answer; it would hide the question from the next streams.
        #expect(!events.contains { $0["type"] as? String == "session.aborted" }, "seed \(seed)")
      }
    }
    // The console was really there and drew what was typed at it; nothing would be proven otherwise.
    #expect(kill(typing.process, 0) == 0)
    drawn += typing.drawn
    #expect(drawn > 10_000, "only \(drawn) bytes were drawn, opened \(opened) times")
    typing.end()
    // Nor did a key start a session of its own.
    let open = try await program.decisions().map { "\($0["session"] ?? "") \($0["playbook"] ?? "")" }
    #expect(open == ["storm approve-intake"], "seed \(seed)")
    try await program.stopEngine(of: "storm")
  }
}
