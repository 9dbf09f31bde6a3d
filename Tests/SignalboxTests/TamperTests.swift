import Foundation
import Testing

/// What `signalbox verify` says after somebody touched the journal, the evidence or a package. Covers Keeping, Checks,
/// Looking, Acting, JSONOutput, SupervisionJSON, Integrity, QuickWorkflow.
@Suite struct TamperTests {
  /// A finished session of the quick workflow.
  static func finished(_ session: String) async throws -> Program {
    let program = try Program()
    _ = try program.write(QuickWorkflow.text, to: ".signalbox/workflows/quick.yaml")
    let brief = try program.write(smallBrief, to: "brief.md")
    let answers = try program.write(approvals, to: "answers.yaml")
    let run = try await program.run(
      "run", brief, "--headless", "--workflow", "quick", "--answers", answers, "--session", session)
    #expect(run.status == 0, "\(run.words)")
    return program
  }

  @Test func aHealthySessionVerifies() async throws {
    let program = try await Self.finished("well")
    let verified = try await program.run("verify", "well")
    #expect(verified.status == 0, "\(verified.words)")
    let version = try #require(try await program.show("well")["version"] as? Int)
    #expect(verified.output.contains("\(version) events hold"))
  }

  @Test func aChangedEventIsNamed() async throws {
    let program = try await Self.finished("changed")
    let events = try await program.events("changed")
    // The third approval's reason is rewritten in place, as somebody with an editor for databases would.
    let victim = try #require(
      events.last { $0["type"] as? String == "decision.answered" }?["seq"] as? Int)
    let script = """
      import sqlite3, sys
      db = sqlite3.connect(sys.argv[1])
      for (name,) in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
          db.execute("drop trigger " + name)
      old, new = '"note":""', '"note":"x"'
      n = db.execute("update event set data = replace(data, ?, ?) where seq = ?", (old, new, int(sys.argv[2]))).rowcount
      db.commit()
      sys.exit(0 if n == 1 else 1)
      """
    let path = program.home + "/journal.db"
    let changed = try await Program.run(
      "python3", ["-c", script, path, String(victim)], in: program.folder, environment: program.environment)
    #expect(changed.status == 0, "\(changed.words)")
    let verified = try await program.run("verify", "changed")
    #expect(verified.status == 6)
    #expect(verified.words.contains("event \(victim)"), "\(verified.words)")
  }

  @Test func aShortenedHistoryIsNoticed() async throws {
    let program = try await Self.finished("short")
    let version = try #require(try await program.show("short")["version"] as? Int)
    let script = """
      import sqlite3, sys
      db = sqlite3.connect(sys.argv[1])
      for (name,) in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
          db.execute("drop trigger " + name)
      last = int(sys.argv[2])
      db.execute("delete from event where seq = ?", (last,))
      head = db.execute("select hash from event where seq = ?", (last - 1,)).fetchone()[0]
      db.execute("update session set head = ?, head_hash = ?", (last - 1, head))
      db.commit()
      """
    let cut = try await Program.run(
      "python3", ["-c", script, program.home + "/journal.db", String(version)], in: program.folder,
      environment: program.environment)
    #expect(cut.status == 0, "\(cut.words)")
    let verified = try await program.run("verify", "short")
    #expect(verified.status == 6)
    #expect(verified.words.contains("event \(version)"), "\(verified.words)")
  }

  @Test func anotherSessionsDatabaseInItsPlaceIsNoticed() async throws {
    let one = try await Self.finished("one")
    let other = try await Self.finished("one")
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: one.home + "/journal.db" + suffix)
      try? FileManager.default.copyItem(
        atPath: other.home + "/journal.db" + suffix, toPath: one.home + "/journal.db" + suffix)
    }
    let verified = try await one.run("verify", "one")
    #expect(verified.status == 6, "\(verified.output) \(verified.words)")
  }

  @Test func aPackageIsWholeAndAChangedOneIsNoticed() async throws {
    let program = try await Self.finished("packed")
    let export = try await program.run("export", "packed", "--output", "handoff.zip")
    #expect(export.status == 0, "\(export.words)")
    let whole = try await program.run("verify", "handoff.zip")
    #expect(whole.status == 0, "\(whole.words)")
    let script = """
      import shutil, sys, zipfile
      with zipfile.ZipFile("handoff.zip") as old, zipfile.ZipFile("bad.zip", "w") as new:
          for info in old.infolist():
              data = old.read(info)
              if info.filename.endswith("qa-report.md"):
                  data = data.replace(b"QA", b"OK", 1)
              new.writestr(info, data)
      """
    let changed = try await Program.run(
      "python3", ["-c", script], in: program.folder, environment: program.environment)
    #expect(changed.status == 0, "\(changed.words)")
    let bad = try await program.run("verify", "bad.zip")
    #expect(bad.status == 6)
    #expect(bad.words.contains("qa-report.md"))
    _ = try program.write("no zip", to: "junk.zip")
    #expect(try await program.run("verify", "junk.zip").status == 6)
    try await expectHostilePackagesRefused(program)
  }

  /// X15: every form of a hostile package, made of a good one; each is refused, nothing is unpacked, and why is said.
  private func expectHostilePackagesRefused(_ program: Program) async throws {
    let script = #"""
      import hashlib, json, stat, struct, tarfile, warnings, zipfile
      warnings.simplefilter("ignore")
      with zipfile.ZipFile("handoff.zip") as old:
          good = [(info.filename, old.read(info)) for info in old.infolist() if not info.is_dir()]
      manifest = next(name for name, data in good if name.endswith("/handoff/manifest.json"))
      prefix = manifest[:-len("handoff/manifest.json")]
      listed = json.loads(dict(good)[manifest])

      def entry(name, mode=stat.S_IFREG | 0o644):
          info = zipfile.ZipInfo("x")
          info.filename = info.orig_filename = name
          info.external_attr, info.create_system = mode << 16, 3
          return info

      # What is added is on the manifest too: whoever can make a package can write one.
      def package(name, more, text=None, admit=True):
          table = dict(listed, files=list(listed["files"]))
          if admit:
              for info, data in more:
                  path = info.filename[len(prefix):] if info.filename.startswith(prefix) else info.filename
                  table["files"].append(
                      {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "kind": "source"})
          with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as new:
              for old_name, data in good:
                  if old_name == manifest:
                      data = (text or json.dumps(table)).encode()
                  new.writestr(entry(old_name), data, zipfile.ZIP_DEFLATED)
              for info, data in more:
                  new.writestr(info, data, zipfile.ZIP_DEFLATED)

      package("x-good.zip", [])
      for kind, name in {
          "up": "../../.ssh/authorized_keys", "within": prefix + "a/../../../evil", "absolute": "/etc/cron.d/evil",
          "drive": "C:/evil", "backslash": prefix + "..\\..\\evil", "nul": prefix + "ok\0.evil"}.items():
          package("x-%s.zip" % kind, [(entry(name), b"evil")])
      for kind, mode in {"link": stat.S_IFLNK | 0o777, "device": stat.S_IFCHR | 0o666, "pipe": stat.S_IFIFO | 0o644,
                         "socket": stat.S_IFSOCK | 0o644, "setuid": stat.S_IFREG | 0o4755}.items():
          package("x-%s.zip" % kind, [(entry(prefix + kind, mode), b"/etc/passwd")])
      package("x-through.zip", [(entry(prefix + "door", stat.S_IFLNK | 0o777), b"/etc"),
                                (entry(prefix + "door/cron.d/evil"), b"evil")])
      package("x-folder.zip", [(entry(prefix + "folder/", stat.S_IFDIR | 0o755), b"hidden bytes")])
      package("x-twice.zip", [(entry(good[0][0]), good[0][1])], admit=False)
      package("x-twins.zip", [(entry(prefix + "Twin.txt"), b"1"), (entry(prefix + "twin.txt"), b"2")])
      package("x-extra.zip", [(entry(prefix + "extra"), b"")], admit=False)
      package("x-other.zip", [(entry("elsewhere/extra"), b"")], admit=False)
      package("x-manifests.zip", [(entry("a" + manifest), dict(good)[manifest])], admit=False)
      text = json.dumps(listed)
      package("x-keys.zip", [], text=text[:-1] + ', "files": []}')
      package("x-many.zip", [])
      with zipfile.ZipFile("x-many.zip", "a") as new:
          # A million in less time: one entry, and its line in the list again and again.
          new.writestr(entry(prefix + "n"), b"")
      data = open("x-many.zip", "rb").read()
      end = data.rfind(b"PK\5\6")
      size, start = struct.unpack("<II", data[end + 12:end + 20])
      line = data[data.rfind(b"PK\1\2", 0, end):end] * 200_100
      total = size + len(line)
      tail = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 200_100, 200_100, total, start)
      tail += struct.pack("<4sIQI", b"PK\6\7", 0, start + total, 1)
      tail += struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
      open("x-many.zip", "wb").write(data[:end] + line + tail)
      # 100 GB by its own words; and one that says 1 byte and holds more.
      package("x-bomb.zip", [(entry(prefix + "bomb"), b"0" * 4096)])
      package("x-liar.zip", [(entry(prefix + "liar"), b"0" * 4096)])
      for name, size in (("x-bomb.zip", 0xF0000000), ("x-liar.zip", 1)):
          data = bytearray(open(name, "rb").read())
          place = data.rfind(b"PK\1\2")
          data[place + 24:place + 28] = struct.pack("<I", size)
          if name == "x-bomb.zip":
              other = data.rfind(b"PK\1\2", 0, place)
              data[other + 24:other + 28] = struct.pack("<I", size)
          open(name, "wb").write(data)
      # The name in front of the bytes is another one than in the list.
      package("x-names.zip", [(entry(prefix + "names-a"), b"x")])
      data = open("x-names.zip", "rb").read()
      open("x-names.zip", "wb").write(data.replace(b"names-a", b"names-b", 1))
      good_bytes = open("x-good.zip", "rb").read()
      open("x-before.zip", "wb").write(b"#!/bin/sh\n" + good_bytes)
      open("x-two.zip", "wb").write(open("x-extra.zip", "rb").read() + good_bytes)
      open("x-cut.zip", "wb").write(good_bytes[:len(good_bytes) // 2])
      with tarfile.open("x-tar.zip", "w", format=tarfile.PAX_FORMAT,
                        pax_headers={"path": "../../evil"}) as tar:
          tar.addfile(tarfile.TarInfo("plain"))
      """#
    let made = try await Program.run("python3", ["-c", script], in: program.folder, environment: program.environment)
    #expect(made.status == 0, "\(made.words)")
    #expect(try await program.run("verify", "x-good.zip").status == 0)
    let twins = try await program.run("verify", "x-twins.zip")
    #expect(twins.status == 0 && twins.output.contains("/Twin.txt”"), "\(twins.words)\(twins.output)")
    let forms = [
      ("up", "leads out"), ("within", "leads out"), ("absolute", "leads out"), ("drive", "leads out"),
      ("backslash", "leads out"), ("nul", "is no name of a file"), ("link", "no plain file"),
      ("device", "no plain file"), ("pipe", "no plain file"), ("socket", "no plain file"),
      ("setuid", "no plain file"), ("through", "no plain file"), ("folder", "no plain file"),
      ("twice", "stands twice"), ("extra", "is not in its manifest"), ("other", "is not in its manifest"),
      ("manifests", "no manifest that can be read in one way"), ("keys", "no manifest that can be read in one way"),
      ("many", "more than 200000 entries"), ("bomb", "would take more than"), ("liar", "cannot be read"),
      ("names", "cannot be read"), ("before", "stands before its first file"), ("two", "stands before its first file"),
      ("cut", "cannot be read"), ("tar", "cannot be read"),
    ]
    try await withThrowingTaskGroup(of: (String, String, Program.Result).self) { group in
      // Some at a time: each is a process that reads a list with another one.
      for (index, (name, words)) in forms.enumerated() {
        if index >= 4, let (name, words, refused) = try await group.next() { check(name, words, refused) }
        group.addTask { (name, words, try await program.run("verify", "x-\(name).zip")) }
      }
      for try await (name, words, refused) in group { check(name, words, refused) }
    }
    func check(_ name: String, _ words: String, _ refused: Program.Result) {
      #expect(refused.status == 6, "\(name): \(refused.status) \(refused.output)\(refused.words)")
      #expect(refused.words.contains(words), "\(name): \(refused.words)")
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: program.folder).filter { $0.contains("evil") }
    #expect(left.isEmpty)
  }

  @Test func everyCommandTellsTheSameStory() async throws {
    let program = try await Self.finished("story")
    let shown = try await program.show("story")
    let keys = [
      "session", "title", "state", "stage", "substage", "level", "modules", "version", "head", "engine", "stages",
      "goals", "tasks", "agents", "gates", "callbacks", "blockers", "decisions", "waivers", "checkpoints", "health",
      "integrity",
    ]
    for key in keys { #expect(shown[key] != nil, "show lacks \(key)") }
    #expect(shown["state"] as? String == "completed")
    let integrity = try #require(shown["integrity"] as? [String: Any])
    #expect((integrity["missing"] as? [String])?.isEmpty == true)
    #expect((integrity["drifted"] as? [String])?.isEmpty == true)
    let events = try await program.events("story")
    #expect(events.last?["hash"] as? String == shown["head"] as? String)
    #expect(events.count == shown["version"] as? Int)
    let after = try await program.run("events", "story", "--json", "--after", String(events.count - 2))
    #expect(after.output.split(separator: "\n").count == 2)
    let list = try #require(try await program.run("list", "--json").json() as? [[String: Any]])
    #expect(list.map { $0["session"] as? String } == ["story"])
    let past = try await program.run("show", "story", "--json", "--at", "1")
    let then = try #require(try past.json() as? [String: Any])
    #expect(then["version"] as? Int == 1)
    #expect(then["stage"] as? Int == 0)
    let report = try await program.run("report", "story")
    #expect(report.output.contains("ada"))
    let json = try #require(try await program.run("report", "story", "--format", "json").json() as? [String: Any])
    #expect(json["session"] as? String == "story")
    #expect(try await program.run("pause", "story").status == 3)
    #expect(try await program.run("doctor", "--json").status == 0)
  }

  @Test func pausingAndResumingFromTheCommandLine() async throws {
    let program = try Program()
    let brief = try program.write(smallBrief, to: "brief.md")
    #expect(try await program.run("run", brief, "--headless", "--session", "rest").status == 4)
    #expect(try await program.run("pause", "rest", "--reason", "lunch").status == 0)
    #expect(try await program.show("rest")["state"] as? String == "paused")
    let again = try await program.run("pause", "rest")
    #expect(again.status == 3)
    #expect(again.words.contains("signalbox resume"))
    #expect(try await program.run("run", brief, "--headless", "--session", "rest").status == 4)
    #expect(try await program.run("resume", "rest").status == 0)
    #expect(try await program.show("rest")["state"] as? String == "waiting")
    try await program.stopEngine(of: "rest")
  }

  @Test func aFileThatSomebodyChangedIsNamed() async throws {
    let program = try await Self.finished("edited")
    let workspace = try #require(try await program.show("edited")["workspace"] as? String)
    let file = workspace + "/README.md"
    try Data((try String(contentsOfFile: file, encoding: .utf8) + "tampered").utf8).write(
      to: URL(fileURLWithPath: file))
    let verified = try await program.run("verify", "edited")
    #expect(verified.status == 6)
    #expect(verified.words.contains("README.md (changed)"), "\(verified.words)")
    try FileManager.default.removeItem(atPath: file)
    #expect(try await program.run("verify", "edited").words.contains("README.md (gone)"))
  }

  @Test func aReaderThatHasSeenEnoughAndAFullDiskEndWithoutACrash() async throws {
    let program = try await Self.finished("piped")
    let cut = try await Program.run(
      "/bin/sh",
      ["-c", "'\(Program.path)' events piped --json | head -n 1 > /dev/null; '\(Program.path)' list > /dev/full"],
      in: program.folder, environment: program.environment)
    #expect(cut.status == 3)
    #expect(cut.words.contains("standard output cannot be written"))
    #expect(!cut.words.contains("Fatal error"))
  }

  @Test func nothingIsWrittenOverOrMistakenForSomethingElse() async throws {
    let program = try await Self.finished("careful")
    #expect(try await program.run("export", "careful", "--output", "h.zip").status == 0)
    let again = try await program.run("export", "careful", "--output", "h.zip")
    #expect(again.status == 3)
    #expect(again.words.contains("exists already"))
    #expect(try await program.run("verify", "nowhere.zip").words.contains("no such file"))
    #expect(try await program.run("verify", "./brief.md").words.contains("not a handoff package"))
    let typo = try await program.run("lst")
    #expect(typo.status == 64)
    #expect(typo.words.contains("list"))
  }
}
