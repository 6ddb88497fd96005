public import Identifiers
import Postgres
public import Sheets
public import Tenancy

/// What of a brand is written into a sheet (导出). What is written can be brought in again; robots' keys are left out.
public struct Export: Sendable {
  /// What its rows are.
  public let subject: Import.Subject
  /// Only groups with this tag.
  public let tag: String?
  /// Only groups in this state.
  public let state: Group.State?
  /// Only members who are in this group.
  public let group: ID<Group>?
  /// Whether telephone numbers are written whole; otherwise only their last four digits.
  public let showsContacts: Bool

  private static let page = 2000

  /// An export; filters of other subjects have no meaning.
  public init(
    _ subject: Import.Subject, tag: String? = nil, state: Group.State? = nil, group: ID<Group>? = nil,
    showsContacts: Bool = true
  ) {
    self.subject = subject
    self.tag = tag
    self.state = state
    self.group = group
    self.showsContacts = showsContacts
  }

  /// Writes the sheet. All of it is the brand as it stood at one instant; memory does not grow with it.
  ///
  /// - Parameter title: of a field's column.
  public func write(
    of brand: Brand, _ tenancy: Tenancy, as format: SheetFileFormat, title: (ImportField) -> String
  ) async throws -> SpoolFile {
    let columns = columns
    let fields = Dictionary(subject.fields.map { ($0.name, $0) }) { first, _ in first }
    let titles = columns.map { column in
      SheetTitle(fields[column.field].map(title) ?? column.field, width: column.width, isText: column.isText)
    }
    let writer = try format.writer(titles, name: subject.rawValue)
    let options = TransactionOptions(isolation: .repeatableRead, readOnly: true)
    try await tenancy.transaction(of: brand, options) { transaction in
      var last: PostgresRow?
      while true {
        let rows = try await transaction.query(page(after: try last?.value("id", as: ID<Export>.self)))
        for row in rows { try writer.append(try columns.map { try $0.value(row) }) }
        last = rows.last
        if rows.count < Self.page { break }
      }
    }
    return try writer.finish()
  }

  /// A column of the sheet, and how a row of the table fills it.
  private struct Column {
    let field: String
    var width = 18.0
    var isText = true
    let value: (PostgresRow) throws -> SheetValue
  }

  private static func text(_ field: some SheetField, _ column: String, width: Double = 18) -> Column {
    Column(field: field.rawValue, width: width) { SheetValue(try $0.value(column, as: String?.self)) }
  }

  /// The fields that a sheet of the subject has, each from the table's column. The one place to add another.
  private var columns: [Column] {
    switch subject {
    case .groups:
      [
        Self.text(GroupField.name, "name", width: 28), Self.text(GroupField.externalID, "external_id"),
        Self.text(GroupField.region, "region"), Self.text(GroupField.kind, "kind"),
        Column(field: GroupField.tags.rawValue, width: 24) { row in
          let tags: [String] = try row.value("tags")
          return tags.isEmpty ? .empty : .text(tags.joined(separator: ";"))
        },
        Self.text(GroupField.owner, "owner"),
        Column(field: GroupField.capacity.rawValue, width: 10, isText: false) { .number(try $0.value("capacity")) },
      ]
    case .members:
      [
        Self.text(MemberField.externalID, "external_id"), Self.text(MemberField.nickname, "name"),
        Column(field: MemberField.phone.rawValue) { [showsContacts] row in
          let phone: String? = try row.value("phone")
          return SheetValue(showsContacts ? phone : phone.map { "****" + $0.suffix(4) })
        },
        Column(field: MemberField.birthday.rawValue, width: 12) { row in
          let isLunar = try row.value("birthday_calendar", as: String.self) == Birthday.Calendar.lunar.rawValue
          return SheetValue(try row.value("birthday", as: String?.self).map { (isLunar ? "农历" : "") + $0 })
        },
        Self.text(MemberField.groups, "groups", width: 40),
      ]
    case .channels:
      [
        Self.text(ChannelField.name, "name", width: 28),
        Column(field: ChannelField.monthlyQuota.rawValue, width: 12, isText: false) { row in
          try row.value("monthly_quota", as: Int?.self).map { .number($0) } ?? .empty
        },
      ]
    }
  }

  private func page(after last: ID<Export>?) -> SQL {
    let place: SQL = "(\(last)::uuid is null or id > \(last))"
    return switch subject {
    case .groups:
      """
      select * from groups where \(place) and (\(tag)::text is null or tags @> array[\(tag)::text])
        and (\(state?.rawValue)::text is null or state = \(state?.rawValue))
      order by id limit \(Self.page)::integer
      """
    case .members:
      """
      select m.*, (
          select string_agg(g.name, ';' order by g.id) from memberships s join groups g on g.id = s.group_id
          where s.member_id = m.id and s.left_at is null) as groups
      from members m where \(place) and (\(group)::uuid is null or exists (
          select from memberships s where s.member_id = m.id and s.group_id = \(group) and s.left_at is null))
      order by id limit \(Self.page)::integer
      """
    case .channels:
      "select id, name, monthly_quota from channels where \(place) order by id limit \(Self.page)::integer"
    }
  }
}
