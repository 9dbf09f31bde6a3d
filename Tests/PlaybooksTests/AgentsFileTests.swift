import Kernel
import Testing

@testable import Playbooks

// covers AgentsFile.swift, and AgentDefinition.swift of the kernel
@Suite struct AgentsFileTests {
  private func read(_ text: String) throws(LibraryFailure) -> [AgentDefinition] {
    try AgentsFile.read(
      bytes: Array(text.utf8), name: "agents.yaml", roles: ["developer", "tester"], performers: ["generate", "repair"])
  }

  @Test func theSampleIsReadAsWritten() throws {
    let writer = AgentDefinition(
      name: "writer", roles: ["developer", "tester"], kind: .acp, command: ["my-agent", "--acp"],
      environment: [.inherited("MY_AGENT_KEY")], takes: ["generate"], model: "large",
      profile: AgentProfile(canLoad: true, replaysOnLoad: true, continuesOnLoad: false, asks: .always),
      limits: AgentLimits(seconds: 600, turns: 5, cents: 250, silence: 120, toolCalls: 200), network: true,
      instructions: "Keep to the style of the files that are there.")
    let helper = AgentDefinition(
      name: "helper", roles: ["developer"], kind: .command, command: ["my-tool", "--message-file", "{{file}}"],
      environment: [
        .file("MY_TOOL_TOKEN", path: "~/.config/my-tool/token"), .plain("LANG", value: "C.UTF-8"),
      ], network: true, home: .keep)
    let templates = AgentDefinition(name: "templates", roles: ["developer"], kind: .generator)
    let agents = try read(AgentsFile.sample)
    #expect(agents == [writer, helper, templates])
    #expect(agents.candidates(for: "developer", taking: "generate").map(\.name) == ["writer", "helper", "templates"])
    #expect(agents.candidates(for: "tester", taking: "generate").map(\.name) == ["writer"])
    #expect(agents.candidates(for: "developer", taking: "repair") == [])
  }

  @Test func nothingSaidIsTheWorst() {
    let profile = AgentProfile()
    #expect(!profile.endsWithInput && !profile.canLoad && !profile.takesWordsWhileBusy)
    #expect(profile.replaysOnLoad && profile.continuesOnLoad && profile.asks == .never)
  }

