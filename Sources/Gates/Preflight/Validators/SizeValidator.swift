import Engine

/// Refuses a file larger than the rules allow.
struct SizeValidator: PreflightValidator {
  let name = "size"

  func check(_ context: PreflightContext) async throws -> [PreflightFinding] {
    let size = context.file.bytes.count
    guard size > context.rules.largestFile else { return [] }
    return [
      reject(
        "The file is \(size) bytes long and \(context.rules.largestFile) are allowed. Split it, or let the system "
          + "fetch or make such data itself.")
    ]
  }
}
