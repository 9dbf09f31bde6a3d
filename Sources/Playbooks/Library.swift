import Crypto
import Foundation
import Kernel

/// Finds workflows, playbooks, rules, role cards and sample briefs: in the project first, then with the person, then built in.
///
/// For every file the first place that has it wins, so a project can replace one text and keep all the rest. Nothing is
/// remembered between calls; what a session uses is frozen into it when it starts.
public struct Library: Sendable {
  private let places: [LibraryPlace]
  private let known: KnownNames

  /// Makes a library.
  ///
  /// - Parameters:
  ///   - project: The project's folder, whose `.signalbox/` is searched first; `nil` for none.
  ///   - person: The person's own folder, e.g. `$XDG_CONFIG_HOME/signalbox`; `nil` for none.
  ///   - gateKinds: The kinds of gates there are; a workflow that names another is refused. `nil` checks none.
  ///   - performers: The performers there are; a workflow that names another is refused. `nil` checks none.
  public init(project: String?, person: String?, gateKinds: [String]? = nil, performers: [String]? = nil) {
    var places: [LibraryPlace] = []
    if let project {
      let folder = URL(fileURLWithPath: project, isDirectory: true).appendingPathComponent(".signalbox")
      places.append(LibraryPlace(folder: folder, label: ".signalbox"))
    }
    if let person {
      places.append(LibraryPlace(folder: URL(fileURLWithPath: person, isDirectory: true), label: person))
    }
    places.append(LibraryPlace(folder: Library.builtInFolder, label: "built-in"))
    self.places = places
    known = KnownNames(gateKinds: gateKinds, performers: performers)
  }

  /// Reads what was kept of a library in a folder, and nothing else.
  public init(kept folder: String) {
    places = [LibraryPlace(folder: URL(fileURLWithPath: folder, isDirectory: true), label: folder)]
    known = KnownNames(gateKinds: nil, performers: nil)
  }

  /// Where the files stand that come with the program.
  static var builtInFolder: URL {
    (Bundle.module.resourceURL ?? Bundle.module.bundleURL).appendingPathComponent("Library")
  }

  // MARK: - Workflows

  /// The names of all workflows, sorted.
  public var workflowNames: [String] { names(in: "workflows", ending: "yaml") }

  /// Reads a workflow with every playbook it uses, and checks that it can run.
  ///
  /// - Throws: The first ``LibraryFailure`` found, with the place to correct.
  public func workflow(_ id: String) throws(LibraryFailure) -> Workflow {
    let file = try file(named: id, in: "workflows", ending: "yaml")
    return try read(file, id: id).workflow
  }

  /// Reads a workflow with everything it names, checked as a whole.
  func read(_ file: LibraryFile, id: String) throws(LibraryFailure) -> (workflow: Workflow, fit: WorkflowFit) {
    let source = try WorkflowSource(reading: file, id: id, known: known)
    var playbooks: [PlaybookSource] = []
    for (name, entry) in source.uses.map({ ($0.playbook, $0.entry) }) + source.more
    where !playbooks.contains(where: { $0.playbook.id == name }) {
      guard let found = try find("playbooks/\(name).yaml") else {
        throw entry.failure("There is no playbook “\(name)”; expected playbooks/\(name).yaml.")
      }
      playbooks.append(try playbook(found, id: name))
    }
    var rules: [RuleSource] = []
    for (name, entry) in source.rules {
      guard let found = try find("rules/\(name).yaml") else {
        throw entry.failure("There is no rule “\(name)”; expected rules/\(name).yaml.")
      }
      rules.append(try RuleSource(reading: found, id: name))
    }
    try complete(&playbooks, for: source.workflow)
    let fit = WorkflowFit(source: source, playbooks: playbooks, rules: rules, known: known)
    try fit.check()
    var workflow = source.workflow
    workflow.playbooks = playbooks.map(\.playbook)
    workflow.rules = rules.map(\.rule)
    workflow.digest = Library.digest(of: [file] + playbooks.flatMap(\.files) + rules.map(\.file))
    return (workflow, fit)
  }

