import Kernel
import Screen

// Copying and opening in lines: a menu becomes words to type, and a file is said in pages instead of going to a pager.

extension LinearConsole {
  /// Copies one of the texts there are for what was read last, by its name.
  mutating func copy(_ argument: String) -> Output {
    if let reason = model.reasonDisabled(.copy) { return Output(lines: ["Not now: \(reason)."]) }
    let copies = model.copies
    let named = copies.filter { !argument.isEmpty && $0.name.hasPrefix(argument.lowercased()) }
    if let only = named.first ?? (copies.count == 1 && argument.isEmpty ? copies.first : nil) {
      return Output(lines: ["Copying the \(only.name)."], intents: [.copy(only.text)])
    }
    let names = copies.map { "copy \($0.name)" }.joined(separator: ", ")
    return Output(lines: [copies.isEmpty ? "Nothing is selected. Type a list and read a number." : "Type \(names)."])
  }

  /// Says the file that what was read last names, or one by its path, its number, or the name of its gate.
  mutating func file(_ argument: String) -> Output {
    guard let current = model.current else { return Output() }
    if argument.isEmpty, let reason = model.reasonDisabled(.openFile) { return Output(lines: ["Not now: \(reason)."]) }
    let files = model.openables
    var found = Int(argument).flatMap { files.indices.contains($0 - 1) ? files[$0 - 1] : nil }
    if argument.isEmpty, files.count == 1 { found = files[0] }
    found = found ?? named(argument, in: current.session)
    guard let found else {
      let rows = files.enumerated().map { "\($0 + 1). \(Text.clean($1.path).string)" }
      return Output(
        lines: argument.isEmpty
          ? rows + ["Type file and a number."] : ["Nothing called \(argument) is on record. Type files, or gates."])
    }
    awaitsFile = true
    return Output(lines: ["Looking at \(Text.clean(found.path).string)."], intents: [.readFile(found)])
  }

  /// The file of a session by its path, or the evidence of a gate by its name.
  func named(_ name: String, in session: Session) -> NamedFile? {
    guard !name.isEmpty else { return nil }
    if let result = session.gate(name)?.results.last, let path = result.evidence {
      return NamedFile(session: session.id, path: path, hash: result.evidenceHash)
    }
    guard model.past == nil, session.files[name] != nil || session.tasks.contains(where: { $0.leaves(name) }) else {
      return nil
    }
    return NamedFile(session: session.id, path: name)
  }

  /// Says a file that was asked for, or why it cannot be said.
  mutating func say(_ file: NamedFile, _ text: String?, trouble: String?) -> [String] {
    guard awaitsFile else { return [] }
    awaitsFile = false
    // Why not is said as the message that it became.
    guard trouble == nil, let text else { return [] }
    let lines = Text.lines(text).map(\.string)
    return paged(["\(Text.clean(file.path).string), \(counted(lines.count, "line"))."] + lines)
  }

  /// Says what a menu offers, and closes it: what is chosen is typed.
  mutating func sayMenu(_ action: Action) -> Output {
    model.closeMenu()
    return action == .openFile ? file("") : copy("")
  }
}

extension TaskRecord {
  /// Whether a path is one of the files it left or owes.
  fileprivate func leaves(_ path: String) -> Bool {
    files.contains { $0.path.utf8.elementsEqual(path.utf8) } || expectedFiles.contains(path)
  }
}
