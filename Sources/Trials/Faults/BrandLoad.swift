import Foundation
import Tenancy

/// Gives a brand something to send all the time, through the API as a person or a program would.
struct BrandLoad: Sendable {
  let api: TrialAPI
  let brand: FaultBrand
  let postings: Postings
  let pace: Pace
  /// How many seconds ahead of their time posts are approved: longer than the API is ever down.
  var lead: TimeInterval = 20

  /// What leaves in each round: a few posts to all rooms, and a burst of posts to one tag's rooms at one instant, more of
  /// them than a robot may send in a window.
  struct Pace: Sendable {
    var round: Duration
    var toAll: Int
    var burst: Int
  }

  /// Makes posts until the end.
  func run(until end: ContinuousClock.Instant) async throws {
    var (number, round) = (0, 0)
    while ContinuousClock.now < end {
      let next = ContinuousClock.now + pace.round
      let tag = brand.tags[round % brand.tags.count]
      let due = Date(timeIntervalSinceNow: lead)
      for tag in Array(repeating: tag, count: pace.burst) + Array(repeating: nil, count: pace.toAll) {
        number += 1
        let text = "\(brand.brand.slug) 第 \(number) 条：今天也要好好吃饭"
        // A post to everybody has a second of its own.
        let offset = tag == nil ? Double(number % 10) * (pace.round / .seconds(10)) : 0
        let sends = brand.rooms(tagged: tag).map { Send(content: text, room: $0) }
        try await postings.make(sends) { try await post(text, to: tag, at: due.addingTimeInterval(offset)) }
      }
      round += 1
      try await Task.sleep(until: next)
    }
  }

  /// Returns when it is due.
  private func post(_ text: String, to tag: String?, at due: Date) async throws -> Date {
    let content = try await make(
      "contents",
      """
      {"title": "\(text)", "kind": "text", "weight": "service", "body": {"text": "\(text)"}}
      """)
    let audience = tag.map { #"{"tags": ["\#($0)"]}"# } ?? #"{"all": true}"#
    var due = due
    while true {
      let wall = due.ISO8601Format()
      let plan = try await make(
        "plans",
        """
        {"name": "\(text)", "contents": ["\(content)"], "audience": \(audience), "grace_minutes": 60,
         "recurrence": {"kind": "once", "date": "\(wall.prefix(10))", "time": "\(wall.dropFirst(11).prefix(8))"}}
        """)
      let answer = try await api.send("PUT", "\(path)/plans/\(plan)/approval")
      if answer.isSuccess { return due }
      // So late that nothing lies ahead: this plan will never send anything, and another one takes its place.
      guard answer.status == 422, due.timeIntervalSinceNow < 1 else { throw refused(answer) }
      due = Date(timeIntervalSinceNow: lead)
    }
  }

  private var path: String { "/v1/brands/\(brand.brand.slug)" }

  private func make(_ kind: String, _ json: String) async throws -> String {
    let answer = try await api.send("POST", "\(path)/\(kind)", json)
    guard answer.isSuccess else { throw refused(answer) }
    return try JSONDecoder().decode(Made.self, from: answer.body).id
  }

  private func refused(_ answer: Web.Answer) -> TrialFailure {
    TrialFailure("the API refused: \(answer.status) \(answer.text)")
  }

  private struct Made: Decodable {
    let id: String
  }
}
