import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What an SVG element of dark rectangles on a light ground shows.
struct SVGPicture {
  struct Unreadable: Error {}

  let side: Int
  var dark: [[Bool]]

  init(_ svg: String) throws {
    let parser = XMLParserBox(svg)
    guard parser.isWellFormed, let box = parser.attributes["svg"]?["viewBox"]?.split(separator: " "), box.count == 4,
      let side = Int(box[2]), box[2] == box[3], let path = parser.attributes["path"]?["d"]
    else { throw Unreadable() }
    self.side = side
    dark = Array(repeating: Array(repeating: false, count: side), count: side)
    var covered = 0
    for part in path.matches(of: /M([0-9]+) ([0-9]+)h([0-9]+)v1h-([0-9]+)z/) {
      guard let column = Int(part.1), let row = Int(part.2), let width = Int(part.3), part.3 == part.4 else {
        throw Unreadable()
      }
      for index in column..<column + width { dark[row][index] = true }
      covered += part.0.count
    }
    // A part that is not understood would be missing from the picture.
    guard covered == path.count else { throw Unreadable() }
  }

  /// What a reader of codes sees in it, by zbar.
  func read() throws -> String {
    let file = FileManager.default.temporaryDirectory.appending(path: "nuanqun-qr-\(UUID().uuidString).pgm")
    defer { try? FileManager.default.removeItem(at: file) }
    try greymap(scale: 6).write(to: file)
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "zbarimg", "--quiet", "--raw", "--oneshot", "-Sbinary", "-Sdisable", "-Sqrcode.enable", file.path,
    ]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: bytes, as: UTF8.self)
  }

  private func greymap(scale: Int) -> Data {
    var data = Data("P5 \(side * scale) \(side * scale) 255\n".utf8)
    for row in dark {
      let line = row.flatMap { Array(repeating: $0 ? UInt8(0) : 255, count: scale) }
      for _ in 0..<scale { data.append(contentsOf: line) }
    }
    return data
  }
}

/// The elements of a document, each with the attributes of its last occurrence.
final class XMLParserBox: NSObject, XMLParserDelegate {
  private(set) var attributes: [String: [String: String]] = [:]
  private(set) var isWellFormed = false

  init(_ text: String) {
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    isWellFormed = parser.parse()
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    self.attributes[name] = attributes
  }
}
