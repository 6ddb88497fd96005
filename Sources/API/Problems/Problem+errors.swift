import Channels
import Community
import HTTPTypes
import Hummingbird
import NIOCore
import Postgres
import Sheets
import Tenancy
import Wording

extension Problem {
  /// What a caller is told of an error; nil for one that they can do nothing about and that must not get out.
  init?(_ error: any Error) {
    switch error {
    case let problem as Problem: self = problem
    case let error as InvalidInput: self = .invalid(error.problems)
    case is NotFound: self.init(.notFound)
    case is EditConflict: self.init(.editConflict)
    case let error as WrongState: self.init(.wrongState, [.state: error.state])
    case let error as JSONSyntaxError: self.init(error)
    case SheetError.storage: self = .unavailable
    case let error as SheetError: self.init(.unreadableSheet) { [.actual: error.text(in: $0)] }
    case let error as TenancyError: self.init(error)
    case let error as AccessError: self.init(error)
    case let error as PostgresError: self.init(error)
    case let error as any HTTPResponseError: self.init(status: error.status)
    case is CancellationError: self.init(.unavailable)
    default: return nil
    }
  }

  private init(_ error: JSONSyntaxError) {
    self.init(.malformedJSON) { language in
      [
        .line: "\(error.line)", .column: "\(error.column)", .offset: "\(error.offset)",
        .actual: error.fault.phrase.text(in: language),
      ]
    }
  }

  private init(_ error: AccessError) {
    switch error {
    case .wrongCredentials: self.init(ProblemKind.wrongCredentials)
    case .tooManyAttempts(let seconds):
      self.init(ProblemKind.tooManyAttempts, [.actual: "\(seconds)"], headers: [.retryAfter: "\(seconds)"])
    case .codeAwaited: self.init(ProblemKind.codeAwaited)
    case .linkInvalid: self.init(ProblemKind.linkInvalid)
    case .grantsMoreThanOwn: self.init(ProblemKind.grantsMoreThanOwn)
    case .lastOwner: self.init(ProblemKind.lastOwner)
    case .alreadyThere: self.init(ProblemKind.alreadyThere)
    case .limitReached(let limit): self.init(ProblemKind.limitReached, [.limit: "\(limit)"])
    case .proofAwaited: self.init(ProblemKind.proofAwaited)
    }
  }

  private init?(_ error: TenancyError) {
    switch error {
    case .unknownAgency, .unknownBrand, .unknownPerson: self.init(.notFound)
    case .agencyExists(let slug), .brandExists(let slug):
      self = .invalid([FieldProblem("/slug", .taken, actual: slug)])
    case .badSlug(let slug):
      self = .invalid([FieldProblem("/slug", .malformed, limit: "a–z, 0–9, - (1–40)", actual: slug)])
    case .badName: self = .invalid([FieldProblem("/name", .outOfRange, limit: "1–100")])
    case .unknownZone(let zone): self = .invalid([FieldProblem("/zone", .unknownValue, actual: zone)])
    case .loginFull: self.init(.brandCreationOff)
    case .cellNotConfigured, .unreadableGrant: return nil
    }
  }

  /// Only what passes by itself is told apart; everything else is our own mistake.
  private init?(_ error: PostgresError) {
    switch error {
    case .connection, .poolTimeout, .closed: self = .unavailable
    case .server(let error):
      if error.sqlState == .checkViolation {
        self.init(broken: error)
        return
      }
      switch error.sqlState.errorClass {
      // Insufficient resources, operator intervention, system error, a rolled-back transaction.
      case "53", "57", "58", "40": self = .unavailable
      default: return nil
      }
    case .rolledBack, .misuse, .configuration: return nil
    }
  }

  /// The schema counts characters in its own way: what passed our checks may still be too long for it.
  private init?(broken error: ServerError) {
    guard let constraint = error.constraint, let table = error.table,
      constraint.hasPrefix(table + "_"), constraint.hasSuffix("_check")
    else { return nil }
    self = .invalid([FieldProblem("/" + constraint.dropFirst(table.count + 1).dropLast(6), .malformed)])
  }

  private static let unavailable = Problem(.unavailable, headers: [.retryAfter: "2"])

  private init?(status: HTTPResponse.Status) {
    switch status {
    case .notFound: self.init(.unknownRoute)
    case .contentTooLarge: self.init(.bodyTooLarge)
    case .unsupportedMediaType: self.init(.unsupportedMediaType)
    default:
      guard status.kind == .clientError else { return nil }
      self.init(.badRequest)
    }
  }
}
