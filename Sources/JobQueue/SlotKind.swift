/// What a worker's slots are for.
enum SlotKind: Sendable {
  /// Runs of every class and of everybody.
  case any
  /// Interactive runs alone.
  case interactive
  /// Runs of tenants that have fewer in flight than they may while others wait. A tenant that is alone may fill all other
  /// slots, and who comes then does not have to wait for one of them.
  case newcomers

  /// The lists of tokens that wake whoever has a slot of the kind.
  var tokens: String {
    switch self {
    case .any: "wake:"
    case .interactive: "urgent:"
    case .newcomers: "calm:"
    }
  }
}
