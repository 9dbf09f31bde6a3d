import Kernel

extension Library {
  /// The names of all drills, sorted; they begin with the scenario's number.
  public var drillNames: [String] { names(in: "drills", ending: "yaml") }

  /// Reads a drill by its name, or by its scenario's number.
  ///
  /// - Throws: A ``LibraryFailure`` with the place to correct, or with the drills there are.
  public func drill(_ name: String) throws(LibraryFailure) -> Drill {
    var id = name
    if let number = Int(name) {
      let prefix = number < 10 ? "0\(number)-" : "\(number)-"
      id = drillNames.first { $0.hasPrefix(prefix) } ?? name
    }
    let file = try file(named: id, in: "drills", ending: "yaml")
    return try Drill(reading: file, id: id) { (workflow: String) throws(LibraryFailure) in
      try self.workflow(workflow)
    } companion: { (entry: YAMLEntry) throws(LibraryFailure) in
      let brief = try entry.text("the name of a Markdown file beside this one")
      guard brief.hasSuffix(".md"), Library.isPlainName(String(brief.dropLast(3))) else {
        throw entry.failure("Expected the name of a Markdown file beside this one, for example “brief.md”.")
      }
      guard let found = try find("drills/\(brief)") else { throw entry.failure("There is no file drills/\(brief).") }
      return found
    }
  }
}
