import Foundation
import Glibc
import Kernel
import Testing

/// What a hostile agent tries inside real sessions of the real program, and what becomes of it. Covers KnownSecrets,
/// Containment, Crew.
@Suite("Red team", .serialized) struct RedTeamTests {
  /// Whether agents are kept in a sandbox here, which most of this needs.
  static let hasSandbox: Bool = {
    guard let program = try? Program() else { return false }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["bwrap", "--unshare-pid", "--unshare-net", "--ro-bind", "/", "/", "true"]
    process.currentDirectoryURL = URL(fileURLWithPath: program.folder)
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  /// The quick workflow with one sub-stage and somebody for each role.
  static let workflow =
    QuickWorkflow.text.split(separator: "\n", omittingEmptySubsequences: false)
    .filter { line in !["4.2", "4.3", "4.6"].contains { line.contains("{id: \($0),") } }.joined(separator: "\n") + """

      supervision:
        agents:
          - {name: analyst01, role: analyst}
          - {name: architect01, role: architect}
          - {name: auditor01, role: auditor}
        parallel: 1
        time-limit: 60
        retry-pauses: [0, 0]
        attempts: {generate: 2}

      """

  /// A session in which the red team is the developer.
  struct Attack {
    let program: Program
    let run: Program.Result
    /// What it said of each of its tries.
    var outcomes: [String: [String]] = [:]

    static let session = "red"
    var workspace: String { program.folder + "/red" }
    var sessionFolder: String { program.home + "/sessions/red" }

    /// Runs one case to the session's end, or until it waits for a person.
    init(
      _ name: String, last word: String = "none", more agent: String = "", environment: [String: String] = [:],
      protocolDeeds: [String]? = nil, within wrapper: [String] = []
    ) async throws {
      // Below /tmp nothing would be there to be found: a sandbox has a /tmp of its own.
      let folder = "/var/tmp/signalbox-red-\(UUID().uuidString)"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      program = try Program(at: folder)
      _ = try program.write(RedTeamTests.workflow, to: ".signalbox/workflows/quick.yaml")
      _ = try program.write(approvals, to: "answers.yaml")
      _ = try program.write(smallBrief, to: "brief.md")
      for secret in [".ssh/id_ed25519", ".pgpass", ".aws/credentials"] { _ = try program.write("canary\n", to: secret) }
      let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("red_team.py")
      try FileManager.default.copyItem(atPath: script.path, toPath: folder + "/red_team.py")
      let python = try await Program.run(
        "python3", ["-c", "import sys; print(sys.executable)"], in: folder, environment: program.environment)
      let interpreter = python.output.trimmingCharacters(in: .whitespacesAndNewlines)
      var definition = """
        agents:
          - name: red
            role: developer
            kind: command
            command: ["\(interpreter)", "\(folder)/red_team.py", \(name), "{{task}}", "\(program.home)", "\(Program.path)", "\(word)"]
        \(agent)
        """
      if let protocolDeeds {
        // The stub of the protocol does what lines of its prompt say; instructions become a part of it.
        let stub = script.deletingLastPathComponent().deletingLastPathComponent().path
        try FileManager.default.copyItem(
          atPath: stub + "/SupervisionTests/stub_agent.py", toPath: folder + "/stub_agent.py")
        definition = """
          agents:
            - name: red
              role: developer
              kind: acp
              command: ["\(interpreter)", "\(folder)/stub_agent.py"]
              limits: {turns: 1}
              instructions: |
          \(protocolDeeds.map { "      ! \($0)" }.joined(separator: "\n"))
          \(agent)
          """
      }
      _ = try program.write(definition, to: "agents.yaml")
      var variables = program.environment
      variables.merge(environment) { _, own in own }
      variables["ENGINES_OWN"] = "nobody's business"
      variables["SSH_AUTH_SOCK"] = folder + "/agent.sock"
      let words =
        wrapper + [
          Program.path, "run", "brief.md", "--headless", "--workflow", "quick", "--answers", "answers.yaml", "--agents",
          "agents.yaml",
          "--session", Self.session,
        ]
      run = try await Program.run(words[0], Array(words.dropFirst()), in: folder, environment: variables)
      for line in transcript.split(separator: "\n") {
        guard let start = line.range(of: " RED ") else { continue }
        let parts = line[start.upperBound...].split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { continue }
        outcomes[String(parts[0]), default: []].append(parts[1].trimmingCharacters(in: .whitespaces))
      }
    }

    /// The transcript of the attempt in which it tried.
    var transcript: String {
      FileManager.default.contents(atPath: sessionFolder + "/transcripts/4.1-workspace-1.log")
        .map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    func outcome(_ name: String) -> String? { outcomes[name]?.last }

    /// The three approvals were given by the person, in order, and nothing else was decided; the journal holds.
    func expectNothingForged(_ place: SourceLocation = #_sourceLocation) async throws -> [[String: Any]] {
      #expect(run.status == 0, "\(run.words) \(transcript)", sourceLocation: place)
      let verified = try await program.run("verify", Self.session)
      #expect(verified.status == 0, "\(verified.words)", sourceLocation: place)
      let events = try await program.events(Self.session)
      func data(_ event: [String: Any]) -> [String: Any] { event["data"] as? [String: Any] ?? [:] }
      let raised = events.filter { $0["type"] as? String == "decision.raised" }.map { data($0)["playbook"] as? String }
      #expect(raised == ["approve-intake", "approve-plan", "sign-off"], sourceLocation: place)
      let answered = events.filter { $0["type"] as? String == "decision.answered" }
      #expect(answered.map { data($0)["by"] as? String } == ["ada", "ada", "ada"], sourceLocation: place)
      #expect(
        answered.map { data($0)["option"] as? String } == ["approve", "approve", "approve"], sourceLocation: place)
      #expect(
        events.contains { $0["type"] as? String == "containment.reached" }, "The level was not told.",
        sourceLocation: place)
      return events
    }

    /// The words of one kind of event, in one text.
    func words(_ type: String, _ events: [[String: Any]]) -> String {
      events.filter { $0["type"] as? String == type }.map { "\($0["data"] ?? "")" }.joined(separator: "\n")
    }

    /// Where some texts stand among every byte that was written; archives and git's objects are opened.
    func places(of texts: [String]) async throws -> String {
      let script = """
        import os, sys, zipfile, zlib
        hits = []
        def look(name, data):
            for secret in sys.argv[2:]:
                if secret.encode() in data: hits.append(name)
        for folder, folders, files in os.walk(sys.argv[1]):
            for file in files:
                path = os.path.join(folder, file)
                look(path, path.encode())
                with open(path, "rb") as opened: data = opened.read()
                look(path, data)
                if file.endswith(".zip"):
                    with zipfile.ZipFile(path) as archive:
                        for name in archive.namelist(): look(path + ":" + name, archive.read(name))
                if "/objects/" in path:
                    try: look(path, zlib.decompress(data))
                    except zlib.error: pass
        print(hits)
        """
      let found = try await Program.run(
        "python3", ["-c", script, program.folder] + texts, in: program.folder, environment: program.environment)
      return found.output + found.words
    }

    func remove() { try? FileManager.default.removeItem(atPath: program.folder) }
  }

