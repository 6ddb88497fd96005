import Foundation
import Glibc
import Logging

/// What a run leaves behind for the next one, should it be killed before it stopped its server.
struct ServerRecord: Codable, Sendable {
  let runtime: String
  let process: ProcessIdentity?
  let stopSignal: Int32

  static func path(in folder: String) -> String { folder + "/record.json" }

  func write(to path: String) throws(LocalServersError) {
    do {
      try JSONEncoder().encode(self).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw .folder(path: path, problem: error.localizedDescription)
    }
  }

  /// Stops the server that a record tells of, and removes its runtime folder and the record.
  static func clear(at path: String, owner: ServerOwner, logger: Logger) async {
    guard let data = FileManager.default.contents(atPath: path) else { return }
    defer { try? FileManager.default.removeItem(atPath: path) }
    guard let record = try? JSONDecoder().decode(ServerRecord.self, from: data) else { return }
    if let process = record.leftBehind {
      logger.notice("stopping a server that an earlier run left behind", metadata: ["pid": "\(process.id)"])
      await ServerProcess.stop(process, with: record.stopSignal)
    }
    let name = URL(filePath: record.runtime).lastPathComponent
    if name.hasPrefix(ServerPlace.runtimePrefix), (try? owner.verify(record.runtime)) != nil {
      try? FileManager.default.removeItem(atPath: record.runtime)
    }
  }

  /// The recorded process. If the run was killed before it could record one, then the process whose number the server
  /// has written down itself, but only if it was started with our runtime folder, whose name is random.
  private var leftBehind: ProcessIdentity? {
    if let process { return process.isRunning ? process : nil }
    guard let text = try? String(contentsOfFile: runtime + "/pid", encoding: .utf8),
      let first = text.split(whereSeparator: \.isNewline).first,
      let id = Int32(first.trimmingCharacters(in: .whitespaces)),
      let process = ProcessIdentity(running: id),
      process.commandLine.contains(where: { $0.contains(runtime) })
    else { return nil }
    return process
  }
}
