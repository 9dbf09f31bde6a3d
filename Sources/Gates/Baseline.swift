import Engine
import Foundation
import Kernel

/// What a check found before, so that only what is new blocks.
///
/// A finding is known by its file, its code and its words; not by its line, which moves with every edit. Two equal
/// findings in the baseline set two aside and not a third.
public struct Baseline: Equatable, Sendable {
  private struct Entry: Codable {
    var file: String
    var code: String
    var message: String
  }

  /// What a file must not be excused from: it says that something was not checked at all.
  static let neverKnown: Set<String> = ["unread", "syntax", "invalid-syntax", "missing", "changed"]
  /// The largest baseline that is read.
  static let largest = 16 << 20

  /// SHA-256 of the stored form, in lower-case hex.
  public let digest: String
  // By bytes: two spellings of one word are two words.
  private let counts: [[UInt8]: Int]

  /// Reads a stored baseline; `nil` when it is none.
  public init?(json: [UInt8]) {
    guard let entries = try? JSONDecoder().decode([Entry].self, from: Data(json)) else { return nil }
    digest = sha256(json)
    counts = Dictionary(
      entries.map { (Baseline.key(file: $0.file, code: $0.code, message: $0.message), 1) }, uniquingKeysWith: +)
  }

  /// The stored form of findings: a list of objects with `file`, `code` and `message`, in the order they were found.
  public static func json(of findings: [Finding]) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let entries = findings.map { Entry(file: $0.file, code: $0.code, message: $0.message) }
    return Array(try encoder.encode(entries)) + [UInt8(ascii: "\n")]
  }

  /// Parts findings into those that are new and those that were there before.
  func split(_ findings: [Finding]) -> (new: [Finding], known: [Finding]) {
    var left = counts
    var parts: (new: [Finding], known: [Finding]) = ([], [])
    for finding in findings {
      let key = Baseline.key(file: finding.file, code: finding.code, message: finding.message)
      if !Baseline.neverKnown.contains(finding.code), let count = left[key], count > 0 {
        left[key] = count - 1
        parts.known.append(finding)
      } else {
        parts.new.append(finding)
      }
    }
    return parts
  }

  /// Sets aside what was known, and judges again what is left.
  ///
  /// A result that is more than its findings – the tool broke, or had nothing to look at – stays as it is.
  func applied(to result: GateResult, of kind: any FindingsKind, _ context: GateContext) throws -> GateResult {
    let whole = try kind.judge(result.findings, context)
    guard result.unavailable == nil, whole == GateVerdict(passed: result.passed, achieved: result.achieved) else {
      return result
    }
    let (new, known) = split(result.findings)
    guard !known.isEmpty else { return result }
    var result = result
    result.passed = try kind.judge(new, context).passed
    result.achieved = "\(whole.achieved), \(known.count) known"
    result.findings = new
    result.baselined = known.count
    return result
  }

  /// Reads the baseline a gate's settings name; `nil` when they name none.
  static func read(for kind: any GateKind, _ context: GateContext) async throws -> Baseline? {
    // The settings of this kind are paths under names of anybody's choice.
    guard let path = context.settings["baseline"], !(kind is DocumentsGate) else { return nil }
    guard kind is any FindingsKind else {
      throw GateUnavailable("A gate of the kind “\(kind.name)” takes no baseline; remove the setting.")
    }
    let bytes: [UInt8]
    if path.hasPrefix("/") {
      let attributes = try? FileManager.default.attributesOfItem(atPath: path)
      guard attributes?[.type] as? FileAttributeType == .typeRegular,
        let size = attributes?[.size] as? Int, size <= largest, let data = FileManager.default.contents(atPath: path)
      else { throw GateUnavailable("The baseline \(path) cannot be read; write it again, or remove the setting.") }
      bytes = Array(data)
    } else {
      do {
        bytes = try await context.workspace.read(path, limit: largest)
      } catch let error as CancellationError {
        throw error
      } catch {
        throw GateUnavailable(
          "The baseline \(path) cannot be read: \(error). Write it again, or remove the setting.")
      }
    }
    guard let baseline = Baseline(json: bytes) else {
      throw GateUnavailable(
        "The baseline \(path) is broken: it is not a list of objects with “file”, “code” and “message”. Write it again."
      )
    }
    return baseline
  }

  private static func key(file: String, code: String, message: String) -> [UInt8] {
    Array(file.utf8) + [0] + Array(code.utf8) + [0] + Array(message.utf8)
  }
}
