import Foundation

/// A brief that comes with the library, to start from or to try with.
public struct SampleBrief: Equatable, Sendable {
  /// The name people type, e.g. `library`.
  public var name: String
  /// The brief's own title.
  public var title: String
  /// The whole text in Markdown.
  public var text: String

  /// What it is about: its first sentence.
  public var summary: String {
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.prefix(4).joined(separator: " ")
    return lines.split(separator: ".").first.map { $0.trimmingCharacters(in: .whitespaces) + "." } ?? ""
  }

  /// Makes a sample from its parts.
  public init(name: String, title: String, text: String) {
    self.name = name
    self.title = title
    self.text = text
  }
}