  /// The playbooks that any session may need, so that a workflow lists only what is its own.
  static let everyday = [
    "task-failed", "restore-failed", "loop-brief", "loop-task", "loop-gate", "effect-unknown", "dependency-failed",
    "change-requested", "rollback-requested", "abort-requested", "library-changed", "agent-missing", "blocker-open",
    "verification-failed",
  ]

  /// Adds the everyday playbooks for situations that can arise and that no playbook of the workflow always asks about.
  private func complete(_ playbooks: inout [PlaybookSource], for workflow: Workflow) throws(LibraryFailure) {
    for need in workflow.needs {
      guard need.stages.contains(where: { stage in !playbooks.contains { $0.always(asks: need, at: stage) } }) else {
        continue
      }
      for id in Library.everyday where !playbooks.contains(where: { $0.playbook.id == id }) {
        guard let found = try find("playbooks/\(id).yaml") else { continue }
        let candidate = try playbook(found, id: id)
        if need.stages.contains(where: { candidate.always(asks: need, at: $0) }) { playbooks.append(candidate) }
      }
    }
    // Files that cannot be put back are asked about in words of their own, beside every other failed task.
    let own = "restore-failed"
    guard !playbooks.contains(where: { $0.playbook.id == own }), let found = try find("playbooks/\(own).yaml") else {
      return
    }
    playbooks.append(try playbook(found, id: own))
  }

  // MARK: - Playbooks

  /// The names of all playbooks, sorted.
  public var playbookNames: [String] { names(in: "playbooks", ending: "yaml") }

  /// Reads one playbook, to explain it; whether its texts fit a workflow is checked with the workflow.
  public func playbook(_ id: String) throws(LibraryFailure) -> Playbook {
    try playbook(file(named: id, in: "playbooks", ending: "yaml"), id: id).playbook
  }

  /// Reads a playbook with its places.
  func playbook(_ file: LibraryFile, id: String) throws(LibraryFailure) -> PlaybookSource {
    try PlaybookSource(reading: file, id: id) { (entry: YAMLEntry) throws(LibraryFailure) in
      let name = try entry.text("the name of a Markdown file beside this one")
      guard name.hasSuffix(".md"), Library.isPlainName(String(name.dropLast(3))) else {
        throw entry.failure("Expected the name of a Markdown file beside this one, for example “\(id).md”.")
      }
      guard let found = try find("playbooks/\(name)") else {
        throw entry.failure("There is no file playbooks/\(name).")
      }
      return found
    }
  }

  // MARK: - Rules

  /// The names of all rules, sorted.
  public var ruleNames: [String] { names(in: "rules", ending: "yaml") }

  /// Reads one rule.
  public func rule(_ id: String) throws(LibraryFailure) -> Rule {
    try RuleSource(reading: file(named: id, in: "rules", ending: "yaml"), id: id).rule
  }

  // MARK: - Sample briefs

  /// Every sample brief that can be read, sorted by name.
  public var briefs: [SampleBrief] { names(in: "briefs", ending: "md").compactMap { try? brief($0) } }

  /// Reads a sample brief.
  public func brief(_ name: String) throws(LibraryFailure) -> SampleBrief {
    let file = try file(named: name, in: "briefs", ending: "md")
    return SampleBrief(name: name, title: Brief(reading: file.text).title, text: file.text)
  }

  // MARK: - Checking

  /// Every file of the library that cannot be used, the first failure of each.
  public func failures() -> [LibraryFailure] {
    var found: [LibraryFailure] = []
    func collect(_ read: () throws(LibraryFailure) -> Void) {
      do { try read() } catch {
        if !found.contains(error) { found.append(error) }
      }
    }
    for name in playbookNames { collect { () throws(LibraryFailure) in _ = try playbook(name) } }
    for name in ruleNames { collect { () throws(LibraryFailure) in _ = try rule(name) } }
    for name in workflowNames { collect { () throws(LibraryFailure) in _ = try workflow(name) } }
    for name in names(in: "briefs", ending: "md") { collect { () throws(LibraryFailure) in _ = try brief(name) } }
    for name in roleNames { collect { () throws(LibraryFailure) in _ = try roleCard(name) } }
    collect { () throws(LibraryFailure) in _ = try roleCards() }
    collect { () throws(LibraryFailure) in _ = try agents() }
    return found
  }

