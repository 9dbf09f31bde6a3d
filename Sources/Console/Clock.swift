/// Writes moments and lengths of time the way people read them. Pure arithmetic: no locale, no system clock.
enum Clock {
  /// Ten thousand years in milliseconds; moments beyond it are damage, not dates.
  private static let horizon: Int64 = 253_402_300_799_999
  private static let minute: Int64 = 60_000
  private static let hour: Int64 = 3_600_000
  private static let day: Int64 = 86_400_000

  /// Brings a moment into the range in which arithmetic cannot overflow.
  static func bounded(_ moment: Int64) -> Int64 { min(max(0, moment), horizon) }

  /// The milliseconds between two moments, never negative: clocks jump, ages do not.
  static func between(_ start: Int64, _ end: Int64) -> Int64 { max(0, bounded(end) - bounded(start)) }

  /// `10:42` or `10:42:06`, at an offset from UTC in minutes.
  static func time(_ moment: Int64, offset: Int, seconds: Bool = false) -> String {
    let local = bounded(moment) + Int64(min(max(offset, -1440), 1440)) * minute
    let inDay = ((local % day) + day) % day
    let text = "\(two(inDay / hour)):\(two(inDay % hour / minute))"
    return seconds ? text + ":" + two(inDay % minute / 1000) : text
  }

  /// How many days lie between 1970-01-01 and the day of a moment, at an offset from UTC in minutes.
  static func days(_ moment: Int64, offset: Int) -> Int64 {
    let local = bounded(moment) + Int64(min(max(offset, -1440), 1440)) * minute
    return local >= 0 ? local / day : (local - day + 1) / day
  }

  /// Civil date from days, after Howard Hinnant's public algorithm; years start in March there.
  private static func civil(_ moment: Int64, offset: Int) -> (year: Int64, month: Int64, day: Int64) {
    let days = days(moment, offset: offset) + 719_468
    let era = days / 146_097
    let dayOfEra = days % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }

  /// `2026-08-22`, at an offset from UTC in minutes.
  static func date(_ moment: Int64, offset: Int) -> String {
    let date = civil(moment, offset: offset)
    return "\(date.year)-\(two(date.month))-\(two(date.day))"
  }

  /// The year of a moment.
  static func year(_ moment: Int64, offset: Int) -> Int64 { civil(moment, offset: offset).year }

  /// `Sat 22 Aug`, at an offset from UTC in minutes.
  static func dayName(_ moment: Int64, offset: Int) -> String {
    let date = civil(moment, offset: offset)
    return "\(weekday(moment, offset: offset).prefix(3)) \(date.day) \(months[Int(date.month) - 1].prefix(3))"
  }

  /// `Saturday, 22 August 2026`, at an offset from UTC in minutes.
  static func longDay(_ moment: Int64, offset: Int) -> String {
    let date = civil(moment, offset: offset)
    return "\(weekday(moment, offset: offset)), \(date.day) \(months[Int(date.month) - 1]) \(date.year)"
  }

  private static func weekday(_ moment: Int64, offset: Int) -> String {
    // 1970-01-01 was a Thursday.
    weekdays[Int(((days(moment, offset: offset) + 4) % 7 + 7) % 7)]
  }

  private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]

  /// `UTC+2`, `UTC-3:30` or `UTC`.
  static func zone(_ offset: Int) -> String {
    if offset == 0 { return "UTC" }
    let size = abs(min(max(offset, -1440), 1440))
    let minutes = size % 60 == 0 ? "" : ":" + two(Int64(size % 60))
    return "UTC" + (offset < 0 ? "-" : "+") + "\(size / 60)" + minutes
  }

  /// A length in one or two units: `12s`, `4m`, `1h04`, `3d`.
  static func age(_ milliseconds: Int64) -> String {
    let length = max(0, milliseconds)
    if length < minute { return "\(length / 1000)s" }
    if length < hour { return "\(length / minute)m" }
    if length < day { return "\(length / hour)h\(two(length % hour / minute))" }
    return "\(length / day)d"
  }

  /// A length to the second: `12s`, `4m10`, `1h04m`, `3d02h`.
  static func length(_ milliseconds: Int64) -> String {
    let length = max(0, milliseconds)
    if length < minute { return "\(length / 1000)s" }
    if length < hour { return "\(length / minute)m\(two(length % minute / 1000))" }
    if length < day { return "\(length / hour)h\(two(length % hour / minute))m" }
    return "\(length / day)d\(two(length % day / hour))h"
  }

  /// A length with its unit spelled out: `12 seconds`, `4 minutes`, `1 hour 4 minutes`, `3 days`.
  static func words(_ milliseconds: Int64) -> String {
    func part(_ count: Int64, _ unit: String) -> String { "\(count) \(unit)\(count == 1 ? "" : "s")" }
    let length = max(0, milliseconds)
    if length < minute { return part(length / 1000, "second") }
    if length < hour { return part(length / minute, "minute") }
    if length < day {
      let rest = length % hour / minute
      return part(length / hour, "hour") + (rest > 0 ? " " + part(rest, "minute") : "")
    }
    return part(length / day, "day")
  }

  private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

/// How the feed writes times.
enum TimeFormat: CaseIterable, Sendable {
  /// The time of day.
  case clock
  /// Since the session began.
  case elapsed
  /// Before now.
  case ago

  /// The next one, in a circle.
  var next: TimeFormat {
    switch self {
    case .clock: return .elapsed
    case .elapsed: return .ago
    case .ago: return .clock
    }
  }

  /// What it is, for the person.
  var words: String {
    switch self {
    case .clock: return "time of day"
    case .elapsed: return "time since the session began"
    case .ago: return "how long ago"
    }
  }
}
