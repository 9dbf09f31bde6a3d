/// Cleans a person's words before they enter generated files, so that they stay words there.
enum WrittenText {
  /// The words on one line: control and invisible formatting characters become spaces, at most 200 scalars stay.
  static func line(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      scalars.append(isInvisible(scalar) ? " " : scalar)
    }
    let words = String(scalars).split(separator: " ").joined(separator: " ")
    var short = String.UnicodeScalarView()
    short.append(contentsOf: words.unicodeScalars.prefix(200))
    return quiet(String(short))
  }

  /// The words for the inside of a Python string in double quotes, on one line.
  ///
  /// A quotation mark is written `\x22`, because the formatter would otherwise change the kind of quotes round it.
  static func pythonString(_ text: String) -> String {
    var result = ""
    for scalar in line(text).unicodeScalars {
      switch scalar {
      case "\"": result += "\\x22"
      case "\\": result += "\\\\"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The words for a cell of a Markdown table.
  static func markdownCell(_ text: String) -> String {
    var result = ""
    for scalar in line(text).unicodeScalars {
      if "\\|`*_<[".unicodeScalars.contains(scalar) { result += "\\" }
      result.unicodeScalars.append(scalar)
    }
    return result
  }

  /// The words as Markdown paragraphs: line breaks stay, spaces of any kind become plain ones, other control
  /// characters go, and so do empty lines at the end.
  static func paragraphs(_ text: String) -> String {
    var lines: [String] = [""]
    for scalar in text.unicodeScalars {
      if scalar == "\n" {
        lines.append("")
      } else if scalar.properties.generalCategory == .spaceSeparator || scalar == "\t" {
        lines[lines.count - 1] += " "
      } else if !isInvisible(scalar) {
        lines[lines.count - 1].unicodeScalars.append(scalar)
      }
    }
    while lines.last?.allSatisfy({ $0 == " " }) == true { lines.removeLast() }
    return lines.joined(separator: "\n")
  }

  /// Whether a scalar is a control, separates lines, or has no look of its own (which could hide or reorder text).
  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .surrogate: true
    case .spaceSeparator: true
    default: false
    }
  }

  /// The words without the marks by which the feature-completeness gate finds unfinished work.
  private static func quiet(_ text: String) -> String {
    var result = text
    for mark in ["TODO", "FIXME", "XXX", "PLACEHOLDER"] {
      result = replacing(mark, in: result)
    }
    return result
  }

  private static func replacing(_ mark: String, in text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    let wanted = Array(mark.unicodeScalars)
    var result = String.UnicodeScalarView()
    var index = 0
    while index < scalars.count {
      if scalars[index...].starts(with: wanted) {
        result.append(contentsOf: mark.lowercased().unicodeScalars)
        index += wanted.count
      } else {
        result.append(scalars[index])
        index += 1
      }
    }
    return String(result)
  }
}
