import Engine
import Foundation
import Glibc
import Subprocess
import SystemPackage
import Testing

@testable import Workspaces

/// A folder of one test's own, removed when the test is over.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/signalbox-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure("mkdtemp: \(errno)") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    // Plain `rm`, because tests leave names and modes that Foundation does not take.
    let command = "chmod -R u+rwX '\(path)' 2>/dev/null; rm -rf '\(path)'"
    _ = command.withCString { system($0) }
  }

  var workspace: String { path + "/workspace" }
  var store: String { path + "/store" }

  func open() async throws -> GitWorkspace { try await GitWorkspace(root: workspace, store: store) }
}

struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Runs a program in a folder and returns its output; the test fails when the program does.
@discardableResult
func shell(_ command: String, in folder: String) async throws -> String {
  let result = try await Subprocess.run(
    .path("/bin/sh"), arguments: ["-c", command], workingDirectory: FilePath(folder),
    output: .string(limit: 4 << 20), error: .string(limit: 1 << 16))
  guard result.terminationStatus.isSuccess else { throw Failure("\(command): \(result.standardError)") }
  return result.standardOutput
}

/// What a folder holds as seen by Python, which shares no code with the workspace: one line per file with the hex of
/// its path, its mode as git would write it, and the SHA-256 of its bytes or of its link's target.
func picture(of folder: String) async throws -> [String] {
  let script = """
    import hashlib, os, stat, sys
    skip = {b'__pycache__', b'.venv', b'.mypy_cache', b'.ruff_cache', b'.pytest_cache', b'node_modules', b'.git'}
    root = os.fsencode(sys.argv[1])
    for base, folders, files in os.walk(root):
        folders[:] = [f for f in folders if f not in skip]
        for name in files + [f for f in folders if os.path.islink(os.path.join(base, f))]:
            if name in skip: continue
            path = os.path.join(base, name)
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                mode, data = '120000', os.readlink(path)
            else:
                mode, data = ('100755' if status.st_mode & 0o100 else '100644'), open(path, 'rb').read()
            print(os.path.relpath(path, root).hex(), mode, hashlib.sha256(data).hexdigest(), len(data))
    """
  let result = try await Subprocess.run(
    .name("python3"), arguments: ["-c", script, folder], output: .string(limit: 16 << 20),
    error: .string(limit: 1 << 16))
  guard result.terminationStatus.isSuccess else { throw Failure(result.standardError) }
  return result.standardOutput.split(separator: "\n").map(String.init).sorted()
}

/// The same four words per file, from a listing.
func picture(of listing: [InventoryFile]) -> [String] {
  listing.map { "\(lowercaseHex($0.path.bytes)) \($0.mode.rawValue) \($0.hash) \($0.size)" }.sorted()
}

/// Expects a refusal whose words hold every fragment.
func expectRefusal(
  _ fragments: String..., sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async {
  do {
    try await body()
    Issue.record("nothing was refused", sourceLocation: sourceLocation)
  } catch {
    for fragment in fragments where !"\(error)".contains(fragment) {
      Issue.record("“\(error)” does not say “\(fragment)”", sourceLocation: sourceLocation)
    }
  }
}

/// A small generator whose numbers depend on nothing but its seed.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Makes and disturbs random trees with every kind of name and file a checkpoint promises to keep.
struct TreeGenerator {
  var random: SplitMix64
  let root: String

  init(seed: UInt64, root: String) {
    random = SplitMix64(state: seed)
    self.root = root
  }

  static let names: [[UInt8]] = [
    Array("plain.py".utf8), Array("with space".utf8), Array("line\nbreak".utf8), Array("-rf".utf8),
    Array("--output=x".utf8), [0x63, 0x61, 0x66, 0xE9], [0xFF, 0xFE], Array("caf\u{e9}".utf8),
    Array("cafe\u{301}".utf8), Array("$(touch pwned)".utf8), Array("\"quoted\"".utf8), Array("back\\slash".utf8),
    Array(".gitattributes".utf8), Array(".gitignore".utf8), Array(".gitmodules".utf8), Array("tab\there".utf8),
    Array("git~1".utf8), Array("a".utf8), Array("a.b".utf8), Array("a-b".utf8), Array("a0".utf8), Array("日本".utf8),
    Array(repeating: UInt8(ascii: "n"), count: 255), Array("CON".utf8), Array("trailing ".utf8),
  ]

  mutating func name() -> [UInt8] { TreeGenerator.names[Int.random(in: 0..<TreeGenerator.names.count, using: &random)] }

  mutating func content() -> [UInt8] {
    switch Int.random(in: 0..<12, using: &random) {
    case 0: return []
    case 1: return Array("line\r\nline\rline\n$Id$\n".utf8)
    case 2: return Array(repeating: UInt8.random(in: 0...255, using: &random), count: 1 << 20)
    default: return (0..<Int.random(in: 1..<300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
  }

  /// Adds, replaces and removes entries; clashes of a name with a folder of that name are left out.
  mutating func disturb(times: Int) {
    for _ in 0..<times {
      var folder = Array(root.utf8)
      for _ in 0..<Int.random(in: 0..<6, using: &random) {
        folder += [UInt8(ascii: "/")] + name()
        if folder.count > 3000 { break }
        _ = withName(folder) { mkdir($0, 0o755) }
      }
      let path = folder + [UInt8(ascii: "/")] + name()
      guard path.count < 4000 else { continue }
      switch Int.random(in: 0..<10, using: &random) {
      case 0: _ = withName(path) { unlink($0) }
      case 1:
        _ = withName(Array(["nowhere/at/all", "..", "/etc/passwd", "plain.py"].randomElement(using: &random)!.utf8)) {
          target in
          withName(path) {
            _ = unlink($0)
            return symlink(target, $0)
          }
        }
      case 2: removeAll(path)
      case 3: _ = withName(path) { chmod($0, 0o755) }
      default:
        var status = stat()
        if withName(path, { lstat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFLNK {
          _ = withName(path) { unlink($0) }
        }
        let mode: mode_t = Bool.random(using: &random) ? 0o644 : 0o755
        let opened = withName(path) { Glibc.open($0, O_CREAT | O_WRONLY | O_TRUNC, mode) }
        guard opened >= 0 else { continue }
        let bytes = content()
        _ = bytes.withUnsafeBytes { Glibc.write(opened, $0.baseAddress, $0.count) }
        close(opened)
      }
    }
  }

  /// Moves an entry, with everything below it, out of the tree.
  private mutating func removeAll(_ path: [UInt8]) {
    let grave = Array("\(root)-grave-\(random.next())".utf8)
    _ = withName(path) { from in withName(grave) { rename(from, $0) } }
  }
}
