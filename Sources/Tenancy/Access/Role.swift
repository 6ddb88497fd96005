/// What somebody is in an agency or for one of its brands.
public enum Role: String, Sendable, Hashable, Codable, CaseIterable {
  /// Answers for the agency: has all permissions.
  case owner
  /// Looks after brands: schedules, approves, invites, connects channels.
  case accountManager = "account_manager"
  /// Answers in the groups and fills the library day by day.
  case `operator`
  /// Reads, and touches nothing.
  case viewer
  /// Belongs to the client: sees and approves what is meant for it.
  case client
}
