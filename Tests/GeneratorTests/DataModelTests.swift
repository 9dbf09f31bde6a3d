import Foundation
import Kernel
import Testing

@testable import Generator

@Suite("DataModel")
struct DataModelTests {
  private func names(_ entities: [Entity]) -> [String] {
    DataModel(entities).entities.flatMap { entity in [entity.name] + entity.fields.map { entity.name + "." + $0.name } }
  }

  @Test func namesThatCollapseGetANumber() {
    let model = DataModel(Samples.clashes)
    #expect(
      model.entities.map(\.name) == ["order_item", "order_item_2", "order_item_3", "category", "categories_2", "http"])
    #expect(Set(model.entities.map(\.plural)).count == model.entities.count)
    #expect(Set(model.entities.map(\.className)).count == model.entities.count)
    #expect(model.entities[0].fields.map(\.name) == ["x", "x_2"])
    #expect(model.entities[3].fields.map(\.name) == ["e_mail", "email"])
    #expect(model.entities[2].fields.map(\.target) == [1], "an exact name wins over an equal one")
    #expect(model.shortcomings.isEmpty)
  }

  @Test func referencesAreCalledByTheirTargetAndId() {
    let user = Samples.entity("User")
    let written = Samples.entity(
      "Post", ("author", .reference(to: "User")), ("editor_id", .reference(to: "user")),
      ("reader id", .reference(to: "Users")), ("author_id", .integer))
    #expect(
      names([user, written])
        == ["user", "post", "post.author_id", "post.editor_id", "post.reader_id", "post.author_id_2"])
  }

  @Test func onlyReferencesThatCouldNeverBeFilledAreOptional() {
    let model = DataModel(Samples.circles + [Samples.entity("D", ("a", .reference(to: "A")))])
    let obligations = model.entities.map { $0.fields.map(\.obligation) }
    #expect(
      obligations == [
        [.optionalCircle, .required], [.optionalCircle, .optionalCircle],
        [.optionalCircle, .optionalSelfReference], [.required],
      ])
  }

  @Test func referencedTablesAreMadeFirst() {
    let loan = Samples.entity("Loan", ("book", .reference(to: "Book")))
    let book = Samples.entity("Book", ("shelf", .reference(to: "Shelf")))
    let model = DataModel([loan, book, Samples.entity("Shelf")])
    #expect(model.creationOrder == [2, 1, 0])
    #expect(DataModel(Samples.circles).creationOrder == [0, 1, 2])
  }

  @Test func anIntegerIdIsTheImpliedOne() {
    #expect(names([Samples.entity("Book", ("id", .integer), ("ID", .text))]) == ["book", "book.id_value"])
  }

  @Test func whatCannotBeMadeIsSaidAndLeftOut() {
    let decomposed = "Größe".decomposedStringWithCanonicalMapping
    let model = DataModel([
      Samples.entity("Größe", ("wert", .text), ("wert", .integer), ("??", .text), ("ort", .reference(to: "Ort"))),
      Samples.entity(decomposed), Samples.entity("!!"),
    ])
    #expect(model.shortcomings.map(\.subject) == [decomposed, "!!", "Größe.wert", "Größe.??", "Größe.ort"])
    let leavable = model.shortcomings.filter(\.canLeaveOut)
    #expect(leavable.count == 5)
    #expect(model.shortcomings[4].reason.contains("“Ort”"))
    #expect(model.entities.map(\.name) == ["groesse"])
    #expect(model.entities[0].fields.map(\.type) == [.text])
  }
}
