import Kernel
import Screen
import Testing

@testable import Console

// covers Reporting.swift

@Suite("Report and package")
struct ReportingTests {
  private func console() -> (Model, FakeEngine) {
    var engine = FakeEngine("hotel")
    engine.work()
    var model = Model.console(80, 24)
    model.send(.moment(engine.moment))
    model.send(.sessions([engine.snapshot]))
    return (model, engine)
  }

  @Test("the report is written when it is asked for, shown when it comes, and says when it is old")
  func report() {
    var (model, engine) = console()
    #expect(model.press("r").contains(.writeReport(session: "hotel")))
    #expect(model.view().text.contains("Writing the report..."))
    model.send(.reported(session: "other", "# Somebody else's", trouble: nil))
    #expect(!model.view().text.contains("Somebody"))
    model.send(.reported(session: "hotel", "# QA report\n\nStatus: **PARTIAL**", trouble: nil))
    #expect(model.view().text.contains("Status: PARTIAL"))
    engine.take(.note(.info, text: "more"), by: "ana")
    model.send(.sessions([engine.snapshot]))
    #expect(model.view().text.contains("1 event happened since it was written"))
    #expect(model.press("r").contains(.writeReport(session: "hotel")))
    #expect(model.places == [.overview, .reading])
    model.send(.reported(session: "hotel", nil, trouble: "the workspace is gone"))
    #expect(model.view().text.contains("It could not be written: the workspace is gone"))
  }

  @Test("the package is written where the person says, after a moment of quiet, and nowhere else")
  func package() {
    var (model, _) = console()
    model.press("enter", "x")
    #expect(model.dialog?.text == "./hotel-handoff.zip")
    #expect(model.view().text.contains("The session is not finished"))
    // Enter on the first answer leaves it.
    #expect(model.press("enter").isEmpty)
    #expect(model.dialog == nil)
    model.press("x", "right")
    #expect(!model.press("enter").contains { if case .export = $0 { true } else { false } })
    model.wait(500)
    #expect(model.press("enter").contains(.export(session: "hotel", path: "./hotel-handoff.zip")))
    model.press("x", "tab")
    for _ in 0..<40 { model.press("backspace") }
    model.press("tab", "right")
    model.wait(500)
    model.press("enter")
    #expect(model.dialog?.problem == "Name the zip to write.")
  }
}
