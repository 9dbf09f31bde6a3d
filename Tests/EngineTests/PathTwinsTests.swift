import Testing

@testable import Engine

// Sources/Engine/PathTwins.swift
@Suite struct PathTwinsTests {
  private func pairs(_ new: [String], _ all: [String]) -> [[String]] {
    PathTwins.find(of: new, among: all + new).map { [$0.path, $0.other] }
  }

  @Test func spellingsThatAnotherDiskHoldsForOneAreFound() {
    #expect(pairs(["README.md"], ["readme.md"]) == [["README.md", "readme.md"]])
    #expect(pairs(["\u{c9}t\u{e9}.md"], ["e\u{301}te\u{301}.md"]).count == 1)
    #expect(pairs(["\u{3a3}.md"], ["\u{3c2}.md"]).count == 1)
    #expect(pairs(["stra\u{df}e"], ["STRASSE"]).count == 1)
    #expect(pairs(["a.md", "b.md"], ["c.md", "a.markdown"]).isEmpty)
    #expect(pairs([], ["A", "a"]).isEmpty, "What was there before is not told again.")
  }

  @Test func aFolderThatHasATwinIsToldOnceAndNotWithEachFile() {
    #expect(pairs(["App/a.py", "App/b.py"], ["app/c.py"]) == [["App", "app"]])
    #expect(pairs(["x/a", "x/b"], ["x/c"]).isEmpty)
    // A folder and a file of one name are twins, too.
    #expect(pairs(["Docs"], ["docs/a.md"]) == [["Docs", "docs"]])
  }

  @Test func twoNewOnesAreOnePair() {
    #expect(pairs(["A.md", "a.md"], []).count == 1)
  }
}
