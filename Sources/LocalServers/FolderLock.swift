import Foundation
import Glibc
import SystemPackage

/// Holds a folder for one server at a time. The lock ends with the processes that hold it, however they end: this one and
/// the server's caretaker.
final class FolderLock: Sendable {
  let descriptor: FileDescriptor

  /// Takes the lock. When the run that took it is gone, and only its caretaker is left, this waits for the caretaker.
  static func take(folder: String) async throws(LocalServersError) -> FolderLock {
    let deadline = ContinuousClock.now + .seconds(45)
    while true {
      do {
        return try FolderLock(folder: folder)
      } catch .inUse(let folder, let holder) {
        guard let id = Int32(holder), ProcessIdentity(running: id) == nil, ContinuousClock.now < deadline else {
          throw .inUse(folder: folder, process: holder)
        }
      }
      try? await Task.sleep(for: .milliseconds(20))
    }
  }

  private init(folder: String) throws(LocalServersError) {
    let path = folder + "/lock"
    // Without O_CLOEXEC the server would inherit the lock, and hold it after we are gone.
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system(action: "open \(path)", code: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      Glibc.close(descriptor)
      guard code == EWOULDBLOCK else { throw .system(action: "lock \(path)", code: code) }
      let words = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
      throw .inUse(folder: folder, process: words)
    }
    self.descriptor = FileDescriptor(rawValue: descriptor)
    let holder = Array("\(getpid())".utf8)
    _ = ftruncate(descriptor, 0)
    _ = pwrite(descriptor, holder, holder.count, 0)
  }

  deinit { try? descriptor.close() }

  /// Lets others take the folder, before the last owner of this value has gone.
  func release() {
    _ = flock(descriptor.rawValue, LOCK_UN)
  }
}
