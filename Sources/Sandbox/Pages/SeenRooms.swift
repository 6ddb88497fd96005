/// How far a browser has read in each room, kept in a cookie so that unread badges work without JavaScript.
///
/// `epoch.room-sequence.room-sequence…`, the room read last at the end. Another run's epoch means a fresh start.
struct SeenRooms: Sendable, Equatable {
  static let cookie = "seen"
  /// Keeps the cookie under the 4 KiB that browsers take.
  private static let most = 300

  private let epoch: String
  private var order: [Room.ID] = []
  private var sequences: [Room.ID: Int] = [:]

  init(_ value: String?, epoch: String) {
    self.epoch = epoch
    let pieces = (value ?? "").split(separator: ".")
    guard let first = pieces.first, first == epoch else { return }
    for piece in pieces.dropFirst().suffix(Self.most) {
      let numbers = piece.split(separator: "-").compactMap { Int($0) }
      guard numbers.count == 2 else { continue }
      mark(numbers[0], upTo: numbers[1])
    }
  }

  var value: String {
    ([epoch] + order.compactMap { room in sequences[room].map { "\(room)-\($0)" } }).joined(separator: ".")
  }

  var header: String { "\(Self.cookie)=\(value); Path=/; Max-Age=604800; HttpOnly; SameSite=Lax" }

  func unread(_ room: RoomSummary) -> Int {
    max(0, room.total - (sequences[room.id] ?? 0))
  }

  mutating func mark(_ room: Room.ID, upTo sequence: Int) {
    order.removeAll { $0 == room }
    order.append(room)
    if order.count > Self.most { sequences[order.removeFirst()] = nil }
    sequences[room] = sequence
  }
}
