/// What one check of the doctor came to.
struct Finding: Encodable, Sendable {
  enum Verdict: String, Encodable, Sendable {
    case ok
    case warning
    case problem
  }

  let check: String
  let verdict: Verdict
  /// What is wrong and how to mend it; empty when nothing is.
  let remedy: String

  static func ok(_ check: String) -> Finding { Finding(check: check, verdict: .ok, remedy: "") }

  static func warning(_ check: String, _ remedy: String) -> Finding {
    Finding(check: check, verdict: .warning, remedy: remedy)
  }

  static func problem(_ check: String, _ remedy: String) -> Finding {
    Finding(check: check, verdict: .problem, remedy: remedy)
  }

  var text: String {
    let mark =
      switch verdict {
      case .ok: "ok     "
      case .warning: "warning"
      case .problem: "PROBLEM"
      }
    return "\(mark)  \(check)" + (remedy.isEmpty ? "" : ": \(remedy)")
  }
}
