import Foundation

/// An address that a page may link to: http or https with a host. Anything else, `javascript:` above all, is no link.
struct WebLink: Sendable, Equatable {
  let address: String
  let host: String

  init?(_ text: String) {
    guard
      text.utf8.count <= 2048, let url = URL(string: text), let scheme = url.scheme?.lowercased(),
      scheme == "http" || scheme == "https", let host = url.host(percentEncoded: false), !host.isEmpty
    else { return nil }
    address = text
    self.host = host
  }

  /// A link that opens apart from the sandbox and tells the other site nothing.
  func html(_ label: HTML, class style: String = "link") -> HTML {
    "<a class=\"\(style)\" href=\"\(address)\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">\(label)</a>"
  }
}
