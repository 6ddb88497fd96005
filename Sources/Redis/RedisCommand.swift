/// One command with its arguments, ready to be sent.
///
///     RedisCommand("SET", "greeting", "你好", "EX", 60)
///
/// Arguments are bulk strings: nothing needs escaping and any byte is allowed.
public struct RedisCommand: Sendable {
  /// The command's own word, for example `SET`. Arguments are not kept apart, so that they reach no log.
  public let name: String

  /// The command as it goes over the wire.
  let encoded: [UInt8]

  /// A command with arguments of different types.
  public init(_ name: String, _ arguments: any RedisArgument...) {
    self.init(name, arguments: arguments)
  }

  /// A command with a list of arguments that is made at run time.
  public init(_ name: String, arguments: [any RedisArgument]) {
    var encoder = RedisCommandEncoder(reserving: 32 + 24 * arguments.count)
    encoder.appendCount(arguments.count + 1)
    encoder.append(name)
    for argument in arguments { argument.encode(into: &encoder) }
    self.name = name
    encoded = encoder.bytes
  }
}
