import CMinizip

/// The parts of a workbook, which is a zip archive. minizip walks its directory in the file, so that many entries take
/// time and no memory.
final class ZipArchive {
  /// A part of the archive as its directory has it.
  struct Entry {
    let place: unz64_file_pos
    let packed: Int
    let unpacked: Int
  }

  /// Excel's own workbooks have some dozens, one with many pictures some hundreds.
  static let mostEntries = 5000
  /// What a part may be packed by before it is taken for one that was made to fill a disk.
  static let mostRatio = 200

  private let handle: unzFile
  /// Keeps the path open under which the archive was opened.
  private let file: SpoolFile
  private var entries: [String: Entry] = [:]

  init(_ file: SpoolFile, limits: SheetLimits) throws(SheetError) {
    guard let handle = unzOpen64(file.path) else { throw .damagedWorkbook(part: "zip") }
    self.handle = handle
    self.file = file
    try readDirectory(limits)
  }

  deinit {
    unzClose(handle)
  }

  func has(_ name: String) -> Bool { entries[name.lowercased()] != nil }

  /// Unpacks a whole part piece by piece.
  func read(_ name: String, _ take: (UnsafeRawBufferPointer) throws(SheetError) -> Void) throws(SheetError) {
    let stream = try ZipStream(name, in: self)
    while try stream.next(take) {}
  }

  fileprivate func open(_ name: String) throws(SheetError) -> unzFile {
    guard var place = entries[name.lowercased()]?.place, unzGoToFilePos64(handle, &place) == UNZ_OK,
      unzOpenCurrentFile(handle) == UNZ_OK
    else { throw .damagedWorkbook(part: name) }
    return handle
  }

  private func readDirectory(_ limits: SheetLimits) throws(SheetError) {
    var status = unzGoToFirstFile(handle)
    var count = 0
    var total = 0
    while status == UNZ_OK {
      count += 1
      guard count <= Self.mostEntries else { throw .damagedWorkbook(part: "zip") }
      var info = unz_file_info64()
      var name = [CChar](repeating: 0, count: 257)
      var place = unz64_file_pos()
      guard unzGetCurrentFileInfo64(handle, &info, &name, 256, nil, 0, nil, 0) == UNZ_OK,
        unzGetFilePos64(handle, &place) == UNZ_OK, info.flag & 1 == 0
      else { throw .damagedWorkbook(part: "zip") }
      let path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let packed = Int(clamping: info.compressed_size)
      let unpacked = Int(clamping: info.uncompressed_size)
      if path.hasSuffix(".xml") || path.hasSuffix(".rels") {
        total = total.addingReportingOverflow(unpacked).partialValue
      }
      guard unpacked <= limits.unpacked, total >= 0, total <= limits.unpacked,
        unpacked < 8 << 20 || unpacked / max(packed, 1) <= Self.mostRatio
      else { throw .unpacksTooLarge(limit: limits.unpacked) }
      entries[path.lowercased()] = Entry(place: place, packed: packed, unpacked: unpacked)
      status = unzGoToNextFile(handle)
    }
    guard status == UNZ_END_OF_LIST_OF_FILE else { throw .damagedWorkbook(part: "zip") }
  }
}

/// A part of an archive while it is unpacked; of one archive one at a time. What the directory says of the part's size is
/// held by minizip against what comes.
final class ZipStream {
  private let archive: ZipArchive
  private let handle: unzFile
  private let part: String
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 << 10, alignment: 16)
  private var isOpen = true

  init(_ part: String, in archive: ZipArchive) throws(SheetError) {
    self.archive = archive
    self.part = part
    handle = try archive.open(part)
  }

  deinit {
    if isOpen { unzCloseCurrentFile(handle) }
    buffer.deallocate()
  }

  /// Hands over the next piece; false after the last.
  func next(_ take: (UnsafeRawBufferPointer) throws(SheetError) -> Void) throws(SheetError) -> Bool {
    guard isOpen else { return false }
    let count = unzReadCurrentFile(handle, buffer.baseAddress, UInt32(buffer.count))
    guard count >= 0 else { throw .damagedWorkbook(part: part) }
    if count > 0 {
      try take(UnsafeRawBufferPointer(rebasing: buffer[..<Int(count)]))
      return true
    }
    isOpen = false
    // Here the checksum is compared.
    guard unzCloseCurrentFile(handle) == UNZ_OK else { throw .damagedWorkbook(part: part) }
    return false
  }
}
