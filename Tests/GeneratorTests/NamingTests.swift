import Foundation
import Testing

@testable import Generator

// covers Transliteration.swift, Naming.swift, ReservedNames.swift
@Suite("Naming")
struct NamingTests {
  @Test(arguments: [
    ("Order Item", "order_item"), ("orderItem", "order_item"), ("OrderItem", "order_item"),
    ("order-item", "order_item"),
    ("ORDER", "order"), ("HTTPServer", "http_server"), ("ISBN13", "isbn13"), ("isbn 13", "isbn_13"),
    ("Größe", "groesse"), ("GRÖSSE", "groesse"), ("Straße", "strasse"), ("Ärger", "aerger"), ("Übung", "uebung"),
    ("Año", "ano"), ("Señor Núñez", "senor_nunez"), ("Łódź", "lodz"), ("Ångström", "angstroem"), ("naïve", "naive"),
    ("Привет мир", "privet_mir"), ("Ελλάδα", "ellada"), ("さくら", "sakura"), ("日本", "u65e5_u672c"),
    ("Author's note", "authors_note"), ("a\r\nb", "a_b"), ("  x  ", "x"), ("2nd name", "field_2nd_name"),
    ("a  --  b", "a_b"), ("٣", "field_3"), ("🚀", "u1f680"), ("…", ""), ("", ""),
  ])
  func snakeCase(written: String, expected: String) {
    #expect(Naming.snake(Transliteration.words(of: written), digitPrefix: "field") == expected)
  }

  @Test(arguments: ["Größe", "Año", "Ångström", "naïve", "Ёлка", "Ελλάδα", "がく", "Łódź"])
  func bothNormalFormsGiveOneName(written: String) {
    let composed = Transliteration.words(of: written.precomposedStringWithCanonicalMapping)
    let decomposed = Transliteration.words(of: written.decomposedStringWithCanonicalMapping)
    #expect(composed == decomposed)
    #expect(!composed.isEmpty)
  }

  @Test(arguments: [
    ("book", "books"), ("category", "categories"), ("day", "days"), ("status", "statuses"), ("news", "news"),
    ("person", "persons"), ("box", "boxes"), ("bus", "buses"), ("address", "addresses"), ("books", "books"),
    ("analysis", "analyses"), ("branch", "branches"), ("child", "children"), ("order_entry", "order_entries"),
    ("gas", "gases"), ("u65e5", "u65e5s"),
  ])
  func plurals(word: String, expected: String) {
    #expect(Naming.plural(word) == expected)
  }

  @Test func classNames() {
    #expect(Naming.pascal("order_item") == "OrderItem")
    #expect(Naming.pascal("field_2nd") == "Field2nd")
    #expect(Naming.kebab("order_items") == "order-items")
  }

  @Test func longNamesAreCutButStayDifferent() {
    let one = Naming.shortened(String(repeating: "word_", count: 20) + "a", limit: 40)
    let other = Naming.shortened(String(repeating: "word_", count: 20) + "b", limit: 40)
    #expect(one != other)
    #expect(one.utf8.count <= 40)
    #expect(!one.contains("__"))
    #expect(Naming.shortened(String(repeating: "x", count: 40), limit: 40) == String(repeating: "x", count: 40))
  }

  @Test func takenNamesGetANumber() {
    let taken: Set<String> = ["item", "item_2"]
    #expect(Naming.unique("item") { taken.contains($0) } == "item_3")
    #expect(Naming.unique("other") { taken.contains($0) } == "other")
  }

  @Test func importsSortDigitsAsNumbers() {
    let names = ["x10", "x2", "x", "xa", "x_a", "x1"]
    #expect(names.sorted(by: Naming.precedes) == ["x", "x1", "x2", "x10", "x_a", "xa"])
    #expect(!Naming.precedes("x", "x"))
  }

  @Test(arguments: ["class", "import", "none", "con", "nothing", "pg_class", "sqlite_x", "pk_book", "alembic_version"])
  func reservedEntities(name: String) {
    #expect(ReservedNames.isReservedEntity(name))
  }

  @Test(arguments: ["order", "user", "type", "json", "date", "book"])
  func namesThatWorkAsTheyAre(name: String) {
    #expect(!ReservedNames.isReservedEntity(name))
  }

  @Test(arguments: [
    ("from", "from_value"), ("metadata", "metadata_value"), ("json", "json_value"), ("xmin", "xmin_value"),
    ("self", "self_value"), ("id", "id_value"), ("model_dump_json", "field_model_dump_json"),
  ])
  func reservedFields(name: String, replacement: String) {
    #expect(ReservedNames.isReservedField(name))
    #expect(ReservedNames.replacement(forField: name) == replacement)
    #expect(!ReservedNames.isReservedField(replacement))
  }
}
