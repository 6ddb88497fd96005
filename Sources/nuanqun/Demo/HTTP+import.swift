import Foundation

extension HTTP {
  /// Brings a whole sheet into a brand, as an account manager does: uploads it, has it checked and takes its rows. Needs a
  /// worker. Throws `DemoFailure` when a row is not sound.
  ///
  /// - Parameter path: of the brand.
  @discardableResult
  func importSheet(
    _ bytes: Data, named name: String, of subject: String, into path: String, type: String = "text/csv"
  ) async throws -> JSONValue {
    let uploaded = try await send("POST", "\(path)/imports?subject=\(subject)&name=\(name)", bytes, type: type)
    guard let id = uploaded["id"]?.text else { throw DemoFailure("\(name) was not kept") }
    let here = "\(path)/imports/\(id)"
    try await send("PUT", "\(here)/check")
    try await waitForImport(here, until: "checked")
    try await send("PUT", "\(here)/run", json: .object(["rows": .text("all")]))
    return try await waitForImport(here, until: "done")
  }

  /// Waits for a worker. Throws when the step fails.
  @discardableResult
  func waitForImport(_ path: String, until state: String, within limit: Duration = .seconds(180)) async throws
    -> JSONValue
  {
    let end = ContinuousClock.now + limit
    while true {
      let imported = try await send("GET", path)
      switch imported["state"]?.text {
      case state: return imported
      case "failed": throw DemoFailure("\(path): \(imported["failure"]?["detail"]?.text ?? "failed")")
      default: break
      }
      guard ContinuousClock.now < end else { throw DemoFailure("\(path) is not \(state) after \(limit)") }
      try await Task.sleep(for: .milliseconds(100))
    }
  }
}
