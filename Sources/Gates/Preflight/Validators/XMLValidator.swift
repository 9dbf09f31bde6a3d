import Engine
import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Reads XML files; what they point to is not loaded.
struct XMLValidator: PreflightValidator {
  let name = "xml"

  private final class Reader: NSObject, XMLParserDelegate {
    var line = 0

    func parser(_ parser: XMLParser, parseErrorOccurred parseError: any Error) {
      if line == 0 { line = parser.lineNumber }
    }
  }

  func check(_ context: PreflightContext) async throws -> [PreflightFinding] {
    guard context.kind == .xml, let text = context.text, text.contains("<") else { return [] }
    // Entities that are made of entities grow without end, and no file that agents write needs its own.
    if text.contains("<!ENTITY") {
      return [reject("The file makes entities of its own. Write out what they stand for.")]
    }
    let reader = Reader()
    let parser = XMLParser(data: Data(context.file.bytes))
    parser.delegate = reader
    // The parser says that it parsed even where it did not; what it complained of is what counts.
    _ = parser.parse()
    guard reader.line > 0 else { return [] }
    return [
      reject(
        "This is not well-formed XML from this line on. Close what is open and write the whole file again.",
        line: reader.line)
    ]
  }
}
