import Engine
import Foundation
import Kernel
import Testing

/// What agents may not do, each caught on the disk and named (SupervisedWorkspace, AttemptReview).
@Suite("Conduct of agents") struct ConductTests {
  static let planned = [
    ScriptedTeam.planned("mine", ["mine.txt"]),
    ScriptedTeam.planned("other", ["other.txt"], goals: ["FR-002"], sequence: 2),
  ]

  /// A team whose second developer misbehaves once and then does what is asked.
  static func team(_ deeds: [Deed], gate: ScriptedGate = ScriptedGate()) throws -> ScriptedTeam {
    try ScriptedTeam(
      ScriptedAgent(
        script: { task in
          switch task.id {
          case "plan": [.write("artifacts/plans/plan.md", "# Plan\n\nTwo files.\n")]
          case "mine": [.write("mine.txt", "the first one's words\n")]
          case "other": (task.failedAttempts.isEmpty ? deeds : []) + [.write("other.txt", "the second one's words\n")]
          default: []
          }
        }, planned: planned), gate: gate)
  }

  func misdeed(_ deeds: [Deed]) async throws -> (session: Session, files: [String: String]) {
    let team = try Self.team(deeds)
    try await team.begin()
    let session = try await team.run()
    return (session, try team.files())
  }

  func expectCaught(
    _ deeds: [Deed], _ words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let (session, files) = try await misdeed(deeds)
    let failure = session.task("other")?.failedAttempts.first
    #expect(
      failure?.message.contains(words) == true, "\(failure?.message ?? "nothing")", sourceLocation: sourceLocation)
    let alert = session.alerts.first { $0.kind == .conduct }
    #expect(
      alert?.words.contains("developer02") == true || alert?.words.contains("developer01") == true,
      sourceLocation: sourceLocation)
    // In the end everything is as it should be.
    #expect(session.state == .completed, sourceLocation: sourceLocation)
    #expect(files["mine.txt"] == "the first one's words\n", sourceLocation: sourceLocation)
    #expect(files["other.txt"] == "the second one's words\n", sourceLocation: sourceLocation)
    #expect(Set(files.keys) == ["mine.txt", "other.txt", "artifacts/plans/plan.md"], sourceLocation: sourceLocation)
    #expect(session.verifications.last?.passed == true, sourceLocation: sourceLocation)
  }

  @Test func leavesARepositoryThatIsToldOnceAndKeptNowhere() async throws {
    let team = try Self.team([
      .smuggle(".git/config", "[core]\n\tfsmonitor = touch ran"), .smuggle("sub/.git", "gitdir: /elsewhere"),
    ])
    try FileManager.default.createDirectory(atPath: team.root + "/own/.git", withIntermediateDirectories: true)
    try await team.begin()
    let session = try await team.run()
    #expect(session.state == .completed)
    let told = session.alerts.filter { $0.kind == .repositoryInside }
    #expect(told.map(\.subject).sorted() == [".git", "own/.git", "sub/.git"])
    #expect(told.allSatisfy { $0.words.contains("is left out: a repository inside the workspace.") && !$0.needsPerson })
    // What was there before is nobody's doing.
    let words = Dictionary(uniqueKeysWithValues: told.map { ($0.subject, $0) })
    #expect(words["own/.git"]?.words.contains("appeared") == false && words["own/.git"]?.severity == .info)
    for path in [".git", "sub/.git"] {
      #expect(words[path]?.words.contains("appeared while developer0") == true, "\(words)")
      #expect(words[path]?.severity == .warning)
    }
    #expect(!session.checkpoints.isEmpty && !session.files.records.contains { $0.path.contains(".git") })
    #expect(!FileManager.default.fileExists(atPath: team.root + "/ran"))
  }

  @Test func leavesNamesThatAreOneElsewhere() async throws {
    let team = try Self.team([
      .smuggle("Mine.txt", "large"), .smuggle("caf\u{e9}.txt", "one"), .smuggle("cafe\u{301}.txt", "two"),
    ])
    try await team.begin()
    let session = try await team.run()
    #expect(session.state == .completed)
    let told = session.alerts.filter { $0.kind == .pathTwins }.map(\.words)
    #expect(told.count == 2, "\(told)")
    #expect(
      told.contains { $0.hasPrefix("Mine.txt and mine.txt are one name on disks") && $0.contains("By developer0") })
    #expect(told.contains { $0.contains("caf\\u{e9}.txt") && $0.contains("cafe\\u{301}.txt") }, "\(told)")
  }

  @Test func claimsFilesItDidNotWrite() async throws {
    try await expectCaught([.claim("ghost.py")], "says it wrote ghost.py, which is not there")
    try await expectCaught([.claim("mine.txt")], "says it wrote mine.txt, which it did not touch")
  }

  @Test func overwritesAnothersFile() async throws {
    try await expectCaught([.smuggle("mine.txt", "stolen")], "overwrote mine.txt, which belongs to")
    try await expectCaught([.write("mine.txt", "stolen")], "wrote to mine.txt, which belongs to")
  }

  @Test func deletesAnothersFile() async throws {
    try await expectCaught([.remove("mine.txt")], "removed mine.txt, which belongs to")
  }

  @Test func writesOutside() async throws {
    try await expectCaught([.write("../outside.txt", "x")], "outside.txt")
    try await expectCaught([.link("door", to: "/etc")], "it leads out of the workspace")
  }

  @Test func writesTenThousandFiles() async throws {
    let (session, files) = try await misdeed([.flood(10_000)])
    #expect(session.task("other")?.failedAttempts.first?.message.contains("left 10000 files") == true)
    #expect(files.count == 3)
    #expect(session.state == .completed)
    // The journal names some and counts all.
    #expect(session.alerts.first { $0.kind == .conduct }?.words.contains("10000") == true)
  }

  @Test func saysThatAllTestsPass() async throws {
    let team = try Self.team(
      [.say("tests", "all tests pass")],
      gate: ScriptedGate { session in session.gate("tests")?.results.isEmpty == true })
    try await team.begin()
    // The deeds of a first attempt hold here too, because it does not fail.
    let session = try await team.run(answering: ["gate-failed": "retry"])
    let alert = session.alerts.first { $0.kind == .claimRefuted }
    #expect(alert?.words.contains("all tests pass") == true)
    #expect(alert?.words.contains("3 failed") == true)
    #expect(session.state == .completed)
  }

  @Test func smugglesWhatDoesNotHold() async throws {
    let team = try Self.team([.smuggle("broken.py", "def f(:\n    return 1\n")])
    try await team.begin()
    let session = try await team.run()
    let files = try team.files()
    let rejection = session.task("other")?.failedAttempts.first?.rejections.first
    #expect(rejection?.path == "broken.py")
    #expect(files["broken.py"] == nil)
    #expect(rejection?.keptAt.map { FileManager.default.fileExists(atPath: $0) } == true)
    #expect(session.alerts.contains { $0.kind == .fileRejected && $0.subject == "broken.py" })
    #expect(session.state == .completed)
  }

  @Test func givesNoSignAndDoesNotEnd() async throws {
    var rules = ScriptedTeam.rules
    rules.timeLimit = 2
    rules.silence = 1
    let team = try ScriptedTeam(
      ScriptedAgent(
        script: { task in
          switch task.id {
          case "plan": [.write("artifacts/plans/plan.md", "# Plan\n\nTwo files.\n")]
          case "other" where task.failedAttempts.isEmpty: [.sleep(60)]
          default: task.expectedFiles.map { .write($0, "words\n") }
          }
        }, planned: Self.planned), workflow: ScriptedTeam.workflow(rules))
    try await team.begin()
    let session = try await team.run()
    #expect(session.state == .completed)
    let failure = session.task("other")?.failedAttempts.first
    #expect(failure?.type == "TimeLimit")
    #expect(failure?.cause == .environment)
    #expect(session.alerts.contains { $0.kind == .agentSilent && $0.subject == "other" })
  }

  @Test func changesAreOnRecordWithHashesAndAuthors() async throws {
    let team = try Self.team([])
    try await team.begin()
    let session = try await team.run()
    let record = try #require(session.files["mine.txt"])
    #expect(record.hash == sha256(Array("the first one's words\n".utf8)))
    #expect(record.author == .task("mine", attempt: 1, agent: "developer01"))
    let batches = try await team.events().compactMap { event -> FileBatch? in
      if case .filesRecorded(let batch) = event.fact { batch } else { nil }
    }
    #expect(batches.flatMap(\.operations).allSatisfy { $0.after != nil && $0.size > 0 })
  }
}
