import Foundation
import Kernel

/// Holds a brief's data model after every name and reference was settled; what templates are filled from.
struct DataModel {
  /// The entities that can be generated, in the order written.
  var entities: [PlannedEntity]
  /// Positions in `entities`, referenced entities before those that refer to them.
  var creationOrder: [Int]
  /// What the brief asks for and this model leaves out.
  var shortcomings: [Shortcoming]

  /// Settles names and references of the written entities.
  init(_ written: [Entity]) {
    entities = []
    creationOrder = []
    shortcomings = []
    var kept: [Entity] = []
    for entity in written {
      guard let planned = plan(entity, besides: kept) else { continue }
      kept.append(entity)
      entities.append(planned)
    }
    for (position, entity) in kept.enumerated() {
      entities[position].fields = planFields(of: entity, among: kept)
    }
    markCircles()
    creationOrder = order()
  }

  private mutating func plan(_ entity: Entity, besides kept: [Entity]) -> PlannedEntity? {
    if kept.contains(where: { same($0.name, entity.name) }) {
      shortcomings.append(
        Shortcoming(
          subject: entity.name,
          reason: "This entity is written twice; only the first is made. Merge the two or rename one.",
          canLeaveOut: true))
      return nil
    }
    var name = Naming.snake(Transliteration.words(of: entity.name), digitPrefix: "entity")
    guard !name.isEmpty else {
      shortcomings.append(
        Shortcoming(
          subject: entity.name, reason: "The entity's name has no letter or digit, so no name can be made from it.",
          canLeaveOut: true))
      return nil
    }
    if ReservedNames.isReservedEntity(name) { name = Naming.shortened("entity_" + name, limit: Naming.longestName) }
    name = Naming.unique(name) { candidate in
      entities.contains {
        $0.name == candidate || $0.className == Naming.pascal(candidate) || $0.plural == Naming.plural(candidate)
      }
    }
    return PlannedEntity(
      written: entity.name, name: name, className: Naming.pascal(name), plural: Naming.plural(name), fields: [])
  }

  private mutating func planFields(of entity: Entity, among kept: [Entity]) -> [PlannedField] {
    var fields: [PlannedField] = []
    var seen: [String] = []
    for field in entity.fields {
      let subject = "\(entity.name).\(field.name)"
      if seen.contains(where: { same($0, field.name) }) {
        shortcomings.append(
          Shortcoming(
            subject: subject,
            reason: "This field is written twice; only the first is made. Remove or rename one.", canLeaveOut: true))
        continue
      }
      seen.append(field.name)
      var words = Transliteration.words(of: field.name)
      guard !words.isEmpty else {
        shortcomings.append(
          Shortcoming(
            subject: subject, reason: "The field's name has no letter or digit, so no name can be made from it.",
            canLeaveOut: true))
        continue
      }
      if words == ["id"], field.type == .integer { continue }
      var target: Int?
      if case .reference(let written) = field.type {
        target = position(of: written, among: kept)
        guard target != nil else {
          shortcomings.append(
            Shortcoming(
              subject: subject,
              reason: "It refers to “\(written)”, which the data model does not have. "
                + "Add that entity or correct the name.",
              canLeaveOut: true))
          continue
        }
        if words.last == "id", words.count > 1 { words.removeLast() }
      }
      var name = Naming.snake(words, digitPrefix: "field", limit: Naming.longestName - (target == nil ? 0 : 3))
      if target != nil {
        name += "_id"
      } else if ReservedNames.isReservedField(name) {
        name = ReservedNames.replacement(forField: name)
      }
      name = Naming.unique(name) { candidate in fields.contains { $0.name == candidate } }
      fields.append(PlannedField(written: field.name, name: name, type: field.type, target: target))
    }
    return fields
  }

  /// The entity a reference means: the one written exactly so, else the one whose generated name is the same.
  private func position(of written: String, among kept: [Entity]) -> Int? {
    if let exact = kept.firstIndex(where: { same($0.name, written) }) { return exact }
    let words = Transliteration.words(of: written)
    if let equal = kept.firstIndex(where: { Transliteration.words(of: $0.name) == words }) { return equal }
    let plural = Naming.plural(Naming.snake(words, digitPrefix: "entity"))
    return entities.firstIndex { $0.plural == plural }
  }

  /// Makes references optional where a required one could never be filled: to itself, or round a circle.
  private mutating func markCircles() {
    for position in entities.indices {
      for index in entities[position].fields.indices {
        guard let target = entities[position].fields[index].target else { continue }
        if target == position {
          entities[position].fields[index].obligation = .optionalSelfReference
        } else if reaches(position, from: target) {
          entities[position].fields[index].obligation = .optionalCircle
        }
      }
    }
  }

  private func reaches(_ goal: Int, from start: Int) -> Bool {
    var pending = [start]
    var visited: Set<Int> = [start]
    while let position = pending.popLast() {
      if position == goal { return true }
      for target in entities[position].fields.compactMap(\.target) where visited.insert(target).inserted {
        pending.append(target)
      }
    }
    return false
  }

  /// Positions such that every required reference points backwards; stable in the order written.
  private func order() -> [Int] {
    var result: [Int] = []
    var remaining = Array(entities.indices)
    while !remaining.isEmpty {
      let next = remaining.first { position in
        entities[position].fields.allSatisfy { field in
          guard let target = field.target, field.obligation == .required else { return true }
          return result.contains(target)
        }
      }
      guard let next else { return result + remaining }
      result.append(next)
      remaining.removeAll { $0 == next }
    }
    return result
  }

  /// Whether two written names are the same text, whichever Unicode normal form each came in.
  private func same(_ left: String, _ right: String) -> Bool {
    let left = left.precomposedStringWithCanonicalMapping.unicodeScalars
    return left.elementsEqual(right.precomposedStringWithCanonicalMapping.unicodeScalars)
  }
}

/// Holds an entity whose names are settled.
struct PlannedEntity {
  /// The name as written.
  var written: String
  /// The module and table name, in snake case.
  var name: String
  /// The stem of its class names.
  var className: String
  /// The plural of `name`, for collections.
  var plural: String
  /// Its fields in the order written, without the implied identifier.
  var fields: [PlannedField]
}

/// Holds a field whose name and target are settled.
struct PlannedField {
  /// Whether a record must have a value here.
  enum Obligation {
    case required, optionalSelfReference, optionalCircle
  }

  /// The name as written.
  var written: String
  /// The attribute, column and wire name, in snake case.
  var name: String
  /// What it holds.
  var type: FieldType
  /// The position of the entity it refers to, if it is a reference.
  var target: Int?
  /// Whether a record must have a value here.
  var obligation: Obligation

  /// Makes a required field from its parts.
  init(written: String, name: String, type: FieldType, target: Int?) {
    self.written = written
    self.name = name
    self.type = type
    self.target = target
    obligation = .required
  }
}
