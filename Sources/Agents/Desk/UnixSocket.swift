import Glibc

/// Why a socket could not be made or reached.
public struct SocketFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was tried and what the system said.
  public var description: String

  init(_ description: String) { self.description = description }

  init(_ tried: String, errno code: Int32 = errno) {
    self.init("\(tried): \(String(cString: strerror(code))).")
  }
}

/// Sockets that have a path on this machine.
enum UnixSocket {
  /// The most bytes of a path: the kernel's structure holds 108 with the zero at the end.
  static let pathLimit = 107

  /// Makes a socket that others connect to; only its owner can.
  static func listening(at path: String) throws(SocketFailure) -> Int32 {
    var address = try address(path)
    let descriptor = try open()
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard status == 0, chmod(path, 0o600) == 0, listen(descriptor, 16) == 0 else {
      let failure = SocketFailure("A socket cannot be made at \(path)")
      close(descriptor)
      throw failure
    }
    return descriptor
  }

  /// Connects to a socket.
  static func connected(to path: String) throws(SocketFailure) -> Int32 {
    var address = try address(path)
    let descriptor = try open()
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard status == 0 else {
      let failure = SocketFailure("Nobody answers at \(path)")
      close(descriptor)
      throw failure
    }
    return descriptor
  }

  private static func open() throws(SocketFailure) -> Int32 {
    // Never waiting, and not inherited by what the engine starts.
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { throw SocketFailure("A socket cannot be made") }
    return descriptor
  }

  private static func address(_ path: String) throws(SocketFailure) -> sockaddr_un {
    let bytes = Array(path.utf8)
    guard bytes.count <= pathLimit, !bytes.contains(0) else {
      throw SocketFailure("A socket's path has at most \(pathLimit) bytes, and this one \(bytes.count): \(path)")
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return address
  }
}
