import Engine
import Kernel

/// One example of everything that can happen in supervised work, continuing ``Examples``.
enum Supervising {
  static let agent = AgentRecord(
    name: "developer02", role: "developer", performer: "generate", state: .available,
    reason: "developer01 is failed.", isProvisioned: true)

  static let rejection = FileRejection(
    path: "app/routers/leads.py", reasons: ["line 152: non-default argument follows default argument"],
    keptAt: "/s/rejected/leads.py")

  static let incident = Incident(
    id: "I-1", substage: "4.1", at: 21, summary: "4.1 failed as a whole: b.txt is missing.",
    chain: ["developer01 wrote b.txt.", "Preflight rejected it."], cause: .cognitive,
    specifics: "Write files: SyntaxError", correct: ["Files that are valid stay: a.txt."],
    recommendation: "Try again with the reasons.", expected: ["a.txt", "b.txt"], found: ["a.txt"],
    missing: ["b.txt"], tasks: ["4.1-files"], blocks: ["4.4b"])

  static let callback = Callback(
    id: "C-1", kind: .blocker, from: "auditor01", to: "manager", text: "b.txt was not created.\nFull “text” — ünïcode.",
    context: [Setting(name: "folder", value: "/w")], urgency: .high, at: 22, task: "4.1-files", attempt: 2,
    missing: ["b.txt"])

  static let verification = Verification(
    number: 2,
    items: [
      VerificationItem(
        kind: .deliverable, subject: "b.txt", passed: false, words: "never made", task: "4.1-files",
        agent: "developer01"),
      VerificationItem(kind: .requirement, subject: "FR-001", passed: true, words: "a.txt:3"),
    ], at: 23, basis: "round 1; audit 1")

  static let batch = FileBatch(
    author: .task("4.1-files", attempt: 2, agent: "developer01"),
    operations: [
      FileOperation(kind: .created, path: "a.txt", size: 3, before: nil, after: "aa"),
      FileOperation(kind: .modified, path: "b.txt", size: 4, before: "bb", after: "cc"),
      FileOperation(kind: .removed, path: "c.txt", size: 5, before: "cc", after: nil),
      FileOperation(kind: .rejected, path: "d.py", size: 6, before: nil, after: "dd", reason: "line 1: bad"),
      FileOperation(kind: .reverted, path: "e.py", size: 7, before: "ee", after: "e0", reason: "owned by another"),
    ])

  /// In the order of `Fact`'s cases.
  static let facts: [Fact] = [
    .goalsSet([
      Goal(id: "FR-001", text: "Books can be lent — größer", priority: .must, deliverables: ["a.txt", "b.txt"])
    ]),
    .rolesAssigned([
      RoleDuty(
        role: "developer", title: "Developer — größer", reportsTo: "architect", attempts: 3, mandatoryGates: ["lint"],
        optionalGates: ["naming"], takes: ["generate", "survey"]),
      RoleDuty(role: "architect", title: "Architect"),
    ]),
    .taskEscalated(
      TaskEscalation(
        task: "4.1-files", from: "developer", to: "architect", agent: "architect01", reason: "its agents failed 3 times"
      )),
    .taskAssigned(task: "4.1-files", agent: "developer01", reason: "fewest open tasks"),
    .taskUnassigned(task: "4.1-files", role: "developer", reason: "no agent has the role developer"),
    .agentChanged(name: "developer01", state: .failed, reason: "it failed 3 times in a row"),
    .agentProvisioned(agent),
    .retryDue(task: "4.1-files"),
    .filesRecorded(batch),
    .editsAccepted([FileClaim(path: "a.txt", hash: "ab")]),
    .substageFailed(incident),
    .substageInspected("4.1", attempt: 1, found: 1, missing: ["b.txt"]),
    .substageIsolated("4.1", reason: "not needed for the rest"),
    .callbackRaised(callback),
    .callbackRead("C-1"),
    .grantGiven(
      StandingGrant(
        id: "G-1", scope: .command("pytest -q"), task: "4.1-files", until: 3_600_031, by: "ada", at: 31,
        decision: "shop-D4")),
    .grantEnded("G-1", reason: "revoked by ada"),
    .permissionAnswered(
      PermissionRecord(
        task: "4.1-files", attempt: 2, number: 1, agent: "developer01", title: "Write a.txt", isAllowed: true,
        answer: "Allow once", by: "ada", decision: "shop-D4", at: 32)),
    .callbackAnswered("C-1", text: "Make it from the plan."),
    .blockerSettled(subject: "callback:C-1", how: "A person decided: go on without it"),
    .auditReported([AuditFinding(subject: "FR-001", passed: true, evidence: "a.txt:3")]),
    .verified(verification, attempt: 4),
    .verificationReopened(reason: "b.txt was made"),
    .verificationAccepted(reason: "b.txt follows in March"),
    .healthChecked(
      HealthRecord(
        at: 24, emptyGoals: ["FR-002"], unassigned: ["4.2-files"], failed: ["4.1-files"], silent: ["plan"],
        orphaned: ["old"], ownerless: ["B-1"], unread: ["C-1"])),
    .healed(
      Healing(
        kind: .agentProvisioned, subject: "developer", words: "developer02 was added.", since: 20, at: 25)),
    .alertRaised(
      Alert(
        kind: .noAgentsAtAll, subject: "developer", words: "1 task waits.", severity: .failure, needsPerson: true,
        at: 26)),
    .containmentReached(.hidden),
  ]

