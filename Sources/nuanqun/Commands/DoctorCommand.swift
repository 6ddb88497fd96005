import ArgumentParser
import Foundation

/// `nuanqun doctor`
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Check the settings and what they lead to, and say how to mend what is wrong.",
    discussion: "Ends with 0 when nothing stands in the way, with 1 otherwise.")

  @Flag(help: "Print one JSON line for each check.")
  var json = false

  func run() async {
    await CommandProcess.run { deployment in
      let findings = await Doctor(deployment: deployment).examine()
      for finding in findings { print(json ? try Output.line(finding) : finding.text) }
      if findings.contains(where: { $0.verdict == .problem }) { Foundation.exit(1) }
    }
  }
}
