import Agents
import Engine
import Foundation
import Gates
import Glibc
import Kernel
import Reports

/// Re-checks what gates left as evidence against the hashes the journal holds.
struct EvidenceCheck {
  let session: Session

  /// How many pieces were checked.
  ///
  /// - Throws: ``Told`` with status 6, naming the first piece that is not what it was.
  func run() throws -> Int {
    var count = 0
    for gate in session.gates {
      for result in gate.results {
        guard let path = result.evidence, let hash = result.evidenceHash else { continue }
        guard let data = FileManager.default.contents(atPath: path) else {
          throw Told(
            .unverified, why: "The evidence of the gate \(gate.title) is gone: \(path)",
            instead: "Its result stands in the journal; run the gate again to have evidence.")
        }
        guard sha256(Array(data)) == hash else {
          throw Told(
            .unverified, why: "The evidence of the gate \(gate.title) was changed: \(path)",
            instead: "Do not rely on it; the journal holds the hash it had.")
        }
        count += 1
      }
    }
    return count
  }
}

/// Re-checks the files that tasks left against the hashes the journal holds.
struct FileCheck {
  let session: Session
  let wiring: Wiring

  /// How many files were checked.
  ///
  /// - Throws: ``Told`` with status 6, naming the first files that were changed or are gone.
  func run() async throws -> Int {
    let look = try await look()
    guard look.recorded > 0 else { return 0 }
    guard FileManager.default.fileExists(atPath: session.workspace) else {
      throw Told(
        .unverified, why: "The workspace is gone: \(session.workspace)",
        instead: "The journal and its checkpoints stand; a handoff package, if there is one, holds the files.")
    }
    let wrong = look.rows.filter { $0.state == .drifted || $0.state == .missing }
    guard wrong.isEmpty else {
      let names = wrong.prefix(5).map(\.words).joined(separator: ", ")
      throw Told(
        .unverified, why: "\(wrong.count) of \(look.recorded) files are not what tasks left: \(names)",
        instead: "Somebody changed them after the tasks; the gates judged what the checkpoints hold, not these.")
    }
    return look.recorded
  }

  /// The files of supervised work that nobody who may has made, each in one line; they fail nothing by themselves.
  func unexpected() async throws -> [String] {
    guard session.workflow.supervision != nil else { return [] }
    return try await look().rows(.unexpected).map(\.words)
  }

  private func look() async throws -> Integrity {
    var done = session
    if session.workflow.supervision == nil { done.tasks.removeAll { $0.state != .done } }
    return try await Integrity.look(at: done, wiring)
  }
}

/// Re-checks a handoff package against its own manifest, without any session or journal.
struct PackageCheck {
  let path: String

  /// What a package holds that is as its manifest says.
  struct Holding {
    /// How many files.
    var files: Int
    /// Names that differ only in case or in the spelling of a letter, pair by pair; many systems keep one of each.
    var twins: [(String, String)]
  }

  /// What holds.
  ///
  /// - Throws: ``Told`` with status 6, naming the first file that is missing, added or changed.
  func run() async throws -> Holding {
    let entries = try await list()
    let manifests = entries.filter { $0.path.hasSuffix("/handoff/manifest.json") }
    // A name that stands twice in the manifest would mean one thing here and another elsewhere; the strict reader refuses it.
    guard let manifestEntry = manifests.first, manifests.count == 1, let text = manifestEntry.text,
      (try? JSONValue(parsing: Array(text.utf8))) != nil,
      let manifest = try? JSONDecoder().decode(HandoffManifest.self, from: Data(text.utf8))
    else {
      throw Told(
        .unverified, why: "\(path) has no manifest that can be read in one way only.",
        instead: "It is not a handoff package, or it was cut or changed.")
    }
    guard manifest.format == "signalbox.handoff.v1" else {
      throw Told(
        .refused, why: "\(path) has the unknown format \(manifest.format).", instead: "Use the program that wrote it.")
    }
    let prefix = String(manifestEntry.path.dropLast("handoff/manifest.json".count))
    // By bytes: two spellings of one word are two files, and equal as texts.
    var found: [[UInt8]: Entry] = [:]
    for entry in entries { found[Array(entry.path.utf8)] = entry }
    found[Array(manifestEntry.path.utf8)] = nil
    for file in manifest.files {
      guard let entry = found.removeValue(forKey: Array((prefix + file.path).utf8)) else {
        throw Told(.unverified, why: "\(file.path) is missing from \(path).", instead: "Ask for the package again.")
      }
      guard entry.sha256 == file.sha256, entry.size == file.size else {
        throw Told(.unverified, why: "\(file.path) was changed in \(path).", instead: "Ask for the package again.")
      }
    }
    if let extra = found.values.map(\.path).sorted().first {
      throw Told(
        .unverified, why: "\(extra) in \(path) is not in its manifest.", instead: "Ask for the package again.")
    }
    // Texts compare equal when only the spelling of a letter differs, which is just what is looked for here.
    var seen: [String: String] = [:]
    var twins: [(String, String)] = []
    for path in entries.map(\.path).sorted() {
      if let other = seen.updateValue(path, forKey: path.lowercased()) { twins.append((other, path)) }
    }
    return Holding(files: manifest.files.count, twins: twins)
  }

