import Identifiers
import JobQueue
import Tenancy

extension Tenancy {
  /// The brand that an attempt works for. A brand that is gone ends the run with a note.
  func brand(of attempt: Attempt) async throws -> Brand {
    guard let brand = try await brand(ID<Brand>(attempt.tenant.uuid)) else {
      throw PermanentFailure("the brand \(attempt.tenant) is gone")
    }
    return brand
  }
}
