import Community
import Foundation
import Glibc
import Postgres
import Tenancy
import Testing

@testable import Trials

/// Workers are killed in the middle of an import, in each of its steps, and the brand has each row exactly once.
@Suite(.serialized, .timeLimit(.minutes(4))) struct ImportFaultTests {
  private static let rows = 20_000

  @Test func killedWorkersLeaveNoRowOutAndTakeNoneTwice() async throws {
    try await FaultStage.with(rooms: 1, plans: 1) { stage in
      let api = try await stage.startAPI()
      let imports = "/v1/brands/\(stage.brand.brand.slug)/imports"
      let sheet = "会员编号,昵称,手机号\n" + (0..<Self.rows).map { "m\($0),成员\($0),139\(10_000_000 + $0)\n" }.joined()
      let made = try await api.send("POST", "\(imports)?subject=members&name=a.csv", sheet, type: "text/csv")
      #expect(made.status == 201, "\(made.text)")
      let id = try #require(try JSONSerialization.jsonObject(with: made.body) as? [String: Any])["id"] as? String ?? ""

      try await step("check", "checked", of: stage) {
        try await api.send("PUT", "\(imports)/\(id)/check")
      }
      #expect(try await count("import_rows", of: stage) == Self.rows)
      try await step("run", "done", of: stage) {
        try await api.send("PUT", "\(imports)/\(id)/run", #"{"rows": "all"}"#)
      }
      #expect(try await count("members", of: stage) == Self.rows)
      #expect(try await count("import_changes", of: stage) == Self.rows)
      let done = try await api.send("GET", "\(imports)/\(id)")
      #expect(done.text.contains("\"created\":\(Self.rows)"), "\(done.text)")
      try await step("undo", "undone", of: stage) { try await api.send("PUT", "\(imports)/\(id)/undo") }
      #expect(try await count("members", of: stage) == 0)
    }
  }

  /// Orders a step, kills the worker when some of its batches are committed and others are not, and lets another end it.
  private func step(
    _ name: String, _ end: String, of stage: FaultStage, _ order: () async throws -> Web.Answer
  ) async throws {
    let victim = try await stage.startWorker()
    let ordered = try await order()
    #expect(ordered.status == 200, "\(ordered.text)")
    try await eventually { try await state(of: stage).processed > 0 }
    victim.send(SIGKILL)
    #expect(try await victim.end(within: .seconds(10)) == -SIGKILL)
    let cut = try await state(of: stage)
    #expect(cut.state != end && cut.processed < Self.rows, "the kill came too late in \(name): \(cut)")
    let other = try await stage.startWorker()
    try await eventually { try await state(of: stage).state == end }
    await other.stop()
  }

  private func state(of stage: FaultStage) async throws -> (state: String, processed: Int) {
    let rows = try await stage.brand.tenancy.reader(of: stage.brand.brand).query("select state, processed from imports")
    return try #require(rows.first).decode(String.self, Int.self)
  }

  private func count(_ table: String, of stage: FaultStage) async throws -> Int {
    let statements: [String: SQL] = [
      "members": "select count(*) from members", "import_rows": "select count(*) from import_rows",
      "import_changes": "select count(*) from import_changes",
    ]
    let rows = try await stage.brand.tenancy.reader(of: stage.brand.brand, .long)
      .query(try #require(statements[table]))
    return try #require(rows.first).decode(Int.self)
  }
}
