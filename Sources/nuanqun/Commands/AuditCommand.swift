import ArgumentParser
import Foundation
import Postgres
import Tenancy

/// `nuanqun audit`
struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "The record of who did what.", subcommands: [Verify.self])

  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Look whether every row of the audit is as it was written, and name the first that is not.",
      discussion: """
        Each row is chained to the one before by its hash, a chain for each agency, each brand, and the cell. Ends with 1 \
        when a row was changed, taken out or cut off. Somebody with all rights on the database could write a chain anew: \
        keep the heads that this prints somewhere else, and give them with --head to have them looked for.
        """)

    @Flag(help: "Print one JSON line for each chain.")
    var json = false

    @Option(help: "A head that was printed before, as chain=rows:hash. May be given again.")
    var head: [String] = []

    func run() async {
      await CommandProcess.run { deployment in
        let pool = PostgresPool(try deployment.database(name: "audit"), logger: deployment.logger)
        let verification = AuditVerification(control: pool, cells: [Cells.first: pool])
        let findings = try await verification.findings()
        var missing: [String] = []
        for text in head where try await !verification.holds(head: text) { missing.append(text) }
        await pool.close()
        for finding in findings { print(json ? try Output.line(finding) : Self.text(finding)) }
        for text in missing { print(json ? try Output.line(["missing_head": text]) : "MISSING  the head \(text)") }
        if !missing.isEmpty || findings.contains(where: { $0.problem != nil }) { Foundation.exit(1) }
      }
    }

    private static func text(_ finding: AuditVerification.Finding) -> String {
      guard let problem = finding.problem, let row = finding.firstBroken else {
        return "whole    \(finding.chain)=\(finding.rows):\(finding.head)"
      }
      let what =
        switch problem {
        case .changed: "was changed"
        case .missing: "is missing"
        case .cutOff: "and all behind it were cut off"
        }
      return "BROKEN   \(finding.chain): row \(row) \(what)"
    }
  }
}
