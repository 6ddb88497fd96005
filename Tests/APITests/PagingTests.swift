import Foundation
import HTTPTypes
import Tenancy
import Testing

@testable import API

@Suite struct PagingTests {
  @Test func pagesGoOnWhereTheLastOneEndedWhateverComesMeanwhile() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      for number in 1...7 { #expect(try await api.post("members", #"{"name": "m\#(number)"}"#).status == 201) }
      var names: [String] = []
      var next: String? = "members?limit=3"
      var pages = 0
      while let path = next {
        let page = try await api.get(path)
        #expect(page.status == 200)
        names += page.items.compactMap { $0["name"]?.string }
        next = Self.next(page)
        pages += 1
        if pages == 1 { #expect(try await api.post("members", #"{"name": "m8"}"#).status == 201) }
      }
      #expect(names == (1...8).map { "m\($0)" })
      #expect(pages == 3)
    }
  }

  @Test func aFullLastPageHasNoNext() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      for number in 1...2 { _ = try await api.post("members", #"{"name": "m\#(number)"}"#) }
      #expect(Self.next(try await api.get("members?limit=2")) == nil)
      #expect(Self.next(try await api.get("members?limit=1")) != nil)
    }
  }

  @Test func theNextPageKeepsTheFilter() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      for (name, tag) in [("a", "新 客&x"), ("b", "老客"), ("c", "新 客&x")] {
        #expect(try await api.post("groups", #"{"name": "\#(name)", "tags": ["\#(tag)"]}"#).status == 201)
      }
      let first = try await api.get("groups?limit=1&tag=%E6%96%B0%20%E5%AE%A2%26x")
      #expect(first.items.compactMap { $0["name"]?.string } == ["a"])
      let second = try await api.get(try #require(Self.next(first)))
      #expect(second.items.compactMap { $0["name"]?.string } == ["c"])
      #expect(Self.next(second) == nil)
    }
  }

  @Test func brandsAreOrderedBySlug() async throws {
    try await withAPI { api, house in
      for _ in 0..<3 { _ = try await house.brand() }
      var slugs: [String] = []
      var next: String? = "brands?limit=2"
      while let path = next {
        let page = try await api.get(path)
        slugs += page.items.compactMap { $0["slug"]?.string }
        next = Self.next(page)
      }
      #expect(slugs == slugs.sorted() && Set(slugs).count == slugs.count && slugs.count >= 3)
    }
  }

  @Test(arguments: [
    ("limit=0", ["limit": "out_of_range"]), ("limit=201", ["limit": "out_of_range"]),
    ("limit=x", ["limit": "wrong_type"]), ("after=x", ["after": "malformed"]), ("page=2", ["page": "unknown_field"]),
    ("limit=1&limit=2", ["limit": "too_many_items"]), ("limit=%00", ["limit": "malformed"]),
    ("offset=1&sort=x", ["offset": "unknown_field", "sort": "unknown_field"]),
  ])
  func wrongParametersAreNamed(query: String, errors: [String: String]) async throws {
    try await withAPI { api, house in
      let reply = try await api.within(try await house.brand().slug).get("members?\(query)")
      #expect(reply.status == 422 && reply.errors == errors, "\(reply)")
    }
  }

  @Test(arguments: ["touches?state=later", "deliveries?state=sent"])
  func anUnknownStateIsNamedWithTheKnownOnes(path: String) async throws {
    try await withAPI { api, house in
      let reply = try await api.within(try await house.brand().slug).get(path)
      #expect(reply.status == 422 && reply.errors == ["state": "unknown_value"], "\(reply)")
    }
  }

  /// The address in `Link`, which is the path from the root on.
  private static func next(_ reply: Reply) -> String? {
    guard let link = reply.headers[.link], link.hasSuffix(">; rel=\"next\"") else { return nil }
    return String(link.dropFirst().prefix { $0 != ">" })
  }
}
