import CExpat
import Glibc

/// What happens while XML is read. Names come without their prefix.
protocol XMLVisitor: AnyObject {
  func begin(_ name: XMLName, _ attributes: XMLAttributes) throws(SheetError)
  func end(_ name: XMLName) throws(SheetError)
  /// Text, in pieces.
  func text(_ bytes: UnsafeBufferPointer<UInt8>) throws(SheetError)
}

/// Reads XML piece by piece with expat. Documents with a type declaration are refused, so that no entity can grow, and
/// so is what would make the parser hold much: deep nesting, and one tag that does not end.
final class XMLWalk {
  private static let deepest = 32
  private static let longestTag = 1 << 20

  private let parser: XML_Parser
  private let visitor: any XMLVisitor
  private let part: String
  private var depth = 0
  private var sinceLastEvent = 0
  private var failure: SheetError?

  init(_ part: String, _ visitor: any XMLVisitor) throws(SheetError) {
    guard let parser = XML_ParserCreate(nil) else { throw .damagedWorkbook(part: part) }
    self.parser = parser
    self.visitor = visitor
    self.part = part
    // The parser does not outlive the walk, whose deinit frees it.
    XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
    XML_SetElementHandler(parser, { XMLWalk.of($0)?.began($1, $2) }, { XMLWalk.of($0)?.ended($1) })
    XML_SetCharacterDataHandler(parser) { XMLWalk.of($0)?.said($1, $2) }
    XML_SetStartDoctypeDeclHandler(parser) { walk, _, _, _, _ in XMLWalk.of(walk)?.refuse() }
  }

  deinit {
    XML_ParserFree(parser)
  }

  /// Reads on.
  func feed(_ bytes: UnsafeRawBufferPointer, isLast: Bool = false) throws(SheetError) {
    sinceLastEvent += bytes.count
    let status = XML_Parse(parser, bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count), isLast ? 1 : 0)
    if let failure { throw failure }
    guard status == XML_STATUS_OK, sinceLastEvent <= Self.longestTag else { throw .damagedWorkbook(part: part) }
  }

  private static func of(_ pointer: UnsafeMutableRawPointer?) -> XMLWalk? {
    pointer.map { Unmanaged<XMLWalk>.fromOpaque($0).takeUnretainedValue() }
  }

  private func began(_ name: UnsafePointer<CChar>?, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>?) {
    depth += 1
    guard depth <= Self.deepest else { return refuse() }
    visit { () throws(SheetError) in try visitor.begin(XMLName(name), XMLAttributes(attributes)) }
  }

  private func ended(_ name: UnsafePointer<CChar>?) {
    depth -= 1
    visit { () throws(SheetError) in try visitor.end(XMLName(name)) }
  }

  private func said(_ text: UnsafePointer<CChar>?, _ count: Int32) {
    visit { () throws(SheetError) in
      let bytes = UnsafeRawBufferPointer(start: text, count: Int(count)).bindMemory(to: UInt8.self)
      try visitor.text(bytes)
    }
  }

  private func refuse() {
    failure = failure ?? .damagedWorkbook(part: part)
    XML_StopParser(parser, 0)
  }

  private func visit(_ body: () throws(SheetError) -> Void) {
    sinceLastEvent = 0
    // expat may have more events of what it has read already.
    guard failure == nil else { return }
    do {
      try body()
    } catch {
      failure = error
      XML_StopParser(parser, 0)
    }
  }
}

/// The name of an element or attribute, valid while the visitor is called.
struct XMLName {
  private let local: UnsafePointer<CChar>?

  init(_ name: UnsafePointer<CChar>?) {
    let colon = name.flatMap { strrchr($0, 0x3A) }
    local = colon.map { UnsafePointer($0 + 1) } ?? name
  }

  static func == (name: XMLName, text: StaticString) -> Bool {
    guard let local = name.local else { return false }
    return strcmp(local, UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)) == 0
  }
}

/// The attributes of an element, valid while the visitor is called.
struct XMLAttributes {
  private let pairs: UnsafeMutablePointer<UnsafePointer<CChar>?>?

  init(_ pairs: UnsafeMutablePointer<UnsafePointer<CChar>?>?) {
    self.pairs = pairs
  }

  /// The attribute's text as C has it.
  func pointer(_ name: StaticString) -> UnsafePointer<CChar>? {
    guard var pair = pairs else { return nil }
    while let found = pair[0] {
      if XMLName(found) == name { return pair[1] }
      pair += 2
    }
    return nil
  }

  subscript(name: StaticString) -> String? { pointer(name).map { String(cString: $0) } }

  /// A whole number that is not negative; nil when it is none.
  func number(_ name: StaticString) -> Int? { self[name].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil } }
}
