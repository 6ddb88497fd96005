/// A position in bytes of the server's binary format, from which integers are read within bounds.
struct WireReader {
  private(set) var position = 0

  mutating func read<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ type: Integer.Type = Integer.self, from bytes: RawSpan
  ) throws(PostgresDecodingError.Problem) -> Integer {
    let range = try take(MemoryLayout<Integer>.size, from: bytes)
    // An integer has no invalid bit pattern and `take` has checked the bounds.
    return Integer(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: range.lowerBound, as: Integer.self))
  }

  mutating func take(_ count: Int, from bytes: RawSpan) throws(PostgresDecodingError.Problem) -> Range<Int> {
    guard count >= 0, count <= bytes.byteCount - position else {
      throw .malformed("\(bytes.byteCount) bytes are too few")
    }
    defer { position += count }
    return position..<position + count
  }
}

extension RawSpan {
  /// The whole value as one integer.
  func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ type: Integer.Type = Integer.self
  ) throws(PostgresDecodingError.Problem) -> Integer {
    guard byteCount == MemoryLayout<Integer>.size else {
      throw .malformed("\(byteCount) bytes instead of \(MemoryLayout<Integer>.size)")
    }
    var reader = WireReader()
    return try reader.read(from: self)
  }
}
