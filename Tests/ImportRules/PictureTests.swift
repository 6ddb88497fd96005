import Testing

/// The picture itself keeps the rules that stand above it.
@Suite struct PictureTests {
  let picture: ModulePicture

  init() throws {
    picture = try ModulePicture(markdown: Checkout.text("Sources/README.md"))
  }

  @Test func everyModuleIsInThePictureOnce() throws {
    let names = picture.rows.map(\.module)
    #expect(Set(names).count == names.count)
    #expect(try Checkout.modules().subtracting(names).isEmpty)
  }

  @Test func importsRunDownwards() {
    var above: Set<String> = []
    for row in picture.rows {
      #expect(row.ours.isSubset(of: above), "\(row.module) imports what does not stand above it")
      above.insert(row.module)
    }
  }

  @Test(arguments: [
    "CLibpq": "Postgres", "CHiredis": "Redis", "CLinuxEvents": "Polling", "CArgon2": "Credentials",
    "CCurl": "Mail", "CQREncode": "QRCodes",
  ])
  func aCLibraryStaysInsideTheModuleThatWrapsIt(library: String, wrapper: String) {
    #expect(picture.rows.filter { $0.ours.contains(library) }.map(\.module) == [wrapper])
  }

  @Test func onlyTheAPIAndTheSandboxKnowHummingbird() {
    let knowing = picture.rows.filter { $0.others.contains { $0.hasPrefix("Hummingbird") } }
    #expect(Set(knowing.map(\.module)) == ["API", "Sandbox"])
  }

  @Test func onlyTheCommandReadsSettings() {
    #expect(picture.rows.filter { $0.others.contains("Configuration") }.map(\.module) == ["nuanqun"])
  }

  @Test func theEngineKnowsNoCommunities() {
    #expect(picture.reach(of: "JobQueue").isDisjoint(with: ["Tenancy", "Community", "Channels"]))
    #expect(picture.reach(of: "Almanac").isEmpty)
  }

  @Test func everyDependencyHasItsReasonAndLicence() throws {
    let manifest = try Checkout.text("Package.swift")
    let packages = manifest.matches(of: /\.package\(\s*url: ".*?\/(?<name>[^\/"]+?)(?:\.git)?"/).map { String($0.name) }
    #expect(!packages.isEmpty)
    #expect(Set(packages).subtracting(picture.dependencies.keys).isEmpty)
    let granted = picture.rows.reduce(into: Set<String>()) { $0.formUnion($1.others) }
    #expect(granted == picture.dependencies.values.reduce(into: []) { $0.formUnion($1) })
  }
}
