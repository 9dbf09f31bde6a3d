/// A folder of files in memory, and every picture that was taken of it.
struct Disk: Sendable {
  private(set) var files: [String: String] = [:]
  private var sum: UInt64 = 0
  private var pictures: [String: (files: [String: String], sum: UInt64)] = [:]

  /// The name of the files as they are: the same files have the same name.
  var tree: String { String(sum, radix: 16) }

  mutating func write(_ path: String, _ content: String) {
    remove(path)
    files[path] = content
    sum ^= Disk.mark(path, content)
  }

  mutating func remove(_ path: String) {
    guard let old = files.removeValue(forKey: path) else { return }
    sum ^= Disk.mark(path, old)
  }

  /// Takes a picture and gives its name.
  mutating func keep() -> String {
    pictures[tree] = (files, sum)
    return tree
  }

  /// Puts the files of a picture back; says whether there is one.
  mutating func restore(_ tree: String) -> Bool {
    guard let picture = pictures[tree] else { return false }
    (files, sum) = picture
    return true
  }

  /// The paths that differ from a picture, in order.
  func changes(since tree: String?) -> [String] {
    guard let old = tree.flatMap({ pictures[$0]?.files }) else { return files.keys.sorted() }
    return Set(files.keys).union(old.keys).filter { files[$0] != old[$0] }.sorted()
  }

  private static func mark(_ path: String, _ content: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    hash = (hash ^ 0xff) &* 0x100_0000_01b3
    for byte in content.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }
}
