import Foundation

/// The parts of a `multipart/form-data` body.
struct MultipartBody {
  struct Part: Equatable {
    var name: String
    var fileName: String?
    var content: Data
  }

  let parts: [Part]

  /// Reads a body whose header says `multipart/form-data; boundary=…`; nil when header or body is malformed.
  init?(contentType: String?, body: Data) {
    guard let boundary = Self.boundary(in: contentType) else { return nil }
    let delimiter = Data("\r\n--\(boundary)".utf8)
    // The first delimiter has no line before it; one line break in front makes it like the others.
    let text = Data("\r\n".utf8) + body
    guard var mark = text.range(of: delimiter) else { return nil }
    var parts: [Part] = []
    while !text[mark.upperBound...].starts(with: Array("--".utf8)) {
      guard
        let start = text[mark.upperBound...].range(of: Data("\r\n".utf8))?.upperBound,
        let next = text.range(of: delimiter, in: (start - 2)..<text.endIndex),
        let part = Self.part(in: text[start..<max(start, next.lowerBound)])
      else { return nil }
      parts.append(part)
      mark = next
    }
    self.parts = parts
  }

  private static func boundary(in contentType: String?) -> String? {
    guard let contentType else { return nil }
    let parameters = HeaderParameters(contentType)
    guard parameters.value.lowercased() == "multipart/form-data", let boundary = parameters["boundary"] else {
      return nil
    }
    return (1...70).contains(boundary.utf8.count) ? boundary : nil
  }

  private static func part(in slice: Data) -> Part? {
    let blank = Data("\r\n\r\n".utf8)
    guard let end = slice.range(of: blank) else { return nil }
    for line in String(decoding: slice[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n") {
      guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == "content-disposition" else {
        continue
      }
      let parameters = HeaderParameters(String(line[line.index(after: colon)...]))
      guard parameters.value.lowercased() == "form-data", let name = parameters["name"] else { return nil }
      return Part(name: name, fileName: parameters["filename"], content: Data(slice[end.upperBound...]))
    }
    return nil
  }
}

/// A header such as `form-data; name="media"; filename="a.pdf"`.
struct HeaderParameters {
  let value: String
  private var parameters: [String: String] = [:]

  init(_ header: String) {
    var pieces: [String] = [""]
    var isQuoted = false
    var isEscaped = false
    for character in header {
      if isEscaped {
        pieces[pieces.count - 1].append(character)
        isEscaped = false
      } else if isQuoted, character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        isQuoted.toggle()
      } else if character == ";", !isQuoted {
        pieces.append("")
      } else {
        pieces[pieces.count - 1].append(character)
      }
    }
    value = pieces[0].trimmingCharacters(in: .whitespaces)
    for piece in pieces.dropFirst() {
      guard let equals = piece.firstIndex(of: "=") else { continue }
      let name = piece[..<equals].trimmingCharacters(in: .whitespaces).lowercased()
      parameters[name] = piece[piece.index(after: equals)...].trimmingCharacters(in: .whitespaces)
    }
  }

  subscript(name: String) -> String? { parameters[name] }
}
