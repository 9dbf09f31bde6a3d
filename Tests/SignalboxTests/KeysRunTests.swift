import Foundation
import Glibc
import Testing

/// Keys of one's own, and a terminal that was left behind, with the real program. Covers KeyTable, KeysCommand,
/// RestoreTerminal, and of Terminal TerminalRepair.
@Suite(.serialized) struct KeysRunTests {
  @Test func aFileOfKeysIsCheckedWithItsPlaces() async throws {
    let program = try Program()
    let plain = try await program.run("keys")
    #expect(plain.status == 0)
    #expect(plain.output.contains("Overview of sessions  (overview)"))
    #expect(plain.output.contains("decision.next"))
    let good = try program.write("keys:\n  decision.next: [W, f12]\n", to: ".config/signalbox/keys.yaml")
    #expect(try await program.run("keys", "--check").output.contains("what the file changes"))
    let rows = try #require(try await program.run("keys", "--json").json() as? [[String: Any]])
    #expect(rows.contains { $0["action"] as? String == "decision.next" && $0["keys"] as? [String] == ["W"] })
    let bad = try program.write(
      "keys:\n  decision.nxt: [N]\n  session.pause: [x]\n  pane.zoom: [hyper-z]\n", to: "bad.yaml")
    let told = try await program.run("keys", "--check", bad)
    #expect(told.status == 3)
    // A word that is not known is told before conflicts, which only a table that can be read has.
    #expect(told.output.contains("bad.yaml:2:3: No action is called “decison.next”") == false)
    #expect(told.output.contains("bad.yaml:2:3: No action is called “decision.nxt”; did you mean decision.next?"))
    #expect(told.output.contains("bad.yaml:4:15: “hyper-z” is no key"))
    let clash = try program.write("keys: {session.pause: [x]}", to: "clash.yaml")
    #expect(try await program.run("keys", "check", clash).status == 64)
    let found = try await program.run("keys", "--check", clash)
    #expect(found.status == 3)
    #expect(found.output.contains("clash.yaml:1:24: In session x is report.export already"))
    #expect(try await program.run("keys", "--check", good).status == 0)
    let torn = try program.write("keys: {", to: "torn.yaml")
    let unread = try await program.run("keys", "--check", torn, "--json")
    #expect(unread.status == 3)
    #expect((try unread.json() as? [String])?.first?.contains(": This is not YAML") == true)
    #expect(try await program.run("keys", torn).status == 3)
  }

  @Test func theConsoleTakesTheKeysAndATerminalThatWasKilledIsPutInOrder() async throws {
    let program = try Program()
    _ = try program.write("keys: {help.open: [W], item.open: [ctrl-b, enter]}", to: ".config/signalbox/keys.yaml")
    // A shell that puts nothing in order by itself, as bash would.
    let terminal = try await Multiplexer(program, columns: 90, rows: 24, shell: true)
    func flag(_ name: String) async throws -> String {
      try await terminal.tmux("display-message", "-p", "#{\(name)}").output
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }
    try await terminal.type("'\(Program.path)' keys --check")
    try await terminal.press("Enter")
    // The prefix of the tmux around it is found; here it is its usual one.
    try await terminal.shows("b is the prefix of the tmux around this terminal")
    try await terminal.type("'\(Program.path)'")
    try await terminal.press("Enter")
    try await terminal.shows("Built-in keys are used.")
    #expect(try await terminal.screen().contains("? help"))
    try await terminal.press("q")
    try await terminal.shows("Leave the console?")
    try await terminal.press("Right", "Enter")
    _ = try program.write("keys: {help.open: [W]}", to: ".config/signalbox/keys.yaml")
    try await terminal.type("'\(Program.path)'")
    try await terminal.press("Enter")
    try await terminal.shows("W help")
    try await terminal.press("W")
    try await terminal.shows("► Help")
    #expect(try await flag("alternate_on") == "1")
    let shell = try await flag("pane_pid")
    let children = try String(contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)
    let console = try #require(children.split(separator: " ").first.flatMap { pid_t($0) })
    kill(console, SIGKILL)
    try await terminal.shows("Killed")
    #expect(try await flag("alternate_on") == "1")
    // Enter is no end of a line in what the console left; Ctrl-J is.
    try await terminal.type("'\(Program.path)' restore-terminal")
    try await terminal.press("C-j")
    try await terminal.shows("is in order")
    #expect(try await flag("alternate_on") == "0")
    #expect(try await flag("cursor_flag") == "1")
    try await terminal.type("stty -a")
    try await terminal.press("Enter")
    let modes = try await terminal.shows("echoke")
    for mode in ["isig icanon", " echo ", " icrnl ", "opost", "intr = ^C", "susp = ^Z"] {
      #expect(modes.contains(mode), "\(mode)")
    }
    let name = try await flag("pane_tty")
    #expect(try await program.run("restore-terminal", "--tty", name).output.hasPrefix("\(name) is in order"))
    await terminal.close()
    for (words, why) in [(["--tty", "/dev/null"], "/dev/null is no terminal"), (["--tty", "/none"], "No such file")] {
      let refused = try await Program.run(
        Program.path, ["restore-terminal"] + words, in: program.folder, environment: program.environment)
      #expect(refused.status == 3 && refused.words.contains(why), "\(refused.words)")
    }
  }
}
