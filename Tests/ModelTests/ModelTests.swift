import Foundation
import Testing

/// Searches the model of how a delivery leaves, whole, in every configuration: with its guards nothing forbidden can
/// happen, and without any one of them it can.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ModelTests {
  @Test(arguments: (try? Models.all.get().configurations) ?? [])
  func comesToWhatItHasTo(_ configuration: Configuration) async throws {
    let model = Models.folder.appending(path: try Models.all.get().model)
    let (verdict, output) = try await ModelSearch.run(configuration, of: model)
    #expect(verdict == configuration.expected, "\(configuration.shows)\n\(output)")
  }

  @Test func thereAreConfigurationsOfBothKinds() throws {
    let configurations = try Models.all.get().configurations
    for outcome in [Configuration.Outcome.holds, .fails] {
      #expect(configurations.contains { $0.outcome == outcome })
    }
    #expect(configurations.allSatisfy { $0.expected != nil }, "what fails names its assertion, and nothing else does")
    #expect(Set(configurations.map(\.name)).count == configurations.count)
  }

  @Test func everyGuardHasAControl() throws {
    let text = try Models.text()
    let defined = Set(text.matches(of: #/#define +(\w+)/#).map { String($0.1) })
    let asked = text.matches(of: #/#ifn?def +(\w+)|defined\((\w+)\)/#).compactMap { ($0.1 ?? $0.2).map(String.init) }
    let guards = Set(asked).subtracting(defined)
    #expect(!guards.isEmpty)

    // A misspelt macro would change nothing, and nobody would notice.
    var taken: Set<String> = []
    for configuration in try Models.all.get().configurations {
      let sizes = configuration.macros.filter { $0.contains("=") }.map { String($0.prefix { $0 != "=" }) }
      #expect(Set(sizes).isSubset(of: Set(asked).intersection(defined)), "\(configuration.name)")
      let without = configuration.macros.filter { !$0.contains("=") }
      #expect(without.count == (configuration.outcome == .fails ? 1 : 0), "\(configuration.name)")
      taken.formUnion(without)
    }
    #expect(taken == guards)
  }

  @Test(arguments: [
    ("State-vector 104 byte, depth reached 283, errors: 0\n 4844 states, stored\n", Verdict.holds),
    ("error: max search depth too small\nState-vector 104 byte, errors: 0\n 4844 states, stored\n", .open),
    ("pan: reached -DMEMLIM bound\nWarning: Search not completed\n errors: 0\n 4844 states, stored\n", .open),
    ("pan:1: assertion violated  !(doubled) (at depth 196)\nSearch not completed\nerrors: 1\n", .fails("doubled")),
    ("pan:1: invalid end state (at depth 27)\nerrors: 1\n", .fails("invalid end state")),
    ("\tinvalid end states\t+\nState-vector 104 byte, errors: 1\n 4844 states, stored\n", .open),
    ("Segmentation fault\n", .open),
  ])
  func aSearchThatDidNotLookAtEverythingShowsNothing(_ output: String, _ verdict: Verdict) {
    #expect(Verdict(output) == verdict)
  }

  @Test func aMissingProgramIsNamed() async throws {
    let error = await #expect(throws: Tool.Missing.self) {
      _ = try await Tool.run("nuanqun-no-such-program", [], in: FileManager.default.temporaryDirectory)
    }
    #expect(error?.description == "nuanqun-no-such-program is not installed; bin/setup installs it")
  }
}
