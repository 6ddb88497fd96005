import Channels

extension PlatformHTTP {
  /// Lends a client to the work of a process and closes it however that ends: a client that is let go of while open traps,
  /// and nobody would read what stopped the start.
  static func lend(to work: (PlatformHTTP) async throws -> Void) async throws {
    let http = PlatformHTTP()
    let result: Result<Void, any Error>
    do {
      result = .success(try await work(http))
    } catch {
      result = .failure(error)
    }
    try await http.shutdown()
    try result.get()
  }
}
