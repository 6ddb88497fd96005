extension FieldCheck {
  /// One line that people read, such as a name: no line breaks, and nothing that cannot be seen but turns or hides what
  /// can. Emoji are letters like others.
  mutating func line(_ field: String, _ value: String?, upTo limit: Int, isRequired: Bool = true) {
    text(field, value, upTo: limit, isRequired: isRequired)
    refuse(in: field, value) { $0.isControl || $0.turnsText || $0 == "\u{2028}" || $0 == "\u{2029}" }
  }

  /// Text of several lines.
  mutating func prose(_ field: String, _ value: String?, upTo limit: Int, isRequired: Bool = true) {
    text(field, value, upTo: limit, isRequired: isRequired)
    refuse(in: field, value) { $0.isControl && !"\n\r\t".unicodeScalars.contains($0) || $0.turnsText }
  }

  /// Labels, each once.
  mutating func labels(_ field: String, _ values: [String]?, upTo limit: Int, count: Int = 50) {
    let values = values ?? []
    if values.count > count { add(field, .tooManyItems, limit: "\(count)", actual: "\(values.count)") }
    for (index, value) in values.prefix(count).enumerated() { line("\(field)/\(index)", value, upTo: limit) }
  }

  private mutating func refuse(in field: String, _ value: String?, _ isRefused: (Unicode.Scalar) -> Bool) {
    guard let scalar = value?.unicodeScalars.first(where: isRefused), !problems.contains(where: { $0.field == field })
    else { return }
    // It cannot be seen, so it is named by its number.
    add(field, .malformed, actual: "U+" + String(scalar.value, radix: 16, uppercase: true).leftPadded(to: 4))
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool { properties.generalCategory == .control }

  /// The marks of the bidirectional algorithm: they make text read as something else than it is.
  fileprivate var turnsText: Bool {
    switch value {
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}

extension String {
  fileprivate func leftPadded(to width: Int) -> String {
    String(repeating: "0", count: max(width - count, 0)) + self
  }
}
