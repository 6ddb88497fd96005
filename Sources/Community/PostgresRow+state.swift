import Postgres

extension PostgresRow {
  /// A column that holds the raw value of an enumeration: the schema's check allows no other.
  func state<State: RawRepresentable<String>>(_ column: String, as: State.Type = State.self) throws -> State {
    let text = try value(column, as: String.self)
    guard let state = State(rawValue: text) else { throw UnknownState(column: column, value: text) }
    return state
  }

  /// As `state`, of a column that may be empty.
  func optionalState<State: RawRepresentable<String>>(
    _ column: String, as: State.Type = State.self
  ) throws -> State? {
    try value(column, as: String?.self) == nil ? nil : state(column)
  }
}

/// The schema knows a state that this version does not: it was written by a newer one.
struct UnknownState: Error {
  let column: String
  let value: String
}
