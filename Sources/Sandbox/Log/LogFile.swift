import Foundation
import Glibc

/// The log on disk: whole lines, each appended by one write before the request that it tells of is answered.
struct LogFile: ~Copyable {
  /// Why a log cannot be opened or written.
  struct Failure: Error, CustomStringConvertible {
    let path: String
    let verb: String
    let code: Int32
    var description: String { "cannot \(verb) the sandbox log \(path): \(String(cString: strerror(code)))" }
  }

  private let path: String
  private let descriptor: Int32
  private let synced: Bool
  private var length: off_t

  /// How many lines the file holds.
  private(set) var count: Int

  /// Opens or makes the file, locks it against a second sandbox and drops a last line that was torn by a crash: its
  /// request was never answered and its message is in no room.
  init(path: String, synced: Bool) throws(Failure) {
    self.path = path
    self.synced = synced
    descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    // Every stored property has a value before the first throw, which runs deinit and closes the descriptor.
    length = 0
    count = 0
    guard descriptor >= 0 else { throw Failure(path: path, verb: "open", code: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw Failure(path: path, verb: "use anything but a plain file as", code: EINVAL)
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw Failure(path: path, verb: "lock", code: errno) }
    try scan()
    guard ftruncate(descriptor, length) == 0 else { throw Failure(path: path, verb: "mend", code: errno) }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Appends one line; when it fails, nothing of the line stays behind.
  mutating func append(_ entry: SandboxLogEntry) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var line = try encoder.encode(entry)
    line.append(UInt8(ascii: "\n"))
    do {
      try write(line)
      if synced, fdatasync(descriptor) != 0 { throw Failure(path: path, verb: "sync", code: errno) }
    } catch {
      _ = ftruncate(descriptor, length)
      throw error
    }
    length += off_t(line.count)
    count += 1
  }

  private func write(_ line: Data) throws(Failure) {
    var rest = line[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written >= 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        throw Failure(path: path, verb: "write", code: errno)
      }
    }
  }

  private mutating func scan() throws(Failure) {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var position: off_t = 0
    while true {
      let got = buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, position) }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw Failure(path: path, verb: "read", code: errno) }
      if got == 0 { return }
      for index in 0..<got where buffer[index] == UInt8(ascii: "\n") {
        count += 1
        length = position + off_t(index) + 1
      }
      position += off_t(got)
    }
  }
}
