import Engine

/// Lets bash read shell scripts without running them.
struct ShellValidator: PreflightValidator {
  let name = "shell"

  func check(_ context: PreflightContext) async throws -> [PreflightFinding] {
    guard context.kind == .shell, context.text != nil else { return [] }
    // A script for another shell is not bash's to judge.
    if context.file.bytes.starts(with: "#!".utf8), !FileKind.isShellScript(context.file.bytes) { return [] }
    let run = try await context.run(["bash", "--noprofile", "--norc", "-n"])
    if let words = PythonReading.lost(run, context.rules) {
      return [reject("bash cannot read this script: \(words). Write it again, shorter and less nested.")]
    }
    let lines = String(decoding: run.output, as: UTF8.self).split(whereSeparator: \.isNewline)
    // bash only warns of a text that ends before its end mark; a script that ends so is cut off.
    guard run.exitStatus != 0 || lines.contains(where: { $0.contains("here-document") }) else { return [] }
    let complaint = lines.first { $0.contains("line ") } ?? lines.first ?? "it does not say why"
    let words = complaint.firstRange(of: "line ").map { complaint[$0.upperBound...] } ?? complaint[...]
    let number = words.prefix(while: \.isNumber)
    let message = words.dropFirst(number.count).drop { $0 == ":" || $0 == " " }
    return [
      reject(
        "bash cannot read this script: \(number.isEmpty ? complaint[...] : message). Correct it and write the whole "
          + "file again.", line: Int(number) ?? 0)
    ]
  }
}
