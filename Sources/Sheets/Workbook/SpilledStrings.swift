/// The texts that a workbook's cells share. The first megabytes stay in memory, the others wait in a file, so that memory
/// is bounded however many there are.
final class SpilledStrings {
  private static let mostInMemory = 4 << 20
  private static let mostPlacesInMemory = 1 << 18
  private static let written = 256 << 10

  private var memory: [UInt8] = []
  /// Where the texts in memory end.
  private var ends: [Int] = []

  private let texts: SpoolFile
  private let places: SpoolFile
  /// Of the texts in the file those that are not written yet, and where they end.
  private var unwrittenTexts: [UInt8] = []
  private var unwrittenPlaces: [UInt8] = []
  private var fileEnd = 0
  private(set) var count = 0

  init() throws(SheetError) {
    texts = try SpoolFile()
    places = try SpoolFile()
  }

  func append(_ text: [UInt8]) throws(SheetError) {
    count += 1
    if ends.count == count - 1, memory.count + text.count <= Self.mostInMemory, ends.count < Self.mostPlacesInMemory {
      memory += text
      ends.append(memory.count)
      return
    }
    fileEnd += text.count
    unwrittenTexts += text
    withUnsafeBytes(of: UInt64(fileEnd).littleEndian) { unwrittenPlaces += $0 }
    if unwrittenTexts.count + unwrittenPlaces.count >= Self.written { try flush() }
  }

  /// To be called after the last `append`.
  func flush() throws(SheetError) {
    try texts.append(unwrittenTexts)
    try places.append(unwrittenPlaces)
    unwrittenTexts.removeAll(keepingCapacity: true)
    unwrittenPlaces.removeAll(keepingCapacity: true)
  }

  /// Nil when there is none of that number.
  func text(_ number: Int) throws(SheetError) -> String? {
    guard number >= 0, number < count else { return nil }
    guard number >= ends.count else {
      return String(decoding: memory[(number == 0 ? 0 : ends[number - 1])..<ends[number]], as: UTF8.self)
    }
    let index = number - ends.count
    let start = index == 0 ? 0 : try end(index - 1)
    return String(decoding: try texts.read(at: start, count: try end(index) - start), as: UTF8.self)
  }

  private func end(_ index: Int) throws(SheetError) -> Int {
    let bytes = try places.read(at: index * 8, count: 8)
    guard bytes.count == 8 else { throw .damagedWorkbook(part: "sharedStrings") }
    return bytes.withUnsafeBytes { Int(UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))) }
  }
}

/// Reads the part with the shared texts: of a text in runs the runs together, without its phonetic guide.
final class SharedStringsVisitor: XMLVisitor {
  private let strings: SpilledStrings
  private var gathered: [UInt8] = []
  private var takesText = false
  private var isInGuide = false

  init(_ strings: SpilledStrings) {
    self.strings = strings
  }

  func begin(_ name: XMLName, _ attributes: XMLAttributes) {
    if name == "si" {
      gathered.removeAll(keepingCapacity: true)
    } else if name == "rPh" {
      isInGuide = true
    } else if name == "t" {
      takesText = !isInGuide
    }
  }

  func end(_ name: XMLName) throws(SheetError) {
    if name == "t" {
      takesText = false
    } else if name == "rPh" {
      isInGuide = false
    } else if name == "si" {
      try strings.append(gathered)
    } else if name == "sst" {
      try strings.flush()
    }
  }

  func text(_ bytes: UnsafeBufferPointer<UInt8>) throws(SheetError) {
    guard takesText else { return }
    gathered += bytes
    guard gathered.count <= SheetRow.mostBytes else { throw .damagedWorkbook(part: "sharedStrings") }
  }
}
