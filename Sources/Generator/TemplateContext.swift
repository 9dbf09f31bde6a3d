import Kernel

/// Builds the words templates are filled with.
///
/// Every key is present for every request: a template's author may rely on it, and a test refuses a template that
/// names a key nobody fills.
struct TemplateContext {
  private let request: GenerationRequest
  private let model: DataModel
  private let pins: [TemplateManifest.Pin]

  /// Prepares the words for one request.
  init(request: GenerationRequest, model: DataModel, manifest: TemplateManifest) {
    self.request = request
    self.model = model
    pins = manifest.pins.filter { $0.when?.holds(level: request.level, modules: request.modules) ?? true }
  }

  /// The words for a file that is made once.
  var system: [String: Any] {
    let words = Transliteration.words(of: request.title)
    let snake = Naming.snake(words, digitPrefix: "system")
    let name = snake.isEmpty ? "system" : snake
    let title = WrittenText.line(request.title)
    let modules = request.modules.sorted()
    return [
      "title": title.isEmpty ? "System" : title,
      "titleString": WrittenText.pythonString(title.isEmpty ? "System" : title),
      "slug": Naming.kebab(name),
      "name": name,
      "summary": WrittenText.paragraphs(request.summary),
      "hasSummary": !WrittenText.paragraphs(request.summary).isEmpty,
      "level": request.level,
      "coverage": coverage,
      "level2": request.level >= 2,
      "level3": request.level >= 3,
      "level4": request.level >= 4,
      "workers": modules.contains("workers"),
      "broker": modules.contains("workers") || modules.contains("rabbitmq"),
      "modules": modules.isEmpty ? "none" : modules.joined(separator: ", "),
      "hasRequirements": !request.requirements.isEmpty,
      "requirements": request.requirements.map { requirement in
        [
          "id": WrittenText.markdownCell(requirement.id), "priority": requirement.priority.rawValue,
          "text": WrittenText.markdownCell(requirement.text),
        ]
      },
      "entities": model.entities.indices.map(words(forEntity:)),
      "sortedEntities": sortedPositions.map(words(forEntity:)),
      "tables": model.creationOrder.map(words(forEntity:)),
      "reverseTables": model.creationOrder.reversed().map(words(forEntity:)),
      "lateReferences": lateReferences,
      "hasLateReferences": !lateReferences.isEmpty,
      "firstEntity": model.entities.indices.first.map(words(forEntity:)) ?? [:],
      "runtimePins": lines(of: .runtime),
      "developmentPins": lines(of: .development),
      "indirectPins": lines(of: .indirect),
    ]
  }

  /// The words for a file that is made for each entity: those of the system, and `entity`.
  func system(withEntity position: Int) -> [String: Any] {
    var words = system
    words["entity"] = self.words(forEntity: position)
    return words
  }

  /// The share of lines tests must reach at the request's level, in percent.
  private var coverage: Int {
    switch request.level {
    case ...1: 60
    case 2: 75
    case 3: 80
    default: 85
    }
  }

  private var sortedPositions: [Int] {
    model.entities.indices.sorted { Naming.precedes(model.entities[$0].name, model.entities[$1].name) }
  }

  private func lines(of use: TemplateManifest.Pin.Use) -> [String] {
    pins.filter { $0.use == use }.map(\.line)
  }

  private func words(forEntity position: Int) -> [String: Any] {
    let entity = model.entities[position]
    let references = entity.fields.filter { $0.target != nil }
    return [
      "name": entity.name,
      "class": entity.className,
      "label": String(entity.name.map { $0 == "_" ? " " : $0 }),
      "collection": Naming.kebab(entity.plural),
      "written": WrittenText.markdownCell(entity.written),
      "writtenString": WrittenText.pythonString(entity.written),
      "fields": entity.fields.map { words(for: $0, of: position) },
      "hasFields": !entity.fields.isEmpty,
      "references": references.map { words(for: $0, of: position) },
      "hasReferences": !references.isEmpty,
      "requiredReferences": references.filter { $0.obligation == .required }.map { words(for: $0, of: position) },
      "selfReferences": references.filter { $0.target == position }.map { words(for: $0, of: position) },
      "hasSelfReferences": references.contains { $0.target == position },
      "valueTypes": valueTypes(of: entity),
      "columnTypes": (Set(entity.fields.map { FieldWords(type: $0.type).columnType }).sorted()),
    ]
  }

