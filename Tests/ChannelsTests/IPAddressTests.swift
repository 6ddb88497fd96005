import Foundation  // First, so that the system's types come from one module for all files that are compiled together.
import Testing

@testable import Channels

@Suite struct IPAddressTests {
  @Test(arguments: [
    "8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1", "192.167.1.1", "193.0.0.1",
    "168.63.129.17", "198.17.0.1", "198.20.0.1", "223.255.255.255", "2400:3200::1", "2606:4700:4700::1111",
    "2001:200::1", "2003::1", "3ffe::1",
  ])
  func arePublic(text: String) throws {
    #expect(try #require(IPAddress(text)).isPublic)
  }

  @Test(arguments: [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
    "127.0.0.1", "127.255.255.254", "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192",
    "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9",
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::a00:1",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378::", "2001:20::1", "2001:db8::1", "2002:7f00:1::",
    "2002:a00:1::1", "3fff::1", "4000::1", "fc00::1", "fd00:ec2::254", "fe80::1", "febf::1", "fec0::1", "ff02::1",
  ])
  func areNotPublic(text: String) throws {
    #expect(try !#require(IPAddress(text)).isPublic)
  }

  /// What the system's own functions would take for an address, or not.
  @Test(arguments: ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1 ", "fe80::1%lo", "[::1]", "", "a.b"])
  func areNoAddressesInTheUsualForm(text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test(arguments: [("127.8.8.8", true), ("::1", true), ("::ffff:127.0.0.1", false), ("128.0.0.1", false)])
  func isLoopback(text: String, isIt: Bool) throws {
    #expect(try #require(IPAddress(text)).isLoopback == isIt)
  }

  @Test(arguments: ["192.0.2.1", "2001:db8::1", "::ffff:1.2.3.4"])
  func areWrittenAsTheyWereRead(text: String) throws {
    #expect(try #require(IPAddress(text)).description == text)
  }
}

@Suite struct PublicURLTests {
  @Test(arguments: [
    "https://example.com/hooks", "https://example.com:8443/a?b=c", "HTTPS://Example.com", "https://8.8.8.8/",
    "https://xn--fiqs8s.example/", "https://127.1/",
  ])
  func areTaken(text: String) throws {
    #expect(try PublicURL(text).description == text)
  }

  @Test(arguments: [
    ("http://example.com/", PublicURLError.notSecure), ("ftp://example.com/", .notSecure),
    ("file:///etc/passwd", .notSecure), ("example.com", .notSecure), ("", .notSecure),
    ("https://", .malformed), ("https:///x", .malformed), ("https://user@example.com/", .malformed),
    ("https://user:pw@example.com/", .malformed), ("https://example.com/#x", .malformed),
    ("https://[::1]/", .malformed), ("https://[::ffff:127.0.0.1]/", .malformed), ("https://中文.example/", .malformed),
    ("https://exam%70le.com/", .malformed), ("https://a b.com/", .malformed), ("https://example.com:0/", .malformed),
    ("https://127.0.0.1/", .notPublic), ("https://10.1.2.3:8443/x", .notPublic),
    ("https://169.254.169.254/latest/meta-data", .notPublic),
    ("https://a.b/" + String(repeating: "x", count: 2_000), .malformed),
  ])
  func areRefused(text: String, error: PublicURLError) {
    #expect(throws: error) { try PublicURL(text) }
  }

  @Test func loopbackIsTakenWhereItIsAllowed() throws {
    #expect(throws: Never.self) { try PublicURL("http://127.0.0.1:8080/x", allowsLoopback: true) }
    #expect(throws: PublicURLError.notPublic) { try PublicURL("http://10.0.0.1/x", allowsLoopback: true) }
  }
}
