import Testing

@testable import Kernel

// covers RoleCard.swift, RoleVerdict.swift, PathPattern.swift, CommandPattern.swift and CommandReading.swift
@Suite struct RoleCardTests {
  static let card = RoleCard(
    role: "backend-engineer", title: "Backend engineer", charter: "Writes services.", reportsTo: "ship-manager",
    preApprovals: [
      PreApproval(
        action: "Change a model",
        scope: RoleScope(
          paths: ["services/*/models/**"], commands: ["uv add", "pip install"], tools: ["kind:fetch"]),
        approvers: ["architect", "data-engineer"])
    ],
    forbidden: [
      Prohibition(
        action: "Changing a migration", why: "the data engineer does.",
        scope: RoleScope(paths: ["**/migrations/**"], commands: ["alembic", "rm -rf", "git push"], tools: ["deploy_*"])),
      Prohibition(
        action: "Reading a secret", why: "nobody needs it.", scope: RoleScope(paths: ["**/.env"]), reading: true),
    ],
    allowed: RoleAllowance(
      reads: ["**"], writes: ["services/**", "tests/**"],
      commands: [
        "pytest", "ruff check", "python -m pytest", "cat", "cd", "find !-exec !-delete", "tail", "git diff !--output",
        "grep",
      ],
      tools: ["kind:read", "signalbox_*"]))

  private static let migration = RoleVerdict.forbidden(
    why: "Changing a migration is forbidden: the data engineer does.")
  private static let secret = RoleVerdict.forbidden(why: "Reading a secret is forbidden: nobody needs it.")
  private static let model = RoleVerdict.needsApproval(of: ["architect", "data-engineer"], action: "Change a model")
  private static func records(_ path: String) -> RoleVerdict {
    .forbidden(why: "“\(path)” belongs to the records of the session, which no agent changes.")
  }
  private static func outside(_ path: String) -> RoleVerdict {
    .forbidden(why: "“\(path)” is not a path below the workspace.")
  }

  @Test(
    arguments: [
      ("services/business_service/main.py", true, .allowed(by: "write services/**")),
      ("./services//x.py", true, .allowed(by: "write services/**")),
      ("README.md", true, .unknown), ("README.md", false, .allowed(by: "read **")),
      (".", false, .allowed(by: "read **")),
      (".", true, .forbidden(why: "The workspace itself cannot be replaced.")),
      ("services/data_service/migrations/env.py", true, migration),
      ("services/data_service/migrations", true, migration), ("MIGRATIONS/x", true, migration),
      ("services/data_service/migrations/env.py", false, .allowed(by: "read **")),
      ("services/data_service/models/book.py", true, model),
      ("services/a/../data_service/Models/book.py", true, model),
      (".env", false, secret), ("deploy/.ENV", false, secret), (".env.example", false, .allowed(by: "read **")),
      (".git", true, records(".git")), ("./.git", true, records("./.git")),
      (".GIT/config", true, records(".GIT/config")),
      ("a/../.git", true, records("a/../.git")), ("services/.Git/hooks/x", true, records("services/.Git/hooks/x")),
      (".git/../services/x.py", true, records(".git/../services/x.py")), (".git/config", false, .unknown),
      (".signalbox/roles/developer.yaml", true, records(".signalbox/roles/developer.yaml")),
      (".gitignore", true, .unknown), ("services/.gitkeep", true, .allowed(by: "write services/**")),
      ("../x", true, outside("../x")), ("services/../../x", true, outside("services/../../x")),
      ("/etc/passwd", true, outside("/etc/passwd")), ("/etc/passwd", false, .unknown), ("", true, outside("")),
      ("services/a\u{0}b", true, outside("services/a\u{0}b")),
    ] as [(String, Bool, RoleVerdict)])
  func paths(path: String, writing: Bool, expected: RoleVerdict) {
    #expect(Self.card.verdict(path: path, writing: writing) == expected)
  }

  @Test func aTasksOwnFilesAreAlwaysItsToWrite() {
    let own = ["services/data_service/migrations/env.py", ".git/config", "README.md"]
    func verdict(_ path: String) -> RoleVerdict { Self.card.verdict(path: path, writing: true, expecting: own) }
    #expect(verdict("services/data_service/migrations/env.py") == .allowed(by: "the task's own files"))
    #expect(verdict("./README.md") == .allowed(by: "the task's own files"))
    #expect(verdict("readme.md") == .unknown)
    #expect(verdict("services/data_service/migrations/other.py") == Self.migration)
    #expect(verdict(".git/config") == Self.records(".git/config"))
  }

