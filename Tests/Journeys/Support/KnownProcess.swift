import Foundation

/// A process that cannot be mistaken for a later one with the same number.
struct KnownProcess: Hashable, CustomStringConvertible {
  let pid: Int32
  private let start: String

  /// What the process with this number descends from, and when it started; nil when there is none.
  private static func look(at pid: Int32) -> (process: KnownProcess, parent: Int32, state: Substring)? {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let name = text.lastIndex(of: ")")
    else { return nil }
    // The fields from the third on, as the second is a name that may hold anything.
    let fields = text[text.index(after: name)...].split(separator: " ")
    guard fields.count > 19, let parent = Int32(fields[1]) else { return nil }
    return (KnownProcess(pid: pid, start: String(fields[19])), parent, fields[0])
  }

  /// A zombie has ended, and only waits for its parent to notice.
  var isRunning: Bool {
    guard let (process, _, state) = Self.look(at: pid) else { return false }
    return process == self && state != "Z" && state != "X"
  }

  /// The processes that a process has started, and those that these have started, as far as they run now.
  static func descendants(of ancestor: Int32) -> Set<KnownProcess> {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    var children: [Int32: [KnownProcess]] = [:]
    for (process, parent, _) in names.compactMap({ Int32($0) }).compactMap(look) {
      children[parent, default: []].append(process)
    }
    var found: Set<KnownProcess> = []
    var next = [ancestor]
    while let parent = next.popLast() {
      let new = (children[parent] ?? []).filter { found.insert($0).inserted }
      next += new.map(\.pid)
    }
    return found
  }

  var description: String {
    let words = (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
    return "\(pid) \(words.replacing("\0", with: " "))"
  }
}
