public import Foundation
import OwnThreads

/// A folder in which each message becomes a file, for deployments that have no mail server.
///
/// A message appears whole or not at all, and only this user may read it: it may hold a link that lets somebody in. One
/// that is sent again replaces its file.
public struct FileOutbox: MailOutlet {
  private let folder: URL
  private let threads = OwnThreads(name: "outbox", limit: 1, waiting: 1_000)

  /// - Parameter folder: is made when it is not there.
  public init(folder: URL) {
    self.folder = folder
  }

  /// Writes the message as `20261011T091500Z-identifier.eml`.
  public func send(_ message: MailMessage) async throws {
    let data = try message.encoded(.forReading, limit: largestMessage)
    try await threads.send { [folder] in try Self.write(data, name: Self.name(of: message), into: folder) }
  }

  /// Makes the folder, and sees whether this user may write into it.
  public func check() async throws {
    try await threads.send { [folder] in
      try Self.writing(into: folder) {
        guard access(folder.path, W_OK | X_OK) == 0 else { throw Self.error() }
      }
    }
  }

  private static func name(of message: MailMessage) -> String {
    let time = message.date.formatted(.iso8601.dateSeparator(.omitted).timeSeparator(.omitted))
    return "\(time)-\(message.identifier).eml"
  }

  private static func write(_ data: Data, name: String, into folder: URL) throws(MailError) {
    let partial = folder.appending(path: ".\(UUID().uuidString).partial").path
    try writing(into: folder) {
      let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard descriptor >= 0 else { throw Self.error() }
      defer { close(descriptor) }
      do {
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        try file.write(contentsOf: data)
        try file.synchronize()
        guard rename(partial, folder.appending(path: name).path) == 0 else { throw Self.error() }
      } catch {
        unlink(partial)
        throw error
      }
    }
  }

  /// Does something in the folder, which is made first.
  private static func writing(into folder: URL, _ body: () throws -> Void) throws(MailError) {
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      try body()
    } catch {
      throw MailError(.storage, isTemporary: true, "cannot write into \(folder.path): \(error)")
    }
  }

  private static func error() -> POSIXError {
    POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
  }
}
