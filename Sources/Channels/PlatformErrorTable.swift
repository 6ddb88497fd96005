/// What to do about each code of a platform, as data.
public struct PlatformErrorTable: Sendable {
  /// What a code asks for.
  public enum Action: String, Sendable, CaseIterable {
    /// Nothing: the message was accepted.
    case ok
    /// Send nothing through the account for a while.
    case park
    /// Try again with growing pauses.
    case transient
    /// Renew a token or an upload, then try again.
    case refresh
    /// Stop the account until a person has mended it.
    case human
    /// Fail the message and show its author why.
    case content
  }

  /// One code.
  public struct Row: Sendable {
    /// The platform's code.
    public let code: Int
    /// What it asks for.
    public let action: Action
    /// For how long the account is parked; zero for every other action.
    public let parking: Duration
    /// Where the platform documents it.
    public let source: String

    init(_ code: Int, _ action: Action, parking: Duration = .zero, _ source: String) {
      self.code = code
      self.action = action
      self.parking = parking
      self.source = source
    }
  }

  /// All rows, in the order of their codes.
  public let rows: [Row]
  private let byCode: [Int: Row]

  init(_ rows: [Row]) {
    self.rows = rows.sorted { $0.code < $1.code }
    byCode = Dictionary(rows.map { ($0.code, $0) }) { first, _ in first }
  }

  /// The row of a code; nil for a code that the table does not know.
  public subscript(code: Int) -> Row? {
    byCode[code]
  }

  /// The outcome of an answer that carries `code`, or nil if the code says that the message was accepted.
  ///
  /// An unknown code is still an answer: the platform was reached and did not accept. It fails the message as
  /// `unclassified` and pauses nothing, so one odd code neither stops an account nor is sent again and again.
  func refusal(code: Int, text: String, hiding secret: Secret) -> DispatchOutcome? {
    func reason(_ kind: DispatchReason.Kind) -> DispatchReason {
      DispatchReason(kind, code: code, text: text, hiding: secret)
    }
    guard let row = self[code] else { return .rejected(reason: reason(.unclassified)) }
    return switch row.action {
    case .ok: nil
    case .park: .parked(for: row.parking, reason: reason(.rate))
    case .transient: .busy(reason: reason(.platformBusy))
    case .refresh: .busy(reason: reason(.stale))
    case .human: .broken(reason: reason(.account))
    case .content: .rejected(reason: reason(.content))
    }
  }
}
