import Testing

/// Each rule reports what breaks it, and nothing else: made-up sources show it.
@Suite struct ControlTests {
  private let page = """
    | Module | May import (ours) | May import (others) |
    |---|---|---|
    | *every module* | | Foundation |
    | CLibrary | | |
    | Driver | CLibrary | Logging |
    | Domain | Driver | |

    | Dependency | Modules of it | Why | Licence |
    |---|---|---|---|
    | swift-log | Logging | to log | Apache-2.0 |
    """

  private func source(_ text: String, module: String = "Domain") -> SourceFile {
    SourceFile(path: "Sources/\(module)/Made.swift", module: module, text: text)
  }

  @Test(arguments: [
    "import CLibrary", "public import Logging", "@preconcurrency private import CLibrary",
    "import struct Logging.Logger", "@_spi(Testing) import Logging", "  import Unheard",
  ])
  func aForbiddenImportIsReported(line: String) throws {
    let picture = try ModulePicture(markdown: page)
    let findings = Rules.imports(of: [source("// A comment.\n\(line)\n")], allowedBy: picture)
    #expect(findings.map(\.line) == [2])
    #expect(findings.first?.problem.hasPrefix("Domain may not import ") == true)
  }

  @Test func whatIsAllowedIsNotReported() throws {
    let picture = try ModulePicture(markdown: page)
    let text = """
      public import Driver
      internal import struct Foundation.URL
      // import CLibrary
      /* import CLibrary /* nested */
      import CLibrary */
      let text = \"\"\"
        import CLibrary "quoted"
        \"\"\"
      let important = "import CLibrary"
      """
    #expect(Rules.imports(of: [source(text)], allowedBy: picture).isEmpty)
    #expect(
      Rules.imports(of: [source("import CLibrary\nimport Logging", module: "Driver")], allowedBy: picture).isEmpty)
  }

  @Test func anUnknownModuleIsReported() throws {
    let picture = try ModulePicture(markdown: page)
    #expect(Rules.imports(of: [source("", module: "Stranger")], allowedBy: picture).count == 1)
  }

  @Test func aPageWithoutALicenceIsRefused() {
    #expect(throws: ModulePicture.Unreadable.self) {
      try ModulePicture(markdown: page.replacing("Apache-2.0", with: ""))
    }
  }

  @Test func theReachGoesAllTheWayDown() throws {
    #expect(try ModulePicture(markdown: page).reach(of: "Domain") == ["Driver", "CLibrary"])
  }

  @Test(arguments: [
    "let a = ProcessInfo.processInfo.environment[\"A\"]", "let a = getenv(\"A\")", "let a = secure_getenv (\"A\")",
  ])
  func readingSettingsIsReported(line: String) {
    #expect(Rules.settings(readIn: [source(line)]).count == 1)
    #expect(Rules.settings(readIn: [source(line, module: "nuanqun")]).isEmpty)
    #expect(Rules.settings(readIn: [source("// \(line)")]).isEmpty)
  }

  @Test(arguments: ["let a = try! f()", "fatalError(\"no\")", "g(\"\\\"\", try! f())", "h(#\"\"\"#, fatalError())"])
  func endingTheProcessIsReported(line: String) {
    #expect(Rules.crashes(in: [source(line)]).count == 1)
    #expect(Rules.crashes(in: [source("/// \(line)")]).isEmpty)
  }

  @Test func aWordInAStringIsNotCode() {
    #expect(Rules.crashes(in: [source("let a = \"try! or fatalError(\"")]).isEmpty)
  }

  @Test(arguments: ["final class A: @unchecked Sendable {", "nonisolated(unsafe) var a = 1"])
  func unsafetyWithoutAReasonIsReported(line: String) {
    let silent = [line, "/// A class.\n\(line)", "// This is unsafe.\n\(line)", "// It is safe.\n\nlet b = 1\n\(line)"]
    for text in silent {
      #expect(Rules.unexplainedUnsafety(in: [source(text)]).count == 1, "\(text)")
    }
    for text in [
      "/// It is safe: a lock.\n@available(*, deprecated)\n\(line)", "\(line)  // safe, as it never changes",
    ] {
      #expect(Rules.unexplainedUnsafety(in: [source(text)]).isEmpty, "\(text)")
    }
  }
}