  private struct Entry: Decodable {
    var path: String
    var sha256: String
    var size: Int
    var text: String?
  }

  /// The most that all files of a package may hold, in bytes: a small zip can hold more than any disk.
  private static let most = 4 << 30
  /// The most entries of a package; a workspace has fewer by far.
  private static let mostEntries = 200_000
  /// The most bytes of a manifest, some hundred for each entry.
  private static let longestManifest = 64 << 20

  /// Python's own zip reader lists the package; nothing is unpacked, so no name in it can reach the disk. Names, kinds and
  /// sizes are judged before anything is read.
  private func list() async throws -> [Entry] {
    let script = """
      import hashlib, json, resource, stat, sys, zipfile
      # A list of millions of entries is read whole before anybody can count it.
      resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
      rows, names, left, most, longest = [], set(), *map(int, sys.argv[2:])
      with zipfile.ZipFile(sys.argv[1]) as package:
          if len(package.infolist()) > most:
              sys.exit("it has more than %d entries" % most)
          if min((info.header_offset for info in package.infolist()), default=0) > 0:
              sys.exit("something stands before its first file")
          for info in package.infolist():
              name, mode = info.filename, info.external_attr >> 16
              parts = name.replace("\\\\", "/").split("/")
              if "\\\\" in name or name.startswith("/") or ".." in parts or ":" in parts[0]:
                  sys.exit("the name " + ascii(name) + " leads out of a folder")
              if info.orig_filename != name:
                  sys.exit("the name " + ascii(info.orig_filename) + " is no name of a file")
              kinds = (0, stat.S_IFDIR if info.is_dir() else stat.S_IFREG)
              if stat.S_IFMT(mode) not in kinds or mode & 0o7000 or info.is_dir() and info.file_size:
                  sys.exit(ascii(name) + " is no plain file")
              if name in names:
                  sys.exit("the name " + ascii(name) + " stands twice")
              names.add(name)
              left -= info.file_size
              if left < 0:
                  sys.exit("its files would take more than " + sys.argv[2] + " bytes")
              if name.endswith("/handoff/manifest.json") and info.file_size > longest:
                  sys.exit("its manifest has more than %d bytes" % longest)
          for info in package.infolist():
              if info.is_dir():
                  continue
              hash, size, text = hashlib.sha256(), 0, b""
              is_manifest = info.filename.endswith("/handoff/manifest.json")
              with package.open(info) as opened:
                  while piece := opened.read(1 << 20):
                      hash.update(piece)
                      size += len(piece)
                      if is_manifest:
                          text += piece
              row = {"path": info.filename, "sha256": hash.hexdigest(), "size": size}
              if is_manifest:
                  row["text"] = text.decode()
              rows.append(row)
      json.dump(rows, sys.stdout)
      """
    let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let result = try await CommandRunner().run(
      ["python3", "-I", "-c", script, path]
        + [PackageCheck.most, PackageCheck.mostEntries, PackageCheck.longestManifest].map(String.init), in: "/",
      environment: ["PATH": search, "LC_ALL": "C.UTF-8"],
      timeLimit: .seconds(120), outputLimit: 64 << 20)
    guard result.exitStatus == 0, let rows = try? JSONDecoder().decode([Entry].self, from: Data(result.output)) else {
      let words = String(decoding: result.output, as: UTF8.self).split(whereSeparator: \.isNewline).last ?? ""
      throw Told(.unverified, why: "\(path) cannot be read: \(words)", instead: "Ask for the package again.")
    }
    return rows
  }
}

/// One thing the machine has or lacks.
struct MachineCheck {
  var name: String
  var isGood: Bool
  /// Whether sessions cannot be run without it.
  var isNeeded: Bool
  var found: String
  var instead: String
  /// Further keys of its JSON.
  var more: [String: any Sendable] = [:]

