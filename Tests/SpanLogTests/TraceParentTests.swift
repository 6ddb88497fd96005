import Testing

@testable import SpanLog

@Suite struct TraceParentTests {
  private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
  private static let span = "00f067aa0ba902b7"

  /// The examples of the specification.
  @Test(arguments: [("01", true), ("00", false), ("ff", true), ("02", false)])
  func readsWhatTheSpecificationShows(flags: String, isSampled: Bool) throws {
    let place = try #require(TraceParent("00-\(Self.trace)-\(Self.span)-\(flags)"))
    #expect((place.trace, place.span, place.isSampled) == (Self.trace, Self.span, isSampled))
    #expect(place.text == "00-\(Self.trace)-\(Self.span)-\(isSampled ? "01" : "00")")
  }

  @Test(arguments: ["cc-\(trace)-\(span)-01", "01-\(trace)-\(span)-01-what-the-future-will-be-like"])
  func readsOfLaterVersionsWhatTheFirstHas(text: String) throws {
    #expect(try #require(TraceParent(text)).text == "00-\(Self.trace)-\(Self.span)-01")
  }

  @Test(arguments: [
    "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-1", "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01-more",
    "ff-\(trace)-\(span)-01", "0x-\(trace)-\(span)-01", "00-\(trace.uppercased())-\(span)-01",
    "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01", "00-\(trace)-\(span)-0x",
    "00_\(trace)-\(span)-01", "00-\(trace)\(span)--01", "01-\(trace)-\(span)-01more", " 00-\(trace)-\(span)-01",
    "00-\(trace)-00f067aa0ba902é-01",
  ])
  func whatIsMalformedIsNone(text: String) {
    #expect(TraceParent(text) == nil)
  }

  @Test func aNewTraceIsSampledAndReadable() throws {
    let places = (0..<1_000).map { _ in TraceParent() }
    #expect(Set(places.map(\.trace)).count == 1_000)
    for place in places {
      #expect(place.isSampled && TraceParent(place.text) == place)
    }
  }

  @Test(arguments: ["00", "01"]) func whatIsBelowKeepsTheTraceAndItsFlag(flags: String) throws {
    let parent = try #require(TraceParent("00-\(Self.trace)-\(Self.span)-\(flags)"))
    let child = TraceParent(below: parent)
    #expect(child.trace == parent.trace && child.isSampled == parent.isSampled && child.span != parent.span)
  }
}