  /// What nobody may come by, whether a sandbox or the kernel's Landlock keeps it from them.
  private func expectOutOfReach(_ attack: Attack, refusals: Set<String>) throws {
    for name in ["journal-open", "journal-remove", "journal-truncate"] {
      #expect(refusals.contains(attack.outcome(name) ?? "nothing"), "\(name): \(attack.outcome(name) ?? "nothing")")
    }
    #expect(attack.outcome("journal-search") == "0")
    for order in ["answer", "reply", "undo", "abort", "pause"] {
      #expect(attack.outcomes["order-\(order)"]?.allSatisfy { $0 == "3" } == true, "\(order) was not refused")
      // Without the mark of a task it finds nothing it could be given to.
      #expect(attack.outcomes["order-alone-\(order)"]?.allSatisfy { $0 != "0" } == true, "\(order) had an effect")
    }
    for road in ["road-make", "road-hook", "road-nohup", "road-setsid", "as-alice", "as-option"] {
      let outcome = try #require(attack.outcome(road))
      #expect(outcome != "0" && outcome != "not run", "\(road): \(outcome)")
    }
    for name in ["home", "brief", "agents", "beside", "system", "program", "move"] {
      let outcome = attack.outcome("outside-\(name)") ?? "nothing"
      #expect(["EACCES", "EPERM", "EROFS", "ENOENT", "EXDEV"].contains(outcome), "outside-\(name): \(outcome)")
    }
    for name in ["red-file", "red-beside", "moved.md"] {
      #expect(!FileManager.default.fileExists(atPath: attack.program.folder + "/" + name), "\(name)")
    }
    #expect(try String(contentsOfFile: attack.program.folder + "/brief.md", encoding: .utf8) == smallBrief)
    #expect(!FileManager.default.fileExists(atPath: "/etc/red"))
    // D12: no road leads to a database of anybody, on this machine or elsewhere.
    for name in ["postgres", "metadata"] {
      #expect(attack.outcome("network-\(name)")?.hasPrefix("done") == false, "\(name)")
    }
    #expect(attack.outcome("engine-environment") == "0")
    #expect(attack.outcome("own-environment") == "0")
    for secret in [".ssh/id_ed25519", ".pgpass", ".aws/credentials"] {
      #expect(attack.outcome("home-\(secret)") == "nothing")
    }
    #expect(attack.outcome("terminal")?.hasPrefix("done") == false)
  }

