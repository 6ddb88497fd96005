import Foundation
import Glibc
import NIOConcurrencyHelpers

/// A file to which several processes append lines: each line is one write, so that none falls into another.
final class LineFile: Sendable {
  private let descriptor: Int32
  /// A part of a line was written before the disk was full: the next one begins a line of its own.
  private let isTorn = NIOLockedValueBox(false)

  /// - Throws: when the file cannot be opened for appending.
  init(_ path: String) throws {
    // Spans go nowhere when the reader of a pipe is gone, and the process goes on.
    signal(SIGPIPE, SIG_IGN)
    guard path != "-" else {
      descriptor = STDERR_FILENO
      return
    }
    // A pipe without a reader is an error at once, and a full one loses the line.
    descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o640)
    guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path]) }
  }

  deinit {
    if descriptor != STDERR_FILENO { close(descriptor) }
  }

  /// False when the line is not there as a whole.
  func append(_ line: Data) -> Bool {
    isTorn.withLockedValue { isTorn in
      let text = isTorn ? Data("\n".utf8) + line : line
      var written = -1
      repeat {
        written = text.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      } while written < 0 && errno == EINTR
      if written > 0 { isTorn = written < text.count }
      return written == text.count
    }
  }
}
