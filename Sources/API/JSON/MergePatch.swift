extension JSONValue {
  /// The value after a merge patch (RFC 7396): members replace, null removes, objects are merged.
  func merging(_ patch: JSONValue) -> JSONValue {
    guard case .object(let changes) = patch else { return patch }
    var members = object ?? [:]
    for (name, change) in changes {
      members[name] = change == .null ? nil : (members[name] ?? .null).merging(change)
    }
    return .object(members)
  }

  /// As `merging`, but a null for a member that was not there stays, so that a misspelt name is not taken for a removal.
  func mergingKeepingStrayNulls(_ patch: JSONValue) -> JSONValue {
    guard let before = object, case .object(var after) = merging(patch) else { return patch }
    for (name, change) in patch.object ?? [:] where change == .null && before[name] == nil { after[name] = .null }
    return .object(after)
  }
}
