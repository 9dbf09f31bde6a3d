import Engine
import Foundation

/// What Python's own parser said of one file; one process gives what several validators ask.
enum PythonReading: Equatable, Sendable {
  /// Something the parser stopped at.
  struct Complaint: Decodable, Equatable, Sendable {
    var line: Int
    var message: String
    /// Whether a newer Python might read the line.
    var mayBeNewer: Bool
  }

  /// A function or class that does nothing.
  struct Body: Decodable, Equatable, Sendable {
    enum Kind: String, Decodable, Sendable {
      /// Only `pass` or `...`.
      case empty
      /// Only a description.
      case described
      /// Only `raise NotImplementedError`.
      case unfinished
      /// A class without anything.
      case hollow
    }
    var line: Int
    var name: String
    var kind: Kind
    /// Whether there are good reasons to write it so.
    var isExcusable: Bool
  }

  /// It was read.
  case read(complaint: Complaint?, bodies: [Body], version: String)
  /// The parser did not live to say anything, which a file that people can read does not do to it.
  case unreadable(String)
  /// There was no parser.
  case notChecked(String)

  private struct Answer: Decodable {
    var complaint: Complaint?
    var bodies: [Body]
  }

  /// Reads a file.
  ///
  /// - Throws: Only `CancellationError`.
  init(of file: CandidateFile, _ programs: PreflightPrograms, _ rules: PreflightRules) async throws {
    do {
      let (run, version) = try await PythonReading.run(
        PythonReading.script, [file.path], over: file, programs, rules)
      if let words = PythonReading.lost(run, rules) {
        self = .unreadable(words)
      } else if run.exitStatus == 0, let answer = try? JSONDecoder().decode(Answer.self, from: Data(run.output)) {
        self = .read(complaint: answer.complaint, bodies: answer.bodies, version: version)
      } else {
        self = .notChecked("Python \(version) failed: \(Toolchain.lastLines(run))")
      }
    } catch let error as CancellationError {
      throw error
    } catch {
      try Task.checkCancellation()
      self = .notChecked(String(describing: error))
    }
  }

  /// Runs a script of ours over a file, with what Python brings along and nothing else.
  static func run(
    _ script: String, _ arguments: [String] = [], over file: CandidateFile, _ programs: PreflightPrograms,
    _ rules: PreflightRules
  ) async throws -> (run: CommandResult, version: String) {
    guard let python = try await programs.findPython() else {
      throw CommandFailure.refused("no Python 3 answers on this machine; install one, then run the task again.")
    }
    let run = try await programs.run(
      [python.path, "-I", "-S", "-W", "ignore", "-c", bounds + script] + arguments, over: file,
      timeLimit: rules.timeLimit)
    return (run, python.version)
  }

  /// Why a program had no chance to answer, or `nil` when it ended by itself.
  static func lost(_ run: CommandResult, _ rules: PreflightRules) -> String? {
    if run.timedOut { return "reading it took longer than \(rules.timeLimit.components.seconds) seconds" }
    if let signal = run.signal { return "the parser died of it (signal \(signal))" }
    return nil
  }

  /// A file of two megabytes needs a few hundred megabytes to be read; more is an attack.
  private static let bounds = #"""
    import json, sys
    try:
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except Exception:
        pass

    """#

  /// Parses, compiles (which finds `return` outside of a function) and looks at bodies; nothing of the file is run.
  private static let script = #"""
    import ast, re

    MOST = 50
    path = sys.argv[1]
    name = path.rsplit("/", 1)[-1]
    is_test = name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py" or "tests/" in path
    source = sys.stdin.buffer.read()
    bodies = []


    def answer(complaint=None):
        print(json.dumps({"complaint": complaint, "bodies": bodies[:MOST]}))
        sys.exit(0)


    def complain(line, message, may_be_newer=False):
        answer({"line": line or 0, "message": message, "mayBeNewer": may_be_newer})


