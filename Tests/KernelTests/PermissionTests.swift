import Testing

@testable import Kernel

/// What agents ask leave for (Permission.swift): one question to a person, bound to one attempt.
@Suite("Permission") struct PermissionTests {
  private static let choices = [
    PermissionChoice(id: "once", name: "Yes, proceed", kind: .allowOnce),
    PermissionChoice(id: "ever", name: "Yes, don't ask again", kind: .allowAlways),
    PermissionChoice(id: "wide", name: "Yes, and widen the mode", kind: .allowOnce),
    PermissionChoice(id: "no", name: "No", kind: .rejectOnce),
  ]

  private static func request(
    _ number: Int = 1, attempt: Int = 1, details: String = "```\npytest -q\n```", scope: GrantScope? = nil
  ) -> PermissionRequest {
    PermissionRequest(
      task: "leads", attempt: attempt, number: number, agent: "developer01", title: "Run pytest -q", details: details,
      why: "No rule of its card covers it.", choices: choices, scope: scope)
  }

  /// A session in which the task `leads` is under way.
  private func working() throws -> TeamDriver {
    var team = try TeamDriver()
    try team.work(until: "leads")
    try team.driver.start(.perform(task: "leads", attempt: 1))
    return team
  }

  private func ask(_ request: PermissionRequest, _ team: inout TeamDriver) throws -> Decision {
    try team.driver.order(.askPermission(request), by: "developer01")
    return try #require(team.session.decision(for: request))
  }

  private func answer(_ decision: Decision, _ option: String, by: String = "ana") -> Demand {
    .answer(Answer(decision: decision.id, option: option, digest: decision.digest))
  }

