import Engine

/// Lets Python's own reader read TOML files.
struct TOMLValidator: PreflightValidator {
  let name = "toml"

  private static let script = #"""
    try:
        import tomllib
    except ImportError:
        print("ABSENT")
        sys.exit(0)
    try:
        tomllib.loads(sys.stdin.buffer.read().decode())
    except (RecursionError, MemoryError):
        print("BAD it is nested too deeply to be read")
    except ValueError as error:
        print("BAD " + " ".join(str(error).split()))
    else:
        print("GOOD")
    """#

  func check(_ context: PreflightContext) async throws -> [PreflightFinding] {
    guard context.kind == .toml, context.text != nil else { return [] }
    let (run, version) = try await PythonReading.run(
      TOMLValidator.script, over: context.file, context.programs, context.rules)
    if let words = PythonReading.lost(run, context.rules) {
      return [reject("This TOML cannot be read: \(words). Write it again, shorter and less nested.")]
    }
    let answer = String(decoding: run.output, as: UTF8.self).split(whereSeparator: \.isNewline).last ?? ""
    if answer == "GOOD" { return [] }
    if answer == "ABSENT" { return [notChecked("Python \(version) cannot read TOML; install 3.11 or newer.")] }
    guard answer.hasPrefix("BAD ") else {
      return [notChecked("Python \(version) failed: \(Toolchain.lastLines(run))")]
    }
    let words = answer.dropFirst(4)
    let line = words.firstRange(of: "(at line ").map { words[$0.upperBound...].prefix(while: \.isNumber) }
    return [
      reject("This is not TOML: \(words). Correct it and write the file again.", line: line.flatMap { Int($0) } ?? 0)
    ]
  }
}
