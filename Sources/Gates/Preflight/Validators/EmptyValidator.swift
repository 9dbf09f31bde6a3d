import Engine

/// Refuses a file without content, unless its name says that it may be empty.
struct EmptyValidator: PreflightValidator {
  let name = "empty"

  func check(_ context: PreflightContext) async throws -> [PreflightFinding] {
    let blank: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
    let isBlank = context.file.bytes.isEmpty || (context.kind.isText && context.file.bytes.allSatisfy(blank.contains))
    guard isBlank, !context.rules.mayBeEmpty.contains(where: { $0.matches(context.file.path) }) else { return [] }
    return [reject("The file has no content. Write what belongs into it, or do not make it.")]
  }
}
