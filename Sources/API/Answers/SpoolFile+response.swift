import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Sheets

extension SpoolFile {
  /// The file as an answer to be saved, never shown in place by a browser; read while it is sent.
  func response(named name: String, as format: SheetFileFormat) -> Response {
    let encoded = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    let headers: HTTPFields = [
      .contentType: format.mediaType, .contentDisposition: "attachment; filename*=UTF-8''\(encoded)",
      .xContentTypeOptions: "nosniff", .cacheControl: "private, no-store",
    ]
    let size = size
    let body = ResponseBody(contentLength: size) { writer in
      var offset = 0
      while offset < size {
        let bytes = try self.read(at: offset, count: 64 << 10)
        guard !bytes.isEmpty else { break }
        try await writer.write(ByteBuffer(bytes: bytes))
        offset += bytes.count
      }
      try await writer.finish(nil)
    }
    return Response(status: .ok, headers: headers, body: body)
  }
}
