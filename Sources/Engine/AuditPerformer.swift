import Foundation
import Kernel

/// Looks for the evidence of every goal in the files that were promised for it; the built-in auditor.
///
/// It believes nothing that was said and writes nothing: what it names is a line that is on the disk. A goal whose files
/// are all gone does not hold, and the reason says so. Whether each single file is there and as it was accepted is for the
/// engine's own look, so a goal with one file left is shown with what is left.
public struct AuditPerformer: TaskPerformer {
  /// The performer's catalogue name.
  public static let name = "audit"
  /// How much of a file is read, in bytes; what defines something stands near the top of a generated file.
  static let byteLimit = 1 << 18
  /// How long the audit may take altogether; half of what an attempt is given by default.
  static let timeLimit = Duration.seconds(150)

  private let timeLimit: Duration

  /// Makes the performer.
  public init() { timeLimit = AuditPerformer.timeLimit }

  /// Makes one that has less time.
  init(timeLimit: Duration) { self.timeLimit = timeLimit }

  /// Reports one finding per goal, in the order of the goals.
  public func perform(_ assignment: Assignment) async throws -> TaskReport {
    let end = ContinuousClock.now + timeLimit
    let session = assignment.session
    var reader = AuditReader(
      workspace: assignment.workspace, there: try await assignment.workspace.files().map(\.path),
      entities: session.brief.entities.map(\.name))
    var findings: [AuditFinding] = []
    for goal in session.goals {
      try Task.checkCancellation()
      let finding =
        ContinuousClock.now < end
        ? try await reader.finding(for: goal)
        : AuditFinding(
          subject: goal.id, passed: false, evidence: "The audit's time was over before anybody looked for it.")
      assignment.transcript.write("\(finding.passed ? "seen" : "NOT seen") \(goal.id): \(finding.evidence)")
      findings.append(finding)
    }
    return TaskReport(audit: findings)
  }
}

/// Finds lines in a workspace, reading every file once.
private struct AuditReader {
  let workspace: any Workspace
  /// The paths that are there, as bytes, since texts that look the same may be two paths.
  let there: Set<[UInt8]>
  /// What the brief's entities are called.
  let entities: [AuditKeyword]
  private var lines: [[UInt8]: [String]] = [:]

  init(workspace: any Workspace, there: [String], entities: [String]) {
    self.workspace = workspace
    self.there = Set(there.map { Array($0.utf8) })
    self.entities = entities.map(AuditKeyword.init)
  }

  mutating func finding(for goal: Goal) async throws -> AuditFinding {
    func failed(_ reason: String) -> AuditFinding {
      AuditFinding(subject: goal.id, passed: false, evidence: reason)
    }
    guard let first = goal.deliverables.first else { return failed("No file was promised for it.") }
    let present = goal.deliverables.filter { there.contains(Array($0.utf8)) }
    guard !present.isEmpty else {
      let more = goal.deliverables.count - 1
      let rest = more == 0 ? "" : more == 1 ? " and the other one is not either" : " and neither are \(more) more"
      return failed("\(first) is not there\(rest).")
    }
    let named = entities.compactMap { entity in entity.place(in: goal.text).map { (place: $0, entity: entity) } }
      .sorted { $0.place < $1.place }.map(\.entity)
    let keywords = named.isEmpty ? AuditKeyword.words(of: goal.text) : named
    // The strongest evidence is a definition; then a line that names the goal or what it is about; then any code.
    // What a requirement names first is what it is about most.
    let definitions = keywords.map { keyword in
      { (line: String) -> Bool in AuditKeyword.isDefinition(line) && keyword.isIn(line) }
    }
    let looks: [(String) -> Bool] =
      definitions + [
        { line in AuditKeyword.isCode(line) && (line.contains(goal.id) || keywords.contains { $0.isIn(line) }) },
        { line in !line.allSatisfy(\.isWhitespace) },
      ]
    for look in looks {
      for path in present {
        try Task.checkCancellation()
        if let place = await text(of: path).firstIndex(where: look) {
          return AuditFinding(subject: goal.id, passed: true, evidence: "\(path):\(place + 1)")
        }
      }
    }
    return failed("Its files are there and hold not one line: \(present.joined(separator: ", ")).")
  }

