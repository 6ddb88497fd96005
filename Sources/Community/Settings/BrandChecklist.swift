import Postgres
public import Tenancy

/// What takes a new brand to its first post, and how much of it is done.
public struct BrandChecklist: Sendable {
  /// A step, in the order in which people take them.
  public enum Step: String, Sendable, Hashable, Codable, CaseIterable {
    case channel
    case group
    case groupOnChannel = "group_on_channel"
    case member
    case content
    case plan
    case approval
    case firstPost = "first_post"
  }

  /// A step, and whether it is done.
  public struct StepState: Sendable, Hashable {
    /// The step.
    public let step: Step
    /// Whether it is done.
    public let isDone: Bool
  }

  private let session: any BrandSession

  /// Looks in the given session.
  public init(_ session: any BrandSession) {
    self.session = session
  }

  /// The steps.
  public func steps() async throws -> [StepState] {
    let rows = try await session.query(
      """
      select exists (select from channels) as channel, exists (select from groups) as "group",
        exists (select from groups where channel_id is not null) as group_on_channel,
        exists (select from members) as member, exists (select from contents) as content,
        exists (select from plans) as plan, exists (select from plans where approved_at is not null) as approval,
        exists (select from deliveries where state = 'delivered') as first_post
      """)
    guard let row = rows.first else { throw NotFound() }
    return try Step.allCases.map { StepState(step: $0, isDone: try row.value($0.rawValue)) }
  }
}
