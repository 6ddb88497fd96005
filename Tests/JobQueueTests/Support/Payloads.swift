import JobQueue

extension Lane {
  static let errands = Lane("errands")
  static let asides = Lane("asides")
}

struct Errand: JobPayload {
  static let kind = "test.errand"
  static let lane = Lane.errands

  var number = 0
}

/// Waits in another lane than errands.
struct Aside: JobPayload {
  static let kind = "test.aside"
  static let lane = Lane.asides

  var number = 0
}

/// Says that it is an errand, but an errand cannot be read from it.
struct Misspelt: JobPayload {
  static let kind = Errand.kind
  static let lane = Errand.lane

  var nummer = "eins"
}

/// A kind that no worker of the tests knows, in a lane that they take from.
struct Stranger: JobPayload {
  static let kind = "test.stranger"
  static let lane = Errand.lane

  var number = 0
}
