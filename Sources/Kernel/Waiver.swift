/// A gate failure accepted by a person: a debt with an end, never shown as passed.
public struct Waiver: Codable, Equatable, Sendable {
  /// When a waiver ends by itself.
  public enum End: Codable, Equatable, Sendable {
    /// When its gate runs again.
    case gateRuns
    /// At a moment, in milliseconds since 1970.
    case time(Moment)
    /// When a stage is begun again.
    case stageRuns(Int)
    /// When one of its files changes.
    case fileChanges
  }

  /// Its identifier, e.g. `W-1`.
  public var id: String
  /// The gate.
  public var gate: String
  /// Why.
  public var reason: String
  /// Who accepted it.
  public var by: String
  /// When.
  public var at: Moment
  /// When it ends, in words.
  public var until: String
  /// When it ends.
  public var end: End
  /// The decision that holds it.
  public var decision: String
  /// A digest of exactly the findings that were accepted.
  public var fingerprint: String
  /// The files it covers, as they were then.
  public var scope: [FileClaim]
  /// What is done to make up for it, in the person's words.
  public var compensation: String
  /// Why it ended, once it did.
  public var ended: String?
  /// Whether a person was reminded of its coming end.
  public var isReminded = false

  /// Makes a waiver from its parts.
  public init(
    id: String, gate: String, reason: String, by: String, at: Moment, until: String, decision: String,
    end: End = .gateRuns, fingerprint: String = "", scope: [FileClaim] = [], compensation: String = ""
  ) {
    self.id = id
    self.gate = gate
    self.reason = reason
    self.by = by
    self.at = at
    self.until = until
    self.decision = decision
    self.end = end
    self.fingerprint = fingerprint
    self.scope = scope
    self.compensation = compensation
  }

  /// The field in which a person says when a waiver ends.
  public static let untilField = "Until"
  /// The field in which a person says what makes up for it.
  public static let compensationField = "Compensating action"
  /// The field in which a person names the files it covers.
  public static let scopeField = "Files"

  /// How long before its end a person is reminded: a day, or half of its life where that is shorter.
  var reminder: Moment? {
    guard case .time(let moment) = end else { return nil }
    return max(moment - 86_400_000, at + (moment - at) / 2)
  }
}

/// How a waiver stands.
public enum WaiverState: String, CaseIterable, Equatable, Sendable {
  /// It covers its gate.
  case standing
  /// It ended; its gate runs, or ran, again.
  case ended
  /// Nothing is left for it to cover: its gate is gone or passed.
  case orphaned
}

extension Session {
  /// How a waiver stands now.
  public func state(of waiver: Waiver) -> WaiverState {
    if waiver.ended != nil { return .ended }
    return holds(waiver) ? .standing : .orphaned
  }

  /// The waivers that cover their gates.
  public var standingWaivers: [Waiver] { waivers.filter { holds($0) } }

  /// Reads what a person wrote for a waiver's end: nothing, a day, `stage 4`, or `file`.
  static func waiverEnd(_ text: String, at: Moment) -> (end: Waiver.End, words: String)? {
    let plain = text.lowercased().trimmed
    if plain.isEmpty || plain == "the gate runs again" || plain == "rerun" { return (.gateRuns, "the gate runs again") }
    if plain == "file" || plain == "files change" || plain == "file changes" {
      return (.fileChanges, "one of its files changes")
    }
    if plain.hasPrefix("stage") {
      guard let number = Brief.firstNumber(in: plain) else { return nil }
      return (.stageRuns(number), "stage \(number) runs again")
    }
    guard let moment = Session.moment(ofDay: plain), moment > at else { return nil }
    return (.time(moment), "the end of \(plain) (UTC)")
  }

  /// The last millisecond of a day written as `2026-12-24`, or `nil`.
  static func moment(ofDay text: String) -> Moment? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count == 4, parts[1].count == 2, parts[2].count == 2,
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), (1...12).contains(month),
      (1970...9999).contains(year)
    else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...lengths[month - 1]).contains(day) else { return nil }
    // Days since 1970 in the proleptic Gregorian calendar, counted from March.
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    return Moment(days + 1) * 86_400_000 - 1
  }
}
