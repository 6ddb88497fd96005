/// Something to do on a thread.
struct Work: Sendable {
  let number: Int
  let perform: @Sendable () -> Void
  /// Tells the caller that it will not be done.
  let abandon: @Sendable (any Error) -> Void
}

/// Who works and who waits, in the order in which they came.
struct WorkLine {
  enum Admission: Equatable {
    /// A thread is to be started.
    case begin
    case wait
    case refuse
  }

  let limit: Int
  let places: Int
  private(set) var threads = 0
  private(set) var waiting: [Work] = []
  private var numbers = 0

  init(limit: Int, places: Int) {
    self.limit = limit
    self.places = places
  }

  mutating func nextNumber() -> Int {
    numbers += 1
    return numbers
  }

  mutating func enter(_ work: Work) -> Admission {
    if threads < limit {
      threads += 1
      return .begin
    }
    guard waiting.count < places else { return .refuse }
    waiting.append(work)
    return .wait
  }

  /// What a thread does next; with nothing left the thread is gone.
  mutating func next() -> Work? {
    guard !waiting.isEmpty else {
      threads -= 1
      return nil
    }
    return waiting.removeFirst()
  }

  /// Takes out who waits; nil when it no longer does.
  mutating func withdraw(_ number: Int) -> Work? {
    guard let index = waiting.firstIndex(where: { $0.number == number }) else { return nil }
    return waiting.remove(at: index)
  }
}
