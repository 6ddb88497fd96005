import HTTPTypes
import Wording

extension ProblemKind {
  /// The stable name of the kind, relative to the API's address.
  var type: String { "/problems/" + rawValue }

  var status: HTTPResponse.Status {
    switch self {
    case .malformedJSON, .badHeader, .badRequest: .badRequest
    case .unauthenticated, .wrongCredentials, .codeAwaited, .agencyAwaited: .unauthorized
    case .tooManyAttempts, .tooManyRequests: .tooManyRequests
    case .linkInvalid: .gone
    case .forbidden, .grantsMoreThanOwn, .proofAwaited, .personOnly: .forbidden
    case .notFound, .unknownRoute: .notFound
    case .methodNotAllowed: .methodNotAllowed
    case .editConflict, .wrongState, .workUnderWay, .lastOwner, .alreadyThere, .limitReached: .conflict
    case .preconditionFailed: .preconditionFailed
    case .bodyTooLarge: .contentTooLarge
    case .unsupportedMediaType: .unsupportedMediaType
    case .invalidInput, .idempotencyKeyReused, .unreadableSheet: .unprocessableContent
    case .internalError: .internalServerError
    case .unavailable, .brandCreationOff: .serviceUnavailable
    }
  }
}
