"""Reads what a client wrote to agents, one JSON object a line with `method`, `part` and `body`, and holds it against the
models of the official package: each part must be taken, and nothing in it may be unknown to them."""
import json, sys

from acp import schema

REQUESTS = {
    "initialize": schema.InitializeRequest, "authenticate": schema.AuthenticateRequest,
    "session/new": schema.NewSessionRequest, "session/load": schema.LoadSessionRequest,
    "session/resume": schema.ResumeSessionRequest, "session/list": schema.ListSessionsRequest,
    "session/close": schema.CloseSessionRequest, "session/set_mode": schema.SetSessionModeRequest,
    "session/set_config_option": schema.SetSessionConfigOptionSelectRequest, "session/prompt": schema.PromptRequest,
}
NOTIFICATIONS = {"session/cancel": schema.CancelNotification}
RESULTS = {
    "session/request_permission": schema.RequestPermissionResponse, "fs/read_text_file": schema.ReadTextFileResponse,
    "fs/write_text_file": schema.WriteTextFileResponse, "terminal/create": schema.CreateTerminalResponse,
    "terminal/output": schema.TerminalOutputResponse, "terminal/wait_for_exit": schema.WaitForTerminalExitResponse,
    "terminal/kill": schema.KillTerminalResponse, "terminal/release": schema.ReleaseTerminalResponse,
}
ERRORS = {-32700, -32600, -32601, -32602, -32603, -32800, -32000, -32002}


def same(given, kept):
    """Whether everything given was kept; what is null may be left out."""
    if isinstance(given, dict) and isinstance(kept, dict):
        return all(value is None or key == "_meta" or key in kept and same(value, kept[key])
                   for key, value in given.items())
    if isinstance(given, list) and isinstance(kept, list):
        return len(given) == len(kept) and all(map(same, given, kept))
    return given == kept


faults, seen = [], {}
for number, line in enumerate(sys.stdin.buffer if len(sys.argv) < 2 else open(sys.argv[1], "rb"), 1):
    entry = json.loads(line.decode("utf-8", "strict"))
    method, part, body = entry["method"], entry["part"], entry["body"]
    seen["%s %s" % (part, method)] = seen.get("%s %s" % (part, method), 0) + 1
    if part == "error":
        if body["code"] not in ERRORS or not isinstance(body["message"], str) or not body["message"]:
            faults.append("line %d: %s: error %r" % (number, method, body))
        continue
    if part == "result" and body is None:
        # The documentation shows null where a result has nothing to tell.
        if method not in ("fs/write_text_file", "terminal/kill", "terminal/release"):
            faults.append("line %d: %s: no result" % (number, method))
        continue
    model = {"request": REQUESTS, "notification": NOTIFICATIONS, "result": RESULTS}[part].get(method)
    if model is None:
        faults.append("line %d: %s %s has no model" % (number, part, method))
        continue
    try:
        kept = model.model_validate(body).model_dump(mode="json", by_alias=True, exclude_unset=True)
    except Exception as error:
        faults.append("line %d: %s %s: %s" % (number, part, method, error))
        continue
    if not same(body, kept):
        faults.append("line %d: %s %s says what is unknown: %s, of which is kept: %s" % (number, part, method, body, kept))
for fault in faults[:50]:
    print(fault)
print("%d parts of %d kinds, %d faults" % (sum(seen.values()), len(seen), len(faults)))
print("kinds: " + ", ".join(sorted(seen)))
sys.exit(1 if faults or not seen else 0)
