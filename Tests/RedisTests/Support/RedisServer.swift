import Foundation
import NIOConcurrencyHelpers
import Redis

/// A private redis-server on a unix socket and a loopback port.
///
/// A shell starts the server and ends it when this process is gone, however it ends.
final class RedisServer: Sendable {
  /// The server that the tests of a process share.
  static let shared = RedisServer()

  let folder: String
  let port: Int
  let password: String?
  private let shell = NIOLockedValueBox<pid_t?>(nil)

  var socket: String { folder + "/redis.sock" }

  var configuration: RedisConfiguration { RedisConfiguration(endpoint: .unix(path: socket)) }

  init(password: String? = nil) {
    folder = "/tmp/redis-tests-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    port = freePort()
    self.password = password
    try! FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    start()
  }

  deinit {
    stop()
  }

  /// Starts the server and waits until it takes connections.
  func start() {
    let login = password.map { "--requirepass '\($0)'" } ?? ""
    let script = """
      cd '\(folder)'
      redis-server --port \(port) --bind 127.0.0.1 --unixsocket '\(socket)' --save '' --appendonly no \
        --enable-debug-command yes \(login) > log 2>&1 & server=$!
      echo $server > pid
      (while kill -0 \(getpid()) 2> /dev/null; do sleep 0.3; done; kill -9 $server) & watcher=$!
      wait $server
      kill $watcher
      kill -0 \(getpid()) 2> /dev/null || rm -rf '\(folder)'
      """
    let pid = spawnShell(script)
    shell.withLockedValue { $0 = pid }
    let deadline = ContinuousClock.now + .seconds(20)
    while !takesConnections(socket), ContinuousClock.now < deadline { usleep(2_000) }
  }

  /// Ends the server as a crash would, and leaves its folder.
  func kill() {
    guard let server, let shell = shell.withLockedValue({ $0.take() }) else { return }
    Glibc.kill(server, SIGKILL)
    waitpid(shell, nil, 0)
  }

  /// Keeps the server from answering anybody, although its sockets still take bytes.
  func freeze() {
    if let server { Glibc.kill(server, SIGSTOP) }
  }

  /// Lets it go on.
  func thaw() {
    if let server { Glibc.kill(server, SIGCONT) }
  }

  private var server: pid_t? {
    let text = try? String(contentsOfFile: folder + "/pid", encoding: .utf8)
    return text.flatMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  /// Ends the server for good.
  func stop() {
    kill()
    try? FileManager.default.removeItem(atPath: folder)
  }
}

/// Starts a shell that keeps nothing of this process open: a socket that lives on elsewhere is never hung up.
private func spawnShell(_ script: String) -> pid_t {
  let closing = """
    exec < /dev/null > /dev/null 2>&1
    for fd in /proc/$$/fd/*; do fd=${fd##*/}; [ $fd -gt 2 ] && eval "exec $fd>&-"; done

    """
  var arguments: [UnsafeMutablePointer<CChar>?] = ["bash", "-c", closing + script].map { (text: String) in strdup(text)
  }
  arguments.append(nil)
  defer { for argument in arguments { free(argument) } }
  // The threads of the concurrency runtime block signals, and a child would inherit that.
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var signals = sigset_t()
  sigemptyset(&signals)
  posix_spawnattr_setsigmask(&attributes, &signals)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
  var pid = pid_t()
  let status = posix_spawn(&pid, "/bin/bash", nil, &attributes, &arguments, environ)
  precondition(status == 0, "no shell: error \(status)")
  return pid
}

private func takesConnections(_ path: String) -> Bool {
  let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
  return withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
    }
  }
}

/// A loopback port that nobody uses just now.
private func freePort() -> Int {
  let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      precondition(bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0)
    }
  }
  return Int(UInt16(bigEndian: address.sin_port))
}
