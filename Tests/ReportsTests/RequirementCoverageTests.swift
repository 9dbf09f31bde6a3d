import Kernel
import Testing

@testable import Reports

/// covers RequirementCoverage.swift
@Suite struct RequirementCoverageTests {
  private func named(_ text: String, _ names: [String]) -> [String] {
    RequirementCoverage.entities(namedIn: text, of: names.map { Entity(name: $0, fields: []) })
  }

  @Test func entitiesAreFoundAsWords() {
    #expect(named("Staff can list Books and loans.", ["Book", "Loan"]) == ["Book", "Loan"])
    #expect(named("Booking a room", ["Book"]) == [])
    #expect(named("Categories have boxes.", ["Category", "Box"]) == ["Category", "Box"])
    #expect(named("every order line", ["OrderLine", "order_line", "Order line", "Order"]).count == 4)
    #expect(named("Größe: die ÄPFEL", ["äpfel"]) == ["äpfel"])
    #expect(named("", ["A"]) == [])
    #expect(named("anything", ["—"]) == [])
  }

  @Test func filesCarryAnEntitysName() {
    let paths = ["src/order_line.py", "src/orderlines/api.py", "src/border.py", "OrderLine.md", "src/order.py"]
    let files = paths.map { FileClaim(path: $0, hash: "") }
    #expect(RequirementCoverage.files(naming: "OrderLine", among: files) == [paths[0], paths[1], paths[3]])
    #expect(RequirementCoverage.files(naming: "Order", among: files) == [paths[0], paths[3], paths[4]])
    #expect(RequirementCoverage.files(naming: "—", among: files) == [])
  }

  @Test func generatedIsSaidOnlyWhenEveryTaskIsDone() throws {
    var rehearsal = try Rehearsal()
    try rehearsal.lead(to: "approve-plan")
    #expect(RequirementCoverage.all(in: rehearsal.session).allSatisfy { $0.state == .open })
    try rehearsal.answer("approve")
    _ = try rehearsal.step()
    let begun = RequirementCoverage.all(in: rehearsal.session)
    #expect(begun.map(\.state) == [.partly, .partly, .partly, .partly, .unmapped, .unmapped])
    try rehearsal.settle()
    let covered = RequirementCoverage.all(in: rehearsal.session)
    #expect(covered.map(\.state) == [.generated, .generated, .generated, .generated, .unmapped, .unmapped])
    #expect(covered.map(\.requirement.id) == ["FR-001", "FR-002", "FR-003", "FR-004", "FR-005", "FR-006"])
    #expect(covered[0].tasks.count == 7)
    #expect(covered[0].tasks.allSatisfy { !$0.id.hasPrefix("checkpoint") })
  }
}
