"""Drives the callback server with the official client in each of its modes, then on the wire itself.

Usage: verify_mcp.py PROGRAM ARGUMENTS...   The server must answer every question with "rehearsal" after a second.
Needs the packages mcp 2.3.0 and jsonschema. Prints one line per check and ends with the number of failures.
"""

import asyncio
import json
import os
import queue
import subprocess
import sys
import threading
import time

import jsonschema
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

PROGRAM, ARGUMENTS = sys.argv[1], sys.argv[2:]
TOOLS = ["report", "blocker", "ask", "poll", "done", "context"]
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities"


class Tally:
    """Counts what held and what did not."""

    def __init__(self):
        self.held = 0
        self.failed = 0

    def check(self, holds, words):
        self.held += bool(holds)
        self.failed += not holds
        print("ok  " if holds else "FAIL", words, flush=True)


async def drive(mode, tally):
    """What an agent does with the server, through the official client."""
    asked = []

    async def elicitation(context, parameters):
        asked.append(parameters)
        raise RuntimeError("the server must ask nothing of a client")

    server = StdioServerParameters(command=PROGRAM, args=ARGUMENTS, env=dict(os.environ))
    steps = []

    async def progress(step, total, words):
        steps.append(step)

    async with Client(stdio_client(server), mode=mode, elicitation_callback=elicitation) as client:
        version = getattr(client, "protocol_version", None) or getattr(client.session, "protocol_version", None)
        expected = "2025-11-25" if mode == "legacy" else "2026-07-28"
        tally.check(version == expected, f"{mode}: agrees on {version}")

        listed = (await client.list_tools()).tools
        names = [tool.name for tool in listed]
        for tool in listed:
            jsonschema.Draft202012Validator.check_schema(tool.input_schema)
            jsonschema.Draft202012Validator.check_schema(tool.output_schema)
        tally.check(names == ["signalbox_" + name for name in TOOLS], f"{mode}: offers {len(names)} tools in order")

        told = await client.call_tool("signalbox_blocker", {"text": "no network", "missing": ["a.py"]})
        tally.check(
            not told.is_error and told.structured_content["status"] == "recorded", f"{mode}: a blocker is taken in"
        )
        wrong = await client.call_tool("signalbox_blocker", {"missing": ["a.py"]})
        tally.check(wrong.is_error and "text" in wrong.content[0].text, f"{mode}: a missing argument is told the model")
        try:
            await client.call_tool("signalbox_approve", {})
            tally.check(False, f"{mode}: an unknown tool is refused")
        except Exception as error:
            code = getattr(getattr(error, "error", None), "code", None)
            tally.check(code == -32602 or "-32602" in repr(error), f"{mode}: an unknown tool is refused")

        early = await client.call_tool(
            "signalbox_ask", {"question": "A or B?", "wait_seconds": 0.2}, progress_callback=progress
        )
        ticket = early.structured_content.get("ticket")
        tally.check(
            early.structured_content["status"] == "pending" and ticket,
            f"{mode}: a question without an answer in time is pending",
        )
        tally.check(
            len(steps) > 0 and all(a < b for a, b in zip(steps, steps[1:])), f"{mode}: progress is told and rises"
        )
        late = await client.call_tool("signalbox_poll", {"ticket": ticket, "wait_seconds": 10})
        tally.check(late.structured_content.get("answer") == "rehearsal", f"{mode}: its ticket finds the answer later")

        waiting = asyncio.ensure_future(client.call_tool("signalbox_ask", {"question": "Nobody waits"}))
        await asyncio.sleep(0.3)
        waiting.cancel()
        try:
            await waiting
            tally.check(False, f"{mode}: a waiting question can be cancelled")
        except asyncio.CancelledError:
            tally.check(True, f"{mode}: a waiting question can be cancelled")
        after = await client.call_tool("signalbox_context", {})
        tally.check(not after.is_error and not asked, f"{mode}: it goes on after that, and asked nothing of the client")


