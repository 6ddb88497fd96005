/// A first-in-first-out queue whose ends cost a constant amount of work.
struct FIFO<Element> {
  private var elements: [Element?] = []
  private var head = 0

  var isEmpty: Bool { head == elements.count }
  var count: Int { elements.count - head }

  mutating func append(_ element: Element) {
    elements.append(element)
  }

  mutating func popFirst() -> Element? {
    guard head < elements.count else { return nil }
    defer {
      elements[head] = nil
      head += 1
      compact()
    }
    return elements[head]
  }

  var first: Element? { head < elements.count ? elements[head] : nil }

  /// Takes out the first element that satisfies the condition; costs a walk through the queue.
  mutating func remove(where condition: (Element) -> Bool) -> Element? {
    guard let index = index(where: condition) else { return nil }
    return elements.remove(at: index)
  }

  func contains(where condition: (Element) -> Bool) -> Bool { index(where: condition) != nil }

  func first(where condition: (Element) -> Bool) -> Element? { index(where: condition).flatMap { elements[$0] } }

  private func index(where condition: (Element) -> Bool) -> Int? {
    (head..<elements.count).first { elements[$0].map(condition) ?? false }
  }

  private mutating func compact() {
    if head == elements.count {
      elements.removeAll(keepingCapacity: true)
      head = 0
    } else if head >= 64, head * 2 >= elements.count {
      elements.removeFirst(head)
      head = 0
    }
  }
}