  private func valueTypes(of entity: PlannedEntity) -> [String] {
    Set(entity.fields.map { FieldWords(type: $0.type).valueType }).sorted()
  }

  private func words(for field: PlannedField, of position: Int) -> [String: Any] {
    let entity = model.entities[position]
    let target = field.target.map { model.entities[$0] }
    let words = FieldWords(type: field.type)
    let isOptional = field.obligation != .required
    return [
      "name": field.name,
      "written": WrittenText.markdownCell(field.written),
      "writtenString": WrittenText.pythonString(field.written),
      "kind": words.title,
      "valueType": words.valueType,
      "columnType": words.columnType,
      "sqlType": words.sqlType,
      "first": words.first,
      "second": words.second,
      "wrong": words.wrong,
      "isReference": target != nil,
      "isOptional": isOptional,
      "isRequired": !isOptional,
      "isCircle": field.obligation == .optionalCircle,
      "isSelfReference": field.obligation == .optionalSelfReference,
      "isLate": isLate(field, of: position),
      "nullable": isOptional ? "True" : "False",
      "table": entity.name,
      "target": target?.name ?? "",
      "targetWritten": WrittenText.markdownCell(target?.written ?? ""),
      "foreignKey": Naming.shortened("fk_\(entity.name)__\(field.name)", limit: Naming.longestIdentifier),
      "index": Naming.shortened("ix_\(entity.name)__\(field.name)", limit: Naming.longestIdentifier),
    ]
  }

  /// Whether the referenced table does not exist yet when this field's table is created.
  private func isLate(_ field: PlannedField, of position: Int) -> Bool {
    guard let target = field.target, target != position else { return false }
    let order = model.creationOrder
    guard let own = order.firstIndex(of: position), let other = order.firstIndex(of: target) else { return false }
    return other > own
  }

  private var lateReferences: [[String: Any]] {
    model.creationOrder.flatMap { position in
      model.entities[position].fields.filter { isLate($0, of: position) }.map { words(for: $0, of: position) }
    }
  }
}

/// What each kind of field is called in the generated system, with two valid values and an invalid one for its tests.
private struct FieldWords {
  let title: String
  let valueType: String
  let columnType: String
  let sqlType: String
  let first: String
  let second: String
  let wrong: String

  init(type: FieldType) {
    let kind: String
    switch type {
    case .text:
      (title, kind, sqlType) = ("Text", "Text", "sa.Text()")
      (first, second, wrong) = ("\"first text\"", "\"second text\"", "\"\"")
    case .integer:
      (title, kind, sqlType) = ("Whole number", "Integer", "sa.BigInteger()")
      (first, second, wrong) = ("7", "8", "\"seven\"")
    case .decimal:
      (title, kind) = ("Decimal number", "Decimal")
      sqlType = "sa.Numeric(20, 6).with_variant(sa.String(40), \"sqlite\")"
      (first, second, wrong) = ("\"12.5\"", "\"99.25\"", "\"much\"")
    case .boolean:
      (title, kind, sqlType) = ("Yes or no", "Boolean", "sa.Boolean()")
      (first, second, wrong) = ("True", "False", "\"perhaps\"")
    case .date:
      (title, kind, sqlType) = ("Date", "Date", "sa.Date()")
      (first, second, wrong) = ("\"2024-01-31\"", "\"2024-02-29\"", "\"2023-02-29\"")
    case .datetime:
      (title, kind, sqlType) = ("Date and time", "Moment", "sa.DateTime(timezone=True)")
      (first, second, wrong) = ("\"2024-01-31T10:15:00Z\"", "\"2024-02-29T23:59:59.250000Z\"", "\"noon\"")
    case .email:
      (title, kind, sqlType) = ("Email address", "Email", "sa.String(320)")
      (first, second, wrong) = ("\"first@example.com\"", "\"second@example.com\"", "\"nobody\"")
    case .reference:
      (title, kind, sqlType) = ("Reference", "Reference", "sa.BigInteger()")
      (first, second, wrong) = ("1", "2", "\"first\"")
    }
    valueType = kind + "Value"
    columnType = kind + "Column"
  }
}
