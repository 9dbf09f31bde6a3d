import Engine
import Yams

/// Reads YAML files as far as their form goes; nothing is unfolded, so that aliases cannot grow.
struct YAMLValidator: PreflightValidator {
  let name = "yaml"

  func check(_ context: PreflightContext) async throws -> [PreflightFinding] {
    guard context.kind == .yaml, let text = context.text else { return [] }
    do {
      let parser = try Parser(yaml: YAMLValidator.withoutAliases(text), encoding: .utf8)
      while try parser.nextRoot() != nil { try Task.checkCancellation() }
      return []
    } catch let error as YamlError {
      let (line, words) = YAMLValidator.words(of: error)
      // The source of a file that a template engine makes is no YAML yet.
      if text.contains("{{") || text.contains("{%") {
        return [notChecked("it holds what a template engine fills in, so it is not YAML yet.")]
      }
      return [reject("This is not YAML: \(words). Correct it and write the file again.", line: line)]
    }
  }

  /// The text with every `*` that begins an alias made an underscore: as many bytes, the same form, nothing to unfold.
  ///
  /// A mapping whose keys are aliases of aliases takes time without end to compare. A `*` in a text changes with them,
  /// which no rule of form sees.
  static func withoutAliases(_ text: String) -> String {
    var bytes = Array(text.utf8)
    var before = UInt8(ascii: "\n")
    for place in bytes.indices {
      let byte = bytes[place]
      if byte == UInt8(ascii: "*"), before <= 0x20 || "[{,:-?".utf8.contains(before) {
        bytes[place] = UInt8(ascii: "_")
      }
      before = byte
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func words(of error: YamlError) -> (line: Int, words: String) {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      (mark.line, context.map { "\($0.text), \(problem)" } ?? problem)
    case .duplicatedKeysInMapping(let names, let context):
      (
        context.mark.line,
        names.map { "“\($0)”" }.joined(separator: ", ") + " stands more than once among the same values"
      )
    case .reader(let problem, _, _, _): (0, problem)
    case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded: (0, "it cannot be read")
    }
  }
}
