import Glibc
import Testing

/// A listening socket whose queue is full, so that a further connection neither comes about nor is refused.
final class FullListener {
  let port: Int
  /// What the connections that were not the fillers' brought.
  private(set) var bytesRead = 0
  private let descriptor: Int32
  private var fillers: [Int32] = []
  private var fillerPorts: Set<UInt16> = []

  init() throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    self.descriptor = descriptor
    var address = Address(port: 0)
    try #require(address.use { Glibc.bind(descriptor, $0, $1.pointee) } == 0)
    try #require(listen(descriptor, 0) == 0)
    address = Self.name(of: descriptor)
    port = Int(address.port)
    // With a queue of zero Linux still holds a connection; a few more make sure that it is full.
    for _ in 0..<4 {
      let filler = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
      _ = address.use { connect(filler, $0, $1.pointee) }
      fillers.append(filler)
      fillerPorts.insert(Self.name(of: filler).port)
    }
  }

  /// Makes room and takes what has come in; true once a connection other than the fillers' has come and ended.
  func acceptAndReadToEnd() -> Bool {
    for filler in fillers { Glibc.close(filler) }
    fillers = []
    var peer = Address(port: 0)
    let accepted = peer.use { accept(descriptor, $0, $1) }
    guard accepted >= 0 else { return false }
    defer { Glibc.close(accepted) }
    guard !fillerPorts.contains(peer.port) else { return false }
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = read(accepted, &buffer, buffer.count), count > 0 { bytesRead += count }
    return true
  }

  func close() {
    for filler in fillers { Glibc.close(filler) }
    Glibc.close(descriptor)
  }

  private static func name(of descriptor: Int32) -> Address {
    var address = Address(port: 0)
    _ = address.use { getsockname(descriptor, $0, $1) }
    return address
  }
}

/// An address on loopback as the system's calls take it: family, port and number, the last two with the high byte first.
///
/// The C struct itself is not touched: which module its fields belong to depends on what else was built.
private struct Address {
  private var bytes: [UInt8]

  init(port: UInt16) {
    bytes = [UInt8](repeating: 0, count: 16)
    bytes.withUnsafeMutableBytes { $0.storeBytes(of: UInt16(AF_INET), as: UInt16.self) }
    (bytes[2], bytes[3]) = (UInt8(port >> 8), UInt8(port & 0xFF))
    (bytes[4], bytes[7]) = (127, 1)
  }

  var port: UInt16 { UInt16(bytes[2]) << 8 | UInt16(bytes[3]) }

  mutating func use(
    _ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) -> Int32 {
    var length = socklen_t(bytes.count)
    return bytes.withUnsafeMutableBytes { raw in
      raw.baseAddress.map { call($0.assumingMemoryBound(to: sockaddr.self), &length) } ?? -1
    }
  }
}
