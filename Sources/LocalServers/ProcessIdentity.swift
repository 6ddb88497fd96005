import Foundation
import Glibc

/// A process that cannot be mistaken for a later one with the same number: its start time and the boot are part of it.
struct ProcessIdentity: Codable, Hashable, Sendable {
  let id: Int32
  let startTicks: UInt64
  let boot: String

  /// Takes down the process that has this number now.
  init?(running id: Int32) {
    guard let stat = ProcessStat(id), stat.state != "Z" else { return nil }
    self.id = id
    startTicks = stat.startTicks
    boot = Self.currentBoot
  }

  /// Whether the process still runs; one that has ended and waits to be reaped does not.
  var isRunning: Bool {
    guard boot == Self.currentBoot, let stat = ProcessStat(id) else { return false }
    return stat.startTicks == startTicks && stat.state != "Z"
  }

  /// Sends a signal, unless the process has ended.
  func send(_ signal: Int32) {
    if isRunning { _ = Glibc.kill(id, signal) }
  }

  /// The processes that this one has started and that still run.
  var children: [ProcessIdentity] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap(Int32.init)
      .filter { ProcessStat($0)?.parent == id }
      .compactMap(ProcessIdentity.init(running:))
  }

  /// The words with which the process was started.
  var commandLine: [String] {
    (FileManager.default.contents(atPath: "/proc/\(id)/cmdline") ?? Data())
      .split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  private static let currentBoot =
    (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? ""
}

/// What `/proc/PID/stat` says.
private struct ProcessStat {
  let state: String
  let parent: Int32
  let startTicks: UInt64

  init?(_ id: Int32) {
    guard let data = FileManager.default.contents(atPath: "/proc/\(id)/stat") else { return nil }
    // The name of the program comes second, in parentheses, and may itself hold spaces and parentheses.
    let text = String(decoding: data, as: UTF8.self)
    guard let nameEnd = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: nameEnd)...].split(separator: " ")
    guard fields.count > 19, let parent = Int32(fields[1]), let start = UInt64(fields[19]) else { return nil }
    state = String(fields[0])
    self.parent = parent
    startTicks = start
  }
}
