/// The transaction that a connection has open, and the statements that wait for the next round trip of it.
struct OpenTransaction {
  let number: Int
  /// BEGIN and what opens the transaction, SAVEPOINT and RELEASE: they leave with the next statement.
  private var pending: [SQL]
  /// Whether BEGIN was sent.
  private(set) var isBegun = false
  private var savepoints = 0

  init(number: Int, opening: [SQL]) {
    self.number = number
    pending = opening
  }

  var hasPending: Bool { !pending.isEmpty }

  mutating func takePending() -> [SQL] {
    isBegun = true
    defer { pending.removeAll() }
    return pending
  }

  /// Opens a savepoint with the next statement; returns its name.
  mutating func openSavepoint() -> String {
    savepoints += 1
    let name = "level_\(savepoints)"
    pending.append(SQL(constant: "savepoint \(name)"))
    return name
  }

  /// Closes a savepoint and keeps what was done since; nothing is to be done where no statement came after it.
  mutating func release(_ name: String) {
    savepoints -= 1
    if !dropUnsent(name) { pending.append(SQL(constant: "release savepoint \(name)")) }
  }

  /// Closes a savepoint; the statements that undo what was done since, if anything was.
  mutating func undo(_ name: String) -> [SQL] {
    savepoints -= 1
    if dropUnsent(name) { return [] }
    pending.removeAll()
    return [SQL(constant: "rollback to savepoint \(name)"), SQL(constant: "release savepoint \(name)")]
  }

  private mutating func dropUnsent(_ name: String) -> Bool {
    guard let position = pending.lastIndex(where: { $0.text == "savepoint \(name)" }) else { return false }
    pending.removeSubrange(position...)
    return true
  }
}
