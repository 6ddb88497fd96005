import CHiredis

/// Puts replies together while hiredis's reader goes through the bytes, so that no reply is built twice.
///
/// The reader goes depth first: a value belongs to the innermost list that is not full.
final class ReplyBuilder {
  private var reply: RedisReply?
  private var lists: [(elements: [RedisValue], count: Int)] = []

  /// The reply that has become whole.
  func take() -> RedisReply? { reply.take() }

  private func add(_ value: RedisValue) {
    var value = value
    while let last = lists.indices.last {
      lists[last].elements.append(value)
      guard lists[last].elements.count == lists[last].count else { return }
      value = .array(lists.removeLast().elements)
    }
    if case .error(let error) = value { reply = .error(error) } else { reply = .value(value) }
  }

  private func begin(_ count: Int) {
    guard count > 0 else { return add(.array([])) }
    var elements: [RedisValue] = []
    // The count is only a claim until the elements have come.
    elements.reserveCapacity(min(count, 1_024))
    lists.append((elements, count))
  }

  private static func value(_ bytes: UnsafeRawBufferPointer, type: Int32) -> RedisValue {
    switch type {
    case REDIS_REPLY_STATUS where bytes.elementsEqual("OK".utf8): .status("OK")
    case REDIS_REPLY_STATUS: .status(String(decoding: bytes, as: UTF8.self))
    case REDIS_REPLY_ERROR: .error(RedisServerError(message: String(decoding: bytes, as: UTF8.self)))
    default: .bytes([UInt8](bytes))
    }
  }

  // MARK: - What hiredis calls

  /// Makes a reader hand its replies to this builder, which must outlive it.
  func attach(to reader: UnsafeMutablePointer<redisReader>) {
    reader.pointee.fn = Self.functions
    reader.pointee.privdata = Unmanaged.passUnretained(self).toOpaque()
  }

  /// This is safe to share: it is written once, and hiredis only reads it.
  private nonisolated(unsafe) static let functions: UnsafeMutablePointer<redisReplyObjectFunctions> = {
    let functions = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
    functions.initialize(
      to: redisReplyObjectFunctions(
        createString: { task, text, length in
          with(task) { $0.add(value(UnsafeRawBufferPointer(start: text, count: length), type: $1)) }
        },
        createArray: { task, count in with(task) { builder, _ in builder.begin(Int(count)) } },
        createInteger: { task, number in with(task) { builder, _ in builder.add(.integer(Int(number))) } },
        createNil: { task in with(task) { builder, _ in builder.add(.null) } },
        freeObject: { _ in }))
    return functions
  }()

  /// What stands for every object towards the reader: it only looks whether there is one.
  private static func with(
    _ task: UnsafePointer<redisReadTask>?, _ body: (ReplyBuilder, Int32) -> Void
  ) -> UnsafeMutableRawPointer? {
    guard let task = task?.pointee, let builder = task.privdata else { return nil }
    Unmanaged<ReplyBuilder>.fromOpaque(builder)._withUnsafeGuaranteedRef { body($0, task.type) }
    return builder
  }
}
