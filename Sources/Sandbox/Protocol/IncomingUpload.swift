import Crypto
import Foundation

/// A body of the upload endpoint after reading.
struct IncomingUpload: Sendable {
  let trace: Trace
  let media: Result<(MediaReference, Data), Refusal>

  init(type: String?, contentType: String?, body: Data) {
    var trace = Trace(type: type)
    media = Self.read(type: type, contentType: contentType, body: body, trace: &trace)
    self.trace = trace
  }

  private static func read(
    type: String?, contentType: String?, body: Data, trace: inout Trace
  ) -> Result<(MediaReference, Data), Refusal> {
    guard type == "file" || type == "voice" else { return .failure(Refusal(.wrongUploadType)) }
    guard let form = MultipartBody(contentType: contentType, body: body) else {
      return .failure(Refusal(.wrongParameter, "the body is no multipart/form-data"))
    }
    guard let part = form.parts.first(where: { $0.name == "media" }) else { return .failure(Refusal(.emptyMedia)) }
    guard let name = part.fileName, !name.isEmpty else {
      return .failure(Refusal(.wrongParameter, "media has no filename"))
    }
    let hash = SHA256.hash(data: part.content).hex
    trace.content = name
    trace.sha256 = hash
    let sizes = type == "voice" ? MessageLimits.voice : MessageLimits.file
    guard sizes.contains(part.content.count) else { return .failure(Refusal(.wrongFileSize)) }
    let kind = MediaKind(sniffing: part.content)
    guard type == "file" || kind == .voice else { return .failure(Refusal(.wrongMediaKind, "voice must be AMR")) }
    return .success((MediaReference(sha256: hash, name: name, size: part.content.count, kind: kind), part.content))
  }
}
