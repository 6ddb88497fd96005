import CHiredis
import Glibc

/// hiredis's context: one socket with its two buffers and its reader. Lives on the loop's thread; after any failure it is
/// of no more use.
final class Wire {
  private let context: UnsafeMutablePointer<redisContext>
  private let builder = ReplyBuilder()

  /// How many bytes have been appended so far, sent or not.
  private(set) var appended = 0

  /// Begins to connect; `descriptor` becomes writable when that is settled.
  init(_ address: Address) throws(WireFailure) {
    Self.keepBrokenPipesFromKilling()
    let made =
      switch address {
      case .unix(let path): redisConnectUnixNonBlock(path)
      case .numeric(let host, let port): redisConnectNonBlock(host, Int32(port))
      }
    guard let made else { throw WireFailure(reason: "no memory for a connection", isProtocol: false) }
    guard made.pointee.err == 0 else {
      let failure = Self.failure(of: made)
      redisFree(made)
      throw failure
    }
    context = made
    builder.attach(to: made.pointee.reader)
    _ = fcntl(made.pointee.fd, F_SETFD, FD_CLOEXEC)
    if case .numeric = address { _ = redisEnableKeepAlive(made) }
  }

  deinit {
    redisFree(context)
  }

  var descriptor: Int32 { context.pointee.fd }

  /// How many of the appended bytes have left.
  var sent: Int { appended - sdslen(context.pointee.obuf) }

  /// Why connecting failed; nil when it succeeded.
  func connectionFailure() -> WireFailure? {
    var status: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    if getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &status, &size) != 0 { status = errno }
    return status == 0 ? nil : WireFailure(reason: Self.text(of: status), isProtocol: false)
  }

  func append(_ bytes: [UInt8]) throws(WireFailure) {
    let status = bytes.withUnsafeBytes {
      redisAppendFormattedCommand(context, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
    }
    guard status == REDIS_OK else { throw Self.failure(of: context) }
    appended += bytes.count
  }

  /// Writes what the socket takes; true when nothing is left.
  func flush() throws(WireFailure) -> Bool {
    var isDone: Int32 = 0
    guard redisBufferWrite(context, &isDone) == REDIS_OK else { throw Self.failure(of: context) }
    return isDone == 1
  }

  /// Reads a piece; true when it was as large as a piece can be, so that more is likely to wait.
  func receive() throws(WireFailure) -> Bool {
    let before = context.pointee.reader.pointee.len
    guard redisBufferRead(context) == REDIS_OK else { throw Self.failure(of: context) }
    return context.pointee.reader.pointee.len - before >= Self.pieceSize
  }

  /// What a server said that hung up before we could write: it may be out of room for clients.
  func lastWords() -> String? {
    var bytes = [UInt8](repeating: 0, count: 512)
    let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    guard count > 1, bytes[0] == UInt8(ascii: "-") else { return nil }
    return String(decoding: bytes[1..<count].prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
  }

  /// What redisBufferRead reads at a time.
  private static let pieceSize = 16 * 1024

  /// The next reply that has arrived whole; nil when there is none.
  func nextReply() throws(WireFailure) -> RedisReply? {
    var reply: UnsafeMutableRawPointer?
    guard redisGetReplyFromReader(context, &reply) == REDIS_OK else { throw Self.failure(of: context) }
    return reply == nil ? nil : builder.take()
  }

  private static func failure(of context: UnsafeMutablePointer<redisContext>) -> WireFailure {
    let code = context.pointee.err
    let text = withUnsafeBytes(of: &context.pointee.errstr) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return WireFailure(reason: text, isProtocol: code == REDIS_ERR_PROTOCOL)
  }

  private static func text(of status: Int32) -> String {
    String(cString: strerror(status))
  }

  /// hiredis writes with plain write(2): without this, a closed connection would raise SIGPIPE and end the process.
  /// Only this thread is changed; the write then reports EPIPE.
  private static func keepBrokenPipesFromKilling() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }
}

/// Why a wire is of no more use.
struct WireFailure: Error {
  let reason: String
  /// The bytes were no protocol that can be read, as opposed to a failure of the socket.
  let isProtocol: Bool
}
