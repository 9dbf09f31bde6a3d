import Engine
import Foundation

/// Knows every validator, and holds a file against all of them.
///
/// A file that breaks one rule is still held against the others, so that an agent hears everything at once. What needs
/// a program runs it once per file, for at most ten seconds, in a folder of its own outside of the workspace.
public struct PreflightCatalogue: Preflight {
  /// Every validator there is: one line each.
  public static let standard: [any PreflightValidator] = [
    EmptyValidator(),
    EncodingValidator(),
    JSONValidator(),
    PlaceholdersValidator(),
    ProtectedPathsValidator(),
    PythonBodiesValidator(),
    PythonSyntaxValidator(),
    SecretsValidator(),
    ShellValidator(),
    SizeValidator(),
    TOMLValidator(),
    TruncationValidator(),
    XMLValidator(),
    YAMLValidator(),
  ]

  /// How many findings one file gets; more help nobody.
  static let mostFindings = 100

  private let validators: [any PreflightValidator]
  private let rules: PreflightRules
  private let programs: PreflightPrograms

  /// Makes a catalogue; without arguments, of all validators and the rules every session begins with.
  ///
  /// - Parameters:
  ///   - rules: What is allowed and forbidden.
  ///   - custom: Programs that look at files of their own kind, besides the standard validators.
  ///   - python: The Python to read Python and TOML with, by absolute path; `nil` takes the newest on `path`.
  ///   - path: The folders programs are looked up in; relative ones are passed over.
  ///   - validators: The validators themselves.
  public init(
    rules: PreflightRules = PreflightRules(), custom: [CommandValidator] = [], python: String? = nil,
    path: String = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
    validators: [any PreflightValidator] = PreflightCatalogue.standard
  ) {
    self.rules = rules
    self.validators = validators + custom
    programs = PreflightPrograms(path: path, python: python)
  }

  /// The names of all validators, sorted.
  public var names: [String] { validators.map(\.name).sorted() }

  /// Names everything that speaks against a file, by line; an empty list accepts it.
  ///
  /// - Throws: Only `CancellationError`.
  public func check(_ file: CandidateFile) async throws -> [PreflightFinding] {
    let kind = FileKind(path: file.path, bytes: file.bytes)
    var text: String?
    if kind.isText, file.bytes.count <= rules.largestFile, !file.bytes.contains(0) {
      text = String(validating: file.bytes, as: UTF8.self)
    }
    let reading = kind == .python && text != nil ? try await PythonReading(of: file, programs, rules) : nil
    let context = PreflightContext(
      file: file, rules: rules, kind: kind, text: text, reading: reading, programs: programs)
    var findings: [PreflightFinding] = []
    for validator in validators {
      do {
        findings += try await validator.check(context)
      } catch let error as CancellationError {
        throw error
      } catch {
        try Task.checkCancellation()
        findings.append(validator.notChecked(String(describing: error)))
      }
    }
    // What keeps the file out comes first, then what stands first; the order of equals is the catalogue's.
    let ordered = findings.enumerated().sorted { left, right in
      let ranks = (left.element.severity == .reject ? 0 : 1, right.element.severity == .reject ? 0 : 1)
      return (ranks.0, left.element.line, left.offset) < (ranks.1, right.element.line, right.offset)
    }
    return ordered.prefix(PreflightCatalogue.mostFindings).map(\.element)
  }
}
