/// One line of a table of figures: what we do beside what another tool does in the same run.
public struct BenchRow: Codable, Sendable {
  /// What was measured, as `select_8`.
  public let name: String
  /// Our figure.
  public let ours: Double
  /// The other tool's figure; nil where there is none to compare with.
  public let theirs: Double?
  /// What the figures count, as `per second`.
  public let unit: String
  /// Ours by theirs.
  public let ratio: Double?

  /// A line of the table.
  public init(name: String, ours: Double, theirs: Double?, unit: String, ratio: Double?) {
    self.name = name
    self.ours = ours
    self.theirs = theirs
    self.unit = unit
    self.ratio = ratio
  }

  /// Writes what is missing as null: every line has the same names.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(ours, forKey: .ours)
    try container.encode(theirs, forKey: .theirs)
    try container.encode(unit, forKey: .unit)
    try container.encode(ratio, forKey: .ratio)
  }
}
