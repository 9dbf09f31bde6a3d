import Engine

/// Finds Python functions and classes that do nothing.
///
/// Abstract methods, members of protocols, overloads, exceptions and classes that only give a base another name are
/// fine: there the emptiness says something.
struct PythonBodiesValidator: PreflightValidator {
  let name = "python-bodies"

  func check(_ context: PreflightContext) async throws -> [PreflightFinding] {
    guard case .read(_, let bodies, _) = context.reading else { return [] }
    return bodies.compactMap { body in
      switch body.kind {
      case .unfinished: return nil
      case .hollow:
        return warn("The class \(body.name) holds nothing. Give it what it is for, or leave it out.", line: body.line)
      case .described:
        return warn(
          "The function \(body.name) has a description and no body. Write what it says, or leave it out.",
          line: body.line)
      case .empty:
        let words =
          "The function \(body.name) does nothing. Write its body; where nothing is to be done, say why in a docstring "
          + "without “pass”."
        return body.isExcusable ? warn(words, line: body.line) : reject(words, line: body.line)
      }
    }
  }
}
