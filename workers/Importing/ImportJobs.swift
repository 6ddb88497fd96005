import Community
import Identifiers
import JobQueue
import Tenancy

/// Looks at a sheet that somebody brought.
struct CheckImportJob: Job {
  let tenancy: Tenancy

  func perform(_ payload: CheckImport, in attempt: Attempt) async throws -> JobResult {
    try await ImportWorker(tenancy).check(payload.imported, of: try await tenancy.brand(of: attempt), in: attempt)
    return .done
  }

  func abandon(_ payload: CheckImport, in attempt: Attempt, because reason: String) async throws {
    try await ImportWorker(tenancy)
      .abandon(payload.imported, .check, of: try await tenancy.brand(of: attempt), in: attempt)
  }
}

/// Takes a sheet's rows.
struct RunImportJob: Job {
  let tenancy: Tenancy

  func perform(_ payload: RunImport, in attempt: Attempt) async throws -> JobResult {
    try await ImportWorker(tenancy).run(payload.imported, of: try await tenancy.brand(of: attempt), in: attempt)
    return .done
  }

  func abandon(_ payload: RunImport, in attempt: Attempt, because reason: String) async throws {
    try await ImportWorker(tenancy)
      .abandon(payload.imported, .run, of: try await tenancy.brand(of: attempt), in: attempt)
  }
}

/// Takes back what an import made.
struct UndoImportJob: Job {
  let tenancy: Tenancy

  func perform(_ payload: UndoImport, in attempt: Attempt) async throws -> JobResult {
    try await ImportWorker(tenancy).undo(payload.imported, of: try await tenancy.brand(of: attempt), in: attempt)
    return .done
  }

  func abandon(_ payload: UndoImport, in attempt: Attempt, because reason: String) async throws {
    try await ImportWorker(tenancy)
      .abandon(payload.imported, .undo, of: try await tenancy.brand(of: attempt), in: attempt)
  }
}

/// Forgets a sheet that was kept long enough.
struct ForgetImportJob: Job {
  let tenancy: Tenancy

  func perform(_ payload: ForgetImport, in attempt: Attempt) async throws -> JobResult {
    let later = try await ImportWorker(tenancy).forget(payload.imported, of: try await tenancy.brand(of: attempt))
    return later.map { .snooze(until: $0) } ?? .done
  }
}
