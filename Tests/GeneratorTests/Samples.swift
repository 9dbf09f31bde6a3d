import Kernel

@testable import Generator

/// Briefs the tests share: one everybody understands, and those that are hard to get right.
enum Samples {
  static func request(
    _ title: String = "City Library", level: Int = 2, modules: [String] = [], entities: [Entity] = library
  ) -> GenerationRequest {
    GenerationRequest(
      title: title, summary: "Lends books to members.\n\nMembers bring them back.", level: level, modules: modules,
      requirements: [Requirement(id: "FR-001", priority: .must, text: "Lend | return a book")], entities: entities)
  }

  static func entity(_ name: String, _ fields: (String, FieldType)...) -> Entity {
    Entity(name: name, fields: fields.map { EntityField(name: $0.0, type: $0.1) })
  }

  /// Every sub-stage the generator knows, in the order of the workflow.
  static let substages = ["4.1", "4.1b", "4.2", "4.3", "4.3b", "4.4", "4.4b", "4.6", "4.6b"]

  static let everyType: [FieldType] = [.text, .integer, .decimal, .boolean, .date, .datetime, .email]

  /// Two related entities with every type of field between them.
  static let library = [
    entity(
      "Book", ("Title", .text), ("Pages", .integer), ("Price", .decimal), ("Available", .boolean),
      ("Published", .date), ("Added", .datetime)),
    entity("Loan", ("Book", .reference(to: "Book")), ("Member email", .email), ("Due", .date)),
  ]

  /// Names that mean something to Python, pydantic, SQLAlchemy or SQL.
  static let reserved = [
    entity(
      "class", ("class", .text), ("order", .integer), ("user", .email), ("from", .date), ("import", .datetime),
      ("metadata", .text), ("id", .text), ("type", .boolean), ("date", .date), ("registry", .text)),
    entity(
      "order", ("query", .text), ("json", .text), ("model", .decimal), ("schema", .text), ("copy", .text),
      ("self", .text), ("l", .text), ("int", .integer), ("str", .text), ("bool", .boolean), ("datetime", .datetime),
      ("model_dump_json", .text), ("fields", .text), ("xmin", .text), ("property", .text)),
    entity(
      "user", ("order", .reference(to: "order")), ("order_id", .integer), ("class", .reference(to: "class"))),
    entity("nothing", ("returning", .text), ("nothing", .reference(to: "nothing"))),
  ]

  /// Names beyond ASCII, with digits first, with dashes, and in scripts without a Latin reading.
  static let worldly = [
    entity("Größe", ("Straße", .text), ("Año", .integer), ("日本", .text), ("Ελλάδα", .text), ("e-mail", .email)),
    entity("日本", ("größe", .reference(to: "Größe")), ("Größe 2", .reference(to: "Größe"))),
    entity("2Fast 4You", ("HTTPServer", .text), ("isbn13", .text), ("Author's “note” \\ \"x\"", .text)),
  ]

  /// Names at and beyond the longest that is kept whole.
  static let long = [
    entity(
      String(repeating: "b", count: 40), (String(repeating: "a", count: 40), .decimal),
      (String(repeating: "parent ", count: 9), .reference(to: String(repeating: "b", count: 40)))),
    entity(
      "A very long entity name that goes on and on until nobody can read it any more",
      (String(repeating: "c", count: 90), .reference(to: String(repeating: "b", count: 40)))),
  ]

  /// References to oneself, in a circle, and twice to the same entity.
  static let circles = [
    entity("A", ("b", .reference(to: "B")), ("name", .text)),
    entity("B", ("c", .reference(to: "C")), ("other c", .reference(to: "C"))),
    entity("C", ("a", .reference(to: "A")), ("parent", .reference(to: "C"))),
  ]

  /// Names that are the same, or have the same plural, once they are Python names.
  static let clashes = [
    entity("Order Item", ("x", .text), ("X", .text)),
    entity("order_item", ("order item", .text)),
    entity("OrderItem", ("item", .reference(to: "order_item"))),
    entity("Category", ("e-mail", .email), ("email", .email)),
    entity("Categories", ("category", .reference(to: "Category"))),
    entity("Http", ("news", .text)),
  ]

  /// One entity without any field.
  static let empty = [entity("Thing")]

  /// One entity with thirty fields.
  static let wide = [
    Entity(
      name: "Wide",
      fields: (0..<30).map { EntityField(name: "Field \($0)", type: everyType[$0 % everyType.count]) })
  ]
}