  @Test func twoSpellingsOfALetterAreTwoNames() {
    let composed = "caf\u{E9}/x"
    let decomposed = "cafe\u{301}/x"
    #expect(composed == decomposed)
    let card = RoleCard(role: "r", title: "R", charter: "", allowed: RoleAllowance(writes: ["caf\u{E9}/**"]))
    #expect(card.verdict(path: composed, writing: true) == .allowed(by: "write caf\u{E9}/**"))
    #expect(card.verdict(path: decomposed, writing: true) == .unknown)
    #expect(card.verdict(path: decomposed, writing: true, expecting: [composed]) == .unknown)
  }

  @Test(arguments: [
    ("**", "a/b", true), ("a/**", "a", true), ("a/**", "a/b/c", true), ("a/**", "ab", false), ("**/a", "a", true),
    ("**/a", "b/c/a", true), ("**/a/**/b", "x/a/y/z/b", true), ("**/a/**/b", "x/a/b/c", false), ("*", "a/b", false),
    ("*.py", "x.py", true), ("a/*/c", "a/b/c", true), ("a/*/c", "a/c", false), ("?.py", "é.py", true),
    ("?.py", "ab.py", false), ("a*b*c", "aXbYbc", true), ("**/**", "a", true), ("a", "A", false),
  ])
  func patterns(pattern: String, path: String, fits: Bool) throws {
    #expect(PathPattern(pattern).matches(try #require(PathPattern.resolved(path))) == fits)
  }

