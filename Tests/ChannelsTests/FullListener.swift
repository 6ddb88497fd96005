import Glibc
import Testing

/// A listening socket whose queue is full, so that a further connection neither comes about nor is refused.
final class FullListener {
  let port: Int
  /// What the connections that were not the fillers' brought.
  private(set) var bytesRead = 0
  private let descriptor: Int32
  private var fillers: [Int32] = []
  private var fillerPorts: Set<in_port_t> = []

  init() throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    self.descriptor = descriptor
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    try #require(Self.onAddress(&address) { Glibc.bind(descriptor, $0, $1.pointee) } == 0)
    try #require(listen(descriptor, 0) == 0)
    address = Self.name(of: descriptor)
    port = Int(UInt16(bigEndian: address.sin_port))
    // With a queue of zero Linux still holds a connection; a few more make sure that it is full.
    for _ in 0..<4 {
      let filler = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
      _ = Self.onAddress(&address) { connect(filler, $0, $1.pointee) }
      fillers.append(filler)
      fillerPorts.insert(Self.name(of: filler).sin_port)
    }
  }

  /// Makes room and takes what has come in; true once a connection other than the fillers' has come and ended.
  func acceptAndReadToEnd() -> Bool {
    for filler in fillers { Glibc.close(filler) }
    fillers = []
    var peer = sockaddr_in()
    let accepted = Self.onAddress(&peer) { accept(descriptor, $0, $1) }
    guard accepted >= 0 else { return false }
    defer { Glibc.close(accepted) }
    guard !fillerPorts.contains(peer.sin_port) else { return false }
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = read(accepted, &buffer, buffer.count), count > 0 { bytesRead += count }
    return true
  }

  func close() {
    for filler in fillers { Glibc.close(filler) }
    Glibc.close(descriptor)
  }

  private static func name(of descriptor: Int32) -> sockaddr_in {
    var address = sockaddr_in()
    _ = onAddress(&address) { getsockname(descriptor, $0, $1) }
    return address
  }

  private static func onAddress(
    _ address: inout sockaddr_in, _ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) -> Int32 {
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &length) }
    }
  }
}