class Wire:
    """The server's standard input and output, line by line."""

    def __init__(self):
        self.process = subprocess.Popen([PROGRAM, *ARGUMENTS], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.lines = queue.Queue()
        self.seen = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def write(self, message):
        text = message if isinstance(message, str) else json.dumps({"jsonrpc": "2.0", **message})
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def find(self, fits, seconds=5.0):
        """The first message that fits, or nothing after a while."""
        end = time.monotonic() + seconds
        while True:
            for message in self.seen:
                if fits(message):
                    return message
            left = end - time.monotonic()
            if left <= 0:
                return {}
            try:
                self.seen.append(self.lines.get(timeout=left))
            except queue.Empty:
                return {}

    def answer(self, identifier, seconds=5.0):
        return self.find(lambda message: message.get("id") == identifier, seconds)

    def ask(self, identifier, question):
        arguments = {"question": question}
        self.write(
            {"id": identifier, "method": "tools/call", "params": {"name": "signalbox_ask", "arguments": arguments}}
        )


def drive_wire(tally):
    """What no official client does."""
    wire = Wire()
    wire.write("{bad")
    error = wire.find(lambda message: "error" in message)
    tally.check(error.get("error", {}).get("code") == -32700 and "id" not in error, "wire: what is not JSON is told")
    hello = {"protocolVersion": "1999-01-01", "capabilities": {}, "clientInfo": {"name": "x", "version": "0"}}
    wire.write({"id": 1, "method": "initialize", "params": hello})
    version = wire.answer(1).get("result", {}).get("protocolVersion")
    tally.check(version == "2025-11-25", "wire: an unknown version in a handshake gets the newest")
    wire.write({"method": "notifications/initialized"})
    wire.write({"id": 2, "method": "ping"})
    tally.check(wire.answer(2).get("result") == {}, "wire: ping")
    wire.write({"id": 3, "method": "resources/list"})
    tally.check(wire.answer(3).get("error", {}).get("code") == -32601, "wire: an unknown method is refused")
    wire.write({"method": "notifications/whatever"})
    meta = {VERSION_KEY: "1900-01-01", CAPABILITIES_KEY: {}}
    wire.write({"id": "a", "method": "tools/list", "params": {"_meta": meta}})
    error = wire.answer("a").get("error", {})
    tally.check(
        error.get("code") == -32022 and "2026-07-28" in error.get("data", {}).get("supported", []),
        "wire: an unknown version in a request names the known ones",
    )
    wire.write({"id": "b", "method": "tools/list", "params": {"_meta": {VERSION_KEY: "2026-07-28"}}})
    tally.check(wire.answer("b").get("error", {}).get("code") == -32602, "wire: capabilities must be named")
    wire.ask("c", "Cancelled?")
    time.sleep(0.2)
    wire.write({"method": "notifications/cancelled", "params": {"requestId": "c", "reason": "test"}})
    tally.check(not wire.answer("c", 2.5), "wire: a cancelled call gets no answer")
    wire.ask("d", "Slow?")
    wire.write({"id": "e", "method": "tools/list"})
    listed = wire.answer("e", 0.9)
    waits = not any(message.get("id") == "d" for message in wire.seen)
    answered = wire.answer("d").get("result", {}).get("structuredContent", {}).get("answer")
    tally.check(listed and waits and answered == "rehearsal", "wire: others are answered while a call waits")
    wire.ask("f", "Left behind?")
    began = time.monotonic()
    wire.process.stdin.close()
    try:
        status = wire.process.wait(3)
        tally.check(status == 0, f"wire: ends {time.monotonic() - began:.2f} s after its input, with {status}")
    except subprocess.TimeoutExpired:
        wire.process.kill()
        tally.check(False, "wire: ends when its input does")


def main():
    tally = Tally()
    for mode in ("legacy", "auto", "2026-07-28"):
        asyncio.run(drive(mode, tally))
    drive_wire(tally)
    print(f"{tally.held} held, {tally.failed} failed")
    sys.exit(tally.failed != 0)


main()
