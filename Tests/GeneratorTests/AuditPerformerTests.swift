import Foundation
import Kernel
import Synchronization
import Testing

@testable import Engine
@testable import Generator

/// covers AuditPerformer.swift in Engine, also on what the built-in generator makes
@Suite struct AuditPerformerTests {
  /// Files in memory that can be read and nothing else.
  private final class ReadOnly: Workspace {
    let root = "/memory"
    private let contents: [String: String]
    let reads = Mutex<[String]>([])

    init(_ contents: [String: String]) { self.contents = contents }

    func read(_ path: String, limit: Int) async throws -> [UInt8] {
      reads.withLock { $0.append(path) }
      guard let text = contents[path] else { throw WorkspaceRefusal("no \(path)") }
      return Array(text.utf8.prefix(limit))
    }
    func files() async throws -> [WorkspaceFile] {
      contents.keys.sorted().map { WorkspaceFile(path: $0, hash: "", size: 0, mode: "100644") }
    }
    func write(_ bytes: [UInt8], to path: String, executable: Bool) async throws { throw refusal }
    func remove(_ path: String) async throws { throw refusal }
    func read(_ path: String, of tree: String, limit: Int) async throws -> [UInt8]? { throw refusal }
    func checkpoint(named name: String, message: String) async throws -> String { throw refusal }
    func restore(tree: String) async throws -> RestoreSummary { throw refusal }
    func files(of tree: String) async throws -> [WorkspaceFile] { throw refusal }
    func tree() async throws -> String { throw refusal }
    func changes(since tree: String) async throws -> [WorkspaceChange] { throw refusal }
    func archive(to path: String, prefix: String, extra: [String: [UInt8]], leavingOut paths: [String]) async throws
      -> String
    { throw refusal }
    private var refusal: WorkspaceRefusal { WorkspaceRefusal("The auditor only reads.") }
  }

  private func audit(
    _ goals: [Goal], entities: [String] = [], _ workspace: ReadOnly, performer: AuditPerformer = AuditPerformer()
  ) async throws -> [AuditFinding] {
    var session = Session()
    session.goals = goals
    session.brief.entities = entities.map { Entity(name: $0, fields: []) }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("audit-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let task = TaskRecord(
      id: "final-audit", title: "Audit", stage: 5, substage: nil, role: "auditor", performer: AuditPerformer.name,
      expectedFiles: [], maxAttempts: 3)
    let assignment = Assignment(
      session: session, task: task, workspace: workspace, folder: SessionFolder(path: folder),
      transcript: Transcript(path: folder + "/t")
    ) { _, _ in }
    let report = try await performer.perform(assignment)
    #expect(report.files == [] && report.claimed == [])
    return try #require(report.audit)
  }

  private func goal(_ text: String, _ files: String..., id: String = "FR-001") -> Goal {
    Goal(id: id, text: text, priority: .must, deliverables: files)
  }

  private func found(
    _ text: String, in files: [String: String], order: [String], entities: [String] = ["Order Item"]
  ) async throws -> String {
    let goal = Goal(id: "FR-001", text: text, priority: .must, deliverables: order)
    let finding = try #require(try await audit([goal], entities: entities, ReadOnly(files)).first)
    #expect(finding.passed && finding.subject == "FR-001")
    return finding.evidence
  }

  @Test func aDefinitionIsTheStrongestEvidence() async throws {
    let files = [
      "README.md": "# System\n\nFR-001 Order items can be added.\n",
      "items.py": "import x\n\n\nclass Other:\n    pass\n\n\nclass OrderItemService:\n    pass\n",
      "test_items.py": "def test_order_item() -> None:\n    pass\n",
    ]
    let text = "Order items can be added"
    #expect(try await found(text, in: files, order: ["README.md", "items.py", "test_items.py"]) == "items.py:8")
    #expect(try await found(text, in: files, order: ["README.md", "test_items.py", "items.py"]) == "test_items.py:1")
  }

