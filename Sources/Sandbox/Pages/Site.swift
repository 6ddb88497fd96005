import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// A file of the pages, kept in the program and served under a name that changes with its content.
struct Site: Sendable {
  let path: String
  let name: String
  let contentType: String
  let bytes: [UInt8]

  static let style = Site("chat.css", "text/css; charset=utf-8", PackageResources.chat_css)
  static let script = Site("chat.js", "text/javascript; charset=utf-8", PackageResources.chat_js)
  static let icon = Site("icon.svg", "image/svg+xml", PackageResources.icon_svg)
  static let files = [style, script, icon]

  private init(_ name: String, _ contentType: String, _ bytes: [UInt8]) {
    self.name = name
    self.contentType = contentType
    self.bytes = bytes
    path = "/site/\(name)?v=\(SHA256.hash(data: bytes).hex.prefix(8))"
  }

  var response: Response {
    Response(
      status: .ok, headers: [.contentType: contentType, .cacheControl: "public, max-age=31536000, immutable"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
