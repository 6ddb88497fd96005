import Foundation
import Glibc
import NIOConcurrencyHelpers

/// A way to a server over a Unix socket of its own, that can be cut: one for each worker, so that one alone is hit.
///
/// A thread of its own carries the bytes. It looks at its orders fifty times a second.
final class Link: Sendable {
  /// What becomes of the bytes.
  enum Mode: Sendable, Equatable {
    case open
    /// Connections stay, also new ones, and nothing passes: a network that drops every packet.
    case silent
    /// Every connection is closed, and so is every new one.
    case refusing
    /// Each piece is that late.
    case slow(Duration)
  }

  fileprivate struct Orders {
    var mode = Mode.open
    var resets = 0
    var isClosed = false
  }

  private let orders = NIOLockedValueBox(Orders())

  /// Listens at one socket and leads to another, which need not be there yet.
  init(from path: String, to server: String) throws {
    let listener = try UnixSocket.listen(at: path)
    Thread.detachNewThread { [orders] in
      var carrier = LinkCarrier(listener: listener, server: server)
      carrier.carry { orders.withLockedValue { $0 } }
    }
  }

  deinit { close() }

  func set(_ mode: Mode) {
    orders.withLockedValue { orders in
      orders.mode = mode
      if mode == .refusing { orders.resets += 1 }
    }
  }

  /// Closes the connections that there are, and what they had not delivered is gone.
  func reset() {
    orders.withLockedValue { $0.resets += 1 }
  }

  func close() {
    orders.withLockedValue { $0.isClosed = true }
  }
}

/// Carries a link's bytes, on the link's thread alone.
private struct LinkCarrier {
  let listener: Int32
  let server: String
  private var pairs: [Pair] = []
  private var resets = 0

  private static let turn = Duration.milliseconds(20)
  private static let most = 1 << 20

  init(listener: Int32, server: String) {
    self.listener = listener
    self.server = server
  }

  /// One direction of a connection: what was read and is still to be written.
  private struct Flow {
    var pieces: [(bytes: [UInt8], due: ContinuousClock.Instant)] = []
    var waiting = 0

    func isDue(at now: ContinuousClock.Instant) -> Bool { pieces.first.map { $0.due <= now } ?? false }
  }

  /// A client's connection and the one to the server behind it.
  private struct Pair {
    let sides: [Int32]
    /// What waits to be written to each side.
    var flows = [Flow(), Flow()]
    var isOver = false
  }

  mutating func carry(_ orders: () -> Link.Orders) {
    while true {
      let now = orders()
      if now.isClosed { break }
      if now.resets != resets {
        resets = now.resets
        closeAll()
      }
      switch now.mode {
      case .silent: usleep(20_000)
      case .refusing: turn(accepting: false, delay: .zero)
      case .open: turn(accepting: true, delay: .zero)
      case .slow(let delay): turn(accepting: true, delay: delay)
      }
    }
    closeAll()
    Glibc.close(listener)
  }

  private mutating func closeAll() {
    for side in pairs.flatMap(\.sides) { Glibc.close(side) }
    pairs = []
  }

  /// Waits for something to do, at most one turn, and does it.
  private mutating func turn(accepting: Bool, delay: Duration) {
    let now = ContinuousClock.now
    var polls = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
    for pair in pairs {
      for side in 0...1 {
        var events: Int32 = pair.flows[1 - side].waiting < Self.most ? POLLIN : 0
        if pair.flows[side].isDue(at: now) { events |= POLLOUT }
        polls.append(pollfd(fd: pair.sides[side], events: Int16(events), revents: 0))
      }
    }
    let isLate = pairs.contains { $0.flows.contains { !$0.pieces.isEmpty } }
    guard poll(&polls, nfds_t(polls.count), isLate ? 2 : 20) > 0 || isLate else { return }
    let due = ContinuousClock.now + delay
    for index in pairs.indices {
      for side in 0...1 { serve(&pairs[index], side, Int32(polls[1 + 2 * index + side].revents), due) }
    }
    for pair in pairs where pair.isOver { pair.sides.forEach { Glibc.close($0) } }
    pairs.removeAll(where: \.isOver)
    if polls[0].revents != 0 { accept(accepting) }
  }

  private mutating func accept(_ accepting: Bool) {
    let client = Glibc.accept(listener, nil, nil)
    guard client >= 0 else { return }
    _ = fcntl(client, F_SETFD, FD_CLOEXEC)
    _ = fcntl(client, F_SETFL, O_NONBLOCK)
    guard accepting, let upstream = UnixSocket.connect(to: server) else {
      Glibc.close(client)
      return
    }
    pairs.append(Pair(sides: [client, upstream]))
  }

  private func serve(_ pair: inout Pair, _ side: Int, _ events: Int32, _ due: ContinuousClock.Instant) {
    guard !pair.isOver else { return }
    if events & POLLOUT != 0 { write(&pair, side) }
    guard events & (POLLIN | POLLHUP | POLLERR) != 0 else { return }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(pair.sides[side], &buffer, buffer.count)
    if count > 0 {
      pair.flows[1 - side].pieces.append((Array(buffer[..<count]), due))
      pair.flows[1 - side].waiting += count
      if due <= .now { write(&pair, 1 - side) }
    } else if count == 0 || errno != EAGAIN {
      // What the other side said last is worth its delivery: an error before the end.
      write(&pair, 1 - side, all: true)
      pair.isOver = true
    }
  }

  private func write(_ pair: inout Pair, _ side: Int, all: Bool = false) {
    while let piece = pair.flows[side].pieces.first, all || piece.due <= .now {
      let count = send(pair.sides[side], piece.bytes, piece.bytes.count, Int32(MSG_NOSIGNAL))
      guard count >= 0 else {
        if errno != EAGAIN { pair.isOver = true }
        return
      }
      pair.flows[side].waiting -= count
      if count == piece.bytes.count {
        pair.flows[side].pieces.removeFirst()
      } else {
        pair.flows[side].pieces[0].bytes.removeFirst(count)
      }
    }
  }
}

/// The few calls of sockets in the file system that a link needs.
private enum UnixSocket {
  private static let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)

  static func listen(at path: String) throws -> Int32 {
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0, with(path, { bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, 128) == 0 else {
      throw TrialFailure("cannot listen at \(path): \(String(cString: strerror(errno)))")
    }
    return descriptor
  }

  /// Does not wait: a server that cannot take the connection now is one that is away.
  static func connect(to path: String) -> Int32? {
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { return nil }
    if with(path, { Glibc.connect(descriptor, $0, $1) }) == 0 { return descriptor }
    Glibc.close(descriptor)
    return nil
  }

  private static func with(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8CString)
    guard bytes.count <= MemoryLayout.size(ofValue: address.sun_path) else {
      errno = ENAMETOOLONG
      return -1
    }
    withUnsafeMutableBytes(of: &address.sun_path) { target in bytes.withUnsafeBytes { target.copyMemory(from: $0) } }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
  }
}