  /// Everything a person should look at before relying on the library.
  ///
  /// It holds every failure, and beside them what can be read and yet cannot be meant: triggers that never hold,
  /// playbooks and rules that nothing uses, playbooks that another one always forestalls, options that are never
  /// offered, and scenarios that a workflow has no question for.
  public func check() -> [PlaybookRemark] {
    var fits: [WorkflowFit] = []
    for name in workflowNames {
      guard let file = try? file(named: name, in: "workflows", ending: "yaml") else { continue }
      if let fit = try? read(file, id: name).fit { fits.append(fit) }
    }
    let playbooks = playbookNames.compactMap { name in
      (try? file(named: name, in: "playbooks", ending: "yaml")).flatMap { try? playbook($0, id: name) }
    }
    let rules = ruleNames.compactMap { name in
      (try? file(named: name, in: "rules", ending: "yaml")).flatMap { try? RuleSource(reading: $0, id: name) }
    }
    let check = LibraryCheck(
      fits: fits, playbooks: playbooks, rules: rules, isWhole: fits.count == workflowNames.count)
    return failures().map { PlaybookRemark($0) } + check.remarks
  }

  // MARK: - Explaining

  /// Everything about a playbook in lines: when it asks, what it offers, where it stands and who uses it.
  public func explain(_ id: String) throws(LibraryFailure) -> [String] {
    let source = try playbook(file(named: id, in: "playbooks", ending: "yaml"), id: id)
    let users = workflowNames.filter { name in
      (try? workflow(name))?.playbook(id) != nil
    }
    return source.lines + ["", "Used by", "  \(users.isEmpty ? "no workflow" : users.joined(separator: ", "))"]
  }

  /// Why a decision was asked by its playbook, with the facts that it matched and the runners-up.
  ///
  /// - Parameter workflow: The workflow frozen into the decision's session, not the one on disk.
  public func explain(decision: Decision, in workflow: Workflow) -> DecisionExplanation {
    DecisionExplanation(of: decision, in: workflow)
  }

  // MARK: - Finding

  /// Whether a name is one of a file of the library, and nothing that leads elsewhere.
  static func isPlainName(_ name: String) -> Bool {
    !name.isEmpty && name.first != "-"
      && name.unicodeScalars.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" }
  }

  func names(in folder: String, ending suffix: String) -> [String] {
    var found: Set<String> = []
    for place in places {
      for file in place.listing(of: folder) where file.hasSuffix(".\(suffix)") {
        let name = String(file.dropLast(suffix.count + 1))
        if Library.isPlainName(name) { found.insert(name) }
      }
    }
    return found.sorted()
  }

  func file(named name: String, in folder: String, ending suffix: String) throws(LibraryFailure) -> LibraryFile {
    let path = "\(folder)/\(name).\(suffix)"
    if Library.isPlainName(name), let file = try find(path) { return file }
    let known = names(in: folder, ending: suffix)
    let list = known.isEmpty ? "there are none" : "known are \(known.joined(separator: ", "))"
    throw LibraryFailure(file: path, line: 0, column: 0, message: "There is no such file; \(list).")
  }

  func find(_ path: String) throws(LibraryFailure) -> LibraryFile? {
    for place in places {
      if let file = try place.file(path) { return file }
    }
    return nil
  }

  /// SHA-256 over the names and bytes of files, each with its length before it, so that no two sets share a digest.
  private static func digest(of files: [LibraryFile]) -> String {
    var hash = SHA256()
    func add(_ bytes: some Collection<UInt8>) {
      withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { hash.update(bufferPointer: $0) }
      hash.update(data: Array(bytes))
    }
    add(Array("signalbox.library.v1".utf8))
    for file in files {
      add(Array(file.path.utf8))
      add(file.bytes)
    }
    return hash.finalize().map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
