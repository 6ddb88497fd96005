import Testing

@testable import Postgres

@Suite struct StatementCacheTests {
  private func prepared(_ cache: inout StatementCache, _ statement: SQL) -> StatementCache.Name? {
    guard case .prepare(let name) = cache.plan(for: statement) else { return nil }
    cache.confirm(name)
    return name
  }

  @Test func reusesWhatTheServerHas() {
    var cache = StatementCache(limit: 4)
    let name = prepared(&cache, "select \(1)")
    #expect(name != nil)
    #expect(cache.plan(for: "select \(2)") == name.map { .reuse($0) })
  }

  @Test func doesNotRestOnAPreparationUnderWay() {
    var cache = StatementCache(limit: 4)
    guard case .prepare(let name) = cache.plan(for: "select 1") else {
      Issue.record("not prepared")
      return
    }
    #expect(cache.plan(for: "select 1") == .unnamed)
    cache.reject(name)
    guard case .prepare(let second) = cache.plan(for: "select 1") else {
      Issue.record("not prepared again")
      return
    }
    #expect(second != name)
    #expect(cache.obsolete.isEmpty)
  }

  @Test func otherTypesAreAnotherStatement() {
    var cache = StatementCache(limit: 4)
    _ = prepared(&cache, "select \(1)")
    #expect(cache.plan(for: "select \(true)") == .unnamed)
  }

  @Test func theLeastRecentlyUsedMakesRoom() {
    var cache = StatementCache(limit: 2)
    let first = prepared(&cache, "select 1")
    let second = prepared(&cache, "select 2")
    #expect(cache.plan(for: "select 1") == first.map { .reuse($0) })
    _ = prepared(&cache, "select 3")
    #expect(cache.takeObsolete() == [second])
    #expect(cache.takeObsolete().isEmpty)
    #expect(cache.count == 2)
  }

  @Test func neverExceedsItsLimit() {
    var random = SeededRandom()
    var cache = StatementCache(limit: 5)
    var onServer: Set<StatementCache.Name> = []
    for _ in 0..<5_000 {
      switch cache.plan(for: SQL(constant: "select \(Int.random(in: 0..<12, using: &random))")) {
      case .unnamed: Issue.record("nothing is under way, so that there is always room")
      case .reuse(let name): #expect(onServer.contains(name))
      case .prepare(let name):
        if Bool.random(using: &random) {
          cache.confirm(name)
          #expect(onServer.insert(name).inserted)
        } else {
          cache.reject(name)
        }
      }
      for name in cache.takeObsolete() { #expect(onServer.remove(name) != nil) }
      #expect(cache.count <= 5)
      #expect(onServer.count == cache.count)
    }
  }

  @Test func leavesDefinitionsAlone() {
    var cache = StatementCache(limit: 4)
    #expect(cache.plan(for: "create table t ()") == .unnamed)
    #expect(cache.plan(for: "  \n INSERT into t values (1)") != .unnamed)
    var none = StatementCache(limit: 0)
    #expect(none.plan(for: "select 1") == .unnamed)
  }
}
