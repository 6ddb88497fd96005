/// The bytes of encoded values, in network byte order.
public struct PostgresBuffer: Sendable {
  private(set) var bytes: [UInt8] = []

  init() {}

  var count: Int { bytes.count }

  /// Appends an integer, most significant byte first.
  public mutating func write<Integer: FixedWidthInteger>(_ integer: Integer) {
    withUnsafeBytes(of: integer.bigEndian) { bytes.append(contentsOf: $0) }
  }

  /// Appends bytes as they are.
  public mutating func write(bytes more: some Sequence<UInt8>) {
    bytes.append(contentsOf: more)
  }

  /// Appends text as UTF-8, without a length or an end.
  public mutating func write(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  /// Appends what `body` writes, preceded by its length in four bytes.
  public mutating func writeWithLength(_ body: (inout PostgresBuffer) -> Void) {
    let start = bytes.count
    write(Int32(0))
    body(&self)
    let length = Int32(bytes.count - start - 4)
    withUnsafeBytes(of: length.bigEndian) { bytes.replaceSubrange(start..<start + 4, with: $0) }
  }

  mutating func reserveCapacity(_ count: Int) {
    bytes.reserveCapacity(count)
  }

  func contains(zeroFrom start: Int) -> Bool {
    bytes[start...].contains(0)
  }

  mutating func removeAll(keepingCapacity: Bool) {
    bytes.removeAll(keepingCapacity: keepingCapacity)
  }
}
