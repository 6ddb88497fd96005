import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import API

@Suite struct AnswerHeadersTests {
  /// Answers of every kind: found, refused, unknown, not allowed, open to all, and a file.
  private func answers(_ api: Asker, _ house: House) async throws -> [(name: String, reply: Reply)] {
    let ours = try await Furnished.make(api, house)
    let medium = "media/\(ours.ids["medium"] ?? "")/bytes"
    return [
      ("found", try await api.get("agency")), ("a list", try await ours.asker.get("groups")),
      ("refused", try await api.with(key: nil).get("agency")), ("unknown", try await api.get("/v1/brandz")),
      ("nobody's", try await api.get("brands/nobodys/groups")),
      ("not allowed", try await api.send(.delete, "agency")), ("wrong", try await ours.asker.post("members", "{}")),
      ("open", try await api.with(key: nil).get("/livez")), ("the contract", try await api.get("/openapi.json")),
      ("a file", try await ours.asker.get(medium)),
    ]
  }

  private func expectBounds(_ headers: HTTPFields, _ name: String) {
    #expect(headers[.contentSecurityPolicy] == AnswerHeaders.policy, "\(name)")
    #expect(headers[.xContentTypeOptions] == "nosniff", "\(name)")
    #expect(headers[.referrerPolicy] == "no-referrer", "\(name)")
    #expect(headers[.crossOriginResourcePolicy] == "same-origin", "\(name)")
  }

  @Test func everyAnswerKeepsBrowsersInBounds() async throws {
    #expect(AnswerHeaders.policy.contains("frame-ancestors 'none'") && AnswerHeaders.policy.contains("base-uri 'none'"))
    try await withAPI { api, house in
      for (name, reply) in try await answers(api, house) {
        expectBounds(reply.headers, name)
        let isForAll = ["the contract"].contains(name)
        let caching = reply.headers[.cacheControl] ?? ""
        #expect(isForAll || caching.hasPrefix("private") || caching == "no-store", "\(name): \(caching)")
      }
    }
  }

  @Test func aWorkersAnswersKeepThemTooAndWhatAnAnswerSaysStands() async throws {
    let router = OperationsService.router([], { "up 1\n" })
    router.get("page") { _, _ in Response(status: .ok, headers: [.contentSecurityPolicy: "default-src 'self'"]) }
    try await Application(router: router).test(.router) { client in
      try await client.execute(uri: "/metrics", method: .get) { expectBounds($0.headers, "metrics") }
      try await client.execute(uri: "/page", method: .get) { reply in
        #expect(reply.headers[.contentSecurityPolicy] == "default-src 'self'")
        #expect(reply.headers[.xContentTypeOptions] == "nosniff")
      }
    }
  }

  @Test func everyBodyHasAType() async throws {
    try await withAPI { api, house in
      for (name, reply) in try await answers(api, house) {
        let type = try #require(reply.headers[.contentType], "\(name)")
        #expect(
          !reply.bytes.isEmpty && (!type.hasPrefix("text/") || type.contains("charset=utf-8")), "\(name): \(type)")
      }
    }
  }

  @Test func noOtherOriginMayRead() async throws {
    try await withAPI { api, _ in
      let origin: HTTPFields = [.origin: "https://elsewhere.example", .accessControlRequestMethod: "GET"]
      let (asked, preflight) = (
        try await api.get("agency", headers: origin), try await api.send(.options, "agency", headers: origin)
      )
      #expect(asked.status == 200 && preflight.status == 405, "\(preflight)")
      for reply in [asked, preflight] {
        #expect(!reply.headers.contains { $0.name.canonicalName.hasPrefix("access-control-") }, "\(reply.headers)")
      }
    }
  }

  @Test func traceIsNotAnswered() async throws {
    try await withAPI { api, house in
      let reply = try await api.send(.trace, "agency")
      #expect(reply.status == 405 && !reply.text.contains(house.key), "\(reply)")
    }
  }
}
