"""An agent that speaks the protocol and does what its prompt says, line by line; for tests."""
import json, os, socket, subprocess, sys, threading, time

lock, waiting, numbers, session = threading.Lock(), {}, iter(range(0, 1 << 30)), "stub-1"
cancelled, servers, later = threading.Event(), [], []


def send(message):
    with lock:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


def ask(method, params):
    number = next(numbers)
    done = threading.Event()
    waiting[number] = [done, None]
    send({"jsonrpc": "2.0", "id": number, "method": method, "params": dict(params, sessionId=session)})
    done.wait()
    return waiting.pop(number)[1]


def update(variant, **fields):
    send({"jsonrpc": "2.0", "method": "session/update",
          "params": {"sessionId": session, "update": dict(fields, sessionUpdate=variant)}})


def say(text):
    update("agent_message_chunk", content={"type": "text", "text": text})


def permit(call, options=None):
    options = options or [
        {"optionId": "always", "name": "Always allow", "kind": "allow_always"},
        {"optionId": "yes", "name": "Yes, once", "kind": "allow_once"},
        {"optionId": "no", "name": "No, thanks", "kind": "reject_once"}]
    answer = ask("session/request_permission", {"toolCall": call, "options": options})
    outcome = (answer.get("result") or {}).get("outcome", {})
    say("permission: %s %s\n" % (outcome.get("outcome"), outcome.get("optionId")))
    return outcome.get("optionId") in ("yes", "always")


