import Engine
import Kernel
import Testing

/// FileHash and the kernel's own Digest are the same function: one hashes files, the other questions.
@Suite struct FileHashTests {
  @Test(arguments: [0, 1, 55, 56, 63, 64, 65, 119, 120, 1_000, 4_096])
  func bothHashesAgree(count: Int) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
    #expect(sha256(bytes) == Digest.sha256(bytes))
  }

  @Test func theHashIsTheStandardsOne() {
    // FIPS 180-4, the example "abc".
    #expect(sha256(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }
}
