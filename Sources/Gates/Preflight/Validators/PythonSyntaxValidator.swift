import Engine

/// Lets Python's own parser read Python files, and gives its line and its words.
struct PythonSyntaxValidator: PreflightValidator {
  let name = "python-syntax"

  func check(_ context: PreflightContext) async throws -> [PreflightFinding] {
    switch context.reading {
    case nil: return []
    case .notChecked(let reason): return [notChecked(reason)]
    case .unreadable(let reason):
      return [reject("Python cannot read this file: \(reason). Write it again, shorter and less nested.")]
    case .read(nil, _, _): return []
    case .read(let complaint?, _, let version):
      // An older Python than the one that will run it must not keep out what that one reads.
      if complaint.mayBeNewer {
        return [
          warn(
            "Python \(version) does not read this line: \(complaint.message). A newer one may; install it to be sure.",
            line: complaint.line)
        ]
      }
      let place = complaint.line > 0 ? "line \(complaint.line): " : ""
      return [
        reject(
          "Python \(version) stops at \(place)\(complaint.message). Correct it and write the whole file again.",
          line: complaint.line)
      ]
    }
  }
}
