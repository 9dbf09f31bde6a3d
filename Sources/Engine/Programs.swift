import Glibc

/// Looks a program up in the absolute folders of a `PATH`; `nil` when none has it.
///
/// Relative folders (`.`) are passed over: they would run whatever an agent left where the command runs.
public func findProgram(_ name: String, path: String) -> String? {
  for folder in path.split(separator: ":") where folder.hasPrefix("/") {
    let candidate = "\(folder)/\(name)"
    var status = stat()
    if stat(candidate, &status) == 0, status.st_mode & S_IFMT == S_IFREG, access(candidate, X_OK) == 0 {
      return candidate
    }
  }
  return nil
}

/// Lends texts as a list that C reads, ended by `nil`, for as long as the body runs.
public func withWords<Result>(_ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
  let copies = texts.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return body(copies + [nil])
}
