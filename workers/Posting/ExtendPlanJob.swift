import Community
import Identifiers
import JobQueue
import Tenancy

/// Carries a plan's touches on, so that two weeks always lie written ahead.
struct ExtendPlanJob: Job {
  let tenancy: Tenancy

  func perform(_ payload: ExtendPlan, in attempt: Attempt) async throws -> JobResult {
    let brand = try await tenancy.brand(of: attempt)
    try await tenancy.transaction(of: brand) { try await TouchPlanning($0).extend(payload.plan) }
    return .done
  }
}
