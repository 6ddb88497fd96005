import Glibc

/// An address of the Internet Protocol, of version 4 or 6.
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
  /// Four or sixteen, in the order of the network.
  let bytes: [UInt8]

  /// Reads the usual text form, `192.0.2.1` or `2001:db8::1`; nil for any other, such as `127.1` or one with a zone.
  public init?(_ text: String) {
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      bytes = withUnsafeBytes(of: &four) { Array($0) }
    } else if inet_pton(AF_INET6, text, &six) == 1 {
      bytes = withUnsafeBytes(of: &six) { Array($0) }
    } else {
      return nil
    }
  }

  /// Nil unless they are four or sixteen.
  init?(bytes: [UInt8]) {
    guard [4, 16].contains(bytes.count) else { return nil }
    self.bytes = bytes
  }

  /// The usual text form.
  public var description: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = bytes.count == 4 ? AF_INET : AF_INET6
    guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// The machine itself: 127.0.0.0/8 or ::1.
  public var isLoopback: Bool {
    bytes.count == 4 ? bytes[0] == 127 : bytes == [UInt8](repeating: 0, count: 15) + [1]
  }

  /// Whether it is a machine of the open Internet, by the registries of special addresses (RFC 6890 and its followers).
  ///
  /// Addresses of version 6 that hold one of version 4 are not: there is no need to name a public machine that way.
  public var isPublic: Bool {
    bytes.count == 4
      ? !Self.specialFour.contains { $0.contains(bytes) }
      : Self.globalSix.contains(bytes) && !Self.specialSix.contains { $0.contains(bytes) }
  }

  /// The first bits that the addresses of a network share.
  private struct Network {
    let start: [UInt8]
    let length: Int

    init(_ start: [UInt8], _ length: Int) {
      self.start = start
      self.length = length
    }

    func contains(_ bytes: [UInt8]) -> Bool {
      (0..<length).allSatisfy { bit in
        let (byte, mask) = (bit / 8, UInt8(0x80) >> (bit % 8))
        return (byte < start.count ? start[byte] : 0) & mask == bytes[byte] & mask
      }
    }
  }

  private static let specialFour = [
    Network([0], 8),  // this network
    Network([10], 8),  // private
    Network([100, 64], 10),  // shared by the customers of a provider; also a cloud's metadata
    Network([127], 8),  // loopback
    Network([168, 63, 129, 16], 32),  // a cloud's metadata
    Network([169, 254], 16),  // link-local, among it the metadata of most clouds
    Network([172, 16], 12),  // private
    Network([192, 0, 0], 24),  // protocol assignments
    Network([192, 0, 2], 24),  // documentation
    Network([192, 88, 99], 24),  // relays from version 6
    Network([192, 168], 16),  // private
    Network([198, 18], 15),  // benchmarks
    Network([198, 51, 100], 24),  // documentation
    Network([203, 0, 113], 24),  // documentation
    Network([224], 4),  // multicast
    Network([240], 4),  // reserved, and broadcast
  ]

  /// What is given out to the open Internet; all else is local, mapped, multicast or not given out.
  private static let globalSix = Network([0x20], 3)

  private static let specialSix = [
    Network([0x20, 0x01, 0x00], 23),  // protocol assignments, among them tunnels to version 4
    Network([0x20, 0x01, 0x0D, 0xB8], 32),  // documentation
    Network([0x20, 0x02], 16),  // holds an address of version 4
    Network([0x3F, 0xFF, 0x00], 20),  // documentation
  ]
}
