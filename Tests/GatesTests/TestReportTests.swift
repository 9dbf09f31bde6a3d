import Foundation
import Kernel
import Testing

@testable import Gates

@Suite("TestReport")
struct TestReportTests {
  @Test func countsTestCasesItself() throws {
    let xml = """
      <?xml version="1.0"?><testsuites><testsuite tests="99" failures="0">
      <testcase classname="tests.test_a" name="test_one" file="tests/test_a.py" line="4"/>
      <testcase classname="tests.test_a" name="test_two" file="tests/test_a.py" line="9">
      <failure message="assert 1 == 2">def test_two():
      &gt;       assert 1 == 2

      tests/test_a.py:11: AssertionError</failure></testcase>
      <testcase classname="tests.test_a" name="test_three" file="tests/test_a.py" line="14"><error message="boom">x</error></testcase>
      <testcase classname="c" name="d"><skipped/></testcase></testsuite></testsuites>
      """
    let report = try #require(TestReport(junit: Data(xml.utf8)))
    #expect((report.tests, report.failures, report.errors, report.skipped) == (4, 1, 1, 1))
    #expect(
      report.findings == [
        Finding(file: "tests/test_a.py", line: 11, code: "failure", message: "tests.test_a.test_two: assert 1 == 2"),
        Finding(file: "tests/test_a.py", line: 15, code: "error", message: "tests.test_a.test_three: boom"),
      ])
  }

  @Test(arguments: ["", "no xml", "<testsuite>", "<other/>", "<testsuite></other>"])
  func refusesWhatIsNoReport(xml: String) {
    #expect(TestReport(junit: Data(xml.utf8)) == nil)
    #expect(CoverageReport(cobertura: Data(xml.utf8)) == nil)
  }

  @Test func doesNotLoadWhatAReportPointsTo() {
    let xml =
      "<!DOCTYPE t [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><testsuite><testcase name=\"a\"><failure message=\"m\">&e;</failure></testcase></testsuite>"
    let report = TestReport(junit: Data(xml.utf8))
    #expect(report?.findings.first?.message.contains("root:") != true)
  }

  @Test func countsCoveredLinesItself() throws {
    let xml = """
      <coverage line-rate="1"><sources><source>/w/services</source></sources><packages><package><classes>
      <class filename="a.py"><methods><method><lines><line number="1" hits="1"/></lines></method></methods>
      <lines><line number="1" hits="2"/><line number="2" hits="0"/><line number="5" hits="0"/></lines></class>
      <class filename="b.py"><lines/></class></classes></package></packages></coverage>
      """
    let report = try #require(CoverageReport(cobertura: Data(xml.utf8)))
    #expect((report.covered, report.valid) == (1, 3))
    #expect(report.files.first == CoverageReport.File(path: "/w/services/a.py", covered: 1, valid: 3, firstMissed: 2))
    #expect(try #require(CoverageReport(cobertura: Data("<coverage/>".utf8))).percentage == nil)
  }

  @Test func showsPercentagesCutNotRounded() {
    #expect(CoverageGate.shown(84.99) == "84.9")
    #expect(CoverageGate.shown(100) == "100.0")
    #expect(CoverageGate.percentage("≥85%") == 85)
    #expect(CoverageGate.percentage("101%") == nil)
    #expect(CoverageGate.percentage("none") == nil)
  }
}
