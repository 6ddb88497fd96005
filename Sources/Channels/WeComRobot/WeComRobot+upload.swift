import Foundation
import NIOCore
import NIOHTTP1

extension WeComRobot {
  enum MediaResult {
    case ready(String)
    case failed(DispatchOutcome)
  }

  /// The id of a file, uploading it if this robot does not have it.
  ///
  /// An upload shows nothing to anybody, so whatever becomes of it the message is provably not sent.
  func mediaID(
    name: String, bytes: [UInt8], account: ChannelAccount, firstByteBy latest: ContinuousClock.Instant?
  ) async -> MediaResult {
    let key = MediaCache.Key(account: account, name: name, bytes: bytes)
    if let id = await media.id(of: key) { return .ready(id) }
    let form = MultipartFile(name: name, bytes: bytes)
    let end = ContinuousClock.now + settings.uploadTimeout
    let exchange = await http.post(
      to: "\(settings.baseURL)/cgi-bin/webhook/upload_media?key=\(account.key.reveal())&type=file",
      headers: ["content-type": form.contentType, "user-agent": "nuanqun"],
      body: form.body, firstByteBy: min(end, latest ?? end), timeout: settings.uploadTimeout)
    let verdict = WeComVerdict(exchange, hiding: account.key)
    switch verdict.outcome {
    case .confirmed:
      guard let id = verdict.mediaID else {
        return .failed(.notSent(reason: .init(.uploadFailed, text: "the answer has no media id", hiding: account.key)))
      }
      await media.remember(id, for: key)
      return .ready(id)
    case .unknown(let reason):
      return .failed(
        .notSent(reason: .init(.uploadFailed, code: reason.code, text: reason.text, hiding: account.key)))
    case let outcome:
      return .failed(outcome)
    }
  }
}

/// A form with one file, as `upload_media` takes it.
struct MultipartFile {
  let contentType: String
  let body: ByteBuffer

  init(name: String, bytes: [UInt8], boundary: String = "nuanqun-" + UUID().uuidString) {
    contentType = "multipart/form-data; boundary=\(boundary)"
    let escaped = name.replacing("\"", with: "%22").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    let head =
      "--\(boundary)\r\n"
      + "Content-Disposition: form-data; name=\"media\"; filename=\"\(escaped)\"; filelength=\(bytes.count)\r\n"
      + "Content-Type: application/octet-stream\r\n\r\n"
    var body = ByteBuffer()
    body.reserveCapacity(head.utf8.count + bytes.count + boundary.utf8.count + 8)
    body.writeString(head)
    body.writeBytes(bytes)
    body.writeString("\r\n--\(boundary)--\r\n")
    self.body = body
  }
}
