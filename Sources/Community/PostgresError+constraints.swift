import Postgres

extension PostgresError {
  /// A row with this key exists.
  var isUniqueViolation: Bool { sqlState == .uniqueViolation }

  /// What the row refers to does not exist.
  var isForeignKeyViolation: Bool { sqlState == .foreignKeyViolation }

  /// The constraint that does not hold.
  var constraint: String? { serverError?.constraint }
}
