import Testing

/// Every source keeps the rules.
@Suite struct SourcesTests {
  let sources: [SourceFile]

  init() throws {
    sources = try Checkout.sources.get()
    try #require(!sources.isEmpty)
  }

  @Test func importOnlyWhatThePictureAllows() throws {
    let picture = try ModulePicture(markdown: Checkout.text("Sources/README.md"))
    expectNone(Rules.imports(of: sources, allowedBy: picture))
  }

  @Test func readNoSettingsOutsideTheCommand() {
    expectNone(Rules.settings(readIn: sources))
  }

  @Test func doNotEndTheProcess() {
    expectNone(Rules.crashes(in: sources))
  }

  @Test func sayWhyTheUnsafeIsSafe() {
    expectNone(Rules.unexplainedUnsafety(in: sources))
  }
}