  @Test("a question shows the agent's own names, keys that differ, and the whole of what is asked")
  func question() throws {
    var team = try working()
    let decision = try ask(Self.request(), &team)
    #expect(decision.isOpen)
    #expect(decision.askedBy == "developer01")
    #expect(
      decision.options.map(\.title) == [
        "Yes, proceed", "Yes, don't ask again", "Yes, and widen the mode", "No", "Pause",
      ])
    #expect(decision.options.map(\.key) == ["y", "a", "1", "n", "p"])
    #expect(decision.options.map(\.target) == ["once", "ever", "wide", "no", nil])
    #expect(decision.options.map(\.effect) == [.grant, .grant, .grant, .deny, .pause])
    #expect(decision.recommended == nil)
    #expect(decision.body.contains("pytest -q"))
    #expect(decision.body.contains("No rule of its card covers it."))
    #expect(team.session.state == .waiting)
    // Asked twice, it is one question.
    try team.driver.order(.askPermission(Self.request()), by: "developer01")
    #expect(team.session.openDecisions.count == 1)
    // The digest covers what is shown: one byte more is another question.
    let other = try ask(Self.request(2, details: "```\npytest -q \n```"), &team)
    #expect(other.digest != decision.digest)
  }

  @Test("it is answered once, and nothing but the answer follows; other work goes on")
  func answering() throws {
    var team = try working()
    let decision = try ask(Self.request(), &team)
    #expect(team.session.outstanding.map(\.subject).contains("task:notes"))
    let events = try team.driver.order(answer(decision, "choice-4"), by: "ana")
    #expect(events.count == 1)
    #expect(team.session.decision(decision.id)?.answer?.option == "choice-4")
    #expect(team.session.inFlight.contains(.perform(task: "leads", attempt: 1)))
    #expect(team.session.state == .running)
    guard case .alreadyAnswered(_, "choice-4", "ana", _)? = team.driver.refusal(answer(decision, "choice-1")) else {
      Issue.record("a second answer was taken")
      return
    }
    // What an agent was let do cannot be taken back, and no earlier answer is lost by it.
    #expect(team.session.restorePoints.contains { $0.decision == decision.id } == false)
  }

  @Test("it is void when the attempt ends: by its end, a rest, an abort or a dead engine")
  func void() throws {
    let ends: [(inout TeamDriver) throws -> Void] = [
      { try $0.end("leads") },
      { try $0.driver.order(.pause(reason: "lunch"), by: "ana") },
      { try $0.driver.order(.abort(reason: "over", confirmation: $0.session.id), by: "ana") },
      { try $0.driver.order(.takeLease(holder: "another", epoch: $0.session.epoch + 1), by: "engine") },
      {
        try $0.driver.order(
          .voidPermission(Self.request().subject, reason: "The turn was cancelled."), by: "developer01")
      },
    ]
    for end in ends {
      var team = try working()
      let decision = try ask(Self.request(), &team)
      try end(&team)
      #expect(team.session.decision(decision.id)?.withdrawn != nil)
      switch team.driver.refusal(answer(decision, "choice-1")) {
      case .withdrawn, .ended: break
      default: Issue.record("a void question was answered")
      }
    }
    // Nobody asks for an attempt that is not under way.
    var team = try working()
    try team.end("leads")
    guard case .staleReport? = team.driver.refusal(.askPermission(Self.request())) else {
      Issue.record("an attempt that is over asked")
      return
    }
  }

  @Test("a standing grant covers exactly its scope, its task and its time, is listed and can be revoked")
  func grants() throws {
    var team = try working()
    let scope = GrantScope.command("pytest -q")
    let decision = try ask(Self.request(scope: scope), &team)
    let option = try #require(decision.option("t"))
    #expect(option.id == Decision.grantOption)
    try team.driver.order(answer(decision, option.id), by: "ana")
    let grant = try #require(team.session.grants.first)
    #expect(grant.by == "ana" && grant.scope == scope && grant.decision == decision.id)
    let now = grant.at
    #expect(team.session.grant(for: scope, task: "leads", at: now) == grant)
    #expect(team.session.grant(for: .command("pytest -q "), task: "leads", at: now) == nil)
    #expect(team.session.grant(for: .path("pytest -q"), task: "leads", at: now) == nil)
    #expect(team.session.grant(for: scope, task: "notes", at: now) == nil)
    #expect(team.session.grant(for: scope, task: "leads", at: now + StandingGrant.longest) == nil)
    try team.driver.order(.revokeGrant(grant.id, reason: ""), by: "ben")
    #expect(team.session.grant(for: scope, task: "leads", at: now) == nil)
    #expect(team.session.grants.first?.ended == "revoked by ben")
    guard case .notNow? = team.driver.refusal(.revokeGrant("G-99", reason: "")) else {
      Issue.record("a grant nobody gave was revoked")
      return
    }
  }

  @Test("a grant stands until it is revoked, its time or its task is over")
  func states() throws {
    var team = try working()
    let decision = try ask(Self.request(scope: .command("pytest -q")), &team)
    try team.driver.order(answer(decision, Decision.grantOption), by: "ana")
    let grant = try #require(team.session.grants.first)
    #expect(team.session.state(of: grant, at: grant.at) == .standing)
    #expect(team.session.state(of: grant, at: grant.until) == .expired)
    var revoked = team
    try revoked.driver.order(.revokeGrant(grant.id, reason: "It ran too often."), by: "ana")
    #expect(revoked.session.grants.map { revoked.session.state(of: $0, at: grant.at) } == [.revoked])
    try team.end("leads")
    #expect(team.session.task("leads")?.state == .done)
    #expect(team.session.state(of: grant, at: grant.at) == .over)
  }

  @Test("a record tells who answered: a person, a rule, a grant, a limit or nobody")
  func sources() {
    func record(_ by: String, decision: String? = nil) -> PermissionRecord {
      PermissionRecord(
        task: "leads", attempt: 1, number: 1, agent: "developer01", title: "Run it", isAllowed: false, answer: "No",
        by: by, decision: decision)
    }
    #expect(record("rule of the card developer: reads").source == .rule)
    #expect(record("grant G-1 of ana").source == .grant)
    #expect(record("the limit of open questions").source == .engine)
    #expect(record("nobody").source == .nobody)
    #expect(record("nobody").verdict == "unanswered")
    // A person may be called anything.
    #expect(record("rule", decision: "hotel-D1").source == .person)
    #expect(record("rule", decision: "hotel-D1").verdict == "refused")
  }

  @Test("scopes are compared byte for byte")
  func scopes() {
    #expect(GrantScope.path("caf\u{e9}") != GrantScope.path("cafe\u{301}"))
    for scope in [GrantScope.command("a:b"), .path("x"), .tool("")] {
      #expect(GrantScope(reading: scope.coded) == scope)
    }
    #expect(GrantScope(reading: "nothing") == nil)
    #expect(GrantScope(reading: "other:x") == nil)
  }
}
