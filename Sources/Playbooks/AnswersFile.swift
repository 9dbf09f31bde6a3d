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
/// ```
public enum AnswersFile {
  /// Reads answers from a file.
  ///
  /// - Parameters:
  ///   - path: The file's path.
  ///   - workflow: The workflow they are for; with it, unknown playbooks, options, gates and missing notes are refused.
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

  private static func answer(
    _ entry: YAMLEntry, by: String, for workflow: Workflow?
  ) throws(LibraryFailure) -> AdvanceAnswer {
    let table = try entry.table("an answer", required: ["playbook", "option"], optional: ["match", "note", "fields"])
    let playbook = try table.entry("playbook").identifier("a playbook's id")
    let option = try table.entry("option").identifier("an option's id")
    let note = try table.optional("note")?.text("the note") ?? ""
    let subject = try subject(table.optional("match"), for: workflow)
    let fields = try fields(table.optional("fields"))
    if let workflow {
      guard let known = workflow.playbook(playbook) else {
        let names = workflow.playbooks.map(\.id).joined(separator: ", ")
        throw try table.entry("playbook").failure("There is no playbook “\(playbook)”; known are \(names).")
      }
      guard let chosen = known.options.first(where: { $0.id == option || $0.key == option }) else {
        let names = known.options.map(\.id).joined(separator: ", ")
        throw try table.entry("option").failure("“\(playbook)” has no option “\(option)”; it has \(names).")
      }
      if chosen.noteRequired, note.isEmpty {
        throw try table.entry("option").failure("“\(chosen.id)” needs a reason; add note: TEXT.")
      }
      if chosen.effect == .amend, fields.isEmpty {
        throw try table.entry("option").failure("“\(chosen.id)” fills something in; add fields: {NAME: VALUE}.")
      }
    }
    return AdvanceAnswer(by: by, playbook: playbook, subject: subject, option: option, note: note, fields: fields)
  }

  private static func subject(_ entry: YAMLEntry?, for workflow: Workflow?) throws(LibraryFailure) -> String? {
    guard let entry else { return nil }
    let table = try entry.table("a match", required: [], optional: ["gate", "task", "subject"])
    guard table.entries.count <= 1 else { throw entry.failure("Expected one of gate, task or subject, not several.") }
    guard let (name, value) = table.entries.first else { return nil }
    let text = try value.text("what the answer is for")
    if name == "gate", let workflow, workflow.gate(text) == nil {
      let known = workflow.gates.map(\.id).joined(separator: ", ")
      throw value.failure("There is no gate “\(text)”; known are \(known).")
    }
    // Whether a gate or a task is meant follows from the playbook; "gate:lint" and "lint" name the same.
    for prefix in ["gate:", "task:"] where name == "subject" && text.hasPrefix(prefix) {
      return String(text.dropFirst(prefix.count))
    }
    return text
  }

  private static func fields(_ entry: YAMLEntry?) throws(LibraryFailure) -> [FieldValue] {
    guard let entry else { return [] }
    guard case .mapping(let mapping) = entry.node else {
      throw entry.failure("Expected fields as named values, for example {Target maturity level: 2}.")
    }
    var values: [FieldValue] = []
    for (key, value) in mapping {
      let name = key.scalar?.string ?? ""
      guard BriefField(heading: name) != nil else {
        let known = BriefField.allCases.map(\.title).joined(separator: ", ")
        throw YAMLEntry(node: key, file: entry.file).failure("“\(name)” is no field of a brief; known are \(known).")
      }
      values.append(
        FieldValue(field: name, value: try YAMLEntry(node: value, file: entry.file).text("the field “\(name)”")))
    }
    return values
  }
}
