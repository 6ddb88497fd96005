/// The places that a worker has for attempts.
actor Slots {
  private var free: Int
  private let all: Int
  private var waiter: CheckedContinuation<Void, Never>?

  init(_ count: Int) {
    free = count
    all = count
  }

  /// Waits until a place is free, then says how many are; nil when the task is cancelled first. Only one task may wait.
  func available() async -> Int? {
    if free == 0 {
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          if Task.isCancelled { continuation.resume() } else { waiter = continuation }
        }
      } onCancel: {
        Task { await wake() }
      }
    }
    return free > 0 ? free : nil
  }

  var exist: Bool { all > 0 }

  var isIdle: Bool { free == all }

  func take() { free -= 1 }

  func giveBack() {
    free += 1
    wake()
  }

  private func wake() {
    waiter?.resume()
    waiter = nil
  }
}