  @Test func thenALineThatNamesTheGoalOrItsWordsThenAnyLine() async throws {
    #expect(
      try await found(
        "Order items can be added", in: ["a.sql": "-- order_item\nINSERT INTO order_item;\n"], order: ["a.sql"])
        == "a.sql:2")
    #expect(try await found("It is fast", in: ["a.txt": "\nFR-001 is met here\n"], order: ["a.txt"]) == "a.txt:2")
    #expect(
      try await found(
        "Members receive reminders", in: ["a.py": "x = 1\ndef send_reminder():\n"], order: ["a.py"], entities: [])
        == "a.py:2")
    #expect(try await found("It is fast", in: ["a.txt": "\n \nx\n"], order: ["gone.txt", "a.txt"]) == "a.txt:3")
    // A line's number is the one an editor shows.
    #expect(
      try await found("Order items", in: ["a.py": "\r\n\r\nclass OrderItem:\r\n"], order: ["a.py"]) == "a.py:3")
  }

  @Test func whatIsNotThereIsSaidWithTheReason() async throws {
    let workspace = ReadOnly(["empty.py": " \n\n"])
    let findings = try await audit(
      [
        goal("A", "gone.py"), goal("B", "gone.py", "lost.py", id: "FR-002"),
        goal("C", "gone.py", "lost.py", "third.py", id: "FR-003"), goal("D", id: "FR-004"),
        goal("E", "empty.py", id: "FR-005"),
      ], workspace)
    #expect(findings.map(\.passed) == [false, false, false, false, false])
    #expect(
      findings.map(\.evidence) == [
        "gone.py is not there.", "gone.py is not there and the other one is not either.",
        "gone.py is not there and neither are 2 more.", "No file was promised for it.",
        "Its files are there and hold not one line: empty.py.",
      ])
    #expect(findings.map(\.subject) == ["FR-001", "FR-002", "FR-003", "FR-004", "FR-005"])
  }

  @Test func everyFileIsReadOnceAndNothingIsWritten() async throws {
    let workspace = ReadOnly(["a.py": "x\n", "b.py": "y\n"])
    _ = try await audit([goal("Aaaaa", "a.py", "b.py"), goal("Bbbbb", "b.py", "a.py", id: "FR-002")], workspace)
    #expect(workspace.reads.withLock { $0.sorted() } == ["a.py", "b.py"])
    #expect(try await audit([], workspace) == [])
  }

  @Test func itEndsInTimeAndSaysWhatItDidNotLookAt() async throws {
    let findings = try await audit(
      [goal("A", "a.py")], ReadOnly(["a.py": "x\n"]), performer: AuditPerformer(timeLimit: .zero))
    #expect(findings.map(\.passed) == [false])
    #expect(findings.first?.evidence == "The audit's time was over before anybody looked for it.")
  }

  @Test func everyRequirementOfAGeneratedSystemIsSeen() async throws {
    let generator = try SystemGenerator()
    let session = GoalsTests.session(
      [
        (.must, "Books can be added and listed."), (.should, "A loan ends when the book is back."),
        (.could, "It is fast."),
      ],
      entities: Samples.library)
    let request = GenerationRequest(session)
    var contents: [String: String] = [:]
    for task in try generator.tasks(for: request, substages: Samples.substages) {
      for file in try generator.files(of: task, for: request) {
        contents[file.path] = String(decoding: file.bytes, as: UTF8.self)
      }
    }
    let plan = try generator.plan(for: session)
    let goals = session.brief.requirements.map { requirement in
      Goal(
        id: requirement.id, text: requirement.text, priority: requirement.priority,
        deliverables: plan.filter { $0.goals.contains(requirement.id) }.flatMap(\.files))
    }
    let findings = try await audit(goals, entities: ["Book", "Loan"], ReadOnly(contents))
    #expect(findings.filter { !$0.passed } == [])
    for (finding, word) in zip(findings, ["book", "loan"]) {
      let parts = finding.evidence.split(separator: ":")
      let line = try #require(Int(parts[1]))
      let lines = try #require(contents[String(parts[0])]).split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines[line - 1].lowercased().contains(word), "\(finding.evidence): \(lines[line - 1])")
    }
  }
}
