import Foundation
import Testing

/// What `doctor` says of agents before a session depends on them. Covers AgentCheck, and of Crew how programs and variables
/// are found.
@Suite(.serialized) struct DoctorTests {
  private static let stub = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("SupervisionTests/stub_agent.py").path

  /// The rows of `doctor --json` about agents, by name, and its exit status.
  private func look(_ yaml: String, files: [String: String] = [:], variables: [String: String] = [:]) async throws -> (
    rows: [String: [String: Any]], status: Int32, output: String
  ) {
    let program = try Program()
    for (name, text) in files { _ = try program.write(text, to: name) }
    let file = try program.write(yaml.replacingOccurrences(of: "FOLDER", with: program.folder), to: "agents.yaml")
    let result = try await Program.run(
      Program.path, ["doctor", "--agents", file, "--json"], in: program.folder,
      environment: program.environment.merging(variables) { _, given in given })
    let all = try #require(try result.json() as? [[String: Any]], "\(result.words)")
    return (
      Dictionary(all.map { ($0["name"] as? String ?? "", $0) }) { first, _ in first }, result.status,
      result.output + result.words
    )
  }

  @Test func anAgentThatSpeaksIsGreetedAndTheOthersAreSeen() async throws {
    // The sandbox hides the machine's temporary folder, and with it a checkout that lies there.
    let stub = "/var/tmp/signalbox-stub-\(UUID().uuidString).py"
    try FileManager.default.copyItem(atPath: Self.stub, toPath: stub)
    defer { try? FileManager.default.removeItem(atPath: stub) }
    let found = try await look(
      """
      agents:
        - {name: writer, role: developer, kind: acp, command: [python3, "\(stub)"], environment: [STUB_KEY]}
        - {name: helper, role: tester, kind: command, command: [cat, "{{file}}"], environment: [STUB_KEY, STUB_PIN]}
        - {name: templates, role: developer, kind: generator}
      """, variables: ["STUB_KEY": "very-hidden-value", "STUB_PIN": "1234"])
    let writer = try #require(found.rows["agent writer"])
    #expect(writer["ok"] as? Bool == true, "\(writer)")
    #expect(writer["says"] as? String == "stub 1")
    #expect(writer["protocol"] as? Int == 1)
    #expect(writer["loads"] as? Bool == false && writer["resumes"] as? Bool == false)
    #expect(writer["logins"] as? [String] == [])
    #expect((writer["milliseconds"] as? Int ?? 0) > 0)
    #expect((writer["found"] as? String)?.hasPrefix("stub 1, protocol 1, begins anew after a stop, L") == true)
    let containment = try #require(found.rows["containment"])
    #expect(writer["level"] as? String == containment["level"] as? String)
    #expect((containment["found"] as? String)?.contains("bubblewrap") == true)
    #expect(found.rows["agent helper"]?["ok"] as? Bool == true)
    let helper = try #require(found.rows["agent helper"]?["found"] as? String)
    #expect(helper.contains("/cat can be started"))
    #expect(helper.contains("The value of STUB_PIN has fewer than 8 bytes"), "\(helper)")
    #expect(found.rows["agent helper"]?["short"] as? [String] == ["STUB_PIN"])
    #expect(writer["short"] == nil)
    #expect(found.rows["agent templates"]?["found"] as? String == "built in; it starts no program")
    #expect(!found.output.contains("very-hidden-value"))
    #expect(found.status == 0, "\(found.output)")
  }

  @Test func whatIsWrongWithAnAgentIsSaidWithAWayOut() async throws {
    let login = #"""
      import json, os, sys
      for line in sys.stdin:
          message = json.loads(line)
          if message["method"] == "initialize":
              result = {"protocolVersion": 1, "agentInfo": {"name": "shy"}, "agentCapabilities": {"loadSession": True},
                        "authMethods": [{"id": "browser", "name": "Sign in", "type": "terminal"}]}
              print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
          else:
              error = {"code": -32000, "message": "Authentication required"}
              print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": error}), flush=True)
      """#
    let leak = "import os, sys; sys.stderr.write('bad key ' + os.environ['STUB_KEY'] + '\\n'); sys.exit(3)"
    let future = "import json; input(); print(json.dumps({'jsonrpc':'2.0','id':0,'result':{'protocolVersion':9}}))"
    let found = try await look(
      """
      agents:
        - {name: absent, role: developer, kind: acp, command: [no-such-program-here]}
        - {name: gone, role: developer, kind: command, command: [FOLDER/nothing]}
        - {name: poor, role: developer, kind: acp, command: [python3, "\(Self.stub)"], environment: [NO_SUCH_VARIABLE]}
        - {name: unread, role: developer, kind: command, command: [cat], environment: [A: {file: FOLDER/none}]}
        - {name: shy, role: developer, kind: acp, command: [python3, -c, \(quoted(login))]}
        - {name: leaky, role: developer, kind: acp, command: [python3, -c, \(quoted(leak))], environment: [STUB_KEY]}
        - {name: future, role: developer, kind: acp, command: [python3, -c, \(quoted(future))]}
      """, variables: ["STUB_KEY": "very-hidden-value"])
    let expected = [
      "absent": ("there is no program no-such-program-here", "absolute path"),
      "gone": ("nothing is no program that can be started", "absolute path"),
      "poor": ("needs the variable NO_SUCH_VARIABLE, which is not set", "environment"),
      "unread": ("which cannot be read", "environment"), "shy": ("shy wants a login first: Sign in", "home: keep"),
      "leaky": ("ended with status 3: bad key [STUB_KEY]", "by hand"),
      "future": ("speaks version 9 of the protocol", "version 1"),
    ]
    for (name, (what, instead)) in expected {
      let row = try #require(found.rows["agent \(name)"])
      #expect(row["ok"] as? Bool == false, "\(name)")
      #expect((row["found"] as? String)?.contains(what) == true, "\(name): \(row)")
      #expect((row["instead"] as? String)?.contains(instead) == true, "\(name): \(row)")
    }
    #expect(!found.output.contains("very-hidden-value"))
    #expect(found.status == 5)
    // A sandbox has a /tmp of its own, in which a program of the person's does not lie.
    guard found.rows["containment"]?["level"] as? String == "L1" else { return }
    let script = "/tmp/signalbox-\(UUID().uuidString).sh"
    try Data("#!/bin/sh\n".utf8).write(to: URL(fileURLWithPath: script))
    defer { try? FileManager.default.removeItem(atPath: script) }
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
    let hidden = try await look("agents:\n  - {name: far, role: developer, kind: command, command: [\(script)]}\n")
    #expect((hidden.rows["agent far"]?["found"] as? String)?.contains("cannot be seen from the sandbox") == true)
  }

  @Test func aFileThatIsWrongIsRefusedWithItsPlace() async throws {
    let found = try await look("agents:\n  - {name: a, role: developer, kind: robot}\n")
    let row = try #require(found.rows["agents"])
    #expect((row["found"] as? String)?.contains("agents.yaml:2:") == true, "\(row)")
    #expect(found.status == 5)
    let program = try Program()
    let none = try await program.run("doctor", "--json")
    let rows = try #require(try none.json() as? [[String: Any]])
    #expect(
      rows.contains { $0["found"] as? String == "no agents.yaml; the built-in generator works" }, "\(none.output)")
  }

  /// A text as a YAML value in double quotes.
  private func quoted(_ text: String) -> String {
    String(decoding: (try? JSONEncoder().encode(text)) ?? Data(), as: UTF8.self)
  }
}
