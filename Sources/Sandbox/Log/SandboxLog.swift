import Foundation

/// The sandbox's log as tests and the demo read it: the judge of what really arrived.
///
/// A reader may run while the sandbox writes: a last line without its newline is not there yet and is left out.
public struct SandboxLog: Sendable {
  /// A line that is no log entry.
  public struct MalformedLine: Error, CustomStringConvertible {
    /// The line's number, from 1.
    public let line: Int
    /// What is wrong with it.
    public let reason: String
    /// The line's number and what is wrong with it.
    public var description: String { "line \(line) of the sandbox log is unreadable: \(reason)" }
  }

  /// All entries in the order in which the sandbox decided.
  public let entries: [SandboxLogEntry]

  /// Takes entries that are already at hand.
  public init(entries: [SandboxLogEntry]) {
    self.entries = entries
  }

  /// Reads a log file; a file that does not exist throws Foundation's error.
  public init(contentsOf path: String) throws {
    try self.init(decoding: Data(contentsOf: URL(filePath: path)))
  }

  init(decoding data: Data) throws(MalformedLine) {
    let decoder = JSONDecoder()
    var entries: [SandboxLogEntry] = []
    let whole = data.lastIndex(of: UInt8(ascii: "\n")).map { data[..<$0] } ?? Data()
    for line in whole.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      do {
        entries.append(try decoder.decode(SandboxLogEntry.self, from: line))
      } catch {
        if whole.isEmpty { break }
        throw MalformedLine(line: entries.count + 1, reason: "\(error)")
      }
    }
    self.entries = entries
  }

  /// The entries whose message reached a room, narrowed to a marker in the content, a room or a brand.
  public func accepted(
    containing marker: String? = nil, room: String? = nil, brand: String? = nil
  ) -> [SandboxLogEntry] {
    entries.filter { entry in
      entry.accepted
        && (marker.map { entry.content?.contains($0) ?? false } ?? true)
        && (room.map { entry.room == $0 } ?? true)
        && (brand.map { entry.brand == $0 } ?? true)
    }
  }

  /// For each robot the most messages that were accepted within any window of this length.
  ///
  /// A window is half open: of two messages exactly one window apart only one is inside. WeCom's own limit is kept when
  /// no value is above 20 for 60 seconds.
  public func maxInWindow(_ window: Duration) -> [String: Int] {
    var instants: [String: [Int64]] = [:]
    for entry in entries where entry.accepted {
      instants[entry.robot, default: []].append(entry.at.milliseconds)
    }
    return instants.mapValues { Self.most(within: window.wholeMilliseconds, of: $0.sorted()) }
  }

  private static func most(within window: Int64, of instants: [Int64]) -> Int {
    var most = 0
    var oldest = 0
    for (index, instant) in instants.enumerated() {
      while instant - instants[oldest] >= window { oldest += 1 }
      most = max(most, index - oldest + 1)
    }
    return most
  }
}
