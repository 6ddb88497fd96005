/// What can stand as one argument of a command: text, bytes and numbers.
public protocol RedisArgument: Sendable {
  /// Appends the value as exactly one argument.
  func encode(into encoder: inout RedisCommandEncoder)
}

extension String: RedisArgument {
  /// Appends the text's UTF-8.
  public func encode(into encoder: inout RedisCommandEncoder) { encoder.append(self) }
}

extension Substring: RedisArgument {
  /// Appends the text's UTF-8.
  public func encode(into encoder: inout RedisCommandEncoder) { encoder.append(utf8) }
}

extension Int: RedisArgument {
  /// Appends the number in decimal.
  public func encode(into encoder: inout RedisCommandEncoder) { encoder.append(self) }
}

extension Int64: RedisArgument {
  /// Appends the number in decimal.
  public func encode(into encoder: inout RedisCommandEncoder) { encoder.append(self) }
}

extension Double: RedisArgument {
  /// Appends the shortest decimal that reads back as the same number; infinities as Redis writes them.
  public func encode(into encoder: inout RedisCommandEncoder) { encoder.append(description) }
}

extension Array: RedisArgument where Element == UInt8 {
  /// Appends the bytes as they are.
  public func encode(into encoder: inout RedisCommandEncoder) { encoder.append(self) }
}

extension ArraySlice: RedisArgument where Element == UInt8 {
  /// Appends the bytes as they are.
  public func encode(into encoder: inout RedisCommandEncoder) { encoder.append(self) }
}
