import Testing

@testable import Kernel

// covers Workflow.swift

@Suite("Workflow")
struct WorkflowTests {
  @Test("Modules bring those they need, in the workflow's order, and say why")
  func resolution() {
    let (modules, notices) = Workflows.mini.resolve(modules: ["payment"])
    #expect(modules == ["workers", "rabbitmq", "payment", "communication"])
    #expect(
      notices == [
        "Background workers was added because Payment needs it.", "Communication was added because Payment needs it.",
        "RabbitMQ was added because Background workers needs it.",
      ])
  }

  @Test("Nothing is added to what is complete, twice the same is once, unknown ones vanish")
  func resolutionOfComplete() {
    #expect(Workflows.mini.resolve(modules: []).modules == [])
    let (modules, notices) = Workflows.mini.resolve(modules: ["rabbitmq", "bot", "bot", "spaceships"])
    #expect(modules == ["bot", "rabbitmq"])
    #expect(notices.isEmpty)
  }

  @Test("Modules that need each other come to an end")
  func cycle() {
    var workflow = Workflows.mini
    workflow.modules = [
      Module(id: "a", title: "A", aliases: [], requires: ["b"]),
      Module(id: "b", title: "B", aliases: [], requires: ["a", "unknown"]),
    ]
    let (modules, notices) = workflow.resolve(modules: ["a"])
    #expect(modules == ["a", "b"])
    #expect(notices == ["B was added because A needs it.", "unknown was added because B needs it."])
  }

  @Test("A sub-stage says why it does not run; the module is the first reason")
  func skipReasons() {
    let plain = Workflows.substage("1")
    let late = Workflows.substage("2", from: 3)
    let both = Workflows.substage("3", from: 2, module: "bot")
    #expect(plain.skipReason(level: 1, modules: []) == nil)
    #expect(late.skipReason(level: 2, modules: []) == "level 3 and up")
    #expect(late.skipReason(level: 3, modules: []) == nil)
    #expect(both.skipReason(level: 1, modules: []) == "not requested")
    #expect(both.skipReason(level: 1, modules: ["bot"]) == "level 2 and up")
    #expect(both.skipReason(level: 4, modules: ["bot"]) == nil)
  }

  @Test("A gate blocks from its level on, or never")
  func mandatory() {
    let gate = Workflows.gate("g", mandatory: 2)
    #expect(!gate.isMandatory(at: 1))
    #expect(gate.isMandatory(at: 2))
    #expect(gate.isMandatory(at: 4))
    #expect(!Workflows.gate("g", mandatory: nil).isMandatory(at: 4))
  }

  @Test("Look-ups find what is there and nothing else")
  func lookups() {
    let workflow = Workflows.mini
    #expect(workflow.level(3)?.coverage == 80)
    #expect(workflow.level(nil) == nil)
    #expect(workflow.level(5) == nil)
    #expect(workflow.playbook("sign-off")?.scenario == 0)
    #expect(workflow.playbook("nothing") == nil)
    #expect(workflow.gate("lint")?.mandatoryFrom == 1)
    #expect(workflow.gate("nothing") == nil)
    #expect(workflow.stage(3)?.substages.count == 3)
    #expect(workflow.stage(9) == nil)
    #expect(Workflow.empty.stages.isEmpty)
  }
}
