import Glibc
import SystemPackage

/// Tells a child process something on its standard input, where it also sees that we are gone.
final class ChildLine: Sendable {
  /// The end for the child's standard input, which the one who starts the child has to close.
  let standardInput: FileDescriptor
  private let ours: FileDescriptor

  init() throws(LocalServersError) {
    var ends: [CInt] = [0, 0]
    // A socket and not a pipe, as writing to a pipe whose reader has been killed raises SIGPIPE.
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw .system(action: "make a socket", code: errno)
    }
    ours = FileDescriptor(rawValue: ends[0])
    standardInput = FileDescriptor(rawValue: ends[1])
  }

  deinit { try? ours.close() }

  /// Sends a line, unless the child has ended.
  func tell(_ words: String) {
    let bytes = Array("\(words)\n".utf8)
    _ = send(ours.rawValue, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }
}