  /// Its stable keys, and what only some have.
  var json: [String: Any] {
    ["name": name, "ok": isGood, "found": found, "instead": instead].merging(more) { own, _ in own }
  }

  /// Every check, in order; `agents` is the file that says who works, where one is named.
  static func all(wiring: Wiring, agents: String? = nil) async -> [MachineCheck] {
    var checks = [
      state(wiring), await journal(wiring),
      await tool("git", ["git", "--version"], "Install git.", needed: true),
      await tool("python", ["python3", "--version"], "Install python3 and python3-venv.", needed: true),
      await tool(
        "venv", ["python3", "-c", "import venv, ensurepip; print('venv and pip')"], "Install python3-venv.",
        needed: true),
      library(wiring), terminal(wiring), leftFolders(),
    ]
    checks += await AgentCheck.all(wiring: wiring, named: agents)
    return checks
  }

  private static func state(_ wiring: Wiring) -> MachineCheck {
    var words = wiring.state.path
    var isGood = true
    do {
      try StateFolder.make(wiring.state.path)
      let probe = wiring.state.path + "/.probe-\(getpid())"
      try Data([1]).write(to: URL(fileURLWithPath: probe))
      unlink(probe)
    } catch {
      words += ": \(error.localizedDescription)"
      isGood = false
    }
    return MachineCheck(
      name: "state folder", isGood: isGood, isNeeded: true, found: words,
      instead: "Point SIGNALBOX_HOME to a folder you can write.")
  }

  private static func journal(_ wiring: Wiring) async -> MachineCheck {
    do {
      let journal = try wiring.journal()
      let (open, broken) = try await SessionLookup(journal: journal).all()
      return MachineCheck(
        name: "journal", isGood: broken.isEmpty, isNeeded: true,
        found: "\(open.count == 1 ? "1 session" : "\(open.count) sessions") can be read"
          + broken.map { "; \($0.id): \($0.why)" }.joined(),
        instead: "`signalbox verify SESSION` names the first event that does not hold.")
    } catch {
      return MachineCheck(
        name: "journal", isGood: false, isNeeded: true, found: Told(error)?.why ?? "\(error)",
        instead: Told(error)?.instead ?? "")
    }
  }

  private static func library(_ wiring: Wiring) -> MachineCheck {
    do {
      let names = try wiring.library.workflowNames.map { try wiring.library.workflow($0).id }
      return MachineCheck(
        name: "workflows", isGood: true, isNeeded: true, found: names.joined(separator: ", "), instead: "")
    } catch {
      return MachineCheck(
        name: "workflows", isGood: false, isNeeded: true, found: "\(error)", instead: "Correct the file.")
    }
  }

  /// Takes away what killed engines left in the folders for temporary files.
  private static func leftFolders() -> MachineCheck {
    let sweep = PrivateFolder.sweep()
    return MachineCheck(
      name: "left folders", isGood: sweep.failed.isEmpty, isNeeded: false,
      found: sweep.lines.isEmpty ? "none of an engine that was killed" : sweep.lines.joined(separator: " "),
      instead: "Remove them by hand; nobody uses them any more.")
  }

  private static func terminal(_ wiring: Wiring) -> MachineCheck {
    let isTerminal = isatty(1) == 1
    return MachineCheck(
      name: "terminal", isGood: isTerminal, isNeeded: false,
      found: isTerminal ? wiring.environment["TERM"] ?? "TERM is not set" : "standard output is not a terminal",
      instead: "The console needs one; every other command works without.")
  }

  private static func tool(_ name: String, _ command: [String], _ instead: String, needed: Bool) async -> MachineCheck {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let result = try? await CommandRunner().run(
      command, in: "/", environment: ["PATH": path, "LC_ALL": "C"], timeLimit: .seconds(20), outputLimit: 4_096,
      evidence: nil, onOutput: nil)
    let words = String(decoding: result?.output ?? [], as: UTF8.self).split(whereSeparator: \.isNewline).first
    return MachineCheck(
      name: name, isGood: result?.exitStatus == 0, isNeeded: needed, found: words.map(String.init) ?? "not found",
      instead: instead)
  }
}

extension PrivateFolder.Sweep {
  /// What was done, in sentences; none where there was nothing to do.
  var lines: [String] {
    var lines = failed.map { "A folder that a killed engine left cannot be removed: \($0)." }
    if !removed.isEmpty {
      let count = removed.count == 1 ? "A folder" : "\(removed.count) folders"
      lines.insert("\(count) that a killed engine left \(removed.count == 1 ? "was" : "were") removed.", at: 0)
    }
    return lines
  }
}
