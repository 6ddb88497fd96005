import Foundation
import Glibc

/// One of the product's own processes, started by the demo or a bench; its output goes to a file.
final class ChildProcess: Sendable {
  let name: String
  let log: URL
  private let pid: pid_t

  /// Starts this very program with other arguments and settings.
  static func start(
    _ arguments: [String], name: String, environment: [String: String], logs: URL
  ) throws -> ChildProcess {
    let log = logs.appending(path: "\(name).log")
    try Data().write(to: log)
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      .merging(["NUANQUN_PARENT": "\(getpid())"]) { $1 }
    let output = try FileHandle(forWritingTo: log)
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return ChildProcess(name: name, log: log, pid: process.processIdentifier)
  }

  private init(name: String, log: URL, pid: pid_t) {
    self.name = name
    self.log = log
    self.pid = pid
  }

  var processIdentifier: pid_t { pid }

  /// Asks the process to stop and waits for it; kills it when it takes too long.
  func stop(within limit: Duration = .seconds(30)) async {
    Glibc.kill(pid, SIGTERM)
    let end = ContinuousClock.now + limit
    while isAlive, ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(20)) }
    if isAlive { kill() }
  }

  /// Ends the process without a word.
  func kill() {
    Glibc.kill(pid, SIGKILL)
  }

  /// What it has spent of the processors' time.
  var cpuSeconds: Double { Self.cpuSeconds(of: pid) }

  /// What a process has spent, and its children with it if they are to count.
  static func cpuSeconds(of pid: pid_t, withChildren: Bool = false) -> Double {
    guard let own = times(of: pid) else { return 0 }
    guard withChildren else { return own.spent }
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.compactMap { pid_t($0) }.reduce(own.spent + own.ended) { sum, other in
      guard let times = times(of: other), times.parent == pid else { return sum }
      return sum + times.spent
    }
  }

  /// Seconds of a process and of those of its children that have ended.
  private static func times(of pid: pid_t) -> (parent: pid_t, spent: Double, ended: Double)? {
    // The second field is a name in brackets, which may itself hold spaces.
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let fields = stat.split(separator: ")").last?.split(separator: " "), fields.count > 14,
      let parent = pid_t(fields[1])
    else { return nil }
    let ticks = fields[11...14].compactMap { Double($0) }
    let second = Double(sysconf(Int32(_SC_CLK_TCK)))
    return ticks.count == 4 ? (parent, (ticks[0] + ticks[1]) / second, (ticks[2] + ticks[3]) / second) : nil
  }

  /// A process that ended but was not waited for still has an entry, as a zombie.
  var isAlive: Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let state = stat.split(separator: ")").last?.split(separator: " ").first
    else { return false }
    return state != "Z" && state != "X"
  }

  /// How much memory it holds.
  var residentMegabytes: Double { megabytes("VmRSS:") }

  /// How much it has held at most.
  var peakMegabytes: Double { megabytes("VmHWM:") }

  private func megabytes(_ name: String) -> Double {
    let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
    return line.flatMap { Double($0.filter(\.isNumber)) }.map { $0 / 1_024 } ?? 0
  }

  /// The last lines that the process wrote, for an error message.
  var tail: String {
    let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").suffix(8).joined(separator: "\n")
  }
}
