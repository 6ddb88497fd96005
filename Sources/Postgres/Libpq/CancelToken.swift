import CLibpq
import Foundation

/// What is needed to cancel the statement that runs on a connection, from any thread.
///
/// `@unchecked Sendable` is safe: libpq fills the structure once and `PQcancel` only reads it.
final class CancelToken: @unchecked Sendable {
  private let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) {
    self.pointer = pointer
  }

  deinit {
    PQfreeCancel(pointer)
  }

  /// Asks the server on a thread of its own, since libpq waits for the answer. Nil if the request was delivered, else why not.
  func request() async -> String? {
    await OwnThread.run { [self] in
      var message = [CChar](repeating: 0, count: 256)
      guard PQcancel(pointer, &message, Int32(message.count)) == 0 else { return nil }
      return String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).oneLine
    }
  }
}
