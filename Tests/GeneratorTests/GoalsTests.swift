import Kernel
import Testing

@testable import Generator

/// covers Goals.swift, and what GeneratorPerformers.swift plans for requirements
@Suite struct GoalsTests {
  private let generator: SystemGenerator

  init() throws { generator = try SystemGenerator() }

  /// A session that has agreed on some requirements and entities, with every sub-stage the generator knows.
  static func session(
    _ requirements: [(Priority, String)], entities: [Entity], level: Int = 2, modules: [String] = []
  ) -> Session {
    var session = Session()
    session.id = "s"
    session.level = level
    session.modules = modules
    session.brief.entities = entities
    session.brief.requirements = requirements.enumerated().map { place, requirement in
      Requirement(id: "FR-00\(place + 1)", priority: requirement.0, text: requirement.1)
    }
    session.workflow.stages = [
      Stage(
        id: 4, name: "Code", work: [.substages],
        substages: Samples.substages.map { Substage(id: $0, name: $0, fromLevel: 1, module: nil, done: "") })
    ]
    return session
  }

  private func goals(
    _ task: String, _ requirements: [(Priority, String)], entities: [Entity] = Samples.library
  ) throws -> [String] {
    let plan = try generator.plan(for: Self.session(requirements, entities: entities))
    return try #require(plan.first { $0.id == task }).goals
  }

  @Test func whatAllShareServesEveryRequirement() throws {
    let asked: [(Priority, String)] = [(.must, "A book is lent."), (.could, "It is fast.")]
    for task in ["4.1-workspace", "4.1-containers", "4.2-shared", "4.2-migrations", "4.3b-logging", "4.6-business"] {
      #expect(try goals(task, asked) == ["FR-001", "FR-002"], "\(task)")
    }
  }

  @Test func whatIsMadePerEntityServesWhatNamesOne() throws {
    let asked: [(Priority, String)] = [(.must, "A book is lent."), (.could, "It is fast.")]
    for task in ["4.2-contracts", "4.2-models", "4.2-repositories"] {
      #expect(try goals(task, asked) == ["FR-001"], "\(task)")
    }
    // What names no entity is about what the system does.
    for task in ["4.2-api", "4.3-domain", "4.3-application", "4.3-infrastructure", "4.3-api"] {
      #expect(try goals(task, asked) == ["FR-001", "FR-002"], "\(task)")
    }
  }

  @Test(arguments: [
    ("Order Item", "Order items can be listed"), ("Order Item", "An OrderItem is added"),
    ("Order Item", "Each order-item has a price"), ("order_item", "ORDER ITEMS are counted"),
    ("Category", "Categories are shown"), ("Categories", "A category is shown"), ("Größe", "Jede groesse zählt"),
    ("Größe", "die GRÖSSE"), ("Café", "A cafe opens"), ("Cafe", "Cafés open"), ("Child", "Children play"),
    ("日本", "日本 is shown"),
  ])
  func anEntityIsNamedInTheSingularOrPluralWhateverItsCaseAndAccents(name: String, text: String) throws {
    #expect(try goals("4.2-models", [(.must, text)], entities: [Samples.entity(name, ("x", .text))]) == ["FR-001"])
  }

  @Test(arguments: [
    ("Book", "Bookings are made"), ("Order Item", "An order has a good item"), ("Order Item", "Orders are counted"),
    ("Loan", "A moan is heard"), ("Book", ""),
  ])
  func aWordThatOnlyLooksAlikeNamesNothing(name: String, text: String) throws {
    #expect(try goals("4.2-models", [(.must, text)], entities: [Samples.entity(name, ("x", .text))]) == [])
  }

  @Test func aTaskMattersAsMuchAsTheMostImportantRequirementItServes() throws {
    let asked: [(Priority, String)] = [(.could, "A book is lent."), (.should, "Loans end."), (.must, "It is fast.")]
    let plan = try generator.plan(for: Self.session(asked, entities: Samples.library))
    #expect(plan.first { $0.id == "4.2-models" }?.priority == .medium)
    #expect(plan.first { $0.id == "4.3-api" }?.priority == .high)
    #expect(plan.first { $0.id == "4.1-workspace" }?.priority == .high)
    let idle = try generator.plan(for: Self.session([(.could, "Late.")], entities: Samples.library))
    #expect(idle.first { $0.id == "4.3-api" }?.priority == .low)
    #expect(idle.first { $0.id == "4.2-models" }?.priority == .medium)
  }

  @Test(arguments: [1, 2])
  func everyRequirementHasATaskWithAFile(level: Int) throws {
    let asked: [(Priority, String)] = [
      (.must, "A book is lent."), (.should, "Members are told by letter."), (.could, "!?"), (.must, "Loans end."),
    ]
    let session = Self.session(asked, entities: Samples.library, level: level, modules: ["workers", "rabbitmq"])
    let plan = try generator.plan(for: session)
    for requirement in session.brief.requirements {
      #expect(plan.contains { $0.goals.contains(requirement.id) && !$0.files.isEmpty }, "\(requirement.text)")
    }
    #expect(plan.allSatisfy { $0.sequence == 1 && $0.dependsOn.isEmpty && $0.role == "developer" })
    #expect(plan.allSatisfy { !$0.files.isEmpty })
  }
}
