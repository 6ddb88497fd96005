import Community

/// What the demo knows of its sheets without asking the API.
enum DemoSheets {
  /// How many groups a brand's sheet holds.
  static func groups(of brand: DemoData.BrandFile, in data: DemoData) throws -> Int {
    try GroupSheet.read(Array(try data.bytes("\(brand.folder)/groups.csv"))).rows.count
  }
}