  /// The lines of a file; none where it cannot be read as text.
  private mutating func text(of path: String) async -> [String] {
    let key = Array(path.utf8)
    if let known = lines[key] { return known }
    let bytes = (try? await workspace.read(path, limit: AuditPerformer.byteLimit)) ?? []
    // Split on bytes, so that a line's number is the one an editor shows, also with “\r\n”.
    let found = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
    lines[key] = found
    return found
  }
}

/// A word, or a few, by which a line is known to be about something; letters and digits only, without case and accents.
private struct AuditKeyword {
  /// The words in the singular as far as English goes.
  let stems: [String]
  /// The stems without anything between them, as names in code have them.
  let joined: String

  init(_ name: String) {
    stems = AuditKeyword.pieces(name).map(AuditKeyword.stem)
    joined = stems.joined()
  }

  /// Where a text written for people names it first, in the singular or plural, counted in words; `nil` for nowhere.
  func place(in text: String) -> Int? {
    guard !stems.isEmpty else { return nil }
    let words = AuditKeyword.pieces(text).map(AuditKeyword.stem)
    return words.indices.first { words[$0...].starts(with: stems) }
  }

  /// Whether a line of code names it, e.g. `class OrderItemService` or `test_order_item`.
  func isIn(_ line: String) -> Bool {
    // One or two letters are in every line.
    guard joined.count >= 3 else { return place(in: line) != nil }
    return String(AuditKeyword.folded(line).filter { $0.isLetter || $0.isNumber }).contains(joined)
  }

  /// The words of a requirement that say what it is about.
  static func words(of text: String) -> [AuditKeyword] {
    pieces(text).filter { $0.count >= 5 && !plain.contains($0) }.map(AuditKeyword.init)
  }

  /// Words that stand in requirements of any kind.
  private static let plain: Set<String> = [
    "about", "after", "again", "allow", "allows", "always", "anybody", "available", "before", "between", "every",
    "everybody", "should", "system", "their", "there", "these", "those", "through", "users", "using", "where", "which",
    "while", "without", "would", "could",
  ]

  /// Whether a line defines a class, a function, a route or a test in one of the usual languages.
  static func isDefinition(_ line: String) -> Bool {
    let bare = line.drop { $0 == " " || $0 == "\t" }
    return definitions.contains { bare.hasPrefix($0) }
  }

  private static let definitions = [
    "class ", "def ", "async def ", "@router.", "@app.", "func ", "public func ", "struct ", "public struct ", "enum ",
    "interface ", "function ", "async function ", "export ", "public class ", "it(", "test(", "describe(", "type ",
    "CREATE TABLE",
  ]

  /// Whether a line is more than a remark.
  static func isCode(_ line: String) -> Bool {
    let bare = line.drop { $0 == " " || $0 == "\t" }
    return !bare.isEmpty && !["#", "//", "--", "\"\"\"", "*", "/*"].contains { bare.hasPrefix($0) }
  }

  private static func folded(_ text: String) -> String {
    text.folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil)
  }

  /// The words of a text; a capital inside one begins another, so that `OrderItem` is two.
  private static func pieces(_ text: String) -> [String] {
    var spread = ""
    var isAfterSmall = false
    for character in text {
      if character.isUppercase, isAfterSmall { spread.append(" ") }
      spread.append(character)
      isAfterSmall = character.isLowercase || character.isNumber
    }
    return folded(spread).split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }

  /// A word in the singular, or what is left of it; both sides are cut alike, so it need not be a word.
  private static func stem(_ word: String) -> String {
    guard word.count > 3, word.hasSuffix("s"), !word.hasSuffix("ss") else { return word }
    if word.hasSuffix("ies") { return String(word.dropLast(3)) + "y" }
    for ending in ["ches", "shes", "sses", "xes", "zes"] where word.hasSuffix(ending) {
      return String(word.dropLast(2))
    }
    return String(word.dropLast())
  }
}
