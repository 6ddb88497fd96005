import Almanac
import Community
import Identifiers

/// A type that is written as a text of a certain form; the example shows the form to whoever wrote another.
protocol WrittenForm {
  static var example: String { get }
}

extension CivilDate: WrittenForm {
  static var example: String { "2026-03-08" }
}

extension WallTime: WrittenForm {
  static var example: String { "09:30" }
}

extension Birthday: WrittenForm {
  static var example: String { "1993-05-20, --05-20" }
}

extension ID: WrittenForm {
  static var example: String { "0192f1c4-7a3b-7c11-9d2e-5b8f0a6c3e71" }
}
