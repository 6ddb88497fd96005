import Foundation
import Glibc
import NIOConcurrencyHelpers

/// Finds the addresses of a host.
public struct HostLookup: Sendable {
  let addresses: @Sendable (String) async throws -> [IPAddress]

  /// A lookup of another kind than the system's.
  public init(_ addresses: @escaping @Sendable (String) async throws -> [IPAddress]) {
    self.addresses = addresses
  }

  /// The system's own, which gives up after some seconds.
  public static func system(timeout: Duration = .seconds(5)) -> HostLookup {
    HostLookup { host in try await ask(host, timeout: timeout) }
  }

  /// The system's lookup blocks its thread and cannot be stopped: whoever waits for it goes on without it.
  private static func ask(_ host: String, timeout: Duration) async throws -> [IPAddress] {
    try await withCheckedThrowingContinuation { continuation in
      let waiting = NIOLockedValueBox<CheckedContinuation<[IPAddress], any Error>?>(continuation)
      let take = { @Sendable in
        waiting.withLockedValue { waiting in
          defer { waiting = nil }; return waiting
        }
      }
      queue.async {
        let result = Result { try resolve(host) }
        take()?.resume(with: result)
      }
      queue.asyncAfter(deadline: .now() + timeout / .seconds(1)) {
        take()?.resume(throwing: HostUnknown(code: EAI_AGAIN))
      }
    }
  }

  private static let queue = DispatchQueue(label: "host lookup", attributes: .concurrent)

  private static func resolve(_ host: String) throws -> [IPAddress] {
    var hints = addrinfo()
    hints.ai_flags = AI_ADDRCONFIG
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var first: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &first)
    guard code == 0 else { throw HostUnknown(code: code) }
    defer { freeaddrinfo(first) }
    var found: [IPAddress] = []
    var next = first
    while let entry = next {
      if let address = IPAddress(entry.pointee.ai_addr), !found.contains(address) { found.append(address) }
      next = entry.pointee.ai_next
    }
    return found
  }
}

/// A host that cannot be found.
struct HostUnknown: Error, CustomStringConvertible {
  let code: Int32

  var description: String { String(cString: gai_strerror(code)) }
}

extension IPAddress {
  fileprivate init?(_ address: UnsafeMutablePointer<sockaddr>?) {
    guard let address else { return nil }
    switch Int32(address.pointee.sa_family) {
    case AF_INET:
      self.init(
        bytes: address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          withUnsafeBytes(of: $0.pointee.sin_addr) { Array($0) }
        })
    case AF_INET6:
      self.init(
        bytes: address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
          withUnsafeBytes(of: $0.pointee.sin6_addr) { Array($0) }
        })
    default: return nil
    }
  }
}
