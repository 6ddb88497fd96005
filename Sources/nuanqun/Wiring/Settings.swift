import Configuration
import Foundation

/// The settings of a process, from environment variables; each may also be given as a file, by its name with `_FILE`.
///
/// This is the only place that reads them. A setting that is missing or wrong stops the start with one line.
struct Settings: Sendable {
  private let reader: ConfigReader

  init(environment: [String: String]? = nil) {
    reader = ConfigReader(
      provider: environment.map { EnvironmentVariablesProvider(environmentVariables: $0) }
        ?? EnvironmentVariablesProvider())
  }

  /// The text of a setting, or of the file that it names; nil when neither is given.
  func text(_ name: String) throws(SettingError) -> String? {
    if let text = value(name) { return text }
    guard let path = value(name + "_FILE") else { return nil }
    do {
      return try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    } catch {
      throw SettingError(
        name: name + "_FILE", problem: "names \(path), which cannot be read; give a text file that this user may read")
    }
  }

  /// The text of a setting that must be there.
  func required(_ name: String, remedy: String) throws(SettingError) -> String {
    guard let text = try text(name) else { throw SettingError(name: name, problem: "is not set; \(remedy)") }
    return text
  }

  /// A whole number within a range.
  func number(_ name: String, default: Int, in range: ClosedRange<Int>) throws(SettingError) -> Int {
    guard let text = try text(name) else { return `default` }
    guard let number = Int(text), range.contains(number) else {
      throw SettingError(
        name: name, problem: "is '\(text)'; give a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A span of time in seconds, also parts of one.
  func seconds(_ name: String, default: Double, in range: ClosedRange<Double>) throws(SettingError) -> Duration {
    guard let text = try text(name) else { return .seconds(`default`) }
    guard let number = Double(text), range.contains(number) else {
      throw SettingError(
        name: name, problem: "is '\(text)'; give seconds from \(range.lowerBound) to \(range.upperBound)")
    }
    return .seconds(number)
  }

  /// One of several words.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, default: Choice
  ) throws(SettingError) -> Choice {
    guard let text = try text(name) else { return `default` }
    guard let choice = Choice(rawValue: text) else {
      throw SettingError(
        name: name, problem: "is '\(text)'; give one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }

  /// The variable with this very name; an empty one counts as not set.
  private func value(_ name: String) -> String? {
    let key = ConfigKey(name.lowercased().split(separator: "_").map(String.init))
    return reader.string(forKey: key).flatMap { $0.isEmpty ? nil : $0 }
  }
}

/// A setting that is missing or wrong: one line that names it and says what to do.
struct SettingError: Error, CustomStringConvertible {
  let name: String
  let problem: String

  var description: String { "\(name) \(problem)" }
}