  @Test func placeholdersAreFilledOnce() {
    var task = TaskRecord(
      id: "4.2-a", title: "{{file}}", stage: 4, substage: nil, role: "developer", performer: "generate",
      expectedFiles: [], maxAttempts: 3)
    let text = "{{task}} {{title}} {{workspace}} {{file}} {{other}} {{"
    #expect(
      AgentDefinition.fill(text, task: task, workspace: "/w", file: "/f") == "4.2-a {{file}} /w /f {{other}} {{")
    task.title = "é"
    #expect(AgentDefinition.fill("é{{title}}é", task: task, workspace: "", file: "") == "ééé")
  }

  @Test func aProjectsFileIsFound() throws {
    let project = try Scratch()
    #expect(try Library(project: project.path, person: nil).agents() == nil)
    try project.write(AgentsFile.sample, to: ".signalbox/agents.yaml")
    let library = Library(project: project.path, person: nil)
    #expect(try library.agents()?.map(\.name) == ["writer", "helper", "templates"])
    #expect(library.failures() == [])
    try project.write("agents:\n  - {name: a, role: cook, kind: generator}\n", to: ".signalbox/agents.yaml")
    let refused = library.failures()
    #expect(refused.map(\.line) == [2] && refused.map(\.column) == [21])
    #expect(refused.first?.message.hasPrefix("There is no card for the role “cook”; known are analyst,") == true)
    let path = try project.write("agents: []\n", to: "other.yaml")
    #expect(failure { _ = try AgentsFile.read(path: path) }?.message == "Expected at least one agent.")
    #expect(failure { _ = try AgentsFile.read(path: path + "x") }?.message == "There is no such file.")
  }

  private static let good = """
    agents:
      - name: one
        role: developer
        kind: acp
        command: [tool, --acp]
        environment:
          - KEY_A
          - KEY_B: {file: /k}
        set: {LANG: C}
        takes: [generate]
        options: {effort: high}
        profile: {asks: always}
        limits: {seconds: 60, cost: 1.5}
        network: true
        home: keep
        instructions: Do {{task}}.

    """

  @Test func everythingMayBeSaid() throws {
    let agent = try #require(try read(Self.good).first)
    #expect(agent.environment.map(\.name) == ["KEY_A", "KEY_B", "LANG"])
    #expect(agent.options == [Setting(name: "effort", value: "high")])
    #expect(agent.limits == AgentLimits(seconds: 60, cents: 150))
  }

  @Test(arguments: [
    ("role: developer", "role: cook", 3, 11, "There is no card for the role “cook”; known are developer, tester."),
    ("role: developer", "role: engine", 3, 11, "are done by the engine"),
    ("role: developer", "roles: [tester, tester]", 3, 21, "The role “tester” stands twice"),
    ("    role: developer\n", "", 2, 5, "“role” is missing in an agent; “roles” takes a list."),
    ("kind: acp", "kind: magic", 4, 11, "“magic” is no kind of agent; known are acp, command, generator."),
    ("kind: acp", "kind: generator", 5, 14, "The generator is built in and has no “command”"),
    ("kind: acp", "kind: command", 11, 14, "A plain command cannot be asked for a “options”"),
    ("command: [tool, --acp]", "command: tool --acp", 5, 14, "as a list of words, for example [my-agent, --acp]"),
    ("--acp", "--key=sk-ant-1234567890", 5, 21, "This word looks like a secret"),
    ("--acp", "\"{{what}}\"", 5, 21, "a placeholder that is not known; known are {{task}}, {{title}}, {{workspace}}"),
    ("- KEY_A", "- KEY-A", 7, 9, "Expected a variable's name"),
    ("- KEY_A", "- KEY_B", 8, 9, "The variable “KEY_B” stands twice"),
    ("KEY_B: {file: /k}", "KEY_B: sk-ant-1234567890", 8, 16, "No value of “KEY_B” may stand here"),
    ("KEY_B: {file: /k}", "KEY_B: {path: /k}", 8, 17, "“path” is not known in where “KEY_B” is read from"),
    ("set: {LANG: C}", "set: {API_KEY: C}", 9, 20, "“API_KEY” looks like a secret"),
    ("set: {LANG: C}", "set: {LANG: ghp_0123456789abcdef}", 9, 17, "“LANG” looks like a secret"),
    ("set: {LANG: C}", "set: {URL: \"https://a:b@c/\"}", 9, 16, "“URL” looks like a secret"),
    ("takes: [generate]", "takes: [cook]", 10, 13, "There is no performer “cook”; known are generate, repair."),
    ("effort: high", "api_key: high", 11, 24, "The option “api_key” looks like a secret"),
    ("asks: always", "asks: often", 12, 21, "“often” is no way of asking; known are never, sometimes, always."),
    ("asks: always", "ask: always", 12, 15, "“ask” is not known in a profile"),
    ("cost: 1.5", "cost: 1.505", 13, 33, "with at most two decimals"),
    ("cost: 1.5", "cost: 0", 13, 33, "an amount above zero"),
    ("cost: 1.5", "cost: 1e3", 13, 33, "an amount above zero"),
    ("seconds: 60", "seconds: 0", 13, 23, "from 1 to 86400, not “0”"),
    ("network: true", "network: \"on\"", 14, 14, "true or false"),
    ("home: keep", "home: new", 15, 11, "“new” is no home; known are keep, fresh."),
    ("Do {{task}}.", "Do {{all}}.", 16, 19, "a placeholder that is not known"),
    ("    home: keep\n", "    house: keep\n", 15, 5, "“house” is not known in an agent"),
  ])
  func aBadFileIsRefusedWhereItStands(old: String, new: String, line: Int, column: Int, words: String) {
    #expect(Self.good.contains(old))
    let text = Self.good.replacing(old, with: new, maxReplacements: 1)
    let failure = failure { _ = try read(text) }
    #expect(failure?.line == line && failure?.column == column, "\(failure?.description ?? "none")")
    #expect(failure?.message.contains(words) == true, "\(failure?.description ?? "none")")
    // What may be a secret is never repeated.
    for secret in ["sk-ant-1234567890", "ghp_0123456789abcdef", "a:b@c"] {
      #expect(failure?.message.contains(secret) != true)
    }
  }

  @Test func twoAgentsOfOneNameAreRefused() {
    let text = "agents:\n  - {name: a, role: tester, kind: generator}\n  - {name: a, role: tester, kind: generator}\n"
    let failure = failure { _ = try read(text) }
    #expect(failure?.line == 3 && failure?.column == 12)
    #expect(failure?.message == "The agent “a” stands twice; every agent needs a name of its own.")
  }

  @Test func plainValuesAreNoSecrets() throws {
    for value in [
      "C.UTF-8", "/usr/local/share/some/long/path/with/1234567890", "http://localhost:8080/v1", "dumb", "0",
    ] {
      let text = Self.good.replacing("set: {LANG: C}", with: "set: {PLAIN: \"\(value)\"}")
      #expect(try read(text).first?.environment.last == .plain("PLAIN", value: value))
    }
    let long = Self.good.replacing("set: {LANG: C}", with: "set: {PLAIN: Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1u}")
    #expect(failure { _ = try read(long) }?.message.contains("looks like a secret") == true)
  }
}
