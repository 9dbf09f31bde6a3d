import Testing

@testable import Reports

/// covers Markdown.swift and Page.swift
@Suite struct MarkdownTests {
  @Test(arguments: [
    ("plain", "plain"), ("a|b", "a\\|b"), ("<script>", "\\<script>"), ("![x](u)", "!\\[x\\](u)"),
    ("http://a/b www.c.d e: f.g", "http\\://a/b www\\.c.d e: f.g"),
    ("**b** _i_ ~s~", "\\*\\*b\\*\\* \\_i\\_ \\~s\\~"), ("a\nb\r\nc", "a b c"),
    ("&lt; & &#0; R&D", "\\&lt; & \\&#0; R\\&D"), ("`c`", "\\`c\\`"),
    ("a\u{1B}[2Jb", "a⟨U+001B⟩\\[2Jb"), ("x\u{202E}y", "x⟨U+202E⟩y"), ("\u{9B}m", "⟨U+009B⟩m"), ("$a$", "\\$a\\$"),
    ("a\u{2028}b", "a b"), ("\\|", "\\\\\\|"), ("order_line __init__", "order_line \\_\\_init\\_\\_"),
    ("a > b", "a > b"), ("naïve 日本", "naïve 日本"), ("a\u{200B}b", "a⟨U+200B⟩b"),
  ])
  func inlineShowsExactlyTheText(text: String, expected: String) {
    #expect(Markdown.inline(text) == expected)
  }

  @Test(arguments: [
    ("# h", "\\# h"), ("- a", "\\- a"), ("+ a", "\\+ a"), ("1. a", "1\\. a"), ("23) a", "23\\) a"), ("=", "\\="),
    ("1 a", "1 a"), ("> q", "\\> q"), ("2026", "2026"),
  ])
  func aParagraphBeginsNothingElse(text: String, expected: String) {
    #expect(Markdown.paragraph(text) == expected)
  }

  @Test(arguments: [
    ("a.py", "`a.py`"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("", "none"), ("a|b", "a\\|b"), ("a\nb", "`a b`"),
    ("```", "```` ``` ````"),
  ])
  func codeShowsExactlyTheText(text: String, expected: String) {
    #expect(Markdown.code(text) == expected)
  }

  @Test func aQuotationKeepsParagraphsAndLists() {
    #expect(Markdown.quote("One.\n\n- a *b*\n# no\n    code") == "> One.\n>\n> - a \\*b\\*\n> \\# no\n> code")
    #expect(Markdown.quote("<div>\n```\nx") == "> \\<div>\n> \\`\\`\\`\n> x")
  }

  @Test func aBlockCannotBeClosedFromInside() {
    #expect(Markdown.block("a\n````\nb") == "`````text\na\n````\nb\n`````")
    #expect(Markdown.block("\u{1B}c") == "```text\n⟨U+001B⟩c\n```")
  }

  @Test func aTableHasEqualRows() {
    var page = Page()
    page.table(["A", "B"], [["1"], ["2", "", "3"]], otherwise: "none")
    page.table(["A"], [], otherwise: "None.")
    #expect(page.text == "| A | B |\n| --- | --- |\n| 1 | – |\n| 2 | – |\n\nNone.\n")
  }
}