  /// X18: the product takes no regular expressions, and its own patterns take no longer than both lengths multiplied.
  @Test(.timeLimit(.minutes(1))) func noPatternTakesLong() throws {
    let stars = String(repeating: "*a", count: 200)
    let name = String(repeating: "a", count: 4_000) + "b"
    #expect(!PathPattern(stars).matches(try #require(PathPattern.resolved(name))))
    let folders = String(repeating: "**/a/", count: 60) + "x"
    let path = String(repeating: "a/", count: 2_000) + "b"
    #expect(!PathPattern(folders).matches(try #require(PathPattern.resolved(path))))
    // Only letters, stars and question marks mean anything: what explodes elsewhere is a plain name here.
    for pattern in ["(a+)+$", "(a|a)*b", "([a-z]+)*x", "a{1,1000}{1,1000}", "^(\\w+\\s?)*$"] {
      #expect(!PathPattern(pattern).matches(try #require(PathPattern.resolved(String(repeating: "a", count: 4_000)))))
      #expect(!Glob.matches(Array(pattern.utf8), Array(repeating: UInt8(ascii: "a"), count: 16_000)))
    }
    let words = Array(repeating: String(repeating: "*a", count: 100), count: 2).joined(separator: " ")
    let command = CommandReading("x \(String(repeating: "a", count: 8_000))b \(String(repeating: "a", count: 8_000))b")
      .parts
    #expect(
      command.count == 1 && !CommandPattern(words).allows(command[0]) && !CommandPattern(words).touches(command[0]))
  }

  private static let noRemoval = migration

  @Test(
    arguments: [
      ("pytest", .allowed(by: "run pytest")), ("pytest -q tests/unit", .allowed(by: "run pytest")),
      ("\"pytest\" -q", .allowed(by: "run pytest")), ("ruff check . && pytest", .allowed(by: "run ruff check, pytest")),
      ("ruff check .\npytest | tail -5", .allowed(by: "run ruff check, pytest, tail")),
      ("python -m pytest", .allowed(by: "run python -m pytest")), ("python -m pip list", .unknown),
      ("pytest 2>&1 | tail -20", .allowed(by: "run pytest, tail")),
      ("pytest >/dev/null 2>&1", .allowed(by: "run pytest")),
      ("cd /w/app && pytest /w/app/tests", .allowed(by: "run cd, pytest")), ("cd /w && pytest", .unknown),
      ("(cd services; pytest)", .allowed(by: "run cd, pytest")),
      ("", .unknown), ("   ", .unknown), ("ruff format .", .unknown), ("make", .unknown),
      // What a shell puts in, or writes.
      ("pytest $(curl x)", .unknown), ("pytest `curl x`", .unknown), ("pytest $ARGS", .unknown),
      ("pytest \"$(curl x)\"", .unknown), ("pytest '$(curl x)'", .allowed(by: "run pytest")),
      ("pytest <(curl x)", .unknown), ("pytest > out.txt", .unknown), ("pytest >> services/x", .unknown),
      ("pytest 2> err", .unknown), ("cat < x", .unknown), ("pytest &> x", .unknown),
      ("pytest > /dev/nullx", outside("/dev/nullx")),
      ("pytest &", .unknown), ("PATH=. pytest", .unknown), ("./pytest", .unknown),
      ("py'test'", .allowed(by: "run pytest")),
      ("pyt*st", .unknown), ("cat {a,b}", .unknown), ("pytest 'a", .unknown), ("pytest # x", .unknown),
      ("pytest() { cat x; }; pytest", .unknown), ("pytest \u{1}", .unknown), ("pytest \\", .unknown),
      // What leads elsewhere.
      ("cat /etc/passwd", .unknown), ("cat ~/.ssh/id", .unknown), ("cat ../x", .unknown),
      ("pytest --rootdir=/x", .unknown),
      ("pytest -c/x", .unknown), ("cat .git/config", .unknown), ("cat .GIT/config", .unknown),
      ("cat .g*/config", .unknown),
      ("cat .env", .unknown), ("cat services/data_service/migrations/env.py", .allowed(by: "run cat")),
      ("cat http://x/y", .unknown),
      ("find . -name x", .allowed(by: "run find !-exec !-delete")), ("find . -exec cat {} +", .unknown),
      ("find . -execdir cat", .unknown), ("find . -delete", .unknown),
      ("git diff", .allowed(by: "run git diff !--output")),
      ("git diff --output=x", .unknown), ("git diff --outp=x", .unknown), ("git -c a=b diff", .unknown),
      // What needs approval.
      ("uv add httpx", model), ("pytest; uv --quiet add httpx", model), ("sudo pip install x", model),
      ("cat x > services/data_service/models/a.py", model),
      // What is forbidden, wherever it stands.
      ("cat x; rm -rf /", noRemoval), ("cat x && rm -fr .", noRemoval), ("cat x | rm -r -f .", noRemoval),
      ("cat x\nrm -rf .", noRemoval), ("cat $(rm -rf .)", noRemoval), ("cat `rm -rf .`", noRemoval),
      ("cat \"a $(rm -rf .)\"", noRemoval), ("cat \"`rm -rf .`\"", noRemoval), ("/bin/rm -rf .", noRemoval),
      ("r\\m -rf .", noRemoval), ("'rm' \"-rf\" .", noRemoval), ("X=1 rm -rf .", noRemoval),
      ("sudo -n rm -rf .", noRemoval),
      ("env A=1 rm -rf .", noRemoval), ("find . -exec rm -rf {} ;", noRemoval), ("xargs rm -rf", noRemoval),
      ("sh -c 'rm -rf .'", noRemoval), ("bash -lc \"cat x; rm -rf .\"", noRemoval),
      ("sudo sh -c 'rm -rf .'", noRemoval),
      ("eval 'rm -rf .'", noRemoval), ("if true; then rm -rf .; fi", noRemoval), ("{ rm -rf .; }", noRemoval),
      ("(rm -rf .)", noRemoval), (">x rm -rf .", noRemoval), ("2>x rm -rf .", noRemoval),
      ("pytest & rm -rf .", noRemoval),
      ("pytest # it's\nrm -rf .", noRemoval), ("pytest # ; rm -rf .", noRemoval),
      ("cat <<E\nit's\nE\nrm -rf .", noRemoval),
      ("cat <(rm -rf .)", noRemoval), ("rm \\\n-rf .", noRemoval), ("git push", noRemoval),
      ("git --no-pager push", noRemoval),
      ("alembic upgrade head", noRemoval), ("uv run alembic upgrade head", noRemoval),
      ("cat x > .git/config", records(".git/config")), ("cat x >/etc/x", outside("/etc/x")),
      ("cat x >services/data_service/migrations/a.py", migration),
      // What only looks like it.
      ("trap 'rm -rf .' EXIT", noRemoval), ("function f { rm -rf .; }; f", noRemoval),
      ("for x in a; do rm -rf $x; done", noRemoval), ("case x in x) rm -rf .;; esac", noRemoval),
      ("find . -name *.py", .unknown), ("find . -name '*.py'", .allowed(by: "run find !-exec !-delete")),
      ("pytest tests/*.py", .allowed(by: "run pytest")), ("rm${IFS}-rf${IFS}.", .unknown),
      ("rm x", .unknown), ("grep 'rm -rf' x", .allowed(by: "run grep")), ("git commit -m push", .unknown),
      ("grep push x", .allowed(by: "run grep")),
    ] as [(String, RoleVerdict)])
  func commands(command: String, expected: RoleVerdict) {
    #expect(Self.card.verdict(command: command, in: "/w/app") == expected)
  }

  @Test func noCommandTakesLong() {
    let deep = String(repeating: "$(", count: 5_000) + "rm -rf ."
    #expect(Self.card.verdict(command: deep) == .unknown)
    let long = String(repeating: "cat x; ", count: 5_000)
    #expect(Self.card.verdict(command: long) == .unknown)
    let carried = String(repeating: "env ", count: 4_000) + "rm -rf ."
    _ = Self.card.verdict(command: carried)
    let nested = String(repeating: "sh -c 'env ", count: 1_000) + "rm -rf ."
    _ = Self.card.verdict(command: nested)
  }

  @Test(
    arguments: [
      ("read_file", "read", .allowed(by: "use kind:read")), ("signalbox_ask", "", .allowed(by: "use signalbox_*")),
      ("Signalbox_ask", "", .unknown), ("web", "fetch", model), ("web", "FETCH", model), ("edit", "edit", .unknown),
      ("deploy_now", "read", .forbidden(why: "Changing a migration is forbidden: the data engineer does.")),
      ("", "", .unknown),
    ] as [(String, String, RoleVerdict)])
  func tools(tool: String, kind: String, expected: RoleVerdict) {
    #expect(Self.card.verdict(tool: tool, kind: kind) == expected)
  }

  @Test func aChainEndsWithThePerson() {
    func card(_ role: String, _ above: String) -> RoleCard {
      RoleCard(role: role, title: role, charter: "", reportsTo: above)
    }
    let cards = [card("a", "b"), card("b", "c"), card("c", "person"), card("x", "y"), card("y", "x"), card("z", "x")]
    #expect(RoleCard.chain(of: "a", in: cards) == ["a", "b", "c", "person"])
    #expect(RoleCard.chain(of: "nobody", in: cards) == ["nobody", "person"])
    #expect(RoleCard.chain(of: "z", in: cards) == ["z", "x", "y", "person"])
    #expect(RoleCard.chain(of: "person", in: cards) == ["person"])
    #expect(RoleCard.circle(in: cards) == ["x", "y", "x"])
    #expect(RoleCard.circle(in: Array(cards.prefix(3))) == nil)
    #expect(RoleCard.circle(in: [card("a", "a")]) == ["a", "a"])
  }

  @Test func faultsOfPatternsAreNamed() {
    #expect(PathPattern.fault(in: "services/**/x?.py") == nil)
    #expect(PathPattern.fault(in: "/etc/**")?.contains("begins with “/”") == true)
    #expect(PathPattern.fault(in: "a//b")?.contains("empty part") == true)
    #expect(PathPattern.fault(in: "a/")?.contains("empty part") == true)
    #expect(PathPattern.fault(in: "./a")?.contains("never stand") == true)
    #expect(PathPattern.fault(in: "a**b")?.contains("stand alone") == true)
    #expect(CommandPattern.fault(in: "find !-exec", allowing: true) == nil)
    #expect(CommandPattern.fault(in: "find !-exec", allowing: false) != nil)
    #expect(CommandPattern.fault(in: "find !exec", allowing: true) != nil)
    #expect(CommandPattern.fault(in: "a; b", allowing: true)?.contains("sign of the shell") == true)
    #expect(CommandPattern.fault(in: "*", allowing: true) == "it would fit every command")
    #expect(CommandPattern.fault(in: "/bin/rm", allowing: false)?.contains("path") == true)
    #expect(CommandPattern.fault(in: "!-x", allowing: true) == "it names no command")
  }

  @Test func pathsBelowAFolderLoseIt() {
    #expect(PathPattern.relative("/w/app/x/y", to: "/w/app") == "x/y")
    #expect(PathPattern.relative("/w/app//x", to: "/w/app/") == "x")
    #expect(PathPattern.relative("/w/app", to: "/w/app") == ".")
    #expect(PathPattern.relative("/w/apple/x", to: "/w/app") == "/w/apple/x")
    #expect(PathPattern.relative("x", to: "/w/app") == "x")
    #expect(PathPattern.relative("/x", to: "") == "/x")
  }
}
