import Community

/// One content for one room: what the test meant to happen exactly once.
struct Send: Hashable, CustomStringConvertible {
  /// The content's whole text, which no other touch of the test has.
  let content: String
  /// The room's name.
  let room: String

  var description: String { "\(content) → \(room)" }
}

/// What the ledger says of a send.
struct LedgerRow {
  let send: Send
  let state: Delivery.State
  let reason: String?
}