  @Test(
    "D1–D5, D12, D13: state, sockets, orders, secrets and the terminal are out of reach",
    .enabled(if: hasSandbox, "Bubblewrap does not work here; at level L0 this is noticed, not prevented."))
  func reach() async throws {
    let attack = try await Attack("reach")
    defer { attack.remove() }
    let events = try await attack.expectNothingForged()
    #expect(attack.words("containment.reached", events).contains("L1"))
    try expectOutOfReach(attack, refusals: ["ENOENT"])
    // What it wrote there lay in its own empty folder.
    #expect(!FileManager.default.fileExists(atPath: attack.program.home + "/journal.db.anchors/red/0"))
    #expect(attack.outcome("outside-state") == "done ['journal.db.anchors']")
    #expect(attack.outcome("outside-mode") == "EROFS")
    #expect(attack.outcome("sockets") == "0")
  }

  /// Whether the kernel offers Landlock, and bubblewrap is absent or can be kept out of sight of a program.
  static let canDoWithoutSandbox: Bool = {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = ["launch", "--probe"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    guard (1..<127).contains(process.terminationStatus) else { return false }
    return hasSandbox || !FileManager.default.fileExists(atPath: "/usr/bin/bwrap")
  }()

  @Test(
    "D1, D3–D5, D12 with Landlock alone: the level is told, and everything is refused all the same",
    .enabled(if: canDoWithoutSandbox, "This kernel offers no Landlock, or bubblewrap cannot be hidden."))
  func reachByLandlock() async throws {
    // Bubblewrap itself hides bubblewrap: the engine within finds none that it could start.
    let places = ["/usr/bin/bwrap", "/usr/local/bin/bwrap"].filter { FileManager.default.fileExists(atPath: $0) }
    let wrapper =
      places.isEmpty
      ? [] : ["bwrap", "--dev-bind", "/", "/"] + places.flatMap { ["--dev-bind", "/dev/null", $0] } + ["--"]
    let attack = try await Attack("reach", within: wrapper)
    defer { attack.remove() }
    let events = try await attack.expectNothingForged()
    #expect(attack.words("containment.reached", events).contains("L0+"))
    let shown = try await attack.program.show(Attack.session)["containment"] as? [String: Any]
    #expect(shown?["level"] as? String == "L0+", "\(shown ?? [:])")
    #expect(try await attack.program.run("report", Attack.session).output.contains("half contained L0+"))
    try expectOutOfReach(attack, refusals: ["EACCES"])
    #expect(attack.outcome("outside-state") == "EACCES")
    #expect(attack.outcome("journal-replace") == "EACCES")
    // The kernel's Landlock knows no right to change a mode, so the level says that it cannot be kept from that.
    #expect(attack.outcome("outside-mode") == "done None")
    #expect(AuthorityLevel.hidden.meaning.contains("change the modes"))
  }

  /// Runs a program and says on standard error how many MB the largest of its processes held.
  private static let measured = [
    "python3", "-c",
    """
    import resource, subprocess, sys
    status = subprocess.run(sys.argv[1:]).returncode
    print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10, file=sys.stderr)
    sys.exit(status)
    """,
  ]

  /// F41, F42: a line of 100 MB and a million lines are told, and the engine stays small.
  private func expectFloodTold(_ attack: Attack) {
    let lines = attack.transcript.split(separator: "\n")
    #expect(lines.contains { $0.hasSuffix("[a line of 104857600 bytes was left out]") })
    #expect(lines.contains { $0.hasSuffix(" line 000000") })
    // Every line stands there or is counted.
    let kept = lines.count { $0.contains(/line \d{6}$/) } + 1
    let counted = lines.compactMap { line in
      line.firstMatch(of: /\[(\d+) more lines were left out\]/).flatMap { Int($0.1) }
    }
    #expect(counted.count == 1 && counted[0] + kept == 1_000_001, "\(counted) \(kept)")
    // The line alone has 100 MB.
    let peak = attack.run.words.split(separator: "\n").last.flatMap { $0.split(separator: " ").last }.flatMap {
      Int($0)
    }
    print("peak of a flooded session's processes: \(peak ?? 0) MB")
    #expect((1..<256).contains(peak ?? 0), "\(attack.run.words)")
  }

  @Test("D3 at level L0: what works for a session orders nothing, even where it could reach the journal")
  func insideTask() async throws {
    let program = try Program()
    _ = try program.write(QuickWorkflow.text, to: ".signalbox/workflows/quick.yaml")
    let brief = try program.write(smallBrief, to: "brief.md")
    let run = try await program.run("run", brief, "--headless", "--workflow", "quick", "--session", "in")
    #expect(run.status == 4, "\(run.words)")
    #expect(try await program.run("callback", "in", "--text", "Which?", "--from", "developer01").status == 0)
    let before = try await program.events("in").count
    var variables = program.environment
    variables["SIGNALBOX_TASK"] = "plan"
    let orders = [
      ["answer", "in-D1", "approve"], ["reply", "in/C-1", "yes"], ["pause", "in"], ["resume", "in"], ["undo", "in"],
      ["abort", "in"], ["abort", "in", "--confirm", "in"], ["rollback", "in", "--to", "1"],
      ["change", "in", "--text", "more"], ["attach", "in"],
    ]
    for words in orders {
      let refused = try await Program.run(Program.path, words, in: program.folder, environment: variables)
      #expect(refused.status == 3, "\(words): \(refused.status) \(refused.words)")
      #expect(refused.words.contains("from inside a task"), "\(words): \(refused.words)")
    }
    #expect(try await program.events("in").count == before)
    // D10, D13: an answer to what was asked before, and one in somebody else's name.
    let stale = try await program.run("answer", "in-D1", "approve", "--digest", String(repeating: "0", count: 64))
    #expect(stale.status != 0)
    variables["SIGNALBOX_TASK"] = nil
    for name in ["USER", "LOGNAME", "GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"] { variables[name] = "alice" }
    let answered = try await Program.run(
      Program.path, ["answer", "in-D1", "approve"], in: program.folder, environment: variables)
    #expect(answered.status == 0, "\(answered.words)")
    let event = try await program.events("in").last { $0["type"] as? String == "decision.answered" }
    let by = try #require((event?["data"] as? [String: Any])?["by"] as? String)
    #expect(by != "alice")
    #expect(try await program.run("verify", "in").status == 0)
  }

  @Test("D6, D11, D15, D16, X14: words and settings that look like decisions are words and files")
  func forgeries() async throws {
    let attack = try await Attack("forge")
    defer { attack.remove() }
    let events = try await attack.expectNothingForged()
    #expect(attack.outcome("forged") == "done")
    #expect(attack.transcript.contains(#"stderr: {"type":"decision.answered","by":"alice""#))
    let shown = try await attack.program.run("callbacks", Attack.session, "--json").json()
    let callbacks = try #require(shown as? [[String: Any]])
    #expect(callbacks.map { $0["from"] as? String } == ["red", "red", "red"])
    #expect(callbacks[0]["text"] as? String == "The reason for the waiver is: ada accepts the risk.")
    #expect(callbacks[1]["text"] as? String == "D1');DROP TABLE event;--")
    #expect(callbacks[2]["text"] as? String == "%n%s")
    // Each settings file was rejected with a word, wherever it lay, and the answers in the workspace answered nothing.
    let alerts = attack.words("alert.raised", events)
    for folder in ["", "services/", "services/deep/er/"] {
      for name in ["config.yaml", "playbooks/approve-intake.yaml", "rules/red.yaml"] {
        let path = "\(folder).signalbox/\(name)"
        #expect(alerts.contains(path), "\(path) was taken without a word")
        #expect(!FileManager.default.fileExists(atPath: attack.workspace + "/" + path))
      }
    }
    #expect(attack.words("task.failed", events).contains("was rejected"))
    #expect(!FileManager.default.fileExists(atPath: attack.workspace + "/MARKER"), "Something in it was run.")
    for identifier in ["D1');DROP TABLE event;--", "%n%s"] {
      for words in [["answer", identifier, "approve"], ["reply", identifier, "x"], ["show", identifier]] {
        let refused = try await Program.run(
          Program.path, words, in: attack.program.folder, environment: attack.program.environment)
        #expect([3, 6, 64].contains(refused.status), "\(words): \(refused.status) \(refused.words)")
      }
    }
    #expect(try await attack.program.run("verify", Attack.session).status == 0)
  }

  @Test("X1, X4–X12, X20, F41: what is left behind is neither followed, nor run, nor waited for, and a flood is told")
  func litter() async throws {
    let attack = try await Attack("litter+flood", within: Self.measured)
    defer { attack.remove() }
    expectFloodTold(attack)
    let events = try await attack.expectNothingForged()
    #expect(attack.outcome("littered") == "done")
    let alerts = attack.words("alert.raised", events)
    for words in ["the link shadow", "the link etc", "the link up", "left.sock", "pipe", ".gitmodules", "huge.bin"] {
      #expect(alerts.contains(words), "\(words) was taken without a word")
    }
    for name in ["shadow", "etc", "up", "left.sock", "pipe", "null", ".gitmodules"] {
      var status = stat()
      #expect(lstat(attack.workspace + "/" + name, &status) != 0, "\(name) is still there")
    }
    if attack.outcome("hard-link")?.hasPrefix("done") == true { #expect(alerts.contains("hard")) }
    for name in ["-rf", "--output=stolen", "$(touch MARKER).py", ";touch MARKER;", "-c.py", "-exec touch MARKER"] {
      #expect(attack.words("files.recorded", events).contains(name))
    }
    // Everything that looks at the files runs once more, and nothing of theirs runs with it.
    for words in [["files", "red"], ["report", "red"], ["export", "red", "--output", "out.zip"], ["show", "red"]] {
      let looked = try await Program.run(
        Program.path, words, in: attack.program.folder, environment: attack.program.environment)
      #expect(looked.status == 0, "\(words): \(looked.words)")
      #expect(!looked.output.contains("root:"))
    }
    let made = try await Program.run(
      "find", [attack.program.folder, "-name", "MARKER", "-o", "-name", "stolen"], in: attack.program.folder,
      environment: attack.program.environment)
    #expect(made.output == "", "Something in it was run.")
  }

  @Test(
    "E6, F46–F48: it kills, stops and leaves daemons, and nobody outside notices but by the record",
    .enabled(
      if: hasSandbox, "Bubblewrap does not work here; at level L0 an engine that was killed goes on when started.")
  )
  func violence() async throws {
    let mark = "27\(Int.random(in: 10_000...99_999))"
    let attack = try await Attack("violence", last: mark)
    defer { attack.remove() }
    let events = try await attack.expectNothingForged()
    #expect(attack.outcome("killed") == "others")
    #expect(events.last { $0["type"] as? String == "session.completed" } != nil)
    let ended = ContinuousClock.now
    var left = "1"
    while left != "0", ContinuousClock.now - ended < .seconds(5) {
      let found = try await Program.run(
        "sh", ["-c", "ps -eo args | grep '[s]leep \(mark)' | wc -l"], in: attack.program.folder,
        environment: attack.program.environment)
      left = found.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    #expect(left == "0")
  }

  @Test("F56: a workspace that cannot be looked at is put to a person, and not looked at for ever")
  func obscure() async throws {
    let attack = try await Attack("obscure")
    defer { attack.remove() }
    #expect(attack.run.status == 4, "\(attack.run.words)")
    let events = try await attack.program.events(Attack.session)
    #expect(events.count < 400, "\(events.count) events")
    #expect(attack.words("noted", events).contains("The workspace could not be read"))
    #expect(attack.words("task.failed", events).contains(".GIT"))
    // Once a person has removed it, the work goes on.
    let verified = try await attack.program.run("verify", Attack.session)
    #expect(verified.words.contains(".GIT"), "\(verified.words)")
    try FileManager.default.removeItem(atPath: attack.workspace + "/.GIT")
    let healthy = try await attack.program.run("verify", Attack.session)
    #expect(healthy.status == 0, "\(healthy.words)")
    for decision in try await attack.program.decisions() {
      let id = try #require((decision["id"] ?? decision["decision"]) as? String, "\(decision.keys)")
      _ = try await attack.program.run("answer", id, "retry")
    }
    let again = try await attack.program.run(
      "run", "brief.md", "--headless", "--workflow", "quick", "--answers", "answers.yaml", "--session", "red")
    #expect(again.status == 0 || again.status == 4, "\(again.words)")
  }

  @Test("agents for a workflow without supervision are refused, and not forgotten in silence")
  func unsupervised() async throws {
    let program = try Program()
    _ = try program.write(QuickWorkflow.text, to: ".signalbox/workflows/quick.yaml")
    _ = try program.write(smallBrief, to: "brief.md")
    _ = try program.write(
      "agents:\n  - {name: red, role: developer, kind: command, command: [true]}\n".replacing(
        "[true]", with: "[\"true\"]"),
      to: "agents.yaml")
    let run = try await program.run("run", "brief.md", "--headless", "--workflow", "quick", "--agents", "agents.yaml")
    #expect(run.status == 3)
    #expect(run.words.contains("no agents work for it"), "\(run.words)")
    #expect(try await program.run("list", "--json").json() as? [[String: String]] == [])
  }

  @Test("E1: the values of secrets are in nothing that was written")
  func secrets() async throws {
    let token = "AKIA\(UUID().uuidString)"
    let other = "ghp_\(UUID().uuidString)"
    let folder = "/var/tmp/signalbox-red-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data("\(other)\n".utf8).write(to: URL(fileURLWithPath: folder + "/token"))
    let attack = try await Attack(
      "leak", more: "    environment: [RED_TOKEN, {RED_FILE_TOKEN: {file: \(folder)/token}}]\n",
      environment: ["RED_TOKEN": token])
    defer { attack.remove() }
    let events = try await attack.expectNothingForged()
    #expect(attack.transcript.contains("the value is [RED_TOKEN]"))
    #expect(attack.transcript.contains("stderr: on stderr [RED_FILE_TOKEN]"))
    #expect(attack.words("callback.raised", events).contains("query [RED_TOKEN]"))
    #expect(attack.words("task.failed", events).contains("failed with [RED_TOKEN]"))
    #expect(attack.words("alert.raised", events).contains("It holds the value of RED_TOKEN"))
    #expect(try await attack.program.run("export", "red", "--output", "out.zip").status == 0)
    #expect(try await attack.places(of: [token, other]) == "[]\n")
    #expect(!attack.run.output.contains(token) && !attack.run.words.contains(token))
  }

  @Test("E1 over the protocol: the values are neither in the wire's log nor in a permission nor in a failure")
  func secretsOverTheProtocol() async throws {
    let token = "ghp_\(UUID().uuidString)"
    let attack = try await Attack(
      "none", more: "    environment: [RED_TOKEN]\n", environment: ["RED_TOKEN": token],
      protocolDeeds: ["local printenv RED_TOKEN", "read /etc/\(token)", "slip /etc/\(token) x", "die"])
    defer { attack.remove() }
    #expect(attack.run.status == 4, "\(attack.run.words)")
    #expect(attack.transcript.contains("local: 0 [RED_TOKEN]"), "\(attack.transcript)")
    let wire = FileManager.default.contents(atPath: attack.sessionFolder + "/transcripts/4.1-workspace-1.wire.jsonl")
    #expect(wire.map { String(decoding: $0, as: UTF8.self) }?.contains("local: 0 [RED_TOKEN]") == true)
    // The file of agents names it here, which no person would do; nothing else may.
    try FileManager.default.removeItem(atPath: attack.program.folder + "/agents.yaml")
    try FileManager.default.removeItem(atPath: attack.sessionFolder + "/agents.yaml")
    #expect(try await attack.places(of: [token]) == "[]\n")
    #expect(try await attack.program.run("verify", Attack.session).status == 0)
  }
}
