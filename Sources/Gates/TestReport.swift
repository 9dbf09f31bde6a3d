import Foundation
import Kernel

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Reads an XML report, element by element, for a subclass to understand.
///
/// The parser's callbacks are taken here: a method that only a subclass had would not answer for the protocol. Entities
/// from outside are not loaded, which is `XMLParser`'s own default.
private class ReportReader: NSObject, XMLParserDelegate {
  private var failed = false

  /// Reads a report; `false` when it is not well-formed.
  func read(_ data: Data) -> Bool {
    let parser = XMLParser(data: data)
    parser.delegate = self
    return parser.parse() && !failed
  }

  func begin(_ element: String, _ attributes: [String: String]) {}
  func text(_ text: String) {}
  func end(_ element: String) {}

  func parser(
    _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?, qualifiedName qName: String?,
    attributes attributeDict: [String: String]
  ) { begin(elementName, attributeDict) }

  func parser(
    _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName qName: String?
  ) { end(elementName) }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text(string) }

  func parser(_ parser: XMLParser, foundCDATA block: Data) { text(String(decoding: block, as: UTF8.self)) }

  func parser(_ parser: XMLParser, parseErrorOccurred parseError: any Error) { failed = true }
}

/// What a JUnit report says.
struct TestReport: Equatable {
  /// One test case as it stands in a report.
  struct Case: Equatable {
    /// How pytest names it, e.g. `tests/test_a.py::TestSums::test_add[2]`; `nil` where the report does not tell.
    var node: String?
    var isSkipped = false
    var findings: [Finding] = []
  }

  var tests = 0
  var failures = 0
  var errors = 0
  var skipped = 0
  var findings: [Finding] = []
  var cases: [Case] = []

  /// How many passed.
  var passed: Int { max(tests - failures - errors - skipped, 0) }

  /// The counts in words.
  var words: String {
    if tests == 0 { return "no tests" }
    return "\(passed) passed, \(failures) failed, \(counted(errors, "error"))"
      + (skipped > 0 ? ", \(skipped) skipped" : "")
  }

  /// The tests that failed and can be asked for again, in order and each once.
  var failedNodes: [String] {
    var seen: Set<[UInt8]> = []
    return cases.filter { !$0.findings.isEmpty }.compactMap(\.node).filter { seen.insert(Array($0.utf8)).inserted }
  }

  /// Whether a test is in the report and all of it passed.
  func hasPassed(_ node: String) -> Bool {
    let its = cases.filter { $0.node.map { $0.utf8.elementsEqual(node.utf8) } ?? false }
    return !its.isEmpty && its.allSatisfy { $0.findings.isEmpty && !$0.isSkipped }
  }

  /// Reads a report of pytest, or of another runner; `nil` when it is none.
  ///
  /// - Parameter firstLine: The number the runner gives a file's first line; pytest begins with 0.
  init?(junit data: Data, firstLine: Int = 0) {
    let reader = JUnitReader(firstLine: firstLine)
    guard reader.read(data), reader.sawSuite else { return nil }
    self = reader.report
  }

  init() {}
}

private final class JUnitReader: ReportReader {
  var report = TestReport()
  var sawSuite = false
  private let firstLine: Int
  private var test: [String: String] = [:]
  private var complaint: (code: String, message: String)?
  private var traceback = ""

  init(firstLine: Int) { self.firstLine = firstLine }

  override func begin(_ element: String, _ attributes: [String: String]) {
    switch element {
    case "testsuite": sawSuite = true
    case "testcase":
      report.tests += 1
      test = attributes
      report.cases.append(TestReport.Case(node: JUnitReader.node(of: attributes)))
    case "failure", "error":
      if element == "failure" { report.failures += 1 } else { report.errors += 1 }
      complaint = (element, attributes["message"] ?? "")
      traceback = ""
    case "skipped":
      report.skipped += 1
      if !report.cases.isEmpty { report.cases[report.cases.count - 1].isSkipped = true }
    default: break
    }
  }

