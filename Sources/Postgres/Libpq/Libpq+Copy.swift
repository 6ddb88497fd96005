import CLibpq

extension Libpq {
  enum CopyData {
    case row
    /// Nothing has arrived.
    case nothing
    /// There is no more; the results say how it ended.
    case end
  }

  /// Takes a piece of a COPY in; false if the server has ended it.
  func putCopy(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { bytes in
      PQputCopyData(pointer, bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count)) == 1
    }
  }

  /// Ends a COPY in, in good order or with a reason why it is to fail; false if the server has ended it.
  func endCopy(failing reason: String?) -> Bool { PQputCopyEnd(pointer, reason) == 1 }

  /// Appends the next row of a COPY out.
  func getCopy(into rows: inout [UInt8]) -> CopyData {
    var row: UnsafeMutablePointer<CChar>?
    let count = PQgetCopyData(pointer, &row, 1)
    guard count > 0 else { return count == 0 ? .nothing : .end }
    defer { PQfreemem(row) }
    rows.append(contentsOf: UnsafeRawBufferPointer(start: row, count: Int(count)))
    return .row
  }
}
