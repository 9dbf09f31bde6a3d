import Foundation

/// What a SARIF 2.1.0 report says.
struct SARIFReport {
  /// The levels, the worst last.
  static let levels = ["none", "note", "warning", "error"]

  /// One result that nobody suppressed in the report.
  struct Result: Equatable {
    var file: String
    var line: Int
    var code: String
    var level: String
    var message: String
  }

  /// One run of an analyser, as it is stored; only what is used.
  struct Run: Decodable {
    struct Text: Decodable {
      var text: String?
      var id: String?
    }
    struct Rule: Decodable {
      struct Configuration: Decodable { var level: String? }
      var id: String
      var defaultConfiguration: Configuration?
      var shortDescription: Text?
      var messageStrings: [String: Text]?
    }
    struct Driver: Decodable { var rules: [Rule]? }
    struct Tool: Decodable { var driver: Driver? }
    struct Reference: Decodable {
      var id: String?
      var index: Int?
    }
    struct Place: Decodable {
      struct Physical: Decodable {
        struct Artefact: Decodable {
          var uri: String?
          var uriBaseId: String?
        }
        struct Region: Decodable { var startLine: Int? }
        var artifactLocation: Artefact?
        var region: Region?
      }
      var physicalLocation: Physical?
    }
    struct Suppression: Decodable { var status: String? }
    struct Entry: Decodable {
      var ruleId: String?
      var ruleIndex: Int?
      var rule: Reference?
      var level: String?
      var kind: String?
      var message: Text
      var locations: [Place]?
      var suppressions: [Suppression]?
    }
    struct Invocation: Decodable { var executionSuccessful: Bool? }
    struct Base: Decodable { var uri: String? }

    var tool: Tool?
    var results: [Entry]?
    var invocations: [Invocation]?
    var originalUriBaseIds: [String: Base]?
  }

  private struct Log: Decodable {
    var version: String
    var runs: [Run]
  }

  /// The runs.
  var runs: [Run]
  /// Every result of every run.
  var results: [Result]
  /// Whether every run says, or does not deny, that it came to its end.
  var isWhole: Bool

  /// Reads a report; `nil` when it is none.
  init?(_ data: Data) {
    guard let log = try? JSONDecoder().decode(Log.self, from: data), log.version.hasPrefix("2.1") else { return nil }
    runs = log.runs
    isWhole = !log.runs.contains { $0.invocations?.contains { $0.executionSuccessful == false } ?? false }
    results = log.runs.flatMap { run in (run.results ?? []).compactMap { SARIFReport.result($0, of: run) } }
  }

  private static func result(_ entry: Run.Entry, of run: Run) -> Result? {
    // A suppression counts unless somebody still has to accept it, or refused to.
    let isSuppressed = (entry.suppressions ?? []).contains { ($0.status ?? "accepted") == "accepted" }
    guard !isSuppressed else { return nil }
    let rules = run.tool?.driver?.rules ?? []
    let index = entry.ruleIndex ?? entry.rule?.index
    let id = entry.ruleId ?? entry.rule?.id
    let rule = index.flatMap { rules.indices.contains($0) ? rules[$0] : nil } ?? rules.first { $0.id == id }
    // The order in which the standard looks for a level; without any, a result is a warning.
    let isFailure = (entry.kind ?? "fail") == "fail"
    let level = entry.level ?? (isFailure ? rule?.defaultConfiguration?.level ?? "warning" : "none")
    let message =
      entry.message.text ?? entry.message.id.flatMap { rule?.messageStrings?[$0]?.text } ?? rule?.shortDescription?.text
      ?? "The report gives no words."
    let place = entry.locations?.first?.physicalLocation
    return Result(
      file: place.flatMap { file($0, of: run) } ?? ".", line: max(place?.region?.startLine ?? 0, 0),
      code: id ?? rule?.id ?? "unnamed",
      // A level nobody knows is as bad as the worst.
      level: levels.contains(level) ? level : "error", message: message)
  }

  /// A path for an address: absolute for `file:`, else as it stands, below the base it names.
  private static func file(_ place: Run.Place.Physical, of run: Run) -> String? {
    guard var uri = place.artifactLocation?.uri else { return nil }
    if let base = place.artifactLocation?.uriBaseId.flatMap({ run.originalUriBaseIds?[$0]?.uri }),
      base.hasPrefix("file:"), !uri.contains("://")
    {
      uri = base + (base.hasSuffix("/") ? "" : "/") + uri
    }
    if uri.hasPrefix("file:") {
      uri.removeFirst("file:".count)
      // `file:///path` and `file://host/path` both mean a path of this machine here.
      if uri.hasPrefix("//") { uri = String(uri.dropFirst(2).drop { $0 != "/" }) }
    }
    return uri.removingPercentEncoding ?? uri
  }
}
