import Foundation
import Kernel

/// Reads answers that a named person gives before the questions arise.
///
/// ```yaml
/// by: Ada
/// answers:
///   - playbook: gate-failed
///     match: {gate: security}
///     option: waive
///     note: Accepted until the next release.
///     fields: {Until: 2030-01-31, Compensating action: Reviewed by hand.}
///   - playbook: quality-conflict
///     match: {rule: compliance}
///     option: change-level
/// ```
///
/// A match names one gate, task, stage, rule or request (`change`, `rollback`, `abort`, `playbooks`), or the decision's
/// whole subject; without one, the line fits every question of its playbook. Every line counts once for each subject.
public enum AnswersFile {
  /// Reads answers from a file.
  ///
  /// - Parameters:
  ///   - path: The file's path.
  ///   - workflow: The workflow they are for; with it, unknown playbooks, options, gates, rules, stages and fields,
  ///     matches that never fit and missing notes are refused.
  /// - Throws: A ``LibraryFailure`` with the place to correct.
  public static func read(path: String, for workflow: Workflow? = nil) throws(LibraryFailure) -> [AdvanceAnswer] {
    guard FileManager.default.fileExists(atPath: path) else {
      throw LibraryFailure(file: path, line: 0, column: 0, message: "There is no such file.")
    }
    return try answers(
      in: LibraryFile(reading: URL(fileURLWithPath: path), name: path, path: path), for: workflow)
  }

  /// Reads answers from the bytes of a file that is already open.
  public static func read(
    bytes: [UInt8], name: String, for workflow: Workflow? = nil
  ) throws(LibraryFailure) -> [AdvanceAnswer] {
    try answers(in: LibraryFile(name: name, path: name, bytes: bytes), for: workflow)
  }

  private static func answers(
    in file: LibraryFile, for workflow: Workflow?
  ) throws(LibraryFailure) -> [AdvanceAnswer] {
    let table = try YAMLEntry.read(file).table("a file of answers", required: ["by", "answers"])
    let by = try table.entry("by").text("the name of the person who answers")
    guard by.lowercased() != "engine", !by.contains(where: \.isNewline) else {
      throw try table.entry("by").failure("Expected the name of a person; the engine answers nothing.")
    }
    var answers: [AdvanceAnswer] = []
    for entry in try table.entry("answers").list(of: "answers") {
      answers.append(try answer(entry, by: by, for: workflow))
    }
    return answers
  }

  /// Reads one answer.
  static func answer(
    _ entry: YAMLEntry, by: String, for workflow: Workflow?
  ) throws(LibraryFailure) -> AdvanceAnswer {
    let table = try entry.table("an answer", required: ["playbook", "option"], optional: ["match", "note", "fields"])
    let playbook = try table.entry("playbook").identifier("a playbook's id")
    let option = try table.entry("option").identifier("an option's id")
    let note = try table.optional("note")?.text("the note") ?? ""
    var known: Playbook?
    var chosen: PlaybookOption?
    if let workflow {
      guard let found = workflow.playbook(playbook) else {
        let names = workflow.playbooks.map(\.id).joined(separator: ", ")
        throw try table.entry("playbook").failure("There is no playbook “\(playbook)”; known are \(names).")
      }
      known = found
      chosen = found.options.first { $0.id == option } ?? found.options.first { $0.key == option }
      guard let chosen else {
        let names = found.options.map(\.id).joined(separator: ", ")
        throw try table.entry("option").failure("“\(playbook)” has no option “\(option)”; it has \(names).")
      }
      if chosen.noteRequired, note.isEmpty {
        throw try table.entry("option").failure("“\(chosen.id)” needs a reason; add note: TEXT.")
      }
    }
    let subject = try AnswerMatch.subject(table.optional("match"), of: known, in: workflow)
    let fields = try fields(table.optional("fields"), of: known, option: chosen)
    if let known, let chosen { try checkFields(fields, of: known, option: chosen, at: table.entry("option")) }
    return AdvanceAnswer(by: by, playbook: playbook, subject: subject, option: option, note: note, fields: fields)
  }

  /// Refuses an answer that would be refused later, when nobody is there to correct it.
  private static func checkFields(
    _ fields: [FieldValue], of playbook: Playbook, option: PlaybookOption, at entry: YAMLEntry
  ) throws(LibraryFailure) {
    if option.effect == .amend {
      guard fields.isEmpty else { return }
      throw entry.failure("“\(option.id)” fills something in; add fields: {NAME: VALUE}.")
    }
    for field in playbook.fields where option.fields.contains(field.name) && !field.isOptional {
      guard !fields.contains(where: { $0.field == field.name }) else { continue }
      throw entry.failure("“\(option.id)” needs the field “\(field.name)”: \(field.format)")
    }
  }

  private static func fields(
    _ entry: YAMLEntry?, of playbook: Playbook?, option: PlaybookOption?
  ) throws(LibraryFailure) -> [FieldValue] {
    guard let entry else { return [] }
    guard case .mapping(let mapping) = entry.node else {
      throw entry.failure("Expected fields as named values, for example {Target maturity level: 2}.")
    }
    var values: [FieldValue] = []
    for (key, value) in mapping {
      let place = YAMLEntry(node: key, file: entry.file)
      let written = key.scalar?.string ?? ""
      let name = try name(written, at: place, of: playbook, option: option)
      guard !values.contains(where: { $0.field == name }) else {
        throw place.failure("The field “\(written)” is given twice.")
      }
      values.append(
        FieldValue(field: name, value: try YAMLEntry(node: value, file: entry.file).text("the field “\(written)”")))
    }
    return values
  }

  /// A field's name as the kernel will look for it; a field of the brief may be written in any of its ways.
  private static func name(
    _ written: String, at place: YAMLEntry, of playbook: Playbook?, option: PlaybookOption?
  ) throws(LibraryFailure) -> String {
    let isAmending = option.map { $0.effect == .amend && $0.fields.isEmpty } ?? true
    if isAmending, BriefField(heading: written) != nil { return written }
    // Whoever reads without a workflow cannot know the fields of its playbooks; they are checked when it is there.
    guard let option else { return try place.text("a field's name") }
    if isAmending {
      let known = BriefField.allCases.map(\.title).joined(separator: ", ")
      throw place.failure("“\(written)” is no field of a brief; known are \(known).")
    }
    if let taken = option.fields.first(where: { $0.lowercased() == written.lowercased() }) { return taken }
    let known = option.fields.isEmpty ? "it takes none" : "it takes \(option.fields.joined(separator: ", "))"
    throw place.failure("“\(option.id)” does not take the field “\(written)”; \(known).")
  }
}
