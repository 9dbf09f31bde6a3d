import Crypto
import Foundation
import Kernel

/// Finds workflows, playbooks and sample briefs: in the project first, then with the person, then built in.
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
    var source = try WorkflowSource(reading: file, id: id, known: known)
    var read: [PlaybookSource] = []
    for (name, use, entry) in source.uses {
      let playbook: PlaybookSource
      if let already = read.first(where: { $0.playbook.id == name }) {
        playbook = already
      } else {
        guard let found = try find("playbooks/\(name).yaml") else {
          throw entry.failure("There is no playbook “\(name)”; expected playbooks/\(name).yaml.")
        }
        playbook = try self.playbook(found, id: name)
        read.append(playbook)
      }
      try playbook.check(for: use)
    }
    source.workflow.playbooks = read.map(\.playbook)
    source.workflow.digest = Library.digest(of: [file] + read.flatMap(\.files))
    return source.workflow
  }

  // MARK: - Playbooks

  /// The names of all playbooks, sorted.
  public var playbookNames: [String] { names(in: "playbooks", ending: "yaml") }

  /// Reads one playbook, to explain it; whether its texts fit a workflow is checked with the workflow.
  public func playbook(_ id: String) throws(LibraryFailure) -> Playbook {
    try playbook(file(named: id, in: "playbooks", ending: "yaml"), id: id).playbook
  }

  private func playbook(_ file: LibraryFile, id: String) throws(LibraryFailure) -> PlaybookSource {
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
    for name in workflowNames { collect { () throws(LibraryFailure) in _ = try workflow(name) } }
    for name in names(in: "briefs", ending: "md") { collect { () throws(LibraryFailure) in _ = try brief(name) } }
    return found
  }

  // MARK: - Finding

  private static func isPlainName(_ name: String) -> Bool {
    !name.isEmpty && name.first != "-"
      && name.unicodeScalars.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" }
  }

  private func names(in folder: String, ending suffix: String) -> [String] {
    var found: Set<String> = []
    for place in places {
      for file in place.listing(of: folder) where file.hasSuffix(".\(suffix)") {
        let name = String(file.dropLast(suffix.count + 1))
        if Library.isPlainName(name) { found.insert(name) }
      }
    }
    return found.sorted()
  }

  private func file(named name: String, in folder: String, ending suffix: String) throws(LibraryFailure) -> LibraryFile
  {
    let path = "\(folder)/\(name).\(suffix)"
    if Library.isPlainName(name), let file = try find(path) { return file }
    let known = names(in: folder, ending: suffix)
    let list = known.isEmpty ? "there are none" : "known are \(known.joined(separator: ", "))"
    throw LibraryFailure(file: path, line: 0, column: 0, message: "There is no such file; \(list).")
  }

  private func find(_ path: String) throws(LibraryFailure) -> LibraryFile? {
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

/// A folder in which files of the library may stand.
private struct LibraryPlace: Sendable {
  /// The folder.
  let folder: URL
  /// What messages call it.
  let label: String

  func listing(of name: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(name).path)) ?? []
  }

  func file(_ path: String) throws(LibraryFailure) -> LibraryFile? {
    let url = folder.appendingPathComponent(path)
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    return try LibraryFile(reading: url, name: "\(label)/\(path)", path: path)
  }
}