  override func text(_ text: String) {
    if complaint != nil { traceback += text }
  }

  override func end(_ element: String) {
    guard element == "failure" || element == "error", let complaint else { return }
    let place = failedPlace()
    let name = [test["classname"], test["name"]].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ".")
    let finding = Finding(
      file: place.file, line: place.line, code: complaint.code,
      message: name.isEmpty ? complaint.message : "\(name): \(complaint.message)")
    report.findings.append(finding)
    if !report.cases.isEmpty { report.cases[report.cases.count - 1].findings.append(finding) }
    self.complaint = nil
  }

  /// The name by which pytest runs one test again: the file, the classes between module and test, the test.
  private static func node(of test: [String: String]) -> String? {
    guard let file = test["file"], file.hasSuffix(".py"), let name = test["name"], !name.isEmpty,
      let owner = test["classname"]
    else { return nil }
    let module = file.dropLast(3).replacingOccurrences(of: "/", with: ".")
    if owner == module { return "\(file)::\(name)" }
    guard owner.hasPrefix(module + ".") else { return nil }
    let classes = owner.dropFirst(module.count + 1).replacingOccurrences(of: ".", with: "::")
    return "\(file)::\(classes)::\(name)"
  }

  /// Where a test failed: the last `file:line:` of its traceback in the test's own file, else the test's own place.
  private func failedPlace() -> (file: String, line: Int) {
    let file = test["file"] ?? ""
    for line in traceback.split(whereSeparator: \.isNewline).reversed() {
      let parts = line.split(separator: ":", maxSplits: 2)
      if parts.count >= 2, let number = Int(parts[1]), !parts[0].contains(" "), file.isEmpty || parts[0] == file {
        return (String(parts[0]), number)
      }
    }
    return (file, test["line"].flatMap { Int($0) }.map { max($0 - firstLine + 1, 0) } ?? 0)
  }
}

/// What a Cobertura report says.
struct CoverageReport: Equatable {
  /// One measured file.
  struct File: Equatable {
    var path: String
    var covered = 0
    var valid = 0
    var firstMissed = 0
  }

  var covered = 0
  var valid = 0
  var files: [File] = []

  /// The share of lines that ran, in percent; `nil` when nothing was measured.
  var percentage: Double? { valid > 0 ? 100 * Double(covered) / Double(valid) : nil }

  /// Reads a report of coverage.py; `nil` when it is none.
  ///
  /// Lines are counted here, one by one; the sums in the report's head are not believed.
  init?(cobertura data: Data) {
    let reader = CoberturaReader()
    guard reader.read(data), reader.sawCoverage else { return nil }
    files = reader.files
    covered = files.reduce(0) { $0 + $1.covered }
    valid = files.reduce(0) { $0 + $1.valid }
  }
}

private final class CoberturaReader: ReportReader {
  var sawCoverage = false
  var files: [CoverageReport.File] = []
  private var source = ""
  private var inSource = false
  private var inMethods = false

  override func begin(_ element: String, _ attributes: [String: String]) {
    switch element {
    case "coverage": sawCoverage = true
    case "source": inSource = source.isEmpty
    case "class": files.append(CoverageReport.File(path: joined(attributes["filename"] ?? "")))
    case "methods": inMethods = true
    case "line":
      guard !inMethods, !files.isEmpty, let number = attributes["number"].flatMap({ Int($0) }) else { return }
      let last = files.count - 1
      files[last].valid += 1
      if attributes["hits"].flatMap({ Int($0) }) ?? 0 > 0 {
        files[last].covered += 1
      } else if files[last].firstMissed == 0 {
        files[last].firstMissed = number
      }
    default: break
    }
  }

  override func text(_ text: String) {
    if inSource { source += text }
  }

  override func end(_ element: String) {
    if element == "source" { inSource = false }
    if element == "methods" { inMethods = false }
  }

  private func joined(_ name: String) -> String { source.isEmpty || name.hasPrefix("/") ? name : "\(source)/\(name)" }
}
