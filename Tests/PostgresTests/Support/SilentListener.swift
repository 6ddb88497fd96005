import Foundation

/// A socket where a Postgres server could be, that takes connections and says nothing.
final class SilentListener: Sendable {
  let folder: String
  private let descriptor: Int32

  init() throws {
    folder = "/tmp/nqs\(getpid())-\(UInt32.random(in: 0...99_999))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "\(folder)/.s.PGSQL.5432".utf8) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0, listen(descriptor, 16) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
  }

  deinit {
    close(descriptor)
    try? FileManager.default.removeItem(atPath: folder)
  }
}
