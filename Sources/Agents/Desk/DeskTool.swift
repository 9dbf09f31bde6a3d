import Engine

/// What an agent may say and ask, as it is offered: one row per tool, in a fixed order.
///
/// None of them answers, decides or approves anything: an agent asks, a person answers.
public enum DeskTool: String, CaseIterable, Sendable {
  case report = "signalbox_report"
  case blocker = "signalbox_blocker"
  case ask = "signalbox_ask"
  case poll = "signalbox_poll"
  case done = "signalbox_done"
  case context = "signalbox_context"

  /// A title for people.
  public var title: String {
    switch self {
    case .report: return "Report progress"
    case .blocker: return "Report a blocker"
    case .ask: return "Ask the supervisor"
    case .poll: return "Look for an answer"
    case .done: return "Say that the task is done"
    case .context: return "Read the task and what belongs to it"
    }
  }

  /// What it does and when to use it, for the model that chooses.
  public var description: String {
    switch self {
    case .report:
      return "Tell the supervisor how far the work is. Nobody has to answer."
    case .blocker:
      return "Tell the supervisor what you cannot go on without, naming the missing files where there are some. "
        + "Returns a ticket for signalbox_poll."
    case .ask:
      return "Ask a person. Waits up to wait_seconds (40 unless given, at most 45) for the answer; if there is none by "
        + "then it returns status pending and a ticket for signalbox_poll. Never guess what a person has to decide."
    case .poll:
      return "Look whether a person has answered an earlier ticket; waits up to wait_seconds (at most 45) for it."
    case .done:
      return "Say what was done, naming the files you wrote. Returns the expected files that are still missing."
    case .context:
      return "Read what you may know: the task with the files it must leave, the requirements, the plan, the files, "
        + "and the answers to your questions."
    }
  }

  /// The arguments as a JSON Schema. Others than these are passed over, since some clients add their own.
  public var inputSchema: JSONValue {
    switch self {
    case .report:
      return Self.schema(
        [
          "text": Self.words("What to tell, in full."),
          "percent": ["type": "number", "minimum": 0, "maximum": 100, "description": "How much of it is done."],
        ], required: ["text"])
    case .blocker:
      return Self.schema(
        [
          "text": Self.words("What is in the way, and what was tried."),
          "missing": Self.paths("Files that are missing, as paths below the workspace."),
          "urgency": Self.urgency,
        ], required: ["text"])
    case .ask:
      return Self.schema(
        [
          "question": Self.words("The question, in full."),
          "kind": [
            "type": "string", "enum": ["query", "clarification"],
            "description": "query: about facts (unless given); clarification: about what is wanted.",
          ],
          "context": Self.words("What a person should know to answer."),
          "urgency": Self.urgency, "wait_seconds": Self.wait,
        ], required: ["question"])
    case .poll:
      return Self.schema(
        ["ticket": Self.words("The ticket, for example C-3."), "wait_seconds": Self.wait], required: ["ticket"])
    case .done:
      return Self.schema(
        [
          "summary": Self.words("What was done, and what was not."),
          "files": Self.paths("The files you wrote, as paths below the workspace."),
        ], required: ["summary"])
    case .context:
      return Self.schema(
        [
          "part": [
            "type": "string", "enum": ["task", "requirements", "plan", "files", "answers"],
            "description": "Only this part; without it the task, its files and the answers.",
          ]
        ], required: [])
    }
  }

  /// What its result holds, as a JSON Schema.
  public var outputSchema: JSONValue {
    [
      "type": "object",
      "properties": [
        "status": ["type": "string", "enum": ["recorded", "pending", "answered", "settled", "told"]],
        "ticket": ["type": "string"], "answer": ["type": "string"], "by": ["type": "string"],
        "missing": ["type": "array", "items": ["type": "string"]],
      ],
      "required": ["status"],
    ]
  }

  /// Hints for a client that asks before it lets a tool be used: nothing here destroys or reaches outside.
  public var annotations: JSONValue {
    let readsOnly = self == .poll || self == .context
    return [
      "readOnlyHint": .bool(readsOnly), "destructiveHint": false, "idempotentHint": .bool(self != .done),
      "openWorldHint": false,
    ]
  }

  // MARK: Parts of schemas

  private static func schema(_ properties: [String: JSONValue], required: [String]) -> JSONValue {
    ["type": "object", "properties": .object(properties), "required": .array(required.map(JSONValue.string))]
  }

  private static func words(_ description: String) -> JSONValue {
    ["type": "string", "description": .string(description)]
  }

  private static func paths(_ description: String) -> JSONValue {
    ["type": "array", "items": ["type": "string"], "description": .string(description)]
  }

  private static let urgency: JSONValue = [
    "type": "string", "enum": ["low", "normal", "high"], "description": "How soon somebody should look.",
  ]

  private static let wait: JSONValue = [
    "type": "number", "minimum": 0, "maximum": 45, "description": "How long to wait, in seconds.",
  ]
}