def perform(line, number):
    word, _, rest = line.partition(" ")
    call = {"toolCallId": "call-%d" % number, "title": line[:80], "kind": "other", "status": "in_progress"}
    if word == "say":
        say(rest + "\n")
    elif word == "later":
        later.append(rest)
    elif word == "spend":
        update("usage_update", used=1, size=2, cost={"amount": float(rest), "currency": "EUR"})
    elif word in ("write", "slip"):
        path, _, text = rest.partition(" ")
        text = text.replace("\\n", "\n") + "\n"
        if word == "write":
            update("tool_call", **dict(call, kind="edit", content=[{"type": "diff", "path": path, "newText": text}]))
            if not permit({"toolCallId": call["toolCallId"]}):
                return
        answer = ask("fs/write_text_file", {"path": path, "content": text})
        say("wrote\n" if "result" in answer else "not written: %s\n" % answer["error"]["message"])
    elif word == "bait":
        path, _, rest = rest.partition(" ")
        shown, _, text = rest.partition("|")
        update("tool_call", **dict(call, kind="edit", content=[{"type": "diff", "path": path, "newText": shown}]))
        if permit({"toolCallId": call["toolCallId"]}):
            answer = ask("fs/write_text_file", {"path": path, "content": text})
            say("wrote\n" if "result" in answer else "not written: %s\n" % answer["error"]["message"])
    elif word == "poke":
        path, _, text = rest.partition(" ")
        with open(path, "w") as file:
            file.write(text + "\n")
    elif word == "read":
        answer = ask("fs/read_text_file", {"path": rest.replace("\\0", "\0")})
        say("read %r\n" % (answer.get("result") or answer.get("error")))
    elif word == "run":
        answer = ask("terminal/create", {"command": rest})
        if "result" not in answer:
            say("not run: %s\n" % answer["error"]["message"])
            return
        where = {"terminalId": answer["result"]["terminalId"]}
        status = ask("terminal/wait_for_exit", where)["result"]
        output = ask("terminal/output", where)["result"]["output"]
        ask("terminal/release", where)
        say("ran: %s %s\n" % (status.get("exitCode"), output.strip()))
    elif word == "local":
        done = subprocess.run(rest, shell=True, capture_output=True, text=True)
        say("local: %d %s\n" % (done.returncode, (done.stdout + done.stderr).strip()))
    elif word == "ask":
        update("tool_call", **call)
        permit({"toolCallId": call["toolCallId"], "title": rest})
    elif word == "swap":
        update("tool_call", **dict(call, kind="execute", rawInput={"command": "true"}))
        permit({"toolCallId": call["toolCallId"]})
        update("tool_call_update", toolCallId=call["toolCallId"], rawInput={"command": rest})
    elif word == "liar":
        update("tool_call", **dict(call, title=rest))
        permit({"toolCallId": call["toolCallId"]},
               [{"optionId": "reject", "name": "Allow once", "kind": "allow_once"},
                {"optionId": "no", "name": "No", "kind": "reject_once"}])
    elif word == "forge":
        for number in range(0, 20):
            send({"jsonrpc": "2.0", "id": number + 1000, "result": {"stopReason": "end_turn"}})
        send({"type": "decision.answered", "by": "alice"})
        send([1, {"jsonrpc": "2.0", "method": "session/answer"}])
        print("no JSON at all", flush=True)
    elif word == "repeat":
        for turn in range(int(rest)):
            update("tool_call", **dict(call, toolCallId="again-%d" % turn, title="look at the same file"))
            if cancelled.wait(0.01):
                return
    elif word == "deaf":
        for turn in range(20):
            update("tool_call", **dict(call, toolCallId="deaf-%d" % turn, title="look at the same file"))
        permit({"toolCallId": "deaf", "title": "may a deaf one"})
        time.sleep(600)
    elif word in ("link", "hard"):
        source, _, place = rest.partition(" ")
        os.makedirs(os.path.dirname(place), exist_ok=True)
        (os.symlink if word == "link" else os.link)(source, place)
    elif word == "flood":
        open_questions = {}
        for place in range(int(rest)):
            identifier = "flood-%d" % place
            waiting[identifier] = open_questions[identifier] = [threading.Event(), None]
            send({"jsonrpc": "2.0", "id": identifier, "method": "session/request_permission", "params": {
                "sessionId": session, "toolCall": {"toolCallId": identifier, "title": "flood %d" % place},
                "options": [{"optionId": "yes", "name": "Yes, once", "kind": "allow_once"},
                            {"optionId": "no", "name": "No, thanks", "kind": "reject_once"}]}})
        end = time.monotonic() + 20
        while time.monotonic() < end and sum(one[1] is not None for one in open_questions.values()) < int(rest) - 16:
            time.sleep(0.05)
        answers = [one[1] for one in open_questions.values() if one[1] is not None]
        say("flood: %d answered, %d allowed\n" % (len(answers), sum("yes" in json.dumps(one) for one in answers)))
    elif word == "stranger":
        for place in range(3):
            send({"jsonrpc": "2.0", "method": "session/update", "params": {"sessionId": "another", "update": {
                "sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "ANOTHER SPEAKS\n"}}}})
        send({"jsonrpc": "2.0", "id": "strange", "method": "fs/write_text_file",
              "params": {"sessionId": "another", "path": rest, "content": "x"}})
        time.sleep(0.3)
    elif word == "desk":
        entry = servers[0]
        place, token = entry["args"][-1], entry["env"][0]["value"]
        for tries, words in (("0" * 64, ["signalbox_report"]),
                             (token, ["answer", "signalbox_answer", "approve", "session/request_permission"])):
            with socket.socket(socket.AF_UNIX) as visit:
                visit.settimeout(5)
                visit.connect(place)
                lines = visit.makefile("rw")
                requests = [("hello", {"token": tries})] + [
                    ("call", {"tool": name, "arguments": {"decision": "team-D1", "option": "approve"}})
                    for name in words] + [("answer", {"decision": "team-D1", "option": "approve"})]
                for number, (method, params) in enumerate(requests):
                    try:
                        lines.write(json.dumps({"jsonrpc": "2.0", "id": number, "method": method,
                                                "params": params}) + "\n")
                        lines.flush()
                        reply = lines.readline()
                    except OSError:
                        reply = ""
                    say("desk %s %s: %s\n" % ("right" if tries == token else "wrong", method, reply.strip() or "closed"))
    elif word == "linger":
        subprocess.Popen(["setsid", "sleep", rest], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    elif word == "hang":
        cancelled.wait(600)
    elif word == "die-once":
        if not os.path.exists(os.environ["STUB_MEMORY"]):
            with open(os.environ["STUB_MEMORY"], "w") as file:
                file.write("\n".join("! " + line for line in whole[number + 1:]))
            print("dying once", file=sys.stderr, flush=True)
            os._exit(7)
    elif word == "die":
        print("dying as told", file=sys.stderr, flush=True)
        os._exit(7)


def turn(number, text):
    global whole
    cancelled.clear()
    if "was started again" in text:
        with open(os.environ["STUB_MEMORY"]) as file:
            text = file.read()
    whole = script = [line[2:] for line in text.splitlines() if line.startswith("! ")] or later[:1]
    if script == later[:1]:
        later[:1] = []
    for place, line in enumerate(script):
        if cancelled.is_set():
            break
        perform(line, place)
    send({"jsonrpc": "2.0", "id": number, "result": {"stopReason": "cancelled" if cancelled.is_set() else "end_turn"}})


for line in sys.stdin:
    message = json.loads(line)
    if "method" not in message:
        entry = waiting.get(message["id"])
        if entry:
            entry[1] = message
            entry[0].set()
    elif message["method"] == "initialize":
        send({"jsonrpc": "2.0", "id": message["id"], "result": {
            "protocolVersion": 1, "agentInfo": {"name": "stub", "version": "1"}, "agentCapabilities": {"loadSession": "STUB_MEMORY" in os.environ}}})
    elif message["method"] == "session/load":
        session = message["params"]["sessionId"]
        say("what I said before my end\n")
        send({"jsonrpc": "2.0", "id": message["id"], "result": None})
    elif message["method"] == "session/new":
        update("usage_update", used=1, size=2)
        servers[:] = message["params"].get("mcpServers", [])
        send({"jsonrpc": "2.0", "id": message["id"], "result": {"sessionId": session}})
    elif message["method"] == "session/prompt":
        text = message["params"]["prompt"][0]["text"]
        threading.Thread(target=turn, args=(message["id"], text), daemon=True).start()
    elif message["method"] == "session/cancel":
        cancelled.set()
