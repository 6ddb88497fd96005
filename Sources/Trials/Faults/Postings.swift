import Foundation

/// What was posted, from the trial's own input, and the way to keep people from posting for a while.
///
/// Whatever people do in the time that a restored Postgres forgets is forgotten with it, and no judge could say what should
/// become of it. So nobody posts then.
actor Postings {
  /// When each send is due.
  private(set) var dues: [Send: Date] = [:]
  private var underWay = 0
  private var isHeld = false

  private static let pause = Duration.milliseconds(20)

  /// All that has to arrive.
  var sends: Set<Send> { Set(dues.keys) }

  /// Posts something, which says when it is due.
  func make(_ sends: [Send], _ post: @Sendable () async throws -> Date) async throws {
    while isHeld { try await Task.sleep(for: Self.pause) }
    underWay += 1
    defer { underWay -= 1 }
    let due = try await post()
    for send in sends { dues[send] = due }
  }

  /// Does something while nobody posts.
  func holding(_ body: @Sendable () async throws -> Void) async throws {
    isHeld = true
    defer { isHeld = false }
    while underWay > 0 { try await Task.sleep(for: Self.pause) }
    try await body()
  }
}
