import Foundation
import FoundationNetworking
import Glibc
import Sandbox
import Testing

/// The demo as somebody runs it who has just cloned the project.
@Suite(.serialized, .timeLimit(.minutes(6))) struct DemoJourney {
  @Test func everyPostArrivesOnceAndNothingStaysBehind() async throws {
    try await withDemo(["--exit-when-done"]) { try await expectAGoodRun($0) }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can make a folder that only root may enter"))
  func alsoWhereOnlyRootMayGo() async throws {
    try await withDemo(["--exit-when-done"], onlyForRoot: true) { try await expectAGoodRun($0) }
  }

  private func expectAGoodRun(_ demo: DemoRun) async throws {
    let end = try await demo.end(within: .seconds(300))
    #expect(end.code == 0, "\(end.errors)\n\(end.output)")
    #expect(try await demo.vanishes(within: .seconds(30)), "\(demo.left)")
    #expect(demo.family.count > 6, "the sandbox, the API, two workers, Postgres and Redis have been seen")
    let input = try DemoInput()
    try expectTheHandle(in: demo.home, of: input)
    try expectTheArrivals(SandboxLog(contentsOf: demo.home.appending(path: "sandbox.ndjson").path), of: input)
  }

  private func expectTheHandle(in home: URL, of input: DemoInput) throws {
    let data = try Data(contentsOf: home.appending(path: "demo.json"))
    let handle = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(Set(handle.keys) == ["api", "console", "sandbox", "agencies"])
    #expect(handle["console"] is NSNull)
    for server in ["api", "sandbox"] {
      #expect((handle[server] as? String)?.wholeMatch(of: /http:\/\/127\.0\.0\.1:\d+/) != nil)
    }
    let agencies = try #require(handle["agencies"] as? [[String: Any]])
    #expect(agencies.map { $0["slug"] as? String } == input.agencies.map(\.slug))
    for (agency, file) in zip(agencies, input.agencies) {
      #expect(Set(agency.keys) == ["slug", "brands", "people", "api_key"])
      #expect(agency["brands"] as? [String] == file.brands)
      let people = agency["people"] as? [[String: String]] ?? []
      #expect(
        people.compactMap { $0["role"] } == ["owner", "account_manager", "operator", "viewer", "client"], "\(people)")
      #expect(people.allSatisfy { $0["email"]?.contains("@") == true && $0["password"]?.count == 19 }, "\(people)")
      #expect((agency["api_key"] as? String)?.isEmpty == false)
    }
  }

  private func expectTheArrivals(_ log: SandboxLog, of input: DemoInput) throws {
    let arrivals = input.arrivals(in: log)
    #expect(arrivals.filter { $1 != 1 } == [:], "nothing arrives twice")
    #expect(arrivals.keys.filter { $0.piece.hasPrefix("stray") } == [], "nobody gets another brand's posts")
    #expect(arrivals.count == input.sends)
    for brand in input.brands {
      for piece in brand.pieces {
        let rooms = arrivals.keys.filter { $0.brand == brand.name && $0.piece == piece.title }
        #expect(rooms.count == brand.groups, "\(piece.title) of \(brand.name) reaches every group")
      }
    }
    // Every brand has its own posters.
    let pictures = Set(log.accepted().compactMap { entry in entry.sha256.map { [$0, entry.brand ?? ""] } })
    #expect(Set(pictures.map { $0[0] }).count == pictures.count)
    #expect(log.maxInWindow(.seconds(60)).values.allSatisfy { $0 <= 20 })
  }

  @Test func endsInGoodOrderWhenItIsAskedTo() async throws {
    try await withDemo { demo in
      try await demo.eventually { demo.output.contains("Ctrl-C ends the demo.") }
      try await expectThatTheKeysOpen(demo.home)
      demo.send(SIGTERM)
      let end = try await demo.end(within: .seconds(90))
      #expect(end.code == 0, "\(end.errors)")
      #expect(try await demo.vanishes(within: .seconds(30)), "\(demo.left)")
    }
  }

  /// In the middle of the sends a person may press Ctrl-C as well.
  @Test func endsWhenItIsAskedToInTheMiddle() async throws {
    try await withDemo { demo in
      try await demo.eventually { isFilled(demo.home) }
      demo.send(SIGTERM)
      _ = try await demo.end(within: .seconds(90))
      #expect(try await demo.vanishes(within: .seconds(90)), "\(demo.left)")
    }
  }

  @Test func leavesNothingBehindWhenItIsKilled() async throws {
    try await withDemo { demo in
      try await demo.eventually { isFilled(demo.home) }
      demo.send(SIGKILL)
      #expect(try await demo.end(within: .seconds(10)).code == -SIGKILL)
      #expect(try await demo.vanishes(within: .seconds(90)), "\(demo.left)")
    }
  }

  private func isFilled(_ home: URL) -> Bool {
    FileManager.default.fileExists(atPath: home.appending(path: "demo.json").path)
  }

  /// Each agency's key reaches its own brands, at the address that the file names.
  private func expectThatTheKeysOpen(_ home: URL) async throws {
    struct Handle: Decodable {
      struct Agency: Decodable {
        let brands: [String]
        let api_key: String
      }

      let api: URL
      let agencies: [Agency]
    }

    let handle = try JSONDecoder().decode(
      Handle.self, from: Data(contentsOf: home.appending(path: "demo.json")))
    let all = handle.agencies.flatMap(\.brands)
    for agency in handle.agencies {
      for brand in all {
        var request = URLRequest(url: handle.api.appending(path: "v1/brands/\(brand)"))
        request.setValue("Bearer \(agency.api_key)", forHTTPHeaderField: "Authorization")
        let (_, response) = try await URLSession.shared.data(for: request)
        #expect((response as? HTTPURLResponse)?.statusCode == (agency.brands.contains(brand) ? 200 : 404))
      }
    }
  }
}