    def is_newer(error):
        if sys.version_info >= (3, 12):
            return sys.version_info < (3, 14) and "except" in (error.msg or "")
        lines = source.splitlines()
        number = error.lineno or 0
        line = lines[number - 1].decode("utf-8", "replace") if 0 < number <= len(lines) else ""
        return bool(
            re.match(r"\s*(type\s+\w+.*=|(async\s+)?def\s+\w+\s*\[|class\s+\w+\s*\[)", line)
            or "f-string" in (error.msg or "")
            or re.search(r"\b[rR]?[fF][rR]?[\"'].*\{", line)
        )


    def last_name(node):
        while True:
            if isinstance(node, ast.Call):
                node = node.func
            elif isinstance(node, ast.Subscript):
                node = node.value
            elif isinstance(node, ast.Attribute):
                return node.attr
            elif isinstance(node, ast.Name):
                return node.id
            else:
                return ""


    def is_text(statement):
        return (
            isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Constant)
            and isinstance(statement.value.value, str)
        )


    def is_nothing(statement):
        return isinstance(statement, ast.Pass) or (
            isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Constant)
            and statement.value.value is Ellipsis
        )


    def is_unfinished(statement):
        return isinstance(statement, ast.Raise) and last_name(statement.exc) == "NotImplementedError"


    FREE = {"overload", "group", "callback", "fixture", "hookspec", "singledispatch", "type_check_only"}
    NOTHING = re.compile(r"\b(nothing|no-?op|intentionally|on purpose|not needed|ignored?s?)\b", re.I)
    ABSTRACT = {"ABC", "ABCMeta", "Protocol", "Interface"}


    def look_at_function(node, owner, is_inner):
        doc, body = node.body[:1] if is_text(node.body[0]) else [], node.body
        body = body[1:] if doc else body
        if not body and NOTHING.search(doc[0].value.value):
            return
        elif not body:
            kind = "described"
        elif all(map(is_nothing, body)):
            kind = "empty"
        elif len(body) == 1 and is_unfinished(body[0]):
            kind = "unfinished"
        else:
            return
        names = [last_name(decorator) for decorator in node.decorator_list]
        if any(name in FREE or name.startswith("abstract") for name in names):
            return
        # An inner function is often a callback that ignores its call; one in a branch, the other way to do nothing.
        excusable = kind == "described" or is_inner or node.name.startswith("__") and node.name.endswith("__")
        if owner is not None:
            kin = [last_name(base) for base in owner.bases] + [last_name(word.value) for word in owner.keywords]
            if "Protocol" in kin:
                return
            # A visitor has a method for every kind of node, and with most of them it does nothing.
            excusable = excusable or bool(kin) and node.name.startswith("visit_")
            if owner.name in extended or any(base in ABSTRACT or base.startswith("Abstract") for base in kin):
                if kind == "unfinished":
                    return
                excusable = True
        if is_test and (is_inner or not node.name.startswith("test")):
            return
        bodies.append({"line": node.lineno, "name": node.name, "kind": kind, "isExcusable": excusable})


    def look_at_class(node):
        body = node.body[1:] if is_text(node.body[0]) else node.body
        if not all(map(is_nothing, body)) or node.bases or node.keywords or node.decorator_list or is_test:
            return
        bodies.append({"line": node.lineno, "name": node.name, "kind": "hollow", "isExcusable": True})


    try:
        tree = ast.parse(source)
        compile(tree, path.encode("ascii", "replace").decode(), "exec", dont_inherit=True, optimize=0)
    except SyntaxError as error:
        complain(error.lineno, error.msg or "invalid syntax", is_newer(error))
    except (RecursionError, MemoryError):
        complain(0, "it is nested too deeply to be read")
    except ValueError as error:
        complain(0, str(error))

    extended = {last_name(base) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for base in node.bases}
    waiting = [(tree, None, False)]
    while waiting:
        node, owner, is_inner = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            look_at_function(node, owner, is_inner)
            owner, is_inner = None, True
        elif isinstance(node, ast.ClassDef):
            look_at_class(node)
            owner = node
        elif isinstance(node, ast.If) and last_name(node.test) == "TYPE_CHECKING":
            waiting.extend((child, owner, is_inner) for child in node.orelse)
            continue
        elif isinstance(node, (ast.If, ast.Try)):
            is_inner = True
        waiting.extend((child, owner, is_inner) for child in ast.iter_child_nodes(node))
    bodies.sort(key=lambda body: body["line"])
    answer()
    """#
}
