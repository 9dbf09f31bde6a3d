import Testing

@testable import Kernel

// covers Sources/Kernel/RoleDuty.swift

/// What cards bind the engine to: the gates it runs, how often a role tries, and who comes next.
@Suite("Duties of roles") struct RoleDutyTests {
  static let developer = RoleDuty(
    role: "developer", title: "Developer", reportsTo: "architect", attempts: 2, mandatoryGates: ["tests", "style"],
    takes: ["write"])
  static let architect = RoleDuty(
    role: "architect", title: "Architect", reportsTo: "manager", attempts: 2, takes: ["write"])
  static let manager = RoleDuty(role: "manager", title: "Manager")
  static let duties = [developer, architect, manager]

  static func wrong(_ number: Int) -> TaskFailure { TaskFailure(cause: .cognitive, message: "wrong in way \(number)") }

  /// Fails a task so often, each time as it is tried again.
  private func fail(_ id: String, times: Int, of team: inout TeamDriver) throws {
    for number in 1...times {
      try team.work(until: id)
      try team.fail(id, Self.wrong(number))
    }
  }

  private func escalations(_ team: TeamDriver) -> [TaskEscalation] { team.session.tasks.flatMap(\.escalations) }

  // MARK: - What is written down

  @Test("Duties are those of the roles in which programs work, and of every role above them")
  func whoIsBound() {
    let cards = [
      RoleCard(
        role: "developer", title: "Developer", charter: "", reportsTo: "architect", mandatoryGates: ["tests"],
        optionalGates: ["naming"], attempts: 3),
      RoleCard(role: "architect", title: "Architect", charter: "", reportsTo: "manager"),
      RoleCard(role: "manager", title: "Manager", charter: ""), RoleCard(role: "tester", title: "Tester", charter: ""),
    ]
    let agents = [
      AgentDefinition(name: "a", roles: ["developer"], kind: .acp, takes: ["generate"]),
      AgentDefinition(name: "b", roles: ["developer"], kind: .command, takes: ["generate", "survey"]),
      AgentDefinition(name: "c", roles: ["tester"], kind: .generator),
    ]
    #expect(
      RoleDuty.duties(of: agents, by: cards) == [
        RoleDuty(
          role: "developer", title: "Developer", reportsTo: "architect", attempts: 3, mandatoryGates: ["tests"],
          optionalGates: ["naming"], takes: ["generate", "survey"]),
        RoleDuty(role: "architect", title: "Architect", reportsTo: "manager"),
        RoleDuty(role: "manager", title: "Manager"),
      ])
    #expect(RoleDuty.duties(of: [agents[2]], by: cards).isEmpty)
  }

  @Test("They are on record from the beginning; gates that the workflow does not have are told and stop nothing")
  func onRecord() throws {
    let team = try TeamDriver(duties: Self.duties)
    #expect(team.session.duties == Self.duties)
    let told = team.driver.events.filter { event in
      if case .noted(.warning, let text) = event.fact {
        return text
          == "The card of Developer names gates that the workflow team does not have, so nothing runs them: style."
      }
      return false
    }
    #expect(told.map(\.by) == ["engine"])
    #expect(try !TeamDriver().facts.contains { if case .rolesAssigned = $0 { true } else { false } })
    // Where nothing is supervised nobody is given a task, so there is nothing to be bound to.
    let driver = try Driver(duties: Self.duties)
    #expect(driver.session.duties.isEmpty)
  }

  // MARK: - Gates

  private static func gates() -> Workflow {
    var workflow = Team.workflow()
    workflow.gates = [
      Workflows.gate("tests", mandatory: 1), Workflows.gate("advice", mandatory: nil),
      Workflows.gate("late", from: 3, mandatory: 3), Workflows.gate("never", from: 3, mandatory: 3),
    ]
    return workflow
  }

  private func opened(_ duties: [RoleDuty]) throws -> [GateRecord] {
    var team = try TeamDriver(Self.gates(), duties: duties)
    try team.work()
    #expect(team.session.state == .completed)
    return team.session.gates
  }

  @Test("A card of a role that worked makes a gate mandatory that only advises, and includes one of a higher level")
  func mandatoryGates() throws {
    var asking = Self.duties
    asking[0].mandatoryGates = ["tests", "advice", "late"]
    let gates = try opened(asking)
    #expect(gates.map(\.id) == ["tests", "advice", "late"])
    #expect(gates.map(\.mandatory) == [true, true, true])
    let why = "asked for by the card of Developer"
    #expect(gates.map(\.reason) == [nil, why, why])
    // Without agents the level alone decides.
    let plain = try opened([])
    #expect(plain.map(\.id) == ["tests", "advice"])
    #expect(plain.map(\.mandatory) == [true, false])
    #expect(plain.allSatisfy { $0.reason == nil })
  }

  @Test("A card asks for nothing while nobody of its role did work that its agents take")
  func gatesOfTheIdle() throws {
    var asking = Self.duties
    asking[0].mandatoryGates = []
    asking[1].mandatoryGates = ["advice"]
    // The architect's own task, the plan, is made by the built-in performer here.
    #expect(try opened(asking).map(\.mandatory) == [true, false])
    asking[1].takes = ["plan"]
    #expect(try opened(asking).map(\.reason) == [nil, "asked for by the card of Architect"])
  }

  @Test("A gate that a card asks for blocks when it fails, and is put to a person")
  func gateBlocks() throws {
    var asking = Self.duties
    asking[0].mandatoryGates = ["advice"]
    var team = try TeamDriver(Self.gates(), duties: asking)
    for _ in 0..<500 {
      guard let effect = team.session.outstanding.first else { break }
      if case .runGate("advice", let attempt) = effect {
        try team.driver.start(effect)
        let result = GateResult(passed: false, required: "0", achieved: "3", evidence: "e", evidenceHash: "h")
        try team.driver.order(.reportGate("advice", attempt: attempt, result: result), by: "engine")
      } else {
        try team.perform(effect)
      }
    }
    #expect(try team.driver.open().subject == "gate:advice")
  }

  // MARK: - Attempts and the chain of command

  @Test("After as many failures as its card allows a task goes to the role above, whose agent mends it")
  func goesUp() throws {
    var team = try TeamDriver(duties: Self.duties)
    try fail("leads", times: 2, of: &team)
    try team.work(until: "leads")
    let task = try #require(team.session.task("leads"))
    #expect(task.workingRole == "architect")
    #expect(task.agent == "architect01")
    #expect(
      task.escalations.map(\.words) == [
        "escalated from developer to architect (architect01) because its agents failed 2 times, as often as the card of "
          + "Developer allows"
      ])
    #expect(task.escalations.map(\.failures) == [2])
    #expect(team.session.openDecisions.isEmpty)
    try team.work()
    #expect(team.session.state == .completed)
    #expect(team.session.task("leads")?.failedAttempts.map(\.role) == ["developer", "developer"])
    #expect(team.session.tasks.filter { $0.id != "leads" }.allSatisfy { $0.escalations.isEmpty })
    // Who worked is asked for its gates: both roles did.
    #expect(team.session.dutiesOfWork.map(\.role) == ["developer", "architect"])
  }

  @Test("Where nobody is left the person is asked at once, and reads who tried, how often, with which error")
  func nobodyLeft() throws {
    var alone = [Self.developer, RoleDuty(role: "architect", title: "Architect", reportsTo: "manager"), Self.manager]
    alone[0].attempts = 1
    var workflow = Team.workflow()
    workflow.playbooks = workflow.playbooks.map { playbook in
      var playbook = playbook
      if playbook.id == Playbook.taskFailed { playbook.body = "{{history}}" }
      return playbook
    }
    var team = try TeamDriver(workflow, duties: alone)
    try fail("leads", times: 1, of: &team)
    try team.work(until: "leads")
    let decision = try team.driver.open()
    #expect(decision.subject == "task:leads")
    #expect(decision.body.contains("Attempt 1 by developer01 (developer), code: wrong in way 1"))
    #expect(
      decision.body.contains(
        "Escalated from developer to person because its agents failed once, as often as the card of Developer allows; no "
          + "agent of this session's file works as architect at such a task; no agent of this session's file works as "
          + "manager at such a task"))
    #expect(team.session.task("leads")?.failedAttempts.count == 1)
    #expect(team.session.task("leads")?.attempt == 1)
    // The health monitor may not try again what only a person can have tried again.
    try team.driver.order(.checkHealth, by: "Ada")
    #expect(team.session.task("leads")?.state == .failed)
    #expect(team.session.openDecisions.map(\.id) == [decision.id])
    // A person's word is a fresh start with the task's own role.
    try team.driver.answer("retry")
    #expect(team.session.task("leads")?.state == .todo)
    #expect(team.session.task("leads")?.workingRole == "developer")
    try fail("leads", times: 1, of: &team)
    try team.work(until: "leads")
    #expect(try team.driver.open().subject == "task:leads")
    #expect(escalations(team).map(\.to) == ["person", "person"])
  }

  @Test("The role above has one round of its own attempts, and then it is the person's")
  func oneRoundEach() throws {
    var duties = Self.duties
    duties[0].attempts = 1
    duties[1].attempts = 1
    var team = try TeamDriver(duties: duties)
    try fail("leads", times: 2, of: &team)
    try team.work(until: "leads")
    #expect(try team.driver.open().subject == "task:leads")
    #expect(escalations(team).map(\.from) == ["developer", "architect"])
    #expect(escalations(team).map(\.to) == ["architect", "person"])
    #expect(team.session.task("leads")?.failedAttempts.map(\.agent) == ["developer01", "architect01"])
  }

  @Test("A person's fresh start begins with the task's own role again, also after somebody else had it")
  func freshStart() throws {
    var duties = Self.duties
    duties[1].attempts = 1
    var team = try TeamDriver(duties: duties)
    try fail("leads", times: 3, of: &team)
    try team.work(until: "leads")
    _ = try team.driver.open()
    try team.driver.answer("retry")
    try team.work(until: "leads")
    let task = try #require(team.session.task("leads"))
    #expect(task.workingRole == "developer")
    #expect(task.agent?.hasPrefix("developer") == true)
    #expect(task.failures(of: "developer") == 0)
    #expect(task.escalations.map(\.to) == ["architect", "person"])
    try team.work()
    #expect(team.session.state == .completed)
  }

  @Test("The workflow's own budget bounds everything: cards never bring more tries than there are without them")
  func neverMore() throws {
    func tries(_ duties: [RoleDuty], budget: Int, retries: Int) throws -> Int {
      var rules = Team.rules
      rules.attempts = [AttemptBudget(kind: "write", attempts: budget)]
      rules.healthRetries = retries
      var team = try TeamDriver(Team.workflow(rules), duties: duties)
      for number in 1...20 {
        try team.work(until: "leads")
        guard team.session.openDecisions.isEmpty else { break }
        try team.fail("leads", Self.wrong(number))
      }
      #expect(team.session.openDecisions.map(\.subject) == ["task:leads"])
      return team.session.task("leads")?.failedAttempts.count ?? 0
    }
    var patient = Self.duties
    for index in patient.indices { patient[index].attempts = 9 }
    for budget in 1...4 {
      for retries in 0...4 {
        let most = try tries([], budget: budget, retries: retries)
        #expect(try tries(patient, budget: budget, retries: retries) == most)
        #expect(try tries(Self.duties, budget: budget, retries: retries) == min(most, 4))
      }
    }
  }

  @Test("An agent that cannot work is passed over, and one that dies with a task hands it further up")
  func deadOnesArePassedOver() throws {
    var duties = Self.duties
    duties[2].takes = ["write"]
    var rules = Team.rules
    rules.agents.append(AgentRecord(name: "manager01", role: "manager"))
    var team = try TeamDriver(Team.workflow(rules), duties: duties)
    try fail("leads", times: 1, of: &team)
    try team.work(until: "leads")
    try team.driver.order(.reportAgent("architect01", state: .failed, reason: "crashed"), by: "engine")
    let before = team
    try team.fail("leads", Self.wrong(2))
    try team.work(until: "leads")
    #expect(escalations(team).map(\.to) == ["manager"])
    #expect(escalations(team).first?.reason.hasSuffix("architect01 is failed (crashed)") == true)
    // The other way round: it has the task when it goes.
    team = before
    try team.driver.order(.reportAgent("architect01", state: .available, reason: ""), by: "engine")
    try team.fail("leads", Self.wrong(2))
    try team.work(until: "leads")
    #expect(team.session.task("leads")?.agent == "architect01")
    try team.driver.order(.reportAgent("architect01", state: .terminated, reason: "gone"), by: "engine")
    #expect(team.session.task("leads")?.agent == "manager01")
    #expect(escalations(team).map(\.reason).last == "architect01 is terminated (gone)")
    #expect(team.session.alerts.allSatisfy { !$0.needsPerson })
    try team.driver.order(.reportAgent("manager01", state: .terminated, reason: "gone"), by: "engine")
    try team.work(until: "leads")
    #expect(escalations(team).map(\.to) == ["architect", "manager", "person"])
    #expect(team.session.task("leads")?.attempt == 2)
    #expect(try team.driver.open().subject == "task:leads")
  }

  @Test("A fault of the environment is nobody's, and a task that its agents do not take goes nowhere")
  func notCounted() throws {
    var duties = Self.duties
    duties[0].attempts = 1
    var rules = Team.rules
    rules.retryPauses = [1, 1]
    var team = try TeamDriver(Team.workflow(rules), duties: duties)
    try team.work(until: "leads")
    try team.fail("leads", TaskFailure(cause: .environment, message: "no space"))
    try team.wait(seconds: 2)
    #expect(escalations(team).isEmpty)
    #expect(team.session.task("leads")?.failures(of: "developer") == 0)
    duties[0].takes = ["survey"]
    team = try TeamDriver(Team.workflow(rules), duties: duties)
    try fail("leads", times: 2, of: &team)
    #expect(escalations(team).isEmpty)
    // What trying again could not change is put to a person as it always was.
    team = try TeamDriver(duties: Self.duties)
    try team.work(until: "leads")
    try team.fail("leads", TaskFailure(cause: .hard, message: "impossible"))
    try team.work(until: "leads")
    #expect(escalations(team).isEmpty)
    #expect(try team.driver.open().subject == "task:leads")
  }

  @Test("Cards that go round end with the person, and no role gets a task twice")
  func circles() throws {
    var duties = Self.duties
    for index in duties.indices { duties[index].attempts = 1 }
    duties[1].reportsTo = "developer"
    var team = try TeamDriver(duties: duties)
    try fail("leads", times: 2, of: &team)
    try team.work(until: "leads")
    #expect(escalations(team).map(\.to) == ["architect", "person"])
  }

  @Test("An answer that is taken back takes the fresh start with it")
  func undone() throws {
    var duties = Self.duties
    duties[0].attempts = 1
    duties[1].takes = []
    var team = try TeamDriver(duties: duties)
    try fail("leads", times: 1, of: &team)
    try team.work(until: "leads")
    try team.driver.answer("retry")
    try team.driver.order(.undo(reason: "no"))
    try team.work(until: "leads")
    #expect(team.session.task("leads")?.isWithPerson == true)
    #expect(try team.driver.open().subject == "task:leads")
    #expect(Session(replaying: team.driver.events) == team.session)
  }
}
