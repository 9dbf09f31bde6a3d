import Engine

/// What a file's name says it holds.
enum FileKind: Equatable, Sendable {
  case python
  /// A Python file that declares and does nothing (`.pyi`).
  case pythonStub
  case json
  case yaml
  case toml
  case shell
  case xml
  case markdown
  /// A language that nests in brackets and is written over many lines.
  case bracketed
  /// Text that programs read and no validator knows closer.
  case text
  /// Anything else, pictures included.
  case other

  /// Reads a kind from the name, and from the first line of a file without an ending.
  init(path: String, bytes: [UInt8]) {
    let name = path.split(separator: "/").last.map(String.init)?.lowercased() ?? ""
    let ending = name.lastIndex(of: ".").map { String(name[name.index(after: $0)...]) } ?? ""
    if name == ".env" || name.hasPrefix(".env.") || name == "dockerfile" || name.hasPrefix("dockerfile.")
      || name == "makefile" || name.hasSuffix("ignore")
    {
      self = .text
      return
    }
    switch ending {
    case "py", "pyw": self = .python
    case "pyi": self = .pythonStub
    case "json": self = FileKind.holdsComments(path.lowercased(), name) ? .text : .json
    case "yaml", "yml": self = .yaml
    case "toml": self = .toml
    case "sh", "bash": self = .shell
    case "xml", "svg", "xsd", "xsl": self = .xml
    case "md", "markdown": self = .markdown
    case "js", "mjs", "cjs", "jsx", "ts", "tsx", "css", "scss", "c", "h", "cpp", "hpp", "go", "rs", "swift", "java",
      "kt", "cs", "php", "proto":
      self = .bracketed
    case "txt", "rst", "cfg", "ini", "conf", "properties", "sql", "html", "htm", "csv", "tsv", "jsonc", "json5",
      "jsonl", "mako", "j2", "jinja", "mustache", "tf", "hcl", "rb", "pl", "lua", "graphql", "service", "mk":
      self = .text
    default: self = FileKind.isShellScript(bytes) ? .shell : .other
    }
  }

  /// Whether anything but text is a mistake.
  var isText: Bool { self != .other }

  /// Whether a program reads it, so that a byte that nobody sees can do harm.
  var isCode: Bool {
    switch self {
    case .markdown, .text, .other: false
    case .python, .pythonStub, .json, .yaml, .toml, .shell, .xml, .bracketed: true
    }
  }

  /// Settings of editors and compilers that are called JSON and may hold comments.
  private static func holdsComments(_ path: String, _ name: String) -> Bool {
    name.hasPrefix("tsconfig") || name.hasPrefix("jsconfig") || name.hasPrefix(".eslintrc")
      || name.hasPrefix("devcontainer") || name.hasPrefix(".swiftlint") || path.contains(".vscode/")
  }

  /// Whether the first line names one of the shells whose words bash reads.
  static func isShellScript(_ bytes: [UInt8]) -> Bool {
    guard bytes.starts(with: "#!".utf8) else { return false }
    let line = String(decoding: bytes.prefix(120).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    let words = line.dropFirst(2).split { $0 == " " || $0 == "/" || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
    return words.contains("sh") || words.contains("bash") || words.contains("dash")
  }
}