  /// A workflow whose work is supervised, ends with a verification and has a sub-stage that can be set aside.
  static let workflow: Workflow = {
    var supervised = Examples.workflow
    supervised.digest = "d3"
    supervised.stages[1].substages[1].canIsolate = true
    supervised.stages[2].work.append(
      .verification(
        TaskTemplate(
          id: "audit", title: "Audit", role: "auditor", performer: "audit", files: ["audit.json"], maxAttempts: 2),
        playbook: "verification-failed"))
    supervised.supervision = Supervision(
      agents: [
        AgentRecord(name: "developer01", role: "developer"),
        AgentRecord(name: "auditor01", role: "auditor", performer: "audit", state: .inactive, reason: "resting"),
      ], provisions: [agent], attempts: [AttemptBudget(kind: "generate", attempts: 1)], parallel: 2, timeLimit: 60,
      retryPauses: [1, 2], fileLimit: 9, healthInterval: 30, healthRetries: 2, silence: 15, remedies: 4, fixLimit: 5)
    return supervised
  }()

  static let task: TaskRecord = {
    var task = TaskRecord(
      id: "remedy-b-1", title: "Make b.txt", stage: 4, substage: nil, role: "developer", performer: "write",
      expectedFiles: ["b.txt"], maxAttempts: 4, guidance: "callback B-1, raised by auditor01")
    task.goals = ["FR-001"]
    task.sequence = 100
    task.dependsOn = ["4.1-files"]
    task.priority = .high
    task.timeLimit = 30
    task.agent = "developer01"
    task.remedies = "callback:C-1"
    task.isCorrective = true
    return task
  }()

  static let creation: Creation = {
    var creation = Examples.creation
    creation.workflow = workflow
    return creation
  }()

  /// A gate that a role's card asks for.
  static let askedFor: GateRecord = {
    var gate = GateRecord(
      id: "naming", title: "Naming", category: "Static analysis", mandatory: true, required: "0", maxAttempts: 2)
    gate.reason = "asked for by the card of Developer"
    return gate
  }()

  /// Facts that have an example already, with what supervision added to them.
  static let grown: [Fact] = [
    .taskEscalated(TaskEscalation(task: "4.1-files", from: "architect", to: "person", reason: "nobody is left")),
    .gatesOpened([askedFor]),
    .sessionCreated(creation),
    .workflowOffered(workflow),
    .taskCreated(task),
    .effectStarted(.inspect("4.1", attempt: 2), epoch: 1),
    .effectInterrupted(.inspect("final", attempt: 1), reason: "gone"),
    .workPlanned([
      PlannedTask(
        id: "4.1-files", title: "Write files", substage: "4.1", role: "developer", performer: "write",
        files: ["a.txt"], goals: ["FR-001"], sequence: 2, dependsOn: ["4.1-first"], priority: .low, timeLimit: 9)
    ]),
    .taskCompleted(
      task: "4.1-files", attempt: 1, files: [FileClaim(path: "a.txt", hash: "aa")], quality: 7,
      claims: [AgentClaim(subject: "tests", words: "all 42 tests pass")]),
    .taskFailed(
      task: "4.1-files", attempt: 1,
      failure: TaskFailure(
        cause: .cognitive, message: "bad\nlong message", missing: ["b.txt"], type: "SyntaxError",
        trace: "File \"a.py\", line 152", tools: ["write_file {\"path\": \"a.py\"}"], rejections: [rejection])),
    .filesRecorded(FileBatch(author: .gate("coverage", attempt: 1), operations: [])),
    .filesRecorded(FileBatch(author: .outside, operations: [])),
    .filesRecorded(FileBatch(author: .person("ada"), operations: batch.operations)),
    .agentProvisioned(AgentRecord(name: "developer01", role: "developer")),
    .callbackRaised(Callback(id: "C-2", kind: .progress, from: "developer01", text: "half", at: 1)),
  ]
}
