import Foundation
import Glibc

/// A file without a name that is gone with the value: what is too large to hold in memory waits in it.
public final class SpoolFile: Sendable {
  let descriptor: Int32

  /// An empty file in the system's folder for temporary files.
  public init() throws(SheetError) {
    let template = FileManager.default.temporaryDirectory.appending(path: "nuanqun-XXXXXX").path
    var name = Array(template.utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else { throw .storage(errno: errno) }
    unlink(name)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// A file that holds the bytes.
  public convenience init(_ bytes: some Sequence<UInt8>) throws(SheetError) {
    try self.init()
    try append(bytes)
  }

  /// Writes behind what is there.
  public func append(_ bytes: some Sequence<UInt8>) throws(SheetError) {
    let result = bytes.withContiguousStorageIfAvailable { write(UnsafeRawBufferPointer($0)) }
    let code = result ?? Array(bytes).withUnsafeBytes(write)
    guard code == 0 else { throw .storage(errno: code) }
  }

  /// How many bytes it has.
  public var size: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Up to `count` bytes from the given place; fewer only at the end.
  public func read(at offset: Int, count: Int) throws(SheetError) -> [UInt8] {
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = pread(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
        if got > 0 { filled += got }
        if got == 0 { return }
        if got < 0, errno != EINTR {
          code = errno
          return
        }
      }
    }
    guard code == 0 else { throw .storage(errno: code) }
    return bytes
  }

  /// Under which C libraries can open it.
  var path: String { "/proc/self/fd/\(descriptor)" }

  private func write(_ bytes: UnsafeRawBufferPointer) -> Int32 {
    var written = 0
    while written < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
      if count < 0 {
        guard errno == EINTR else { return errno }
      } else {
        written += count
      }
    }
    return 0
  }
}

/// A file's bytes one by one, read in pieces.
struct SpoolBytes: IteratorProtocol {
  static let piece = 64 << 10

  private let file: SpoolFile
  private var bytes: [UInt8] = []
  private var position = 0
  private var offset: Int

  init(_ file: SpoolFile, from offset: Int = 0) {
    self.file = file
    self.offset = offset
  }

  mutating func next() -> UInt8? {
    if position == bytes.count {
      // Whoever reads the text itself hears of a disk that fails.
      bytes = (try? file.read(at: offset, count: Self.piece)) ?? []
      (position, offset) = (0, offset + bytes.count)
      if bytes.isEmpty { return nil }
    }
    defer { position += 1 }
    return bytes[position]
  }
}
