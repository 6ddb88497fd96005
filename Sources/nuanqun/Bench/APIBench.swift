import Bench
import Foundation

/// The API and what is behind it, measured with the product's own processes.
enum APIBench {
  /// What can be measured alone.
  enum Part: String, CaseIterable {
    case `import`
  }

  static func run(home: URL, parts: [Part], _ deployment: Deployment) async throws -> [BenchRow] {
    var rows: [BenchRow] = []
    for part in parts {
      switch part {
      case .import: rows += try await ImportBench.run(home: home, deployment)
      }
    }
    return rows
  }
}
